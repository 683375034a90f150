import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Call } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import { silentLog } from '#base/log.ts'
import { apiGatewayV2Handlers } from '#control-plane/apigatewayv2/service.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Store } from '#store/store.ts'
import { account, now, region } from '../support/play-calls.ts'

// Any update of version 2 is done whole or refused; what is answered is what is kept, and what it did not name stays.

type Handler = (input: unknown, call: Call) => unknown

let store: Store
let handlers: Readonly<Record<string, Handler | undefined>>

beforeAll(() => {
  store = openSqliteStore({ path: ':memory:', log: silentLog })
  handlers = apiGatewayV2Handlers({
    store,
    clock: { now: () => now },
    log: silentLog,
    quotas: { routedApis: 100_000 },
  }) as unknown as typeof handlers
})
afterAll(() => store.close())

async function invoke(operation: string, input: object): Promise<Readonly<Record<string, unknown>>> {
  const principal = { account, accessKeyId: 'AKID', arn: `arn:aws:iam::${account}:root`, userId: account }
  const call = { service: 'apigatewayv2', operation, account, region, requestId: 'request', principal }
  return JSON.parse(JSON.stringify(await handlers[operation]?.(input, call))) as Record<string, unknown>
}

interface Noun {
  readonly name: string
  /** Of the API that it is made in. */
  readonly protocol: 'HTTP' | 'WEBSOCKET'
  readonly make: object
  readonly id: string
  /** Values that an update may have, by member. */
  readonly members: Readonly<Record<string, readonly unknown[]>>
  /** Members that change with others. */
  readonly follows?: readonly string[]
}

const texts = ['', 'a', 'a b', '$request.body.a', '$default', '__proto__', 'x'.repeat(2000)]
const lambda = 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations'
const url = 'https://backend.example'
const parameters = [
  {},
  { 'append:header.a': '$context.requestId' },
  { 'append:header.a': '' },
  { 'integration.request.header.a': "'b'" },
  { ['__proto__']: 'a' },
]

const nouns: readonly Noun[] = [
  {
    name: 'Api',
    protocol: 'HTTP',
    make: {},
    id: 'ApiId',
    members: {
      Name: texts,
      Description: texts,
      Version: texts,
      RouteSelectionExpression: texts,
      DisableExecuteApiEndpoint: [true, false],
      CorsConfiguration: [{}, { AllowOrigins: ['*'] }, { AllowOrigins: ['a'] }, { MaxAge: -2 }],
      Target: ['', url],
    },
  },
  ...(['HTTP', 'WEBSOCKET'] as const).map((protocol): Noun => ({
    name: 'Integration',
    protocol,
    make: {
      IntegrationType: 'HTTP_PROXY',
      IntegrationMethod: 'GET',
      IntegrationUri: url,
      PayloadFormatVersion: '1.0',
    },
    id: 'IntegrationId',
    members: {
      IntegrationType: ['HTTP_PROXY', 'AWS_PROXY', 'MOCK', 'HTTP'],
      IntegrationMethod: ['', 'ANY', 'BREW'],
      IntegrationUri: ['', url, lambda],
      Description: texts,
      PayloadFormatVersion: ['', '1.0', '2.0'],
      TimeoutInMillis: [0, 50, 29_000, 29_500],
      RequestParameters: parameters,
      ResponseParameters: [{ '200': { 'append:header.a': 'b' } }, { '200': {} }, { a: {} }],
      PassthroughBehavior: ['NEVER'],
      TemplateSelectionExpression: texts,
      TlsConfig: [{}, { ServerNameToVerify: 'a' }],
    },
    follows: ['IntegrationResponseSelectionExpression'],
  })),
  ...(['HTTP', 'WEBSOCKET'] as const).map((protocol): Noun => ({
    name: 'Route',
    protocol,
    make: { RouteKey: '$default' },
    id: 'RouteId',
    members: {
      RouteKey: [...texts, 'GET /', 'GET /{a}', 'GET /{a'],
      Target: ['', 'integrations/a'],
      OperationName: texts,
      AuthorizationType: ['NONE', 'AWS_IAM', 'JWT', 'CUSTOM'],
      AuthorizerId: ['', 'a'],
      AuthorizationScopes: [[], ['a']],
      ApiKeyRequired: [true, false],
      ModelSelectionExpression: texts,
      RequestModels: [{}, { a: 'B' }],
      RequestParameters: [{}, { 'route.request.header.a': { Required: true } }, { a: {} }],
      RouteResponseSelectionExpression: texts,
    },
    follows: ['AuthorizerId'],
  })),
  {
    name: 'Authorizer',
    protocol: 'HTTP',
    make: {
      Name: 'a',
      AuthorizerType: 'REQUEST',
      AuthorizerUri: lambda,
      AuthorizerPayloadFormatVersion: '2.0',
      IdentitySource: ['$request.header.a'],
    },
    id: 'AuthorizerId',
    members: {
      Name: texts,
      AuthorizerType: ['REQUEST', 'JWT'],
      AuthorizerUri: ['', lambda, url],
      AuthorizerPayloadFormatVersion: ['', '1.0', '2.0', '3.0'],
      AuthorizerResultTtlInSeconds: [-1, 0, 3600, 3601],
      EnableSimpleResponses: [true, false],
      IdentitySource: [[], [''], ['$request.header.a'], ['a']],
      JwtConfiguration: [{}, { Issuer: url, Audience: ['a'] }],
    },
  },
  {
    name: 'Model',
    protocol: 'WEBSOCKET',
    make: { Name: 'a', Schema: '{}' },
    id: 'ModelId',
    members: { Name: texts, ContentType: texts, Description: texts, Schema: [...texts, '{}'] },
  },
]

