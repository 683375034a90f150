import type { Authorizer } from '#model/rest-api.ts'
import type { Expected, RestCase } from './support/case.ts'
import {
  ACCOUNT,
  functionUri,
  lambdaProxy,
  mock,
  REGION,
  type ApiDefinition,
  type MethodDefinition,
} from './support/definition.ts'
import {
  answering,
  echo,
  returning,
  throwing,
  unavailable,
  type FunctionBehaviour,
} from './support/functions.ts'

const ANY_METHOD = `arn:aws:execute-api:${REGION}:${ACCOUNT}:*/prod/*`

interface StatementDefinition {
  readonly Effect: 'Allow' | 'Deny'
  readonly Resource?: string | readonly string[]
  readonly Condition?: object
}

function policyOf(...statements: readonly StatementDefinition[]): object {
  return {
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({
      Action: 'execute-api:Invoke',
      Resource: ANY_METHOD,
      ...statement,
    })),
  }
}

const ALLOW = policyOf({ Effect: 'Allow' })
const DENY = policyOf({ Effect: 'Deny' })
/** About another method. */
const SILENT = policyOf({ Effect: 'Allow', Resource: `${ANY_METHOD}/elsewhere` })

const answer = (policyDocument: object, more: object = {}): FunctionBehaviour =>
  returning({ principalId: 'user', policyDocument, ...more })

const allowing = answer(ALLOW)

function guarded(
  authorizer: Partial<Authorizer> = {},
  method: MethodDefinition = {},
  more: Partial<ApiDefinition> = {},
): ApiDefinition {
  const guard = { authorizationType: 'CUSTOM', authorizerId: 'auth', integration: mock('inside'), ...method }
  return {
    paths: { '/x': { ANY: guard }, '/x/{id}': { ANY: guard }, '/files/{proxy+}': { ANY: guard } },
    authorizers: [{ id: 'auth', authorizerUri: functionUri('auth'), ...authorizer }],
    ...more,
  }
}

const REQUEST: Partial<Authorizer> = {
  type: 'REQUEST',
  identitySource: 'method.request.header.Authorization',
}
const TOKEN_SENT = { target: '/x', headers: ['Authorization: letmein'] }

const INSIDE: Expected = { status: 200, body: 'inside' }
const UNASKED: Expected = { status: 401, body: '{"message":"Unauthorized"}', invoked: [] }
const UNAUTHORIZED: Expected = {
  status: 401,
  body: '{"message":"Unauthorized"}',
  header: { 'x-amzn-ErrorType': 'UnauthorizedException' },
}
const BROKEN: Expected = {
  status: 500,
  body: '{"message":null}',
  header: { 'x-amzn-ErrorType': 'AuthorizerConfigurationException' },
}
const FAILED: Expected = {
  status: 500,
  body: '{"message":null}',
  header: { 'x-amzn-ErrorType': 'AuthorizerFailureException' },
}
const DENIED: Expected = {
  status: 403,
  body: '{"Message":"User is not authorized to access this resource with an explicit deny"}',
  header: { 'x-amzn-ErrorType': 'AccessDeniedException' },
}
const NOT_ALLOWED: Expected = {
  status: 403,
  body: '{"Message":"User is not authorized to access this resource"}',
  header: { 'x-amzn-ErrorType': 'AccessDeniedException' },
}

const methodArn = (rest: string): string => `arn:aws:execute-api:${REGION}:${ACCOUNT}:<api>/prod/${rest}`

