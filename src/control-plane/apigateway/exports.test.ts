import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { parse } from 'yaml'
import type { Call } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { silentLog } from '#base/log.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Store } from '#store/store.ts'
import { newMethodTester } from '../../../test/support/method-tester.ts'
import { account, now, region } from '../../../test/support/play-calls.ts'
import { apiGatewayHandlers } from './service.ts'

let store: Store
beforeEach(() => {
  store = openSqliteStore({ path: ':memory:', log: silentLog })
})
afterEach(() => store.close())

function call<K extends keyof ApiGatewayOperations>(
  operation: K,
  input: ApiGatewayOperations[K]['input'],
): Promise<ApiGatewayOperations[K]['output']> {
  const clock = { now: () => now }
  const handlers = apiGatewayHandlers({ store, clock, log: silentLog, methodTester: newMethodTester(clock) })
  const principal = { account, accessKeyId: 'AKID', arn: `arn:aws:iam::${account}:root`, userId: account }
  const made: Call = { service: 'apigateway', operation, account, region, requestId: 'request', principal }
  const handler = handlers[operation] as (
    input: ApiGatewayOperations[K]['input'],
    call: Call,
  ) => Promise<ApiGatewayOperations[K]['output']>
  return handler(input, made)
}

/** Imports a document, deploys it, and says what the id of the API is. */
async function deployed(document: object): Promise<string> {
  const { id } = await call('ImportRestApi', { body: Buffer.from(JSON.stringify(document)) })
  await call('CreateDeployment', { restApiId: id as string, stageName: 'dev' })
  return id as string
}

async function exported(
  restApiId: string,
  exportType: string,
  extensions: string,
  accepts?: string,
): Promise<string> {
  const parameters = extensions === '' ? {} : { extensions }
  const { body } = await call('GetExport', { restApiId, stageName: 'dev', exportType, parameters, accepts })
  return Buffer.from(body as Uint8Array).toString('utf8')
}

const URI = 'http://backend.example/cats'

