import type { FuzzTarget } from '../fuzz-target.ts'
import { startAskedControlPlane } from '../support/asked-control-plane.ts'
import { randomDocument, type DocumentWords } from '../support/random-documents.ts'

// OpenAPI documents in JSON and YAML, put over an API and imported: taken, or refused as AWS refuses.

const DOCUMENTS = 2

/** Documents that are hostile as they are. */
const HOSTILE: readonly string[] = [
  `a: &a [x,x,x,x,x,x,x,x,x]\n${Array.from('bcdefghi', (name, at) => `${name}: &${name} [${`*${'abcdefgh'[at]},`.repeat(9)}]`).join('\n')}`,
  'openapi: 3.0.1\ninfo: &a {title: t, version: *a}\npaths: {}',
  `${'['.repeat(5000)}`,
  `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`,
  `- `.repeat(5000),
  `? `.repeat(5000),
  `openapi: 3.0.1\n${'!!str '.repeat(1000)}x: y`,
  '\u0000',
  'openapi: 3.0.1\u0000',
  '%YAML 9.9\n---\nopenapi: 3.0.1',
  'openapi: 3.0.1\n---\nopenapi: 3.0.1',
  'openapi: !!js/function "function(){}"',
  `{"openapi":"3.0.1","info":{"title":"${'a'.repeat(100_000)}","version":"1"},"paths":{}}`,
  '{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{"__proto__":{"get":{}}}}',
  `{"swagger":"2.0","info":{"title":"t","version":"1"},"paths":{"${'/a'.repeat(2000)}":{"get":{"responses":{}}}}}`,
]

const KEYS = [
  'openapi',
  'swagger',
  'info',
  'paths',
  '/a',
  '/a/{b}',
  '/{c+}',
  'get',
  'x-amazon-apigateway-any-method',
  'x-amazon-apigateway-integration',
  'x-amazon-apigateway-documentation',
  'x-amazon-apigateway-gateway-responses',
  'x-amazon-apigateway-request-validators',
  'x-amazon-apigateway-policy',
  'x-amazon-apigateway-security-policy',
  'x-amazon-apigateway-endpoint-access-mode',
  'x-amazon-apigateway-binary-media-types',
  'x-amazon-apigateway-minimum-compression-size',
  'x-amazon-apigateway-endpoint-configuration',
  'x-amazon-apigateway-authorizer',
  'components',
  'definitions',
  'schemas',
  'securitySchemes',
  'security',
  'servers',
  'basePath',
  'parameters',
  'requestBody',
  'responses',
  'default',
  '200',
  'content',
  'application/json',
  'schema',
  '$ref',
  'allOf',
  'items',
  'properties',
  'type',
  'uri',
  'requestTemplates',
  'requestParameters',
  'responseParameters',
  'responseTemplates',
  'cacheKeyParameters',
  'timeoutInMillis',
  '__proto__',
  'constructor',
  '',
] as const

const SCALARS = [
  '3.0.1',
  '3.1.0',
  '2.0',
  'object',
  'mock',
  'http_proxy',
  'aws_proxy',
  '#/components/schemas/A',
  '#/definitions/A',
  '#',
  '#/paths/~1a',
  'https://example.invalid/x.json',
  './b.json#/A',
  'integration.request.header.a',
  "'a'",
  '/',
  '',
  'a b',
  '\u0000',
  '${AWS::Region}',
] as const

/** A whole document, some parts of which are swapped. */
const PLAIN = {
  openapi: '3.0.1',
  info: { title: 'pets', version: '1' },
  servers: [{ url: '/{stage}', variables: { stage: { default: 'v1' } } }],
  paths: {
    '/pets/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
      get: {
        operationId: 'getPet',
        security: [{ key: [] }],
        responses: {
          200: {
            description: 'ok',
            headers: { a: { schema: { type: 'string' } } },
            content: { 'application/json': { schema: { $ref: '#/components/schemas/A' } } },
          },
        },
        'x-amazon-apigateway-integration': {
          type: 'http',
          httpMethod: 'GET',
          uri: 'http://pets.invalid/{id}',
          requestParameters: { 'integration.request.path.id': 'method.request.path.id' },
          requestTemplates: { 'application/json': '{}' },
          responses: { default: { statusCode: '200', responseParameters: {} } },
        },
      },
    },
  },
  components: {
    schemas: {
      A: { type: 'object', properties: { b: { $ref: '#/components/schemas/B' } } },
      B: { allOf: [{ $ref: '#/components/schemas/A' }, { type: 'object' }] },
    },
    securitySchemes: { key: { type: 'apiKey', name: 'x-api-key', in: 'header' } },
  },
  'x-amazon-apigateway-documentation': {
    version: '1',
    documentationParts: [{ location: { type: 'API' }, properties: { description: 'd' } }],
  },
  'x-amazon-apigateway-gateway-responses': { DEFAULT_4XX: { statusCode: 404 } },
} as const

const WORDS: DocumentWords = { plain: PLAIN, keys: KEYS, scalars: SCALARS, hostile: HOSTILE }

const TARGETS = [
  'POST /restapis?mode=import',
  'POST /restapis?mode=import&failonwarnings=true&basepath=split',
  'PUT /restapis/@api@?mode=overwrite&basepath=prepend',
  'PUT /restapis/@api@?mode=merge',
  'PUT /restapis/@api@/documentation/parts?mode=merge',
] as const

/** What was taken can be told again. */
const READS = [
  'GET /restapis/@api@/resources?embed=methods\n',
  'GET /restapis/@api@/models\n',
  'POST /restapis/@api@/deployments\n{"stageName":"dev"}',
  'GET /restapis/@api@/stages/dev/exports/oas30?extensions=apigateway\n',
  'GET /restapis/@api@/stages/dev/exports/swagger?extensions=integrations\n',
  'GET /restapis/@api@/models/A/default_template\n',
] as const

export const target: FuzzTarget = {
  name: 'api-documents',
  async run(random) {
    await using asked = await startAskedControlPlane()
    for (let i = 0; i < DOCUMENTS; i++) {
      await asked.ask(
        Buffer.concat([Buffer.from(`${random.pick(TARGETS)}\n`), randomDocument(random, WORDS)]),
      )
    }
    for (const read of READS) await asked.ask(Buffer.from(read))
  },
  async replay(input) {
    await using asked = await startAskedControlPlane()
    await asked.ask(input)
    for (const read of READS) await asked.ask(Buffer.from(read))
  },
}
