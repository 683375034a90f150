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

/** The value of a key by its number, from 1. */
export const benchKey = (name: string, number: number): string => `${name}-${number}-of-the-benchmark`
/** The key that every gateway lets in. */
export const BENCH_KEY: string = benchKey('key', 1)

/** An operation that needs a key, and what its document says of that. */
export const keyed = (open: Json): Json => ({ ...open, security: [{ key: [] }] })
export const keyScheme: Json = {
  securitySchemes: { key: { type: 'apiKey', name: 'x-api-key', in: 'header' } },
}

/** What a usage plan allows. */
export interface Allowance {
  readonly throttle: { readonly rateLimit: number; readonly burstLimit: number }
  readonly quota: { readonly limit: number; readonly period: 'DAY' }
}

/** It refuses nothing. */
export const ample: Allowance = {
  throttle: { rateLimit: 1_000_000, burstLimit: 1_000_000 },
  quota: { limit: 1_000_000_000, period: 'DAY' },
}

/** Puts the stage `b` of an API and so many keys into a plan. @param name of the keys, which no two plans have in common */
export async function meter(
  client: APIGatewayClient,
  apiId: string,
  keys: number,
  name: string = 'key',
  allowance: Allowance = ample,
): Promise<void> {
  const apiStages = [{ apiId, stage: 'b' }]
  const { id } = await client.send(new CreateUsagePlanCommand({ name, apiStages, ...allowance }))
  for (let first = 1; first <= keys; first += KEYS_AT_ONCE) {
    const rows = Array.from({ length: Math.min(KEYS_AT_ONCE, keys - first + 1) }, (_, i) => {
      const key = benchKey(name, first + i)
      return `${key},${key},true,${id}`
    })
    const body = Buffer.from(['name,key,enabled,usageplanIds', ...rows].join('\n'))
    await client.send(new ImportApiKeysCommand({ body, format: 'csv' }))
  }
}

/** Rows of one import, so that it stays below the bytes that a request may have. */
const KEYS_AT_ONCE = 50_000

export async function replace(client: APIGatewayClient, restApiId: string, body: Uint8Array): Promise<void> {
  await client.send(new PutRestApiCommand({ restApiId, mode: 'overwrite', body }))
}
