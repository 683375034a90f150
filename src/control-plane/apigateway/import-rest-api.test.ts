import { test } from 'bun:test'
import { playCalls, withIntegration, type PlayedCall } from '../../../test/support/play-calls.ts'

const bytes = (document: unknown): Uint8Array =>
  new TextEncoder().encode(typeof document === 'string' ? document : JSON.stringify(document))

const imported = (document: unknown, input: object = {}): PlayedCall => ({
  call: 'ImportRestApi',
  with: { body: bytes(document), ...input },
  as: 'api',
})

const refused = (document: unknown, message: string, input: object = {}): PlayedCall => ({
  call: 'ImportRestApi',
  with: { body: bytes(document), ...input },
  fails: ['BadRequestException', message],
})

const paths = (...listed: string[]): PlayedCall => ({
  call: 'GetResources',
  with: { restApiId: '$api.id' },
  has: { items: listed.map((path) => ({ path })) },
})

const info = { title: 'pets', version: '1' }
const v3 = (members: object) => ({ openapi: '3.0.1', info, ...members })
const v2 = (members: object) => ({ swagger: '2.0', info, ...members })
const get = (operation: object) => ({ paths: { '/': { get: operation } } })
const root = { restApiId: '$api.id', resourceId: '$api.rootResourceId' }
const method = (has: object, httpMethod = 'GET'): PlayedCall => ({
  call: 'GetMethod',
  with: { ...root, httpMethod },
  has,
})