/** One of everything, in the order and words of an export. */
const everything = (id: string): object => ({
  openapi: '3.0.1',
  info: { title: 'cats', description: 'of all kinds', version: '2' },
  servers: [
    {
      url: `https://${id}.execute-api.${region}.amazonaws.com/{basePath}`,
      variables: { basePath: { default: 'dev' } },
    },
  ],
  paths: {
    '/cats': {
      'x-amazon-apigateway-any-method': {
        responses: {},
        'x-amazon-apigateway-integration': {
          type: 'http_proxy',
          httpMethod: 'ANY',
          uri: URI,
          passthroughBehavior: 'never',
          timeoutInMillis: 1000,
          cacheNamespace: 'cats',
          cacheKeyParameters: ['method.request.path.x'],
          tlsConfig: { insecureSkipVerification: true },
        },
      },
    },
    '/cats/{cat}': {
      post: {
        operationId: 'PetCat',
        parameters: [
          { name: 'cat', in: 'path', required: true, schema: { type: 'string' } },
          { name: 'how', in: 'query', required: true, schema: { type: 'string' } },
          { name: 'X-Who', in: 'header', schema: { type: 'string' } },
        ],
        requestBody: {
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Touch' } } },
          required: true,
        },
        responses: {
          '200': {
            description: '200 response',
            headers: { 'X-Purr': { schema: { type: 'string' } } },
            content: { 'text/plain': { schema: { $ref: '#/components/schemas/Purr' } } },
          },
          '404': { description: '404 response', content: {} },
        },
        security: [{ guard: ['a', 'b'] }, { api_key: [] }],
        'x-amazon-apigateway-request-validator': 'all',
        'x-amazon-apigateway-integration': {
          type: 'aws',
          credentials: 'arn:aws:iam::123456789012:role/r',
          httpMethod: 'POST',
          uri: 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:f/invocations',
          responses: {
            default: {
              statusCode: '200',
              responseParameters: { 'method.response.header.X-Purr': "'loud'" },
              responseTemplates: { 'text/plain': '$input.body' },
            },
            'No.*': { statusCode: '404', contentHandling: 'CONVERT_TO_TEXT' },
          },
          requestParameters: { 'integration.request.header.a': 'method.request.path.cat' },
          requestTemplates: { 'application/json': '{}' },
          passthroughBehavior: 'when_no_templates',
          contentHandling: 'CONVERT_TO_BINARY',
        },
      },
      delete: {
        parameters: [{ name: 'cat', in: 'path', required: true, schema: { type: 'string' } }],
        responses: { '204': { description: '204 response', content: {} } },
        security: [{ sigv4: [] }],
        'x-amazon-apigateway-integration': {
          type: 'mock',
          responses: { default: { statusCode: '204' } },
          requestTemplates: { 'application/json': '{"statusCode": 204}' },
          passthroughBehavior: 'when_no_match',
        },
      },
    },
  },
  components: {
    schemas: {
      Touch: { type: 'object', properties: { by: { $ref: '#/components/schemas/Hand' } } },
      Hand: { type: 'string', description: 'left or right' },
      Purr: { type: 'string' },
    },
    securitySchemes: {
      guard: {
        type: 'apiKey',
        name: 'X-Token',
        in: 'header',
        'x-amazon-apigateway-authtype': 'custom',
        'x-amazon-apigateway-authorizer': {
          type: 'token',
          authorizerUri:
            'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:g/invocations',
          identityValidationExpression: '[a-z]+',
          authorizerResultTtlInSeconds: 10,
        },
      },
      sigv4: {
        type: 'apiKey',
        name: 'Authorization',
        in: 'header',
        'x-amazon-apigateway-authtype': 'awsSigv4',
      },
      api_key: { type: 'apiKey', name: 'x-api-key', in: 'header' },
    },
  },
  'x-amazon-apigateway-request-validators': {
    all: { validateRequestParameters: true, validateRequestBody: true },
  },
  'x-amazon-apigateway-gateway-responses': {
    THROTTLED: {
      statusCode: '503',
      responseParameters: { 'gatewayresponse.header.a': "'b'" },
      responseTemplates: { 'text/plain': 'later' },
    },
  },
  'x-amazon-apigateway-api-key-source': 'AUTHORIZER',
  'x-amazon-apigateway-minimum-compression-size': 5,
  'x-amazon-apigateway-binary-media-types': ['image/png'],
  'x-amazon-apigateway-endpoint-configuration': { disableExecuteApiEndpoint: true },
  'x-amazon-apigateway-security-policy': 'SecurityPolicy_TLS13_1_3_2025_09',
  'x-amazon-apigateway-policy': { Version: '2012-10-17', Statement: [] },
  'x-amazon-apigateway-endpoint-access-mode': 'BASIC',
})

/** A document without the members whose names begin so. */
function without(value: unknown, prefix: RegExp): unknown {
  if (Array.isArray(value)) return value.map((item) => without(item, prefix))
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name]) => !prefix.test(name))
  return Object.fromEntries(kept.map(([name, member]) => [name, without(member, prefix)]))
}

/** A part for every type of entity that `everything` has. */
const parts: readonly (readonly [location: object, properties: object])[] = [
  [{ type: 'API' }, { info: { description: 'of every kind', 'x-i': 1, version: '9' }, 'x-api': 2, foo: 3 }],
  [{ type: 'AUTHORIZER', name: 'guard' }, { description: 'who goes there' }],
  [
    { type: 'METHOD', path: '/cats/{cat}' },
    { tags: ['cats'], summary: 'a cat', 'x-method': true },
  ],
  [
    { type: 'MODEL', name: 'Touch' },
    { title: 'Touching', example: { by: 'left' } },
  ],
  [{ type: 'PATH_PARAMETER', name: 'cat' }, { description: 'which cat' }],
  [{ type: 'QUERY_PARAMETER', path: '/cats', method: 'POST', name: 'how' }, { description: 'gently' }],
  [{ type: 'REQUEST_BODY' }, { description: 'the hand' }],
  [{ type: 'REQUEST_HEADER', name: 'X-Who' }, { description: 'a friend' }],
  [
    { type: 'RESOURCE', path: '/cats' },
    { description: 'all', 'x-resource': 4 },
  ],
  [{ type: 'RESPONSE', statusCode: '404' }, { description: 'No such cat.' }],
  [{ type: 'RESPONSE_BODY' }, { 'x-sound': 'purr' }],
  [{ type: 'RESPONSE_HEADER', path: '/cats/{cat}', name: 'X-Purr' }, { description: 'how loud' }],
]