/** Developer guide, "Use API Gateway Lambda authorizers" and the pages below it. */
export const lambdaAuthorizerCases: readonly RestCase[] = [
  {
    name: 'a token that the function allows',
    api: guarded(),
    functions: { auth: allowing },
    request: TOKEN_SENT,
    expect: {
      ...INSIDE,
      invoked: [{ type: 'TOKEN', authorizationToken: 'letmein', methodArn: methodArn('GET/x') }],
    },
  },
  {
    name: 'the method’s ARN has the path as sent, of a resource with parameters too',
    api: guarded(),
    functions: { auth: allowing },
    request: { ...TOKEN_SENT, method: 'PUT', target: '/x/a%2Fb?q=1' },
    expect: { ...INSIDE, invoked: [{ methodArn: methodArn('PUT/x/a%2Fb') }] },
  },
  {
    name: 'no token',
    api: guarded(),
    functions: { auth: allowing },
    request: { target: '/x' },
    expect: UNASKED,
  },
  {
    name: 'an empty token',
    api: guarded(),
    functions: { auth: allowing },
    request: { target: '/x', headers: ['Authorization:'] },
    expect: UNASKED,
  },
  {
    name: 'a token that is not as the validation expression has it',
    api: guarded({ identityValidationExpression: '^Bearer [a-z]+$' }),
    functions: { auth: allowing },
    request: { target: '/x', headers: ['Authorization: Bearer 12'] },
    expect: UNASKED,
  },
  {
    name: 'a token that is',
    api: guarded({ identityValidationExpression: '^Bearer [a-z]+$' }),
    functions: { auth: allowing },
    request: { target: '/x', headers: ['Authorization: Bearer abc'] },
    expect: INSIDE,
  },
  {
    name: 'a second token beside one that would do',
    api: guarded({ identityValidationExpression: 'good' }),
    functions: { auth: allowing },
    request: { target: '/x', headers: ['Authorization: good', 'Authorization: evil'] },
    expect: UNASKED,
  },
  {
    name: 'a token from another header',
    api: guarded({ identitySource: 'method.request.header.X-Token' }),
    functions: { auth: allowing },
    request: { target: '/x', headers: ['x-token: abc'] },
    expect: { ...INSIDE, invoked: [{ authorizationToken: 'abc' }] },
  },
  {
    name: 'a header that the gateway writes itself is not the client’s to forge',
    api: guarded({ ...REQUEST, identitySource: 'method.request.header.X-Forwarded-Proto' }),
    functions: { auth: allowing },
    request: { target: '/x', headers: ['X-Forwarded-Proto: https'] },
    expect: { ...INSIDE, invoked: [{ headers: { 'X-Forwarded-Proto': 'http' } }] },
  },

  // Answers.
  {
    name: 'a policy that denies',
    api: guarded(),
    functions: { auth: answer(DENY) },
    request: TOKEN_SENT,
    expect: DENIED,
  },
  {
    name: 'a policy that is about other methods',
    api: guarded(),
    functions: { auth: answer(SILENT) },
    request: TOKEN_SENT,
    expect: NOT_ALLOWED,
  },
  {
    name: 'a policy that allows all and denies this',
    api: guarded(),
    functions: {
      auth: answer(policyOf({ Effect: 'Allow' }, { Effect: 'Deny', Resource: `${ANY_METHOD}GET/x` })),
    },
    request: TOKEN_SENT,
    expect: DENIED,
  },
  {
    name: 'a denial is not evaded with a slash at the end',
    api: guarded(),
    functions: {
      auth: answer(policyOf({ Effect: 'Allow' }, { Effect: 'Deny', Resource: `${ANY_METHOD}GET/x` })),
    },
    request: { ...TOKEN_SENT, target: '/x/' },
    expect: DENIED,
  },
  {
    name: 'a condition of the policy that holds',
    api: guarded(),
    functions: {
      auth: answer(
        policyOf({ Effect: 'Allow', Condition: { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } } }),
      ),
    },
    request: TOKEN_SENT,
    expect: INSIDE,
  },
  {
    name: 'one that does not',
    api: guarded(),
    functions: {
      auth: answer(policyOf({ Effect: 'Allow', Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } })),
    },
    request: TOKEN_SENT,
    expect: NOT_ALLOWED,
  },
  {
    name: 'a function that refuses',
    api: guarded(),
    functions: { auth: throwing('Unauthorized') },
    request: TOKEN_SENT,
    expect: UNAUTHORIZED,
  },
  ...['unauthorized', 'Unauthorized.', 'Error: Unauthorized', ''].map((message): RestCase => ({
    name: `a function that fails with ${JSON.stringify(message)}`,
    api: guarded(),
    functions: { auth: throwing(message) },
    request: TOKEN_SENT,
    expect: BROKEN,
  })),
  ...(
    [
      ['null', null],
      ['a proxy’s answer', { statusCode: 200, body: '{}' }],
      ['a text', 'allow'],
      ['true', true],
      ['no principal', { policyDocument: ALLOW }],
      ['no policy', { principalId: 'user' }],
      ['an HTTP API’s simple answer', { isAuthorized: true }],
      ['a context that is nested', { principalId: 'user', policyDocument: ALLOW, context: { a: { b: 1 } } }],
      ['a context with a list', { principalId: 'user', policyDocument: ALLOW, context: { a: ['b'] } }],
      ['a context that is a text', { principalId: 'user', policyDocument: ALLOW, context: 'a' }],
    ] satisfies [string, unknown][]
  ).map(([name, value]): RestCase => ({
    name: `an answer that is none: ${name}`,
    api: guarded(),
    functions: { auth: returning(value) },
    request: TOKEN_SENT,
    expect: BROKEN,
  })),
  {
    name: 'an answer that is not JSON',
    api: guarded(),
    functions: { auth: answering('{"principalId":') },
    request: TOKEN_SENT,
    expect: BROKEN,
  },
  ...(
    [
      ['access-denied', BROKEN],
      ['not-found', BROKEN],
      ['throttled', FAILED],
      ['failed', FAILED],
    ] as const
  ).map(([reason, expected]): RestCase => ({
    name: `a function that the Lambda service does not run: ${reason}`,
    api: guarded(),
    functions: { auth: unavailable(reason) },
    request: TOKEN_SENT,
    expect: expected,
  })),
  {
    name: 'an authorizer whose URI is none',
    api: guarded({ authorizerUri: 'arn:aws:apigateway:us-east-1:lambda:path/nowhere' }),
    functions: { auth: allowing },
    request: TOKEN_SENT,
    expect: BROKEN,
  },
  {
    name: 'a function that a stage variable names',
    api: guarded(
      { authorizerUri: functionUri('${stageVariables.which}') },
      {},
      { variables: { which: 'auth' } },
    ),
    functions: { auth: allowing },
    request: TOKEN_SENT,
    expect: INSIDE,
  },
  {
    name: 'a stage variable that is not there',
    api: guarded({ authorizerUri: functionUri('${stageVariables.which}') }),
    functions: { auth: allowing },
    request: TOKEN_SENT,
    expect: BROKEN,
  },
  {
    name: 'an ARN that is too long to be asked about',
    source: 'Developer guide, "Amazon API Gateway quotas"',
    api: guarded(),
    functions: { auth: allowing },
    request: { ...TOKEN_SENT, target: `/x/${'a'.repeat(1600)}` },
    expect: { status: 414, body: '{"message": "Request URI too long"}', invoked: [] },
  },

  // REQUEST.
  {
    name: 'REQUEST: every kind of identity source',
    api: guarded(
      {
        type: 'REQUEST',
        identitySource:
          'method.request.header.Auth, method.request.querystring.q, stageVariables.env, context.httpMethod',
      },
      {},
      { variables: { env: 'live' } },
    ),
    functions: { auth: allowing },
    request: { method: 'POST', target: '/x/7?q=1&q=2&r=', headers: ['Auth: a', 'X: 1', 'x: 2'] },
    expect: {
      ...INSIDE,
      invoked: [
        {
          type: 'REQUEST',
          methodArn: methodArn('POST/x/7'),
          resource: '/x/{id}',
          path: '/x/7',
          httpMethod: 'POST',
          headers: { Auth: 'a', X: '2' },
          multiValueHeaders: { Auth: ['a'], X: ['1', '2'] },
          queryStringParameters: { q: '2', r: '' },
          multiValueQueryStringParameters: { q: ['1', '2'], r: [''] },
          pathParameters: { id: '7' },
          stageVariables: { env: 'live' },
          requestContext: {
            resourcePath: '/x/{id}',
            httpMethod: 'POST',
            path: '/prod/x/7',
            accountId: ACCOUNT,
            stage: 'prod',
            apiId: '<api>',
            deploymentId: 'dep001',
            requestId: '<uuid>',
            identity: { sourceIp: '127.0.0.1', accountId: null },
          },
        },
      ],
    },
  },
  ...[
    ['a header', 'method.request.header.Auth'],
    ['a query parameter', 'method.request.querystring.none'],
    ['a stage variable', 'stageVariables.none'],
    ['a context variable', 'context.identity.user'],
    ['one of two', 'method.request.header.Host, method.request.header.Auth'],
  ].map(([name, identitySource]): RestCase => ({
    name: `REQUEST: ${name} that is missing`,
    api: guarded({ type: 'REQUEST', identitySource }),
    functions: { auth: allowing },
    request: { target: '/x?empty=' },
    expect: UNASKED,
  })),
  {
    name: 'REQUEST: a query parameter that is empty',
    api: guarded({ type: 'REQUEST', identitySource: 'method.request.querystring.q' }),
    functions: { auth: allowing },
    request: { target: '/x?q=' },
    expect: UNASKED,
  },
  {
    name: 'REQUEST that keeps no answers is asked whatever is missing',
    source: 'Developer guide, "Configure a Lambda authorizer using the API Gateway console"',
    api: guarded({ ...REQUEST, authorizerResultTtlInSeconds: 0 }),
    functions: { auth: allowing },
    request: { target: '/x' },
    expect: { ...INSIDE, invoked: [{ type: 'REQUEST' }] },
  },
  {
    name: 'REQUEST without identity sources',
    api: guarded({ type: 'REQUEST', identitySource: undefined, authorizerResultTtlInSeconds: 0 }),
    functions: { auth: allowing },
    request: { target: '/x' },
    expect: { ...INSIDE, invoked: [{ type: 'REQUEST' }] },
  },
  {
    name: 'TOKEN that keeps no answers still needs its token',
    api: guarded({ authorizerResultTtlInSeconds: 0 }),
    functions: { auth: allowing },
    request: { target: '/x' },
    expect: UNASKED,
  },

  ...contextCases(),
  ...policyCases(),
]