const petStore = `
openapi: 3.0.3
info:
  title: Pet Store
  version: 1.0
  description: Pets
x-amazon-apigateway-binary-media-types: [image/png]
x-amazon-apigateway-minimum-compression-size: 5242880
x-amazon-apigateway-api-key-source: AUTHORIZER
x-amazon-apigateway-request-validators:
  all: { validateRequestBody: true, validateRequestParameters: true }
x-amazon-apigateway-request-validator: all
x-amazon-apigateway-gateway-responses:
  MISSING_AUTHENTICATION_TOKEN:
    statusCode: 404
    responseTemplates: { application/json: '{}' }
x-amazon-apigateway-endpoint-configuration: { disableExecuteApiEndpoint: true }
tags:
  - { name: owner, x-amazon-apigateway-tag-value: me }
paths:
  /pets/{id}:
    parameters:
      - { name: id, in: path, required: true, schema: { type: string } }
    get:
      operationId: getPet
      parameters:
        - $ref: '#/components/parameters/limit'
        - { name: X-Trace, in: header, schema: { type: string } }
      responses:
        200:
          description: ok
          headers: { ETag: { schema: { type: string } } }
          content: { application/json: { schema: { $ref: '#/components/schemas/Pet' } } }
      x-amazon-apigateway-integration:
        $ref: '#/components/x-amazon-apigateway-integrations/backend'
    x-amazon-apigateway-any-method:
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:\${AWS::AccountId}:function:f/invocations
components:
  parameters:
    limit: { name: limit, in: query, required: true, schema: { type: integer } }
  schemas:
    Pet:
      type: object
      properties: { owner: { $ref: '#/components/schemas/Owner' } }
    Owner: { type: string, description: who }
  x-amazon-apigateway-integrations:
    backend:
      type: http
      httpMethod: get
      uri: http://backend.test/pets/{id}
      passthroughBehavior: when_no_templates
      timeoutInMillis: 1000
      cacheKeyParameters: [method.request.path.id]
      requestParameters: { integration.request.path.id: method.request.path.id }
      tlsConfig: { insecureSkipVerification: true }
      responses:
        default: { statusCode: 200 }
        5\\d\\d:
          statusCode: 502
          responseParameters: { method.response.header.X-Why: "'backend'" }
          responseTemplates: { application/json: broken }
`

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a YAML document with most of what there is': [
    {
      ...imported(petStore),
      has: {
        name: 'Pet Store',
        description: 'Pets',
        // As it was written: the number would be 1.
        version: '1.0',
        binaryMediaTypes: ['image/png'],
        minimumCompressionSize: 5242880,
        apiKeySource: 'AUTHORIZER',
        disableExecuteApiEndpoint: true,
        tags: { owner: 'me' },
      },
    },
    {
      call: 'GetResources',
      with: { restApiId: '$api.id' },
      as: 'resources',
      has: { items: [{ path: '/' }, { path: '/pets' }, { path: '/pets/{id}' }] },
    },
    {
      call: 'GetRequestValidators',
      with: { restApiId: '$api.id' },
      as: 'validators',
      has: { items: [{ name: 'all', validateRequestBody: true }] },
    },
    {
      call: 'GetMethod',
      with: { restApiId: '$api.id', resourceId: '$resources.items.2.id', httpMethod: 'GET' },
      gives: {
        httpMethod: 'GET',
        authorizationType: 'NONE',
        apiKeyRequired: false,
        operationName: 'getPet',
        requestValidatorId: '$validators.items.0.id',
        requestParameters: {
          'method.request.path.id': true,
          'method.request.querystring.limit': true,
          'method.request.header.X-Trace': false,
        },
        methodResponses: {
          200: {
            statusCode: '200',
            responseParameters: { 'method.response.header.ETag': false },
            responseModels: { 'application/json': 'Pet' },
          },
          502: { statusCode: '502', responseParameters: { 'method.response.header.X-Why': false } },
        },
        methodIntegration: {
          type: 'HTTP',
          httpMethod: 'GET',
          uri: 'http://backend.test/pets/{id}',
          connectionType: 'INTERNET',
          passthroughBehavior: 'WHEN_NO_TEMPLATES',
          timeoutInMillis: 1000,
          cacheNamespace: '$resources.items.2.id',
          cacheKeyParameters: ['method.request.path.id'],
          requestParameters: { 'integration.request.path.id': 'method.request.path.id' },
          tlsConfig: { insecureSkipVerification: true },
          integrationResponses: {
            200: { statusCode: '200' },
            502: {
              statusCode: '502',
              selectionPattern: '5\\d\\d',
              responseParameters: { 'method.response.header.X-Why': "'backend'" },
              responseTemplates: { 'application/json': 'broken' },
            },
          },
        },
      },
    },
    {
      call: 'GetIntegration',
      with: { restApiId: '$api.id', resourceId: '$resources.items.2.id', httpMethod: 'ANY' },
      has: {
        uri: 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:f/invocations',
      },
    },
    {
      call: 'GetModels',
      with: { restApiId: '$api.id' },
      as: 'models',
      has: {
        items: [{ name: 'Owner', description: 'who' }, { name: 'Pet' }],
      },
    },
  ],
  'Swagger 2.0: body, consumes, API key, models of their own for schemas in place': [
    imported(
      v2({
        consumes: ['application/xml'],
        securityDefinitions: { key: { type: 'apiKey', name: 'x-api-key', in: 'header' } },
        definitions: { Pet: { type: 'object' } },
        ...get({
          security: [{ key: [] }],
          consumes: ['application/json'],
          parameters: [{ in: 'body', name: 'pet', schema: { $ref: '#/definitions/Pet' } }],
          responses: {
            200: { description: 'ok', schema: { type: 'array', items: { $ref: '#/definitions/Pet' } } },
          },
        }),
      }),
    ),
    method({
      apiKeyRequired: true,
      requestModels: { 'application/json': 'Pet' },
      methodResponses: { 200: { responseModels: { 'application/json': 'MODELd5d35db8' } } },
    }),
  ],
  'authorizers, scopes and IAM': [
    imported(
      v3({
        paths: {
          '/': {
            get: { security: [{ pool: ['read'] }] },
            put: { security: [{ token: [] }] },
            post: { 'x-amazon-apigateway-auth': { type: 'aws_iam' } },
            delete: { security: [{ iam: [] }] },
          },
        },
        components: {
          securitySchemes: {
            pool: {
              type: 'apiKey',
              name: 'Authorization',
              in: 'header',
              'x-amazon-apigateway-authorizer': {
                type: 'cognito_user_pools',
                providerARNs: ['arn:aws:cognito-idp:x'],
              },
            },
            token: {
              type: 'apiKey',
              name: 'Auth',
              in: 'header',
              'x-amazon-apigateway-authorizer': { type: 'token', authorizerUri: 'arn:aws:apigateway:x' },
            },
            iam: {
              type: 'apiKey',
              name: 'Authorization',
              in: 'header',
              'x-amazon-apigateway-authtype': 'awsSigv4',
            },
          },
        },
      }),
    ),
    method({ authorizationType: 'COGNITO_USER_POOLS', authorizationScopes: ['read'] }),
    method({ authorizationType: 'CUSTOM' }, 'PUT'),
    method({ authorizationType: 'AWS_IAM' }, 'POST'),
    method({ authorizationType: 'AWS_IAM' }, 'DELETE'),
  ],
  'base paths: ignored': [imported(v2({ basePath: '/a/b', paths: { '/c': {} } })), paths('/', '/c')],
  'base paths: prepended': [
    imported(v2({ basePath: '/a/b', paths: { '/c': {} } }), { parameters: { basepath: 'prepend' } }),
    paths('/', '/a', '/a/b', '/a/b/c'),
  ],
  'base paths: split, of a server with variables': [
    imported(
      v3({
        servers: [{ url: 'https://x.test/{basePath}', variables: { basePath: { default: 'a/b' } } }],
        paths: { '/c/': {} },
      }),
      { parameters: { basepath: 'split' } },
    ),
    paths('/', '/b', '/b/c'),
  ],
  'the endpoint type is a parameter': [
    {
      ...imported(v3({ paths: {} }), { parameters: { endpointConfigurationTypes: 'REGIONAL' } }),
      has: { endpointConfiguration: { types: ['REGIONAL'], ipAddressType: 'ipv4' } },
    },
    refused(v3({ paths: {} }), 'Invalid EndpointTypes specified. Valid options are REGIONAL,EDGE,PRIVATE', {
      parameters: { endpointConfigurationTypes: 'LOCAL' },
    }),
  ],
  'no document at all': [
    refused('', 'Invalid OpenAPI input. the document is empty'),
    refused(
      'hello',
      'Invalid OpenAPI input. expected a map with "openapi" or "swagger" at the root, found the string "hello"',
    ),
    refused('a: 1\na: 2', 'Invalid OpenAPI input. line 2, column 1: the name "a" appears twice in one map'),
    refused(
      { paths: {} },
      'Invalid OpenAPI input. expected "openapi": "3.0.x" or "3.1.x", or "swagger": "2.0", found neither',
    ),
    refused(
      { openapi: '4.0.0' },
      'Invalid OpenAPI input. expected OpenAPI 3.0, OpenAPI 3.1 or Swagger 2.0, found 4.0.0',
    ),
    refused('a: &a { b: *a }', 'Invalid OpenAPI input. the document is nested more than 200 levels deep'),
  ],
  'every mistake is told, and where it is': [
    refused(
      [
        'openapi: 3.0.0',
        'info: { title: t }',
        'paths:',
        '  /a b:',
        '    get: {}',
        '  /c:',
        '    get:',
        '      x-amazon-apigateway-integration:',
        '        type: carrier-pigeon',
        '    put:',
        '      x-amazon-apigateway-request-validator: none',
        '      x-amazon-apigateway-integration: { type: http, httpMethod: GET, uri: here }',
        '    post: { $ref: "#/nowhere" }',
        '  /{a}: {}',
        '  /{b}: {}',
      ].join('\n'),
      [
        'Errors found during import:',
        "Unable to create resource at path '/a b': Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end. (line 4, column 3)",
        'paths./c.get.x-amazon-apigateway-integration.type: expected one of HTTP, AWS, MOCK, HTTP_PROXY, AWS_PROXY, found the string "carrier-pigeon" (line 9, column 9)',
        "Unable to put method 'PUT' for resource at path '/c': Invalid Request Validator identifier specified: none (line 10, column 5)",
        "Unable to put integration on 'PUT' for resource at path '/c': Invalid HTTP endpoint specified for URI (line 12, column 7)",
        'paths./c.post: the reference #/nowhere leads nowhere in this document (line 13, column 5)',
        "Unable to create resource at path '/{b}': A sibling ({a}) of this resource already has a variable path part -- only one is allowed (line 15, column 3)",
      ].join('\n\t'),
    ),
    { call: 'GetRestApis', gives: { items: [] } },
  ],
  'references that go round, models that no one may name': [
    refused(
      { openapi: '3.0.0', info, paths: { '/': { $ref: '#/paths/~1' } } },
      'Errors found during import:\n\tpaths./: the reference goes round in a circle (line 1, column 67)',
    ),
    refused(
      v3({ paths: {}, components: { schemas: { 'a-b': {} } } }),
      "Errors found during import:\n\tUnable to create model for 'a-b': Model name must be alphanumeric: a-b (line 1, column 94)",
    ),
  ],
  'warnings are answered, or refused when asked': [
    {
      ...imported(v3(get({ responses: { default: { description: 'x' } } }))),
      has: {
        warnings: ['response default is left out: API Gateway knows single status codes (line 1, column 92)'],
      },
    },
    refused(
      v3(get({ responses: { default: { description: 'x' } } })),
      'Warnings found during import:\n\tresponse default is left out: API Gateway knows single status codes (line 1, column 92)',
      { failOnWarnings: true },
    ),
  ],
  'a private API with its endpoints': [
    {
      ...imported(
        v3({ paths: {}, 'x-amazon-apigateway-endpoint-configuration': { vpcEndpointIds: ['vpce-1'] } }),
        { parameters: { endpointConfigurationTypes: 'PRIVATE' } },
      ),
      has: {
        endpointConfiguration: { types: ['PRIVATE'], ipAddressType: 'dualstack', vpcEndpointIds: ['vpce-1'] },
      },
    },
  ],
  'putting a document over an API: overwrite': [
    ...withIntegration,
    {
      call: 'CreateResource',
      with: { restApiId: '$api.id', parentId: '$api.rootResourceId', pathPart: 'kept' },
      as: 'kept',
    },
    {
      call: 'CreateResource',
      with: { restApiId: '$api.id', parentId: '$api.rootResourceId', pathPart: 'gone' },
    },
    {
      call: 'CreateModel',
      with: { restApiId: '$api.id', name: 'Gone', contentType: 'application/json', schema: '{}' },
    },
    {
      call: 'PutRestApi',
      with: {
        restApiId: '$api.id',
        mode: 'overwrite',
        body: bytes(v3({ paths: { '/kept/new': { get: {} } } })),
      },
      has: { id: '$api.id', rootResourceId: '$api.rootResourceId', version: '1' },
    },
    {
      call: 'GetResources',
      with: { restApiId: '$api.id' },
      has: { items: [{ path: '/' }, { path: '/kept', id: '$kept.id' }, { path: '/kept/new' }] },
    },
    {
      call: 'GetModels',
      with: { restApiId: '$api.id' },
      gives: { items: [] },
    },
    {
      call: 'GetMethod',
      with: { ...root, httpMethod: 'GET' },
      fails: ['NotFoundException', 'Invalid Method identifier specified'],
    },
    {
      call: 'CreateResource',
      with: { restApiId: '$api.id', parentId: '$api.rootResourceId', pathPart: 'gone' },
    },
    {
      call: 'CreateResource',
      with: { restApiId: '$api.id', parentId: '$kept.id', pathPart: 'new' },
      fails: ['ConflictException', 'Another resource with the same parent already has this name: new'],
    },
  ],
  'merged binary media types come after those that are there': [
    { call: 'CreateRestApi', with: { name: 'a', binaryMediaTypes: ['image/heif', 'a/b'] }, as: 'api' },
    {
      call: 'PutRestApi',
      with: {
        restApiId: '$api.id',
        mode: 'merge',
        body: bytes(v3({ 'x-amazon-apigateway-binary-media-types': ['image/png', 'a/b'], paths: {} })),
      },
      has: { binaryMediaTypes: ['image/heif', 'a/b', 'image/png'], tags: {} },
    },
    {
      call: 'PutRestApi',
      with: {
        restApiId: '$api.id',
        mode: 'overwrite',
        body: bytes(v3({ 'x-amazon-apigateway-binary-media-types': ['image/png'], paths: {} })),
      },
      has: { binaryMediaTypes: ['image/png'] },
    },
  ],
  'a lone variable basePath is the base path, also where the URL has it not': [
    {
      call: 'ImportRestApi',
      with: {
        parameters: { basepath: 'prepend' },
        body: bytes(
          v3({
            servers: [{ url: 'https://a.example', variables: { basePath: { default: '/v1' } } }],
            paths: { '/b': {} },
          }),
        ),
      },
      as: 'api',
    },
    paths('/', '/v1', '/v1/b'),
  ],
  'parameters of the path are there without being named, and mappings are texts': [
    {
      call: 'ImportRestApi',
      with: {
        body: bytes(
          v3({
            paths: {
              '/{a}/{b+}': {
                get: {
                  parameters: [{ name: 'a', in: 'path', required: false }],
                  'x-amazon-apigateway-integration': {
                    type: 'mock',
                    httpMethod: 'POST',
                    requestParameters: {
                      'integration.request.header.n': true,
                      'integration.request.header.t': "'t'",
                    },
                  },
                },
              },
            },
          }),
        ),
      },
      has: {
        warnings: [
          "Invalid format for 'requestParameters'. Expected type string for property 'integration.request.header.n' of resource '/{a}/{b+}' and method 'GET' but got 'true' (line 1, column 234)",
        ],
      },
      as: 'api',
    },
    {
      call: 'GetResources',
      with: { restApiId: '$api.id', embed: ['methods'] },
      has: {
        items: [
          { path: '/' },
          { path: '/{a}' },
          {
            path: '/{a}/{b+}',
            resourceMethods: {
              GET: {
                requestParameters: { 'method.request.path.a': false, 'method.request.path.b': true },
                methodIntegration: { requestParameters: { 'integration.request.header.t': "'t'" } },
              },
            },
          },
        ],
      },
    },
  ],
  'putting a document over an API: merge': [
    ...withIntegration,
    {
      call: 'CreateResource',
      with: { restApiId: '$api.id', parentId: '$api.rootResourceId', pathPart: 'kept' },
    },
    {
      call: 'PutRestApi',
      with: {
        restApiId: '$api.id',
        mode: 'merge',
        body: bytes(v3({ paths: { '/': { put: {} }, '/new': {} } })),
      },
    },
    paths('/', '/kept', '/new'),
    method({ methodIntegration: { type: 'MOCK' } }),
    method({ httpMethod: 'PUT' }, 'PUT'),
    {
      call: 'PutRestApi',
      with: { restApiId: 'nowhere', body: bytes(v3({ paths: {} })) },
      fails: ['NotFoundException', 'Invalid API identifier specified 111111111111:nowhere'],
    },
  ],
  'a refused document leaves the API as it was': [
    ...withIntegration,
    {
      call: 'PutRestApi',
      with: { restApiId: '$api.id', mode: 'overwrite', body: bytes(v3({ paths: { '/a b': {} } })) },
      fails: [
        'BadRequestException',
        "Errors found during import:\n\tUnable to create resource at path '/a b': Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the beginning and the end. (line 1, column 67)",
      ],
    },
    method({ methodIntegration: { type: 'MOCK' } }),
  ],
}

for (const [name, calls] of Object.entries(cases)) test(name, () => playCalls(calls))
