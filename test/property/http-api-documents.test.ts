import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Call } from '#aws/call.ts'
import { silentLog } from '#base/log.ts'
import { apiGatewayV2Handlers } from '#control-plane/apigatewayv2/service.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Store } from '#store/store.ts'
import { account, now, region } from '../support/play-calls.ts'

// Any HTTP API that calls make is exported, and its export is imported without a warning as the same API.

type Handler = (input: object, call: Call) => Promise<Record<string, unknown>>

let store: Store
let handlers: Readonly<Record<string, Handler | undefined>>

beforeAll(() => {
  store = openSqliteStore({ path: ':memory:', log: silentLog })
  handlers = apiGatewayV2Handlers({
    store,
    clock: { now: () => now },
    log: silentLog,
    quotas: { routedApis: 100_000 },
    endpointOf: () => 'http://gateway.test',
  }) as unknown as typeof handlers
})
afterAll(() => store.close())

async function invoke(operation: string, input: object): Promise<Record<string, unknown>> {
  const principal = { account, accessKeyId: 'AKID', arn: `arn:aws:iam::${account}:root`, userId: account }
  const call = { service: 'apigatewayv2', operation, account, region, requestId: 'request', principal }
  return (await handlers[operation]?.(input, call)) ?? {}
}

async function exported(ApiId: unknown, OutputType = 'JSON'): Promise<string> {
  const { body } = await invoke('ExportApi', { ApiId, Specification: 'OAS30', OutputType })
  return Buffer.from(body as Uint8Array).toString('utf8')
}

const some = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined })
/** Texts that YAML and JSON write in special ways are among them. */
const word = fc.oneof(
  fc.constantFrom(
    'a',
    '1.0',
    'true',
    'null',
    '0x10',
    '2020-01-01',
    'ü',
    '- a',
    '#b',
    'y: z',
    '"',
    '${AWS::Partition',
    '~',
  ),
  fc.string({ minLength: 1, maxLength: 12 }).filter((text) => text.trim() !== ''),
)
const segment = fc.constantFrom('/a', '/b.c', '/{x}', '/$d', '/1.0', '/_')
const path = fc.oneof(
  fc.constant('/'),
  fc
    .uniqueArray(segment, { minLength: 1, maxLength: 3 })
    .chain((parts) => fc.constantFrom(parts.join(''), `${parts.join('')}/{rest+}`)),
)
const routeKey = fc.oneof(
  { weight: 1, arbitrary: fc.constant('$default') },
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'ANY'), path)
      .map(([method, at]) => `${method} ${at}`),
  },
)
const role = 'arn:aws:iam::111111111111:role/r'
const functionUri = (name: string): string =>
  `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:${name}/invocations`
