import { expect, test } from 'bun:test'
import type { Call } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import { silentLog } from '#base/log.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { account, now, region } from '../../../test/support/play-calls.ts'
import { yaml } from '../openapi/yaml.ts'
import { apiGatewayV2Handlers } from './service.ts'

type Invoke = (operation: string, input: object) => Promise<Record<string, string>>

/** Exports are bytes: read as text. */
async function withApis(play: (invoke: Invoke) => Promise<void>): Promise<void> {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  const handlers = apiGatewayV2Handlers({
    store,
    clock: { now: () => now },
    log: silentLog,
    endpointOf: ({ apiId }) => `http://gateway.test/${apiId}`,
  }) as unknown as Readonly<Record<string, (input: object, call: Call) => Promise<Record<string, string>>>>
  const principal = { account, accessKeyId: 'AKID', arn: `arn:aws:iam::${account}:root`, userId: account }
  try {
    await play(async (operation, input) => {
      const call = { service: 'apigatewayv2', operation, account, region, requestId: 'request', principal }
      const answer = await handlers[operation]?.(input, call)
      return answer ?? {}
    })
  } finally {
    await store.close()
  }
}

async function exported(invoke: Invoke, input: object): Promise<string> {
  const { body } = await invoke('ExportApi', { Specification: 'OAS30', OutputType: 'JSON', ...input })
  return Buffer.from(body as unknown as Uint8Array).toString('utf8')
}

const functionUri =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:f/invocations'
const petId = {
  name: 'id',
  in: 'path',
  description: 'Generated path parameter for id',
  required: true,
  schema: { type: 'string' },
}

/** As it is exported; the order of its members is AWS's. */
const document = (server: string, basePath = '') => ({
  openapi: '3.0.1',
  info: { title: 'pets', description: 'Pets', version: '2023-11-14 22:13:20UTC' },
  servers: [{ url: `${server}/{basePath}`, variables: { basePath: { default: basePath } } }],
  tags: [{ name: 'owner', 'x-amazon-apigateway-tag-value': 'me' }],
  paths: {
    '/$default': {
      'x-amazon-apigateway-any-method': {
        responses: { default: { description: 'Default response for $default' } },
        isDefaultRoute: true,
      },
    },
    '/pets/{id}': {
      delete: {
        responses: { default: { description: 'Default response for DELETE /pets/{id}' } },
        'x-amazon-apigateway-auth': { type: 'AWS_IAM' },
        'x-amazon-apigateway-integration': {
          integrationSubtype: 'SQS-SendMessage',
          credentials: 'arn:aws:iam::111111111111:role/send',
          requestParameters: { QueueUrl: 'https://sqs.test/q', MessageBody: '$request.body' },
          payloadFormatVersion: '1.0',
          type: 'aws_proxy',
          connectionType: 'INTERNET',
        },
      },
      get: {
        operationId: 'getPet',
        responses: { default: { description: 'Default response for GET /pets/{id}' } },
        security: [{ pool: ['read'] }],
        'x-amazon-apigateway-integration': {
          responseParameters: { 200: { 'overwrite:header.Cache-Control': 'public' } },
          requestParameters: { 'append:querystring.id': '$request.path.id' },
          payloadFormatVersion: '1.0',
          connectionId: 'link12',
          type: 'http_proxy',
          httpMethod: 'ANY',
          uri: 'arn:aws:elasticloadbalancing:us-east-1:111111111111:listener/app/x/1/2',
          connectionType: 'VPC_LINK',
          timeoutInMillis: 12_000,
          tlsConfig: { serverNameToVerify: 'backend.test' },
        },
      },
      'x-amazon-apigateway-any-method': {
        responses: { default: { description: 'Default response for ANY /pets/{id}' } },
        security: [{ lambda: [] }],
        'x-amazon-apigateway-integration': {
          payloadFormatVersion: '2.0',
          type: 'aws_proxy',
          httpMethod: 'POST',
          uri: functionUri,
          connectionType: 'INTERNET',
        },
      },
      parameters: [petId],
    },
  },
  components: {
    securitySchemes: {
      lambda: {
        type: 'apiKey',
        name: 'Auth',
        in: 'header',
        'x-amazon-apigateway-authorizer': {
          identitySource: '$request.header.Auth, $context.routeKey',
          authorizerUri: functionUri,
          authorizerPayloadFormatVersion: '2.0',
          authorizerResultTtlInSeconds: 60,
          enableSimpleResponses: true,
          type: 'request',
        },
      },
      pool: {
        type: 'oauth2',
        flows: {},
        'x-amazon-apigateway-authorizer': {
          identitySource: '$request.header.Authorization',
          jwtConfiguration: { audience: ['pets'], issuer: 'https://issuer.test' },
          type: 'jwt',
        },
      },
    },
  },
  'x-amazon-apigateway-cors': { maxAge: 60, allowOrigins: ['https://a.test'] },
  'x-amazon-apigateway-endpoint-configuration': { disableExecuteApiEndpoint: true },
  'x-amazon-apigateway-importexport-version': '1.0',
})

test('an export has everything that its import needs, in AWS’s order', () =>
  withApis(async (invoke) => {
    const given = document('https://elsewhere.test')
    const { ApiId = '', Warnings } = await invoke('ImportApi', { Body: JSON.stringify(given) })
    expect(Warnings).toBeUndefined()
    const expected = document(`http://gateway.test/${ApiId}`)
    expect(await exported(invoke, { ApiId })).toBe(JSON.stringify(expected, null, 2))
    const asYaml = await exported(invoke, { ApiId, OutputType: 'YAML' })
    expect(asYaml).toStartWith('openapi: 3.0.1\n')
    expect(yaml().parse(asYaml)).toEqual(expected)
    const again = await invoke('ImportApi', { Body: asYaml, FailOnWarnings: true })
    expect(await exported(invoke, { ApiId: again['ApiId'] })).toBe(
      JSON.stringify(document(`http://gateway.test/${again['ApiId']}`), null, 2),
    )
  }))