/** Where what an authorizer gave is read. */
function contextCases(): RestCase[] {
  const auth = answer(ALLOW, {
    context: { text: 'a "b"', number: 1.5, flag: false, none: null },
    usageIdentifierKey: 'abc',
  })
  return [
    {
      name: 'what it gave, in templates: texts, whatever they were',
      api: guarded(
        {},
        {
          integration: mock(
            '$context.authorizer.principalId|$context.authorizer.text|$context.authorizer.number|$context.authorizer.flag|$!context.authorizer.none|$!context.authorizer.toString',
          ),
        },
      ),
      functions: { auth },
      request: TOKEN_SENT,
      expect: { status: 200, body: 'user|a "b"|1.5|false||' },
    },
    {
      name: 'what it gave, to a backend’s headers',
      api: guarded(
        {},
        {
          integration: {
            type: 'HTTP_PROXY',
            httpMethod: 'GET',
            uri: 'http://backend.test/',
            requestParameters: {
              'integration.request.header.X-User': 'context.authorizer.principalId',
              'integration.request.header.X-Number': 'context.authorizer.number',
              'integration.request.header.X-None': 'context.authorizer.none',
              'integration.request.header.X-Proto': 'context.authorizer.constructor',
            },
          },
        },
      ),
      functions: { auth },
      backend: { body: 'backend' },
      request: { target: '/x', headers: ['Authorization: letmein', 'Accept: */*'] },
      expect: {
        status: 200,
        received: {
          headers: [
            'Authorization: letmein',
            'Accept: */*',
            'X-Amzn-Trace-Id: <trace>',
            'X-Forwarded-For: 127.0.0.1',
            'X-Forwarded-Port: 80',
            'X-Forwarded-Proto: http',
            'X-User: user',
            'X-Number: 1.5',
            'X-Amzn-Apigateway-Api-Id: <api>',
          ],
        },
      },
    },
    {
      name: 'what it gave, in the event of a function behind the method',
      api: guarded({}, { integration: lambdaProxy('f') }),
      functions: { auth, f: echo },
      request: TOKEN_SENT,
      expect: {
        status: 200,
        invoked: [
          { type: 'TOKEN' },
          {
            requestContext: {
              authorizer: { text: 'a "b"', number: '1.5', flag: 'false', principalId: 'user' },
              identity: { accountId: null, user: null },
            },
          },
        ],
      },
    },
    {
      name: 'what it gave, in gateway responses; of one who is refused nothing is known',
      api: guarded(
        {},
        { integration: mock('#if($x)') },
        {
          gatewayResponses: [
            {
              responseType: 'DEFAULT_5XX',
              responseTemplates: { 'application/json': '[$context.authorizer.text]' },
              responseParameters: { 'gatewayresponse.header.X-User': 'context.authorizer.principalId' },
            },
          ],
        },
      ),
      functions: { auth },
      request: TOKEN_SENT,
      expect: { status: 500, body: '[a "b"]', header: { 'X-User': 'user' } },
    },
    {
      name: 'a refusal as its owner has it',
      api: guarded(
        {},
        {},
        {
          gatewayResponses: [
            {
              responseType: 'UNAUTHORIZED',
              statusCode: '418',
              responseParameters: { 'gatewayresponse.header.WWW-Authenticate': "'Bearer'" },
              responseTemplates: { 'application/json': '{"why":$context.error.messageString}' },
            },
          ],
        },
      ),
      functions: { auth },
      request: { target: '/x' },
      expect: { status: 418, body: '{"why":"Unauthorized"}', header: { 'WWW-Authenticate': 'Bearer' } },
    },
  ]
}

