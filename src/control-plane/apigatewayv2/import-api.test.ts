import { test } from 'bun:test'
import { silentLog } from '#base/log.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { now, playHandlers, type PlayedCall } from '../../../test/support/play-calls.ts'
import { withBackend, withWebSocketApi } from '../../../test/support/play-v2-calls.ts'
import { apiGatewayV2Handlers, type ApiGatewayV2Options } from './service.ts'

/** Plays calls as others do; lists are answered by name, not by ids, which are drawn. */
async function playSorted(
  calls: readonly PlayedCall[],
  options: Partial<ApiGatewayV2Options> = {},
): Promise<void> {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  const handlers = apiGatewayV2Handlers({ clock: { now: () => now }, ...options, store, log: silentLog })
  const sorted = Object.entries(handlers).map(([name, handle]) => [
    name,
    async (...given: Parameters<typeof handle>) => {
      const answer = (await (handle as (...input: unknown[]) => Promise<object>)(...given)) as {
        readonly Items?: readonly object[]
      }
      return answer.Items === undefined ? answer : { ...answer, Items: answer.Items.toSorted(byName) }
    },
  ])
  try {
    await playHandlers(Object.fromEntries(sorted) as typeof handlers, calls)
  } finally {
    await store.close()
  }
}

function byName(a: object, b: object): number {
  return nameOf(a) < nameOf(b) ? -1 : 1
}

/** Services come last. */
function nameOf(item: { RouteKey?: string; Name?: string; IntegrationUri?: string }): string {
  return item.RouteKey ?? item.Name ?? item.IntegrationUri ?? '~'
}

const text = (document: unknown): string =>
  typeof document === 'string' ? document : JSON.stringify(document)

const imported = (document: unknown, input: object = {}): PlayedCall => ({
  call: 'ImportApi',
  with: { Body: text(document), ...input },
  as: 'api',
})

const refused = (document: unknown, message: string, input: object = {}): PlayedCall => ({
  call: 'ImportApi',
  with: { Body: text(document), ...input },
  fails: ['BadRequestException', message],
})

const list = (call: string, ...items: readonly object[]): PlayedCall => ({
  call,
  with: { ApiId: '$api.ApiId' },
  has: { Items: items },
  as: call,
})

const info = { title: 'pets', version: '1' }
const of = (members: object) => ({ openapi: '3.0.1', info, ...members })
const backend = {
  type: 'http_proxy',
  httpMethod: 'GET',
  uri: 'https://backend.example',
  payloadFormatVersion: '1.0',
}
const operation = (members: object = {}) => ({ 'x-amazon-apigateway-integration': backend, ...members })
const get = (members: object) => of({ paths: { '/': { get: operation(members) } } })

const functionUri =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:f/invocations'

const petStore = `
openapi: 3.0.3
info: { title: Pet Store, version: 1.0, description: Pets }
servers: [{ url: 'https://x.test/v1' }]
tags:
  - { name: owner, x-amazon-apigateway-tag-value: me }
  - { name: pets }
x-amazon-apigateway-importexport-version: 1.0
x-amazon-apigateway-cors: { allowOrigins: ['https://a.test'], allowMethods: [GET], maxAge: 60, allowCredentials: true }
x-amazon-apigateway-endpoint-configuration: { disableExecuteApiEndpoint: true }
security: [{ pool: [read] }]
paths:
  /pets/{id}:
    get:
      operationId: getPet
      x-amazon-apigateway-integration: { $ref: '#/components/x-amazon-apigateway-integrations/private' }
    post:
      security: [{ lambda: [] }]
      x-amazon-apigateway-integration: { $ref: '#/components/x-amazon-apigateway-integrations/private' }
    put:
      security: []
      x-amazon-apigateway-integration:
        type: AWS_PROXY
        integrationSubtype: SQS-SendMessage
        credentials: arn:aws:iam::\${AWS::AccountId}:role/send
        payloadFormatVersion: 1.0
        requestParameters: { QueueUrl: 'https://sqs.test/q', MessageBody: $request.body }
    delete:
      x-amazon-apigateway-auth: { type: AWS_IAM }
      security: []
  /$default:
    x-amazon-apigateway-any-method:
      isDefaultRoute: true
      security: [{ discovered: [] }]
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        payloadFormatVersion: 2.0
        uri: arn:\${AWS::Partition}:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:f/invocations
components:
  securitySchemes:
    pool:
      type: oauth2
      x-amazon-apigateway-authorizer:
        type: jwt
        identitySource: $request.header.Auth
        jwtConfiguration: { issuer: 'https://issuer.test', audience: [pets, owners] }
    discovered:
      type: openIdConnect
      openIdConnectUrl: https://issuer.test/pool/.well-known/openid-configuration
      x-amazon-apigateway-authorizer: { type: jwt, jwtConfiguration: { audience: [pets] } }
    lambda:
      type: apiKey
      name: Authorization
      in: header
      x-amazon-apigateway-authorizer:
        type: request
        identitySource: $request.header.Authorization, $context.routeKey
        authorizerUri: ${functionUri}
        authorizerCredentials: arn:aws:iam::111111111111:role/authorize
        authorizerPayloadFormatVersion: 2.0
        authorizerResultTtlInSeconds: 60
        enableSimpleResponses: true
  x-amazon-apigateway-integrations:
    private:
      type: http_proxy
      httpMethod: ANY
      uri: arn:aws:elasticloadbalancing:us-east-1:111111111111:listener/app/x/1/2
      payloadFormatVersion: '1.0'
      connectionType: VPC_LINK
      connectionId: link12
      timeoutInMillis: 12000
      tlsConfig: { serverNameToVerify: backend.test }
      requestParameters: { 'append:header.X-Id': $request.path.id }
      responseParameters: { 500: { 'overwrite:statuscode': '503' } }
`

