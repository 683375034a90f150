import { DEFAULT_OVERLAY, OVERLAYS } from '#aws/overlay.ts'
import { ServiceTable, type Member, type Shape } from '#aws/table.ts'
import { tables } from '#aws/tables/index.ts'
import type { Random } from '../../support/random.ts'
import type { FuzzTarget } from '../fuzz-target.ts'
import { knownIds, startAskedControlPlane } from '../support/asked-control-plane.ts'

// Any operation with members of any kind, and its bytes changed: a success, or a refusal as AWS writes it.

const meta = tables['apigateway'] as (typeof tables)[string]
const table = new ServiceTable(
  'apigateway',
  meta,
  OVERLAYS['apigateway'] ?? DEFAULT_OVERLAY,
  await meta.load(),
)
const bindings = [...table.bindings()]

const REQUESTS = 8
/** Deepest made value; the walker's own limit is past it, and `NESTED` goes past that. */
const DEPTH_MAX = 5

const NESTED = '{"a":'.repeat(200) + '1' + '}'.repeat(200)

const TEXTS = [
  '',
  ' ',
  'a',
  'dev',
  'GET',
  'ANY',
  '200',
  'Pet',
  'application/json',
  '{}',
  '[]',
  '"',
  '{"$ref":"#"}',
  '__proto__',
  'constructor',
  'toString',
  '/',
  '/a',
  '/~1a/GET/throttling/rateLimit',
  '*/*',
  '/variables/a',
  '/endpointConfiguration/types/EDGE',
  '/apiStages/@api@:dev/throttle/a/GET/rateLimit',
  'http://127.0.0.1:1/{a}',
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations',
  'arn:aws:apigateway:us-east-1::/restapis/@api@',
  'integration.request.header.a',
  'method.request.path.a',
  '${stageVariables.a}',
  '#set($a = [1..9999])$a',
  '1e400',
  '-1',
  'NaN',
  'true',
  '2026-01-01',
  '\u0000',
  '\ud800',
  'ÿ'.repeat(300),
  'a'.repeat(2500),
  '%',
  '..',
] as const

const NUMBERS = ['0', '-1', '1', '0.5', '1e308', '1e400', '-0', '99999999999999999999', '5000'] as const

/** JSON of anything at all. */
const OTHER = ['null', 'true', '[]', '{}', '""', '1', '[null]', '{"__proto__":{"a":1}}', NESTED] as const

/** JSON of a value of the shape, mostly. */
function jsonOf(random: Random, shape: Shape, depth = 0): string {
  if (random.chance(0.06)) return random.pick(OTHER)
  if (depth > DEPTH_MAX) return 'null'
  switch (shape.kind) {
    case 'structure':
      return objectOf(random, shape.members, depth)
    case 'list':
      return `[${random.times(random.below(3), () => jsonOf(random, shape.of, depth + 1)).join(',')}]`
    case 'map':
      return `{${random
        .times(
          random.below(3),
          () => `${JSON.stringify(textOf(random))}:${jsonOf(random, shape.of, depth + 1)}`,
        )
        .join(',')}}`
    case 'string':
      return JSON.stringify(
        shape.values !== undefined && random.chance(0.9) ? random.pick(shape.values) : textOf(random),
      )
    case 'boolean':
      return random.chance(0.5) ? 'true' : 'false'
    case 'blob':
      return JSON.stringify(random.chance(0.5) ? Buffer.from(random.bytes(9)).toString('base64') : '=')
    default:
      return random.pick(NUMBERS)
  }
}

function objectOf(random: Random, members: readonly Member[], depth: number): string {
  const given = members.filter(({ required }) => random.chance(required ? 0.95 : 0.4))
  return `{${given
    .map((member) => `${JSON.stringify(member.wire)}:${jsonOf(random, member.shape, depth + 1)}`)
    .join(',')}}`
}

function textOf(random: Random): string {
  return random.chance(0.3) ? random.pick(knownIds) : random.pick(TEXTS)
}

/** A label or a value of the query, as it is sent. */
function sentText(random: Random, { name }: Member): string {
  const likely = random.chance(0.85) ? LIKELY[name] : undefined
  const text = likely ?? textOf(random)
  // Ids are put in for their names later: these stay as they are.
  return text.startsWith('@') ? text : encodeURIComponent(text.toWellFormed()) || '%20'
}

/** What labels mostly name. */
const LIKELY: Readonly<Record<string, string>> = {
  restApiId: '@api@',
  resourceId: '@resource@',
  parentId: '@root@',
  httpMethod: 'GET',
  statusCode: '200',
  stageName: 'dev',
  deploymentId: '@deployment@',
  requestValidatorId: '@validator@',
  modelName: 'Pet',
  documentationPartId: '@part@',
  apiKey: '@key@',
  keyId: '@key@',
  usagePlanId: '@plan@',
  responseType: 'DEFAULT_4XX',
  sdkType: 'python',
  exportType: 'oas30',
  mode: 'merge',
  startDate: '2026-01-01',
  endDate: '2026-01-02',
}

function request(random: Random): Uint8Array {
  const [name, { method, uri }] = random.pick(bindings)
  const members = table.operation(name)?.input?.members ?? []
  const [path = '', fixed = ''] = uri.split('?')
  const target = path.replace(/\{(\w+)\+?\}/g, (_, label: string) => {
    const member = members.find(({ place, wire }) => place === 'label' && wire === label)
    return member === undefined ? 'a' : sentText(random, member)
  })
  const query = [
    ...(fixed === '' ? [] : [fixed]),
    ...members
      .filter(({ place }) => place === 'query' && random.chance(0.4))
      .map((member) => `${member.wire}=${sentText(random, member)}`),
  ].join('&')
  const body = bodyOf(random, members)
  const line = `${method} ${target}${query === '' ? '' : `?${query}`}\n`
  return Buffer.concat([Buffer.from(line, 'latin1'), method === 'GET' ? Buffer.alloc(0) : body])
}

function bodyOf(random: Random, members: readonly Member[]): Uint8Array {
  const payload = members.find(({ place }) => place === 'payload')
  const text =
    payload === undefined
      ? objectOf(
          random,
          members.filter(({ place }) => place === 'body'),
          0,
        )
      : jsonOf(random, payload.shape)
  return random.chance(0.15) ? changed(random, Buffer.from(text)) : Buffer.from(text)
}

/** Some bytes put in, taken out or replaced. */
function changed(random: Random, bytes: Uint8Array): Uint8Array {
  const at = random.below(bytes.length + 1)
  const put = random.pick([random.bytes(3), Buffer.of(0), Buffer.of(0xff), Buffer.from(random.pick(OTHER))])
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + random.below(4))])
}

export const target: FuzzTarget = {
  name: 'control-plane',
  async run(random) {
    await using asked = await startAskedControlPlane()
    for (let i = 0; i < REQUESTS; i++) await asked.ask(request(random))
  },
  async replay(input) {
    await using asked = await startAskedControlPlane()
    await asked.ask(input)
  },
}