/** Documents an API and shows that on its stage. */
async function documented(restApiId: string, documentation: object): Promise<void> {
  const body = Buffer.from(JSON.stringify({ 'x-amazon-apigateway-documentation': documentation }))
  await call('ImportDocumentationParts', { restApiId, body, mode: 'overwrite' })
  await call('CreateDocumentationVersion', { restApiId, documentationVersion: 'v1', stageName: 'dev' })
}

const documentation = {
  documentationParts: parts.map(([location, properties]) => ({ location, properties })),
}

describe('documentation in an export', () => {
  test('is where OpenAPI has a place for it', async () => {
    const id = await deployed(everything('x'))
    await documented(id, documentation)
    const document = JSON.parse(await exported(id, 'oas30', '')) as object
    expect(document).not.toHaveProperty('x-amazon-apigateway-documentation')
    expect(document).toMatchObject({
      info: { title: 'cats', description: 'of every kind', version: '2', 'x-i': 1 },
      'x-api': 2,
      paths: {
        '/cats': { 'x-resource': 4 },
        '/cats/{cat}': {
          post: {
            tags: ['cats'],
            summary: 'a cat',
            'x-method': true,
            parameters: [
              { name: 'cat', description: 'which cat' },
              { name: 'how', description: 'gently' },
              { name: 'X-Who', description: 'a friend' },
            ],
            requestBody: { description: 'the hand', required: true },
            responses: {
              200: {
                description: '200 response',
                headers: { 'X-Purr': { description: 'how loud', schema: { type: 'string' } } },
                content: { 'text/plain': { 'x-sound': 'purr' } },
              },
              404: { description: 'No such cat.' },
            },
          },
          delete: { summary: 'a cat', parameters: [{ name: 'cat', description: 'which cat' }] },
        },
      },
      components: {
        schemas: { Touch: { title: 'Touching', example: { by: 'left' } } },
        securitySchemes: { guard: { description: 'who goes there' } },
      },
    })
    expect(document).not.toHaveProperty('foo')
    expect(document).not.toHaveProperty(['paths', '/cats', 'x-amazon-apigateway-any-method', 'summary'])
  })

  test('in Swagger as well', async () => {
    const id = await deployed(everything('x'))
    await documented(id, documentation)
    const document = JSON.parse(await exported(id, 'swagger', '')) as {
      paths: Record<string, Record<string, object>>
    }
    expect(document).toMatchObject({
      info: { description: 'of every kind', version: '2', title: 'cats', 'x-i': 1 },
      securityDefinitions: { guard: { description: 'who goes there' } },
      definitions: { Touch: { title: 'Touching' } },
      'x-api': 2,
    })
    expect(document.paths['/cats/{cat}']?.['post']).toMatchObject({
      tags: ['cats'],
      summary: 'a cat',
      parameters: [
        { name: 'cat', description: 'which cat', type: 'string' },
        { name: 'how', description: 'gently' },
        { name: 'X-Who', description: 'a friend' },
        { in: 'body', name: 'Touch', description: 'the hand' },
      ],
      responses: {
        200: { headers: { 'X-Purr': { type: 'string', description: 'how loud' } } },
        404: { description: 'No such cat.' },
      },
      'x-method': true,
    })
  })

  test('comes back by an import where its parts are exported too', async () => {
    const id = await deployed(everything('x'))
    await documented(id, documentation)
    for (const extensions of ['apigateway', 'integrations,authorizers,documentation']) {
      for (const type of ['oas30', 'swagger']) {
        const text = await exported(id, type, extensions)
        const again = await deployed(JSON.parse(text) as object)
        await call('CreateDocumentationVersion', {
          restApiId: again,
          documentationVersion: 'v1',
          stageName: 'dev',
        })
        expect((await exported(again, type, extensions)).replaceAll(again, id)).toBe(text)
      }
    }
    const parsed = JSON.parse(await exported(id, 'oas30', 'documentation')) as Record<
      string,
      { version: string; createdDate: string; documentationParts: object[] }
    >
    const { documentationParts, ...head } = parsed['x-amazon-apigateway-documentation'] ?? {}
    expect(head).toEqual({ version: 'v1', createdDate: '2023-11-14T22:13:20Z' })
    expect(documentationParts).toHaveLength(parts.length)
    expect(documentationParts).toContainEqual({
      location: { type: 'RESPONSE', statusCode: '404' },
      properties: { description: 'No such cat.' },
    })
    expect(JSON.stringify(parsed)).not.toContain('x-amazon-apigateway-integration')
  })

  test("is that of the stage's version, not of the parts as they are now", async () => {
    const id = await deployed(everything('x'))
    await documented(id, documentation)
    const before = await exported(id, 'oas30', 'apigateway')
    await call('ImportDocumentationParts', {
      restApiId: id,
      mode: 'overwrite',
      body: Buffer.from(JSON.stringify({ 'x-amazon-apigateway-documentation': { documentationParts: [] } })),
    })
    expect(await exported(id, 'oas30', 'apigateway')).toBe(before)
    await call('UpdateStage', {
      restApiId: id,
      stageName: 'dev',
      patchOperations: [{ op: 'replace', path: '/documentationVersion', value: '' }],
    })
    expect(JSON.parse(await exported(id, 'oas30', 'apigateway'))).toEqual(everything(id))
  })
})

