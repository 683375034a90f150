import type { FuzzTarget } from '../fuzz-target.ts'
import { startAskedControlPlane } from '../support/asked-control-plane.ts'
import { randomDocument, type DocumentWords } from '../support/random-documents.ts'

// OpenAPI documents of HTTP APIs, imported and put over an API that a stage follows: taken, or refused as AWS refuses. What was
// taken is exported.

const DOCUMENTS = 2

const functionUri =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations'

const WORDS: DocumentWords = {
  plain: {
    openapi: '3.0.1',
    info: { title: 'pets', version: '1' },
    servers: [{ url: 'https://pets.invalid/{basePath}', variables: { basePath: { default: 'a/b' } } }],
    tags: [{ name: 'owner', 'x-amazon-apigateway-tag-value': 'me' }],
    security: [{ jwt: ['read'] }],
    paths: {
      '/pets/{id}': {
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        get: {
          operationId: 'getPet',
          responses: {
            200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/A' } } } },
          },
          'x-amazon-apigateway-integration': { $ref: '#/components/x-amazon-apigateway-integrations/a' },
        },
        post: {
          security: [{ lambda: [] }],
          'x-amazon-apigateway-integration': {
            type: 'aws_proxy',
            integrationSubtype: 'SQS-SendMessage',
            credentials: 'arn:aws:iam::000000000000:role/r',
            requestParameters: { QueueUrl: 'https://sqs.invalid/q', MessageBody: '$request.body' },
            payloadFormatVersion: '1.0',
          },
        },
        put: { 'x-amazon-apigateway-auth': { type: 'AWS_IAM' }, security: [] },
      },
      '/$default': {
        'x-amazon-apigateway-any-method': {
          isDefaultRoute: true,
          'x-amazon-apigateway-integration': {
            type: 'aws_proxy',
            httpMethod: 'POST',
            uri: functionUri,
            payloadFormatVersion: '2.0',
          },
        },
      },
    },
    components: {
      schemas: { A: { type: 'object' } },
      securitySchemes: {
        jwt: {
          type: 'openIdConnect',
          openIdConnectUrl: 'https://issuer.invalid/.well-known/openid-configuration',
          'x-amazon-apigateway-authorizer': { type: 'jwt', jwtConfiguration: { audience: ['a'] } },
        },
        lambda: {
          type: 'apiKey',
          name: 'Authorization',
          in: 'header',
          'x-amazon-apigateway-authorizer': {
            type: 'request',
            identitySource: '$request.header.Authorization, $context.routeKey',
            authorizerUri: functionUri,
            authorizerPayloadFormatVersion: '2.0',
            authorizerResultTtlInSeconds: 60,
            enableSimpleResponses: true,
          },
        },
      },
      'x-amazon-apigateway-integrations': {
        a: {
          type: 'http_proxy',
          httpMethod: 'ANY',
          uri: 'arn:aws:servicediscovery:us-east-1:000000000000:service/srv-1',
          connectionType: 'VPC_LINK',
          connectionId: 'link12',
          payloadFormatVersion: '1.0',
          timeoutInMillis: 1000,
          requestParameters: { 'append:header.a': '$request.path.id' },
          responseParameters: { 500: { 'overwrite:statuscode': '503' } },
          tlsConfig: { serverNameToVerify: 'pets.invalid' },
        },
      },
    },
    'x-amazon-apigateway-cors': { allowOrigins: ['https://a.invalid'], maxAge: 60 },
    'x-amazon-apigateway-endpoint-configuration': { disableExecuteApiEndpoint: true },
    'x-amazon-apigateway-importexport-version': '1.0',
  },
  keys: [
    'openapi',
    'swagger',
    'info',
    'paths',
    '$default',
    '/$default',
    '/',
    '/a',
    '/a/{b}',
    '/a/{b+}',
    '/a/',
    '/a b',
    'get',
    'trace',
    'x-amazon-apigateway-any-method',
    'x-amazon-apigateway-integration',
    'x-amazon-apigateway-integrations',
    'x-amazon-apigateway-authorizer',
    'x-amazon-apigateway-authtype',
    'x-amazon-apigateway-auth',
    'x-amazon-apigateway-cors',
    'x-amazon-apigateway-policy',
    'isDefaultRoute',
    'securitySchemes',
    'security',
    'jwt',
    'lambda',
    'servers',
    'responses',
    'content',
    'schema',
    '$ref',
    'type',
    'uri',
    'jwtConfiguration',
    'audience',
    'identitySource',
    'overwrite:path',
    'remove:header.a',
    '600',
    '__proto__',
    'constructor',
    '',
  ],
  scalars: [
    '3.0.1',
    '3.1.0',
    '1.0',
    '2.0',
    'aws_iam',
    'mock',
    'http_proxy',
    'aws_proxy',
    'awsSigv4',
    '*',
    '#',
    '#/components/schemas/Gone',
    '#/components/x-amazon-apigateway-integrations/a',
    '#/paths/~1pets~1{id}/get',
    'https://example.invalid/x.json',
    '$request.header.a',
    '$context.error.message',
    '${stageVariables.a}',
    '${AWS::Region}',
    '',
    'a b',
    '\u0000',
  ],
  hostile: [
    'openapi: 3.0.1\ninfo: &a {title: t, version: *a}\npaths: {}',
    `{"openapi":"3.0.1","info":{"title":"${'a'.repeat(100_000)}","version":"1"},"paths":{}}`,
    '{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{"__proto__":{"get":{}}}}',
    `{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{"${'/a'.repeat(2000)}":{"get":{}}}}`,
    `{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{${Array.from({ length: 299 }, (_, at) => `"/${at}/{a}":{"get":{}}`).join(',')}}}`,
    `{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{${Array.from({ length: 5000 }, (_, at) => `"/${at}":{"get":{}}`).join(',')}}}`,
    '{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{"/a":{"$ref":"#/paths/~1a"}}}',
  ],
}

const TARGETS = [
  'PUT /v2/apis',
  'PUT /v2/apis?failOnWarnings=true&basepath=split',
  'PUT /v2/apis/@http@?basepath=prepend',
  'PUT /v2/apis/@http@',
] as const

/** What was taken can be told again. */
const READS = [
  'GET /v2/apis/@http@/routes\n',
  'GET /v2/apis/@http@/exports/OAS30?outputType=YAML\n',
  'GET /v2/apis/@http@/exports/OAS30?outputType=JSON&stageName=%24default&includeExtensions=false\n',
] as const

export const target: FuzzTarget = {
  name: 'http-api-documents',
  async run(random) {
    await using asked = await startAskedControlPlane()
    for (let i = 0; i < DOCUMENTS; i++) {
      const body = Buffer.from(randomDocument(random, WORDS)).toString('utf8')
      await asked.ask(Buffer.from(`${random.pick(TARGETS)}\n${JSON.stringify({ body })}`))
    }
    for (const read of READS) await asked.ask(Buffer.from(read))
  },
  async replay(input) {
    await using asked = await startAskedControlPlane()
    await asked.ask(input)
    for (const read of READS) await asked.ask(Buffer.from(read))
  },
}