/** The document of AWS's guide, whose import was recorded. */
const proxied = (method: string, path: string, version: unknown) => ({
  type: 'HTTP_PROXY',
  httpMethod: method,
  uri: `http://petstore.example${path}`,
  payloadFormatVersion: version,
})
const recorded = (version: unknown) =>
  of({
    paths: {
      '/pets': {
        get: {
          operationId: 'GET HTTP',
          parameters: [],
          responses: {
            200: {
              description: 'ok',
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } },
            },
          },
          'x-amazon-apigateway-integration': proxied('GET', '/pets', version),
        },
        post: {
          operationId: 'Create Pet',
          requestBody: { content: {} },
          responses: {},
          'x-amazon-apigateway-integration': proxied('POST', '/pets', version),
        },
      },
    },
    components: { schemas: { Pet: { type: 'object' } } },
  })
const recordedInfo = [
  'components: key [schemas] will be ignored by API Gateway',
  'paths./pets.get: key [responses] will be ignored by API Gateway',
  'paths./pets.get: key [parameters] will be ignored by API Gateway',
  'paths./pets.post: key [requestBody] will be ignored by API Gateway',
  'paths./pets.post: key [responses] will be ignored by API Gateway',
]

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a YAML document with most of what there is': [
    {
      ...imported(petStore, { FailOnWarnings: true }),
      has: {
        Name: 'Pet Store',
        Description: 'Pets',
        // As it was written: the number would be 1.
        Version: '1.0',
        ProtocolType: 'HTTP',
        DisableExecuteApiEndpoint: true,
        CorsConfiguration: {
          AllowOrigins: ['https://a.test'],
          AllowMethods: ['GET'],
          MaxAge: 60,
          AllowCredentials: true,
        },
        Tags: { owner: 'me' },
      },
    },
    list(
      'GetAuthorizers',
      {
        Name: 'discovered',
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: { Issuer: 'https://issuer.test/pool', Audience: ['pets'] },
      },
      {
        Name: 'lambda',
        AuthorizerType: 'REQUEST',
        AuthorizerUri: functionUri,
        AuthorizerCredentialsArn: 'arn:aws:iam::111111111111:role/authorize',
        AuthorizerPayloadFormatVersion: '2.0',
        AuthorizerResultTtlInSeconds: 60,
        EnableSimpleResponses: true,
        IdentitySource: ['$request.header.Authorization', '$context.routeKey'],
      },
      {
        Name: 'pool',
        JwtConfiguration: { Issuer: 'https://issuer.test', Audience: ['pets', 'owners'] },
        IdentitySource: ['$request.header.Auth'],
      },
    ),
    list(
      'GetIntegrations',
      { IntegrationMethod: 'POST', IntegrationUri: functionUri, PayloadFormatVersion: '2.0' },
      {
        IntegrationType: 'HTTP_PROXY',
        IntegrationMethod: 'ANY',
        IntegrationUri: 'arn:aws:elasticloadbalancing:us-east-1:111111111111:listener/app/x/1/2',
        ConnectionType: 'VPC_LINK',
        ConnectionId: 'link12',
        TimeoutInMillis: 12_000,
        TlsConfig: { ServerNameToVerify: 'backend.test' },
        RequestParameters: { 'append:header.X-Id': '$request.path.id' },
        ResponseParameters: { 500: { 'overwrite:statuscode': '503' } },
      },
      {
        IntegrationType: 'AWS_PROXY',
        IntegrationSubtype: 'SQS-SendMessage',
        CredentialsArn: 'arn:aws:iam::111111111111:role/send',
        PayloadFormatVersion: '1.0',
        RequestParameters: { QueueUrl: 'https://sqs.test/q', MessageBody: '$request.body' },
      },
    ),
    list(
      'GetRoutes',
      {
        RouteKey: '$default',
        AuthorizationType: 'JWT',
        AuthorizerId: '$GetAuthorizers.Items.0.AuthorizerId',
      },
      { RouteKey: 'DELETE /pets/{id}', AuthorizationType: 'AWS_IAM' },
      {
        RouteKey: 'GET /pets/{id}',
        OperationName: 'getPet',
        AuthorizationType: 'JWT',
        AuthorizerId: '$GetAuthorizers.Items.2.AuthorizerId',
        AuthorizationScopes: ['read'],
      },
      {
        RouteKey: 'POST /pets/{id}',
        AuthorizationType: 'CUSTOM',
        AuthorizerId: '$GetAuthorizers.Items.1.AuthorizerId',
      },
      { RouteKey: 'PUT /pets/{id}', AuthorizationType: 'NONE' },
    ),
  ],
  'what HTTP APIs do not know is told (recorded on AWS)': [
    { ...imported(recorded('1.0'), { FailOnWarnings: true }), has: { ImportInfo: recordedInfo } },
  ],
  'a number of JSON is no payload format version (recorded on AWS): routes have no target': [
    {
      ...imported(recorded(1.0)),
      has: {
        ImportInfo: recordedInfo,
        Warnings: [
          "Unable to create integration for resource at path 'GET /pets': Unsupported PayloadFormatVersion: 1. Ignoring.",
          "Unable to create integration for resource at path 'POST /pets': Unsupported PayloadFormatVersion: 1. Ignoring.",
        ],
      },
    },
    list('GetIntegrations'),
    list('GetRoutes', { RouteKey: 'GET /pets' }, { RouteKey: 'POST /pets' }),
  ],
  'warnings, in AWS’s words, refuse where the caller asks for that': [
    refused(
      of({
        paths: {
          $default: { 'x-amazon-apigateway-any-method': operation({ isDefaultRoute: true }) },
          '/lambda': {
            get: operation({
              'x-amazon-apigateway-integration': { ...backend, type: 'AWS', uri: functionUri },
            }),
          },
          '/nowhere': {
            get: operation({ 'x-amazon-apigateway-integration': { ...backend, uri: 'nowhere' } }),
          },
          '/missing': {
            get: operation({
              responses: {
                200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/A' } } } },
              },
            }),
          },
        },
      }),
      [
        'Warnings found during import:',
        'Parse issue: attribute paths. Resource $default should start with /',
        "Unable to create integration for resource at path 'GET /lambda': Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY). Ignoring.",
        "Unable to create integration for resource at path 'GET /nowhere': Invalid HTTP endpoint specified for URI. Ignoring.",
        "Parse issue: attribute paths.'/missing'(get).responses.200.content.schema.#/components/schemas/A is missing",
      ].join('\n\t'),
      { FailOnWarnings: true },
    ),
    { call: 'GetApis', with: {}, has: { Items: [] } },
  ],
  'an authorizer that cannot be made takes its routes with it': [
    {
      ...imported(
        of({
          paths: {
            '/open': { get: operation() },
            '/broken': { get: operation({ security: [{ broken: [] }] }) },
            '/token': { get: operation({ security: [{ token: [] }] }) },
          },
          components: {
            securitySchemes: {
              broken: {
                type: 'oauth2',
                'x-amazon-apigateway-authorizer': { type: 'jwt', jwtConfiguration: { audience: ['a'] } },
              },
              token: { type: 'apiKey', 'x-amazon-apigateway-authorizer': { type: 'token' } },
            },
          },
        }),
      ),
      has: {
        Warnings: [
          "Unable to create route for resource at path 'GET /broken': there is no Authorizer 'broken'. Ignoring.",
          "Unable to create route for resource at path 'GET /token': there is no Authorizer 'token'. Ignoring.",
          "Unable to create Authorizer 'broken': Invalid issuer: none. Issuer must have a valid discovery endpoint ended with '/.well-known/openid-configuration'. Ignoring.",
          "Unable to create Authorizer 'token': Authorizer type TOKEN is not supported on protocolType HTTP. Must be one of [JWT, REQUEST]. Ignoring.",
        ],
      },
    },
    list('GetAuthorizers'),
    list('GetRoutes', { RouteKey: 'GET /open', AuthorizationType: 'NONE' }),
  ],
  'schemes that guard nothing, CORS that cannot be, routes that hide each other': [
    {
      ...imported(
        of({
          'x-amazon-apigateway-cors': { allowOrigins: ['*'], allowCredentials: true },
          paths: {
            '/a/{b}': { get: operation({ security: [{ bearer: [] }] }) },
            '/a/{c}': { get: operation({ security: [{ gone: [] }] }) },
          },
          components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
        }),
      ),
      has: {
        Warnings: [
          "CORS Scheme is malformed, ignoring. allow-credentials is not supported if 'allow-origin' is *",
          "Security scheme 'bearer' guards nothing: it has no x-amazon-apigateway-authorizer. Ignoring.",
          'Unable to create route for resource at path \'GET /a/{c}\': The provided route key "GET /a/{c}" has a conflicting variable on the same hierarchical level as "GET /a/{b}". Ignoring.',
          "Security scheme 'gone' guards nothing: this document does not define it. Ignoring.",
        ],
      },
    },
  ],
  'CORS that is no map at all': [
    {
      ...imported({ ...get({}), 'x-amazon-apigateway-cors': true }),
      has: { Warnings: ['CORS Scheme is malformed, ignoring.'] },
    },
  ],
  'base paths': [
    { ...imported({ ...get({}), servers: [{ url: 'https://x.test/a/b' }] }), has: { Name: 'pets' } },
    list('GetRoutes', { RouteKey: 'GET /' }),
    imported({ ...get({}), servers: [{ url: 'https://x.test/a/b' }] }, { Basepath: 'prepend' }),
    list('GetRoutes', { RouteKey: 'GET /a/b' }),
    imported({ ...get({}), servers: [{ url: 'https://x.test/a/b' }] }, { Basepath: 'split' }),
    list('GetRoutes', { RouteKey: 'GET /b' }),
    refused(get({}), 'Invalid basepath specified: twice. Valid options are ignore,prepend,split', {
      Basepath: 'twice',
    }),
  ],
  'documents that are none': [
    refused(
      JSON.stringify({ ...get({}), 'x-gatehouse-trafic': {} }, undefined, 1),
      'Errors found during import:\n\tx-gatehouse-trafic: unknown extension of Gatehouse, expected x-gatehouse-traffic (line 19, column 2)',
    ),
    refused('', 'Invalid OpenAPI input. the document is empty'),
    refused('a: 1\na: 2', 'Invalid OpenAPI input. line 2, column 1: the name "a" appears twice in one map'),
    refused(
      { swagger: '2.0', info, paths: {} },
      'Invalid OpenAPI input. HTTP APIs are defined by OpenAPI 3.0: expected "openapi": "3.0.x", found Swagger 2.0',
    ),
    refused(
      { openapi: '3.1.0', info, paths: {} },
      'Invalid OpenAPI input. HTTP APIs are defined by OpenAPI 3.0: expected "openapi": "3.0.x", found OpenAPI 3.1.0',
    ),
    refused(
      of({
        paths: Object.fromEntries(
          Array.from({ length: 2501 }, (_, at) => [`/${at}`, { $ref: '#/components/x-all' }]),
        ),
        components: {
          'x-all': Object.fromEntries(
            [
              'get',
              'put',
              'post',
              'delete',
              'options',
              'head',
              'patch',
              'x-amazon-apigateway-any-method',
            ].map((name) => [name, {}]),
          ),
        },
      }),
      'Errors found during import:\n\tthe document has more than 20000 operations (line 1, column 94019)',
    ),
    refused(
      `{"openapi":"3.0.1","x":"${'y'.repeat(6 * 1024 * 1024)}"}`,
      'Invalid OpenAPI input. the document has 6291482 bytes, at most 6291456 are read',
    ),
  ],
  'every mistake is told, and where it is': [
    refused(
      [
        'openapi: 3.0.0',
        'info: {}',
        'paths:',
        '  /a:',
        '    get:',
        '      security: [{ iam: [], jwt: [] }]',
        '      x-amazon-apigateway-integration: { type: carrier-pigeon }',
        '    put: { x-amazon-apigateway-integration: {} }',
        '    post: { $ref: "#/nowhere" }',
        'components:',
        '  securitySchemes:',
        '    iam: { x-amazon-apigateway-authtype: awsSigv4 }',
        '    jwt:',
        '      x-amazon-apigateway-authorizer:',
        '        { type: jwt, jwtConfiguration: { issuer: "https://i.test", audience: a } }',
      ].join('\n'),
      [
        'Errors found during import:',
        'the document has no info.title: it becomes the name of the API (line 2, column 1)',
        'found several security requirements, expected one: a route has one of IAM authorization, a Lambda authorizer, or a JWT authorizer (line 6, column 7)',
        'paths./a.get.x-amazon-apigateway-integration.type: expected one of AWS, AWS_PROXY, HTTP, HTTP_PROXY, MOCK, found the string "carrier-pigeon" (line 7, column 42)',
        'the integration has no type: expected one of aws_proxy, http_proxy (line 8, column 12)',
        'paths./a.post: the reference #/nowhere leads nowhere in this document (line 9, column 5)',
      ].join('\n\t'),
    ),
  ],
  'reimport puts a document in the place of what is there; what has the same key keeps its id': [
    ...withBackend,
    {
      call: 'CreateRoute',
      with: {
        ApiId: '$api.ApiId',
        RouteKey: 'GET /kept',
        Target: 'integrations/$integration.IntegrationId',
      },
      as: 'kept',
    },
    { call: 'CreateRoute', with: { ApiId: '$api.ApiId', RouteKey: 'GET /gone' } },
    { call: 'CreateStage', with: { ApiId: '$api.ApiId', StageName: '$default', AutoDeploy: true } },
    {
      call: 'ReimportApi',
      with: {
        ApiId: '$api.ApiId',
        Body: text(of({ paths: { '/kept': { get: operation() }, '/new': { get: operation() } } })),
      },
      has: { ApiId: '$api.ApiId', Name: 'pets', Version: '1' },
    },
    list(
      'GetRoutes',
      {
        RouteKey: 'GET /kept',
        RouteId: '$kept.RouteId',
        Target: 'integrations/$integration.IntegrationId',
      },
      { RouteKey: 'GET /new' },
    ),
    // The stage that follows is deployed once more, once.
    list('GetDeployments', { AutoDeployed: true }, { AutoDeployed: true }),
    {
      call: 'ReimportApi',
      with: { ApiId: '$api.ApiId', Body: text(get({ operationId: 'x'.repeat(65) })), FailOnWarnings: true },
      fails: [
        'BadRequestException',
        "Warnings found during import:\n\tUnable to create route for resource at path 'GET /': Invalid operationName specified: expected at most 64 characters, found 65. Ignoring.",
      ],
    },
    list('GetRoutes', { RouteKey: 'GET /kept' }, { RouteKey: 'GET /new' }),
  ],
  'WebSocket APIs are not imported': [
    ...withWebSocketApi,
    {
      call: 'ReimportApi',
      with: { ApiId: '$api.ApiId', Body: text(get({})) },
      fails: ['BadRequestException', 'Import is not supported on protocolType WEBSOCKET'],
    },
    {
      call: 'ReimportApi',
      with: { ApiId: 'nowhere', Body: text(get({})) },
      fails: ['NotFoundException', 'Invalid API identifier specified 111111111111:nowhere'],
    },
  ],
}

for (const [name, calls] of Object.entries(cases)) test(name, () => playSorted(calls))

test('quotas', async () => {
  const two = of({ paths: { '/a': { get: operation() }, '/b': { get: operation() } } })
  const message = (nouns: string): string =>
    `Maximum number of ${nouns} for this API has been reached.  Please contact AWS if you need additional ${nouns}.`
  for (const [quota, nouns] of [
    ['routesPerApi', 'Routes'],
    ['integrationsPerApi', 'Integrations'],
  ] as const) {
    await playSorted(
      [{ call: 'ImportApi', with: { Body: text(two) }, fails: ['LimitExceededException', message(nouns)] }],
      { quotas: { [quota]: 1 } },
    )
  }
})