test.each(nouns.map((noun) => [`${noun.name} of ${noun.protocol}`, noun] as const))(
  'updates of %s',
  (_, noun) =>
    fc.assert(
      fc.asyncProperty(fc.array(updateOf(noun), { minLength: 1, maxLength: 4 }), async (updates) => {
        const ids = await made(noun)
        let before = await invoke(`Get${noun.name}`, ids)
        for (const update of updates) {
          const answer = await invoke(`Update${noun.name}`, { ...update, ...ids }).catch(
            (error: unknown) => error,
          )
          const after = await invoke(`Get${noun.name}`, ids)
          if (answer instanceof AwsError) {
            expect(['BadRequestException', 'ConflictException']).toContain(answer.code)
            expect(after).toEqual(before)
            continue
          }
          expect(after).toEqual(answer as typeof after)
          for (const member of new Set([...Object.keys(before), ...Object.keys(after)])) {
            if (member in update || noun.follows?.includes(member) === true) continue
            expect({ member, value: after[member] }).toEqual({ member, value: before[member] })
          }
          before = after
        }
      }),
      { numRuns: 60 },
    ),
)

/** One of the members or some, each with one of its values: most updates of many are refused. */
function updateOf({ members }: Noun): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const values = Object.entries(members).map(([name, some]) => [name, fc.constantFrom(...some)] as const)
  const one = values.map(([name, value]) => value.map((given) => ({ [name]: given })))
  return fc.oneof(...one, fc.record(Object.fromEntries(values), { requiredKeys: [] }))
}

/** How a new one is named. */
async function made({ name, protocol, make, id }: Noun): Promise<Readonly<Record<string, unknown>>> {
  const { ApiId } = await invoke('CreateApi', {
    Name: 'a',
    ProtocolType: protocol,
    ...(protocol === 'WEBSOCKET' && { RouteSelectionExpression: '$request.body.action' }),
  })
  if (name === 'Api') return { ApiId }
  const { [id]: found } = await invoke(`Create${name}`, { ApiId, ...make })
  return { ApiId, [id]: found }
}