test('without extensions it is a description', () =>
  withApis(async (invoke) => {
    const { ApiId = '' } = await invoke('ImportApi', { Body: JSON.stringify(document('https://x.test')) })
    const plain = await exported(invoke, { ApiId, IncludeExtensions: false })
    expect(plain).not.toMatch(/"x-amazon-apigateway-(?!any-method)/)
    expect(JSON.parse(plain)).toMatchObject({
      paths: { '/pets/{id}': { get: { security: [{ pool: ['read'] }] } } },
      components: { securitySchemes: { lambda: { type: 'apiKey', name: 'Auth', in: 'header' } } },
    })
  }))

test('a stage is exported as it serves', () =>
  withApis(async (invoke) => {
    const { ApiId = '' } = await invoke('CreateApi', { Name: 'pets', ProtocolType: 'HTTP' })
    const paths = async (input: object): Promise<unknown> =>
      Object.keys((JSON.parse(await exported(invoke, { ApiId, ...input })) as { paths: object }).paths)
    await invoke('CreateRoute', { ApiId, RouteKey: 'GET /a' })
    await invoke('CreateStage', { ApiId, StageName: '$default', AutoDeploy: true })
    await invoke('CreateStage', { ApiId, StageName: 'prod' })
    const missing = exported(invoke, { ApiId, StageName: 'prod' })
    expect(await refusal(missing)).toEqual([
      'BadRequestException',
      'Stage prod has no deployment to export: deploy the API to it first',
    ])
    await invoke('CreateDeployment', { ApiId, StageName: 'prod' })
    await invoke('CreateRoute', { ApiId, RouteKey: 'ANY /b' })
    expect(await paths({ StageName: 'prod' })).toEqual(['/a'])
    expect(await paths({ StageName: '$default' })).toEqual(['/a', '/b'])
    expect(await paths({})).toEqual(['/a', '/b'])
    const { servers } = JSON.parse(await exported(invoke, { ApiId, StageName: 'prod' })) as {
      servers: unknown
    }
    expect(servers).toEqual([
      { url: `http://gateway.test/${ApiId}/{basePath}`, variables: { basePath: { default: 'prod' } } },
    ])
  }))

test('what cannot be exported', () =>
  withApis(async (invoke) => {
    const { ApiId = '' } = await invoke('CreateApi', { Name: 'pets', ProtocolType: 'HTTP' })
    const chat = await invoke('CreateApi', {
      Name: 'chat',
      ProtocolType: 'WEBSOCKET',
      RouteSelectionExpression: '$request.body.action',
    })
    const rows: readonly (readonly [object, string, string])[] = [
      [
        { Specification: 'OAS31' },
        'BadRequestException',
        'Invalid specification specified: OAS31. Must be one of [OAS30]',
      ],
      [
        { OutputType: 'XML' },
        'BadRequestException',
        'Invalid outputType specified: XML. Must be one of [YAML, JSON]',
      ],
      [
        { ExportVersion: '2.0' },
        'BadRequestException',
        'Invalid exportVersion specified: 2.0. Must be one of [1.0]',
      ],
      [
        { ApiId: chat['ApiId'] },
        'BadRequestException',
        'Export to OAS30 is not supported on protocolType WEBSOCKET',
      ],
      [{ ApiId: 'gone' }, 'NotFoundException', `Invalid API identifier specified ${account}:gone`],
      [{ StageName: 'gone' }, 'NotFoundException', 'Invalid stage identifier specified gone'],
    ]
    for (const [input, code, message] of rows) {
      expect(await refusal(exported(invoke, { ApiId, ...input }))).toEqual([code, message])
    }
  }))

async function refusal(answer: Promise<unknown>): Promise<unknown> {
  const error = await answer.catch((thrown: unknown) => thrown)
  return error instanceof AwsError ? [error.code, error.message] : error
}

test('how requests go to backends goes out as it came, and with each route of its path', async () => {
  await withApis(async (invoke) => {
    const proxy = {
      'x-amazon-apigateway-integration': {
        type: 'HTTP_PROXY',
        httpMethod: 'ANY',
        uri: 'https://backend.test',
        payloadFormatVersion: '1.0',
      },
    }
    const body = {
      openapi: '3.0.1',
      info: { title: 'pets', version: '1' },
      'x-gatehouse-traffic': { budget: { percent: 10 } },
      paths: {
        '/pets': {
          'x-gatehouse-traffic': { retry: { attempts: 3 }, circuitBreaker: {} },
          get: { ...proxy, 'x-gatehouse-traffic': { retry: false } },
          post: proxy,
        },
      },
    }
    const { ApiId } = await invoke('ImportApi', { Body: JSON.stringify(body) })
    expect(JSON.parse(await exported(invoke, { ApiId }))).toMatchObject({
      'x-gatehouse-traffic': { budget: { percent: 10 } },
      paths: {
        '/pets': {
          get: { 'x-gatehouse-traffic': { retry: false, circuitBreaker: {} } },
          post: { 'x-gatehouse-traffic': { retry: { attempts: 3 }, circuitBreaker: {} } },
        },
      },
    })
    const plain = JSON.parse(await exported(invoke, { ApiId, IncludeExtensions: false }))
    expect(JSON.stringify(plain)).not.toContain('x-gatehouse')
  })
})
