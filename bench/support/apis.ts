import {
  CreateDeploymentCommand,
  CreateUsagePlanCommand,
  ImportApiKeysCommand,
  ImportRestApiCommand,
  PutRestApiCommand,
  UpdateStageCommand,
  type APIGatewayClient,
} from '@aws-sdk/client-api-gateway'

export type Json = Record<string, unknown>

/** An OpenAPI document whose every path has these operations. */
export function document(name: string, paths: Json, extensions: Json = {}): Uint8Array {
  const info = { title: name, version: '1' }
  return Buffer.from(JSON.stringify({ openapi: '3.0.1', info, paths, ...extensions }))
}

export const mock = (body: string): Json => ({
  type: 'mock',
  requestTemplates: { 'application/json': '{"statusCode": 200}' },
  responses: { default: { statusCode: '200', responseTemplates: { 'application/json': body } } },
})

export const operation = (integration: Json): Json => ({
  responses: { 200: { description: 'ok' } },
  'x-amazon-apigateway-integration': integration,
})

/** `count` resources with a mock GET each; `version` is in every answer. */
export function mockApi(name: string, count: number, version: string): Uint8Array {
  const paths: Json = {}
  for (let i = 0; i < count; i++) paths[`/r${i}`] = { get: operation(mock(JSON.stringify({ version }))) }
  return document(name, paths)
}

/** One GET that proxies to a backend. */
export function proxyApi(backendPort: number): Uint8Array {
  return document('proxy', {
    '/hello': {
      get: operation({ type: 'http_proxy', httpMethod: 'GET', uri: `http://127.0.0.1:${backendPort}/` }),
    },
  })
}

/** Every method and path to a backend, with bodies as they are; a mock at `/version`; resources that change. */
export function soakApi(backendPort: number, version: number): Uint8Array {
  const uri = `http://127.0.0.1:${backendPort}/{proxy}`
  const parameters = [{ name: 'proxy', in: 'path', required: true, schema: { type: 'string' } }]
  return document(
    'soak',
    {
      '/{proxy+}': {
        'x-amazon-apigateway-any-method': {
          ...operation({
            type: 'http_proxy',
            httpMethod: 'ANY',
            uri,
            requestParameters: { 'integration.request.path.proxy': 'method.request.path.proxy' },
          }),
          parameters,
        },
      },
      '/version': { get: operation(mock(JSON.stringify({ version: String(version) }))) },
      [`/only-in-${version}`]: { get: operation(mock('{}')) },
    },
    { 'x-amazon-apigateway-binary-media-types': ['*/*'] },
  )
}

/** One GET that invokes a function. */
export function functionApi(functionArn: string): Uint8Array {
  return document('function', {
    '/hello': {
      get: operation({
        type: 'aws_proxy',
        httpMethod: 'POST',
        uri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${functionArn}/invocations`,
      }),
    },
  })
}

/** Imports and deploys to stage `b`; gives the API's id. */
export async function deploy(client: APIGatewayClient, body: Uint8Array): Promise<string> {
  const { id } = await client.send(new ImportRestApiCommand({ body }))
  await client.send(new CreateDeploymentCommand({ restApiId: id, stageName: 'b' }))
  return id as string
}

/** Gives the stage `b` of an API an access log. */
export async function logAccess(client: APIGatewayClient, restApiId: string, format: string): Promise<void> {
  const settings = { destinationArn: 'arn:aws:logs:us-east-1:000000000000:log-group:bench', format }
  const patchOperations = Object.entries(settings).map(([name, value]) => ({
    op: 'replace' as const,
    path: `/accessLogSettings/${name}`,
    value,
  }))
  await client.send(new UpdateStageCommand({ restApiId, stageName: 'b', patchOperations }))
}

/** Turns on the cache of an API's stage `b`, for all its GET methods. */
export async function cacheAnswers(client: APIGatewayClient, restApiId: string): Promise<void> {
  const settings = { '/cacheClusterEnabled': 'true', '/*/*/caching/enabled': 'true' }
  const patchOperations = Object.entries(settings).map(([path, value]) => ({
    op: 'replace' as const,
    path,
    value,
  }))
  await client.send(new UpdateStageCommand({ restApiId, stageName: 'b', patchOperations }))
}

/** The key that every gateway lets in. */
export const BENCH_KEY = 'key-1-of-the-benchmark'

/** An operation that needs a key, and what its document says of that. */
export const keyed = (open: Json): Json => ({ ...open, security: [{ key: [] }] })
export const keyScheme: Json = {
  securitySchemes: { key: { type: 'apiKey', name: 'x-api-key', in: 'header' } },
}

/** Puts the stage `b` of an API and so many keys into a plan, whose throttle and quota refuse nothing. */
export async function meter(client: APIGatewayClient, apiId: string, keys: number): Promise<void> {
  const { id } = await client.send(
    new CreateUsagePlanCommand({
      name: 'bench',
      apiStages: [{ apiId, stage: 'b' }],
      throttle: { rateLimit: 1_000_000, burstLimit: 1_000_000 },
      quota: { limit: 1_000_000_000, period: 'DAY' },
    }),
  )
  const rows = Array.from(
    { length: keys },
    (_, i) => `k${i},${BENCH_KEY.replace('1', String(i + 1))},true,${id}`,
  )
  const body = Buffer.from(['name,key,enabled,usageplanIds', ...rows].join('\n'))
  await client.send(new ImportApiKeysCommand({ body, format: 'csv' }))
}

export async function replace(client: APIGatewayClient, restApiId: string, body: Uint8Array): Promise<void> {
  await client.send(new PutRestApiCommand({ restApiId, mode: 'overwrite', body }))
}