/** Developer guide, "How API Gateway resource policies affect authorization workflow", table A, cell by cell. */
function policyCases(): RestCase[] {
  const resourcePolicies: Readonly<Record<string, object | undefined>> = {
    none: undefined,
    allows: { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke', Resource: 'execute-api:/*' },
    'is silent': {
      Effect: 'Allow',
      Principal: '*',
      Action: 'execute-api:Invoke',
      Resource: 'execute-api:/dev/*',
    },
    denies: {
      Effect: 'Deny',
      Principal: '*',
      Action: 'execute-api:Invoke',
      Resource: 'execute-api:/prod/GET/x',
    },
    'cannot be read': { Effect: 'Perhaps', Principal: '*', Action: '*', Resource: '*' },
  }
  const anonymous = (suffix: string): Expected => ({
    status: 403,
    body: `{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********9012:<api>/prod/GET/x${suffix}"}`,
    invoked: [],
  })
  const answers: Readonly<Record<string, FunctionBehaviour>> = {
    allows: allowing,
    'is silent': answer(SILENT),
    denies: answer(DENY),
  }
  const table: readonly [authorizer: string, resource: string, expected: Expected][] = [
    ['allows', 'none', INSIDE],
    ['allows', 'allows', INSIDE],
    ['allows', 'is silent', INSIDE],
    ['allows', 'denies', anonymous(' with an explicit deny')],
    ['is silent', 'none', NOT_ALLOWED],
    ['is silent', 'allows', INSIDE],
    ['is silent', 'is silent', NOT_ALLOWED],
    ['is silent', 'denies', anonymous(' with an explicit deny')],
    ['denies', 'none', DENIED],
    ['denies', 'allows', DENIED],
    ['denies', 'is silent', DENIED],
    ['denies', 'denies', anonymous(' with an explicit deny')],
    // Never open by a mistake in it.
    ['allows', 'cannot be read', anonymous('')],
  ]
  return table.map(([authorizer, resource, expected]): RestCase => {
    const Statement = resourcePolicies[resource]
    const policy = Statement && JSON.stringify({ Version: '2012-10-17', Statement })
    return {
      name: `the authorizer ${authorizer}, the resource policy ${resource}`,
      api: guarded({}, {}, { api: { policy } }),
      functions: { auth: answers[authorizer] as FunctionBehaviour },
      request: TOKEN_SENT,
      expect: expected,
    }
  })
}
