import { expect, test } from 'bun:test'
import { Headers } from '#http/headers.ts'
import type { HttpRequest } from '#http/message.ts'
import type { BasePathMapping, DomainName } from '#model/domain-name.ts'
import { routingRuleFault, type RoutingCondition, type RoutingRule } from '#model/routing-rule.ts'
import { Address } from '#data-plane/address.ts'
import { parseHost } from '#data-plane/host-name.ts'
import { compileDomain, type DomainPlan } from './domain-plan.ts'
import { DomainTable } from './domain-table.ts'

function plan(
  mappings: readonly BasePathMapping[],
  rules: readonly RoutingRule[] = [],
  more: Partial<DomainName> = {},
): DomainPlan {
  const domain = { domainName: 'api.test', routingMode: 'BASE_PATH_MAPPING_ONLY', ...more } as DomainName
  return compileDomain({ id: `a/r/${domain.domainName}`, domain, mappings, rules })
}

const request = (target: string, headers: readonly string[] = []): HttpRequest =>
  ({ target, headers: new Headers([...headers]) }) as unknown as HttpRequest

/** `api stage basePathMatched path $context.path`, or nothing. */
function led(domain: DomainPlan, target: string, headers: readonly string[] = []): string | undefined {
  const found = domain.lead(request(target, headers))
  if (found === undefined) return undefined
  const { apiId, start, stage, basePathMatched } = found
  const route = { stage, basePathMatched, certificate: undefined }
  const address = new Address(apiId, parseHost('api.test'), target, start, route)
  return `${apiId} ${address.stage} ${basePathMatched} ${address.path} ${address.eventPath}`
}

// The example of the developer guide, "Using API mappings to connect API stages to a custom domain name".
const guide = plan([
  { basePath: '(none)', restApiId: 'api1', stage: 's' },
  { basePath: 'orders/v1/items', restApiId: 'api2', stage: 's' },
  { basePath: 'orders/v2/items', restApiId: 'api3', stage: 's' },
  { basePath: 'orders/v2/items/categories', restApiId: 'api4', stage: 's' },
])
const stageless = plan([
  { basePath: '(none)', restApiId: 'root' },
  { basePath: 'v1', restApiId: 'one' },
])
const single = plan([{ basePath: 'only', restApiId: 'api', stage: 's' }])

const cases: readonly (readonly [DomainPlan, target: string, expected: string | undefined])[] = [
  [guide, '/orders/v1/items', 'api2 s orders/v1/items / /orders/v1/items'],
  [guide, '/orders/v2/items', 'api3 s orders/v2/items / /orders/v2/items'],
  [guide, '/orders/v1/items/123?a=/b', 'api2 s orders/v1/items /123 /orders/v1/items/123'],
  [
    guide,
    '/orders/v2/items/categories/5',
    'api4 s orders/v2/items/categories /5 /orders/v2/items/categories/5',
  ],
  [guide, '/orders/v2/items/categoriesX', 'api3 s orders/v2/items /categoriesX /orders/v2/items/categoriesX'],
  [guide, '/orders/v1', 'api1 s (none) /orders/v1 /orders/v1'],
  [guide, '/customers', 'api1 s (none) /customers /customers'],
  [guide, '/', 'api1 s (none) / /'],
  [guide, '/?orders/v1/items', 'api1 s (none) / /'],
  [guide, '/Orders/v1/items', 'api1 s (none) /Orders/v1/items /Orders/v1/items'],
  [guide, '/orders/v1/items//x/', 'api2 s orders/v1/items /x/ /orders/v1/items//x/'],
  [guide, '//orders/v1/items/x', 'api2 s orders/v1/items /x //orders/v1/items/x'],
  [stageless, '/prod/pets', 'root prod (none) /pets /prod/pets'],
  [stageless, '/v1/prod/pets', 'one prod v1 /pets /v1/prod/pets'],
  [stageless, '/v1', 'one  v1 / /v1'],
  [stageless, '/v1?prod', 'one  v1 / /v1'],
  [single, '/only/x', 'api s only /x /only/x'],
  [single, '/only', 'api s only / /only'],
  [single, '/onlyx', undefined],
  [single, '/', undefined],
  [single, '*', undefined],
]
for (const [domain, target, expected] of cases) {
  test(`${target} → ${expected ?? 'nowhere'}`, () => expect(led(domain, target)).toBe(expected))
}

function rule(
  priority: number,
  conditions: readonly RoutingCondition[],
  apiId: string,
  stripBasePath?: boolean,
): RoutingRule {
  const actions = [{ invokeApi: { apiId, stage: 's', stripBasePath } }]
  return { routingRuleId: `r${priority}`, priority, conditions, actions }
}
const path = (basePath: string): RoutingCondition => ({ matchBasePaths: { anyOf: [basePath] } })
const headers = (...pairs: readonly string[]): RoutingCondition => ({
  matchHeaders: {
    anyOf: pairs.map((pair) => ({ header: pair.split('=')[0] ?? '', valueGlob: pair.split('=')[1] ?? '' })),
  },
})