describe('GetExport', () => {
  test('an export that is imported exports as itself, in OpenAPI 3 and Swagger 2', async () => {
    const id = await deployed(everything('x'))
    const oas30 = await exported(id, 'oas30', 'apigateway')
    expect(JSON.parse(oas30)).toEqual(everything(id))
    const swagger = await exported(id, 'swagger', 'apigateway')
    for (const text of [oas30, swagger]) {
      const again = await deployed(JSON.parse(text) as object)
      expect((await exported(again, 'oas30', 'apigateway')).replaceAll(again, id)).toBe(oas30)
      expect((await exported(again, 'swagger', 'apigateway')).replaceAll(again, id)).toBe(swagger)
    }
  })

  test('extensions are those that were asked for', async () => {
    const id = await deployed(everything('x'))
    const whole = everything(id)
    const plain = /^x-amazon-apigateway-(?!any-method|authtype)/
    expect(JSON.parse(await exported(id, 'oas30', ''))).toEqual(without(whole, plain))
    expect(JSON.parse(await exported(id, 'oas30', 'postman'))).toEqual(without(whole, plain))
    expect(JSON.parse(await exported(id, 'oas30', 'integrations'))).toEqual(
      without(whole, /^x-amazon-apigateway-(?!any-method|authtype|integration$)/),
    )
    expect(JSON.parse(await exported(id, 'oas30', 'integrations,authorizers'))).toEqual(
      without(whole, /^x-amazon-apigateway-(?!any-method|authtype|integration$|authorizer$)/),
    )
  })

  test('Swagger says types of content where OpenAPI 3 says contents', async () => {
    const id = await deployed(everything('x'))
    const { paths, ...document } = JSON.parse(await exported(id, 'swagger', '')) as {
      paths: Record<string, Record<string, object>>
    }
    expect(document).toMatchObject({
      swagger: '2.0',
      info: { description: 'of all kinds', version: '2', title: 'cats' },
      host: `${id}.execute-api.${region}.amazonaws.com`,
      basePath: '/dev',
      schemes: ['https'],
    })
    expect(paths['/cats/{cat}']?.['post']).toEqual({
      operationId: 'PetCat',
      consumes: ['application/json'],
      produces: ['text/plain'],
      parameters: [
        { name: 'cat', in: 'path', required: true, type: 'string' },
        { name: 'how', in: 'query', required: true, type: 'string' },
        { name: 'X-Who', in: 'header', required: false, type: 'string' },
        { in: 'body', name: 'Touch', required: true, schema: { $ref: '#/definitions/Touch' } },
      ],
      responses: {
        '200': {
          description: '200 response',
          schema: { $ref: '#/definitions/Purr' },
          headers: { 'X-Purr': { type: 'string' } },
        },
        '404': { description: '404 response' },
      },
      security: [{ guard: ['a', 'b'] }, { api_key: [] }],
    })
  })

  test('YAML says the same as JSON', async () => {
    const id = await deployed(everything('x'))
    const yaml = await exported(id, 'oas30', 'apigateway', 'application/yaml')
    expect(parse(yaml)).toEqual(everything(id))
  })

  test('is of what the stage serves, not of what the API has become', async () => {
    const id = await deployed(everything('x'))
    const before = await exported(id, 'oas30', 'apigateway')
    await call('UpdateRestApi', {
      restApiId: id,
      patchOperations: [{ op: 'replace', path: '/name', value: 'dogs' }],
    })
    expect(await exported(id, 'oas30', 'apigateway')).toBe(before)
  })

  test('an API without version has the time of its creation, also in the name of the file', async () => {
    const { id } = await call('CreateRestApi', { name: 'bare' })
    const restApiId = id as string
    const root = (await call('GetResources', { restApiId })).items?.[0]?.id as string
    const place = { restApiId, resourceId: root, httpMethod: 'GET' }
    await call('PutMethod', { ...place, authorizationType: 'NONE' })
    await call('PutIntegration', { ...place, type: 'MOCK' })
    await call('CreateDeployment', { restApiId, stageName: 'dev' })
    const { body, contentType, contentDisposition } = await call('GetExport', {
      restApiId,
      stageName: 'dev',
      exportType: 'swagger',
    })
    expect({ contentType, contentDisposition }).toEqual({
      contentType: 'application/octet-stream',
      contentDisposition: 'attachment; filename="swagger_2023-11-14T22:13:20Z.json"',
    })
    expect(JSON.parse(Buffer.from(body as Uint8Array).toString())).toEqual({
      swagger: '2.0',
      info: { version: '2023-11-14T22:13:20Z', title: 'bare' },
      host: `${restApiId}.execute-api.${region}.amazonaws.com`,
      basePath: '/dev',
      schemes: ['https'],
      paths: { '/': { get: { responses: {} } } },
    })
  })

  const refused: readonly [name: string, input: object, message: string][] = [
    [
      'another type',
      { exportType: 'raml' },
      'Invalid export type specified: found raml, expected one of oas30, swagger',
    ],
    [
      'the name of a member of every object',
      { exportType: 'constructor' },
      'Invalid export type specified: found constructor, expected one of oas30, swagger',
    ],
    [
      'another content type',
      { exportType: 'oas30', accepts: 'text/html' },
      'Invalid accept header specified: found text/html, expected application/json or application/yaml',
    ],
    ['another stage', { exportType: 'oas30', stageName: 'prod' }, 'Invalid stage identifier specified'],
    [
      'another API',
      { exportType: 'oas30', restApiId: 'nope' },
      `Invalid API identifier specified ${account}:nope`,
    ],
  ]
  for (const [name, input, message] of refused) {
    test(`refuses ${name}`, async () => {
      const restApiId = await deployed(everything('x'))
      const asked = call('GetExport', { restApiId, stageName: 'dev', exportType: 'oas30', ...input })
      await asked.then(
        () => expect.unreachable(),
        (error: Error) => expect(error.message).toBe(message),
      )
    })
  }
})