const mappings = some(
  fc.dictionary(
    fc.constantFrom('append:header.a', 'overwrite:header.b', 'remove:header.c', 'overwrite:querystring.d'),
    fc.constantFrom('$request.path.x', '$context.requestId', 'static', '1.0'),
    { minKeys: 1 },
  ),
).map((given) => {
  const { 'remove:header.c': removed, ...others } = given ?? {}
  return removed === undefined ? others : { ...others, 'remove:header.c': "''" }
})
const common = {
  TimeoutInMillis: some(fc.integer({ min: 50, max: 30_000 })),
  CredentialsArn: some(fc.constant(role)),
}
const integration = fc.oneof(
  fc.record({
    ...common,
    IntegrationType: fc.constant('HTTP_PROXY'),
    IntegrationMethod: fc.constantFrom('ANY', 'GET', 'POST'),
    IntegrationUri: fc.constantFrom('https://backend.test/{x}', 'http://${stageVariables.host}/'),
    PayloadFormatVersion: fc.constant('1.0'),
    RequestParameters: mappings,
    ResponseParameters: some(
      fc.dictionary(fc.constantFrom('200', '404', '500'), fc.constant({ 'overwrite:statuscode': '418' }), {
        minKeys: 1,
      }),
    ),
  }),
  fc.record({
    ...common,
    IntegrationType: fc.constant('HTTP_PROXY'),
    IntegrationMethod: fc.constant('ANY'),
    IntegrationUri: fc.constant('arn:aws:servicediscovery:us-east-1:111111111111:service/srv-1?stage=prod'),
    PayloadFormatVersion: fc.constant('1.0'),
    ConnectionType: fc.constant('VPC_LINK'),
    ConnectionId: fc.constantFrom('link12', '1e3456'),
    TlsConfig: some(fc.constant({ ServerNameToVerify: 'backend.test' })),
  }),
  fc.record({
    ...common,
    IntegrationType: fc.constant('AWS_PROXY'),
    IntegrationUri: fc.constantFrom(functionUri('f'), 'arn:aws:lambda:us-east-1:111111111111:function:g'),
    PayloadFormatVersion: fc.constantFrom('1.0', '2.0'),
  }),
  fc.record({
    TimeoutInMillis: common.TimeoutInMillis,
    CredentialsArn: fc.constant(role),
    IntegrationType: fc.constant('AWS_PROXY'),
    IntegrationSubtype: fc.constant('SQS-SendMessage'),
    PayloadFormatVersion: fc.constant('1.0'),
    RequestParameters: fc.record({
      QueueUrl: fc.constant('https://sqs.test/q'),
      MessageBody: fc.constant('$request.body'),
    }),
  }),
)
const authorizer = fc.oneof(
  fc.record({
    AuthorizerType: fc.constant('JWT'),
    IdentitySource: fc.constantFrom(['$request.header.Authorization'], ['$request.querystring.token']),
    JwtConfiguration: fc.record({
      Issuer: fc.constant('https://issuer.test/pool'),
      Audience: fc.uniqueArray(word, { minLength: 1, maxLength: 3 }),
    }),
  }),
  fc.record({
    AuthorizerType: fc.constant('REQUEST'),
    AuthorizerUri: fc.constant(functionUri('authorize')),
    AuthorizerCredentialsArn: some(fc.constant(role)),
    AuthorizerPayloadFormatVersion: fc.constant('2.0'),
    AuthorizerResultTtlInSeconds: some(fc.integer({ min: 1, max: 3600 })),
    EnableSimpleResponses: some(fc.boolean()),
    IdentitySource: fc.uniqueArray(
      fc.constantFrom(
        '$request.header.Auth',
        '$context.routeKey',
        '$stageVariables.a',
        '$request.querystring.q',
      ),
      { minLength: 1, maxLength: 3 },
    ),
  }),
)
const route = fc.record({
  RouteKey: routeKey,
  OperationName: some(word),
  integration: some(fc.nat(3)),
  guard: fc.constantFrom('NONE', 'AWS_IAM', 0, 1),
  AuthorizationScopes: fc.uniqueArray(word, { maxLength: 2 }),
})
const api = fc.record({
  Name: word,
  Description: some(word),
  Version: some(word),
  DisableExecuteApiEndpoint: some(fc.boolean()),
  IpAddressType: some(fc.constantFrom('ipv4', 'dualstack')),
  CorsConfiguration: some(
    fc.record({
      AllowOrigins: fc.constantFrom(['*'], ['https://a.test', 'http://*']),
      AllowHeaders: some(fc.constant(['a', 'b'])),
      AllowMethods: some(fc.constant(['GET', '*'])),
      ExposeHeaders: some(fc.constant(['*'])),
      MaxAge: some(fc.integer({ min: -1, max: 86_400 })),
      AllowCredentials: fc.constant(false),
    }),
  ),
  Tags: some(fc.dictionary(fc.constantFrom('owner', '1.0', 'true'), word)),
  authorizers: fc.tuple(authorizer, authorizer),
  integrations: fc.array(integration, { minLength: 4, maxLength: 4 }),
  routes: fc.uniqueArray(route, {
    maxLength: 6,
    selector: ({ RouteKey }) => RouteKey.replaceAll(/\{[^{}]*?(\+?)\}/g, '{$1}'),
  }),
})
type RandomApi = typeof api extends fc.Arbitrary<infer T> ? T : never

/** @returns its id */
async function make({ authorizers, integrations, routes, ...members }: RandomApi): Promise<unknown> {
  const { ApiId } = await invoke('CreateApi', { ProtocolType: 'HTTP', ...members })
  const guards = await Promise.all(
    authorizers.map((each, at) => invoke('CreateAuthorizer', { ApiId, Name: `guard ${at}`, ...each })),
  )
  const made = await Promise.all(integrations.map((each) => invoke('CreateIntegration', { ApiId, ...each })))
  for (const { integration: at, guard, AuthorizationScopes, ...each } of routes) {
    const target = at === undefined ? undefined : `integrations/${String(made[at]?.['IntegrationId'])}`
    const authorizerOf = typeof guard === 'number' ? guards[guard] : undefined
    const isJwt = authorizerOf?.['AuthorizerType'] === 'JWT'
    await invoke('CreateRoute', {
      ApiId,
      ...each,
      Target: target,
      AuthorizationType: authorizerOf === undefined ? guard : isJwt ? 'JWT' : 'CUSTOM',
      AuthorizerId: authorizerOf?.['AuthorizerId'],
      AuthorizationScopes: isJwt ? AuthorizationScopes : undefined,
    })
  }
  return ApiId
}

test('export → import → export is the same, without a warning, as JSON and as YAML', async () => {
  await fc.assert(
    fc.asyncProperty(api, fc.constantFrom('JSON', 'YAML'), async (random, type) => {
      const first = await make(random)
      const Body = await exported(first, type)
      const { ApiId, Warnings } = await invoke('ImportApi', { Body })
      expect(Warnings).toBeUndefined()
      expect(await exported(ApiId)).toBe(await exported(first))
      // Over itself it changes nothing, ids among it.
      const before = await parts(ApiId)
      await invoke('ReimportApi', { ApiId, Body, FailOnWarnings: true })
      expect(await parts(ApiId)).toEqual(before)
      for (const each of [first, ApiId]) await invoke('DeleteApi', { ApiId: each })
    }),
    { numRuns: 100 },
  )
})

/** Everything that the API is, ids and all. */
async function parts(ApiId: unknown): Promise<unknown> {
  const all = ['GetRoutes', 'GetIntegrations', 'GetAuthorizers'].map((operation) =>
    invoke(operation, { ApiId }),
  )
  return JSON.parse(JSON.stringify(await Promise.all(all)))
}