const rules = [
  rule(30, [path('shop/v1')], 'stripped', true),
  rule(20, [headers('x-version=a*'), path('shop')], 'alpha'),
  rule(10, [headers('X-One=*end', 'x-two=*mid*')], 'both'),
  rule(40, [headers('x-exact=Value')], 'exact'),
]
const mapped = [{ basePath: 'shop', restApiId: 'mapped', stage: 's' }]
const ruled = plan(mapped, rules, { routingMode: 'ROUTING_RULE_ONLY' })
const both = plan(mapped, rules, { routingMode: 'ROUTING_RULE_THEN_BASE_PATH_MAPPING' })
const unruled = plan(mapped, rules)
const catchAll = plan([], [rule(1, [], 'all')], { routingMode: 'ROUTING_RULE_ONLY' })

const ruleCases: readonly (readonly [DomainPlan, string, string[], string | undefined])[] = [
  [ruled, '/shop/v1/x', [], 'stripped s shop/v1 /x /shop/v1/x'],
  [ruled, '/shop/v1/x', ['X-Version', 'alpha'], 'alpha s shop /shop/v1/x /shop/v1/x'],
  [ruled, '/shop', ['x-version', 'beta'], undefined],
  [ruled, '/shops', ['x-version', 'alpha'], undefined],
  [ruled, '/x', ['x-one', 'the end', 'X-Two', 'a mid b'], 'both s (none) /x /x'],
  [ruled, '/x', ['x-one', 'the end'], undefined],
  [ruled, '/x', ['x-exact', 'value'], undefined],
  [ruled, '/x', ['x-exact', 'other', 'x-exact', 'Value'], 'exact s (none) /x /x'],
  [ruled, '/shop/v2', [], undefined],
  [both, '/shop/v2', [], 'mapped s shop /v2 /shop/v2'],
  [both, '/shop/v1/x', [], 'stripped s shop/v1 /x /shop/v1/x'],
  [unruled, '/shop/v1/x', [], 'mapped s shop /v1/x /shop/v1/x'],
  [catchAll, '/any/thing', [], 'all s (none) /any/thing /any/thing'],
]
for (const [domain, target, sent, expected] of ruleCases) {
  test(`rules: ${target} with ${sent.join(' ')} → ${expected ?? 'nowhere'}`, () => {
    expect(led(domain, target, sent)).toBe(expected)
  })
}

const faults: readonly (readonly [name: string, rule: RoutingRule, fault: RegExp | undefined])[] = [
  ['none', rule(1, [], 'a'), undefined],
  ['all there may be', rule(1_000_000, [path('a/b'), headers('x-a=*b*', 'x-b=c')], 'a'), undefined],
  ['priority 0', rule(0, [], 'a'), /from 1 to 1000000; found 0/],
  ['priority beyond', rule(1_000_001, [], 'a'), /from 1 to 1000000/],
  ['no action', { ...rule(1, [], 'a'), actions: [] }, /one action; found 0/],
  ['three headers', rule(1, [headers('a=b', 'c=d', 'e=f')], 'a'), /up to 2 headers; found 3/],
  ['two base paths', rule(1, [path('a'), path('b')], 'a'), /one base path; found 2/],
  ['a header of AWS', rule(1, [headers('X-Amz-Date=b')], 'a'), /cannot look at the header X-Amz-Date/],
  ['authorization', rule(1, [headers('authorization=b')], 'a'), /cannot look at/],
  ['a star within', rule(1, [headers('a=b*c')], 'a'), /expected value, value\*, \*value or \*value\*/],
  ['a long name', rule(1, [headers(`${'a'.repeat(41)}=b`)], 'a'), /at most 40/],
  ['a slash first', rule(1, [path('/a')], 'a'), /expected a base path/],
]
for (const [name, faulty, fault] of faults) {
  test(`a routing rule with ${name}`, () => {
    const found = routingRuleFault(faulty)
    if (fault === undefined) expect(found).toBeUndefined()
    else expect(found).toMatch(fault)
  })
}

test('the exact name before the wildcard, the public one before the private, the first region before others', () => {
  const table = new DomainTable()
  const named = (domainName: string, id: string, domainNameId?: string): DomainPlan =>
    compileDomain({
      id,
      domain: { domainName, domainNameId, routingMode: 'ROUTING_RULE_ONLY' } as DomainName,
      mappings: [],
      rules: [],
    })
  expect(table.find('a.example.com')).toBeUndefined()
  table.put(named('*.example.com', 'wild'))
  table.put(named('a.example.com', 'private', 'abc'))
  table.put(named('a.example.com', 'us'))
  table.put(named('a.example.com', 'eu'))
  const found = (host: string): string | undefined => table.find(host)?.id
  expect(found('a.example.com')).toBe('eu')
  expect(found('b.example.com')).toBe('wild')
  expect([found('b.a.example.com'), found('example.com'), found('com')]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  table.remove('eu')
  expect(found('a.example.com')).toBe('us')
  table.remove('us')
  expect(found('a.example.com')).toBe('private')
  table.remove('private')
  expect(found('a.example.com')).toBe('wild')
  table.clear()
  expect(found('a.example.com')).toBeUndefined()
})
