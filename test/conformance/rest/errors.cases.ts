import type { RestCase } from './support/case.ts'
import { lambdaProxy, mock, type ApiDefinition, type MethodDefinition } from './support/definition.ts'
import { answering, returning, throwing, unavailable } from './support/functions.ts'

const internal = '{"message": "Internal server error"}'

function one(method: MethodDefinition, more: Partial<ApiDefinition> = {}): ApiDefinition {
  return { paths: { '/x': { ANY: method } }, ...more }
}

const lambda = (more: Partial<ApiDefinition> = {}): ApiDefinition =>
  one({ integration: lambdaProxy('f') }, more)

/** Developer guide, "Gateway responses in API Gateway", "Gateway response types". */
export const errorCases: readonly RestCase[] = [
  {
    name: 'an error within execution has a space in its body',
    source: 'recorded on AWS',
    api: lambda(),
    functions: { f: answering('"no proxy response"') },
    request: { target: '/x' },
    expect: {
      status: 502,
      headers: [
        'Content-Type: application/json',
        'x-amzn-RequestId: <uuid>',
        'x-amzn-ErrorType: InternalServerErrorException',
        'x-amz-apigw-id: <id>',
        'Content-Length: 36',
      ],
      body: internal,
    },
  },
  {
    name: 'a function that fails',
    api: lambda(),
    functions: { f: throwing('boom') },
    request: { target: '/x' },
    expect: { status: 502, body: internal },
  },
  {
    name: 'a function that does not exist',
    api: lambda(),
    request: { target: '/x' },
    expect: { status: 502, body: internal },
  },
  {
    name: 'a function that may not be invoked',
    api: lambda(),
    functions: { f: unavailable('access-denied') },
    request: { target: '/x' },
    expect: { status: 500, body: internal },
  },
  {
    name: 'a function that is throttled',
    api: lambda(),
    functions: { f: unavailable('throttled') },
    request: { target: '/x' },
    expect: { status: 502, body: internal },
  },
  {
    name: 'a function that takes too long',
    api: one({ integration: lambdaProxy('f', { timeoutInMillis: 50 }) }),
    functions: { f: () => new Promise(() => {}) },
    request: { target: '/x' },
    expect: {
      status: 504,
      body: '{"message": "Endpoint request timed out"}',
      header: { 'x-amzn-ErrorType': 'InternalServerErrorException' },
    },
  },
  {
    name: 'AWS_PROXY with another method than POST',
    source: 'recorded on AWS',
    api: one({ integration: lambdaProxy('f', { httpMethod: 'GET' }) }),
    functions: { f: returning({}) },
    request: { target: '/x' },
    expect: { status: 500, body: internal },
  },
  {
    name: 'a method without integration',
    api: one({}),
    request: { target: '/x' },
    expect: { status: 500, body: internal },
  },
  {
    name: 'an AWS service that is not supported',
    api: one({
      integration: {
        type: 'AWS',
        httpMethod: 'POST',
        uri: 'arn:aws:apigateway:us-east-1:sqs:action/SendMessage',
      },
    }),
    request: { target: '/x' },
    expect: { status: 500, body: internal },
  },
  {
    name: 'a broken template breaks its own method',
    api: one({ integration: mock('#if($x)') }),
    request: { target: '/x' },
    expect: { status: 500, body: internal },
  },
  {
    name: 'and no other',
    api: {
      paths: {
        '/x': { GET: { integration: mock('#if($x)') } },
        '/y': { GET: { integration: mock('fine') } },
      },
    },
    request: { target: '/y' },
    expect: { status: 200, body: 'fine' },
  },
  {
    name: 'AWS_IAM without signature',
    source: 'AWS re:Post knowledge centre, "How do I troubleshoot HTTP 403 errors from API Gateway?"',
    api: one({ authorizationType: 'AWS_IAM', integration: mock('secret') }),
    request: { target: '/x' },
    expect: { status: 403, body: '{"message":"Missing Authentication Token"}' },
  },
  {
    name: 'AWS_IAM with a signature that cannot be read lets nobody in',
    api: one({ authorizationType: 'AWS_IAM', integration: mock('secret') }),
    request: { target: '/x', headers: ['Authorization: AWS4-HMAC-SHA256 Credential=x'] },
    expect: {
      status: 403,
      header: { 'x-amzn-ErrorType': 'IncompleteSignatureException' },
    },
  },
  {
    name: 'an authorizer that is not there lets nobody in',
    api: one({ authorizationType: 'CUSTOM', authorizerId: 'a', integration: mock('secret') }),
    request: { target: '/x', headers: ['Authorization: anything'] },
    expect: { status: 500, body: '{"message":null}' },
  },
  {
    name: 'Cognito neither',
    api: one({ authorizationType: 'COGNITO_USER_POOLS', integration: mock('secret') }),
    request: { target: '/x' },
    expect: { status: 500, body: '{"message":null}' },
  },
  ...policyCases(),
  {
    name: 'a required API key',
    api: one({ apiKeyRequired: true, integration: mock('secret') }),
    request: { target: '/x', headers: ['X-API-Key: anything'] },
    expect: {
      status: 403,
      body: '{"message":"Forbidden"}',
      header: { 'x-amzn-ErrorType': 'ForbiddenException' },
    },
  },
  ...orderCases(),
  {
    name: 'a customised response: status, headers, template',
    api: lambda({
      gatewayResponses: [
        {
          responseType: 'MISSING_AUTHENTICATION_TOKEN',
          statusCode: '404',
          responseParameters: {
            'gatewayresponse.header.Access-Control-Allow-Origin': "'*'",
            'gatewayresponse.header.X-Asked': 'method.request.header.X-Ask',
            'gatewayresponse.header.X-Query': 'method.request.querystring.q',
            'gatewayresponse.header.X-Stage': 'context.stage',
            'gatewayresponse.header.X-Absent': 'method.request.header.X-None',
          },
          responseTemplates: {
            'application/json':
              '{"m":$context.error.messageString,"raw":"$context.error.message","t":"$context.error.responseType","v":"$stageVariables.v.","h":"$method.request.header.X-Ask","p":"$context.path"}',
          },
        },
      ],
      variables: { v: 'variable' },
    }),
    request: { target: '/nothing?q=1', headers: ['X-Ask: me'] },
    expect: {
      status: 404,
      headers: [
        'Content-Type: application/json',
        'x-amzn-RequestId: <uuid>',
        'x-amzn-ErrorType: MissingAuthenticationTokenException',
        'x-amz-apigw-id: <id>',
        'Access-Control-Allow-Origin: *',
        'X-Asked: me',
        'X-Query: 1',
        'X-Stage: prod',
        'Content-Length: 153',
      ],
      body: '{"m":"Missing Authentication Token","raw":"Missing Authentication Token","t":"MISSING_AUTHENTICATION_TOKEN","v":"variable.","h":"me","p":"/prod/nothing"}',
    },
  },
  {
    name: 'a customised response is chosen by Accept',
    api: lambda({
      gatewayResponses: [
        {
          responseType: 'DEFAULT_4XX',
          responseTemplates: { 'application/json': '{}', 'text/html': '<p>$context.error.message</p>' },
        },
      ],
    }),
    request: { target: '/nothing', headers: ['Accept: text/html, */*'] },
    expect: {
      status: 403,
      body: '<p>Missing Authentication Token</p>',
      header: { 'Content-Type': 'text/html' },
    },
  },
  {
    name: 'headers alone keep the default template',
    api: lambda({
      gatewayResponses: [
        { responseType: 'DEFAULT_5XX', responseParameters: { 'gatewayresponse.header.X-A': "'b'" } },
      ],
    }),
    functions: { f: answering('null') },
    request: { target: '/x' },
    expect: { status: 502, body: '{"message":"Internal server error"}', header: { 'X-A': 'b' } },
  },
  {
    name: 'the status of DEFAULT_5XX replaces the original one',
    api: lambda({ gatewayResponses: [{ responseType: 'DEFAULT_5XX', statusCode: '503' }] }),
    functions: { f: throwing('x') },
    request: { target: '/x' },
    expect: { status: 503 },
  },
  {
    name: 'an exact type wins over DEFAULT_4XX',
    api: lambda({
      gatewayResponses: [
        { responseType: 'DEFAULT_4XX', statusCode: '499' },
        { responseType: 'MISSING_AUTHENTICATION_TOKEN', statusCode: '404' },
      ],
    }),
    request: { target: '/nothing' },
    expect: { status: 404 },
  },
  {
    name: 'a mapped header of a customised response cannot end its line',
    api: lambda({
      gatewayResponses: [
        {
          responseType: 'DEFAULT_4XX',
          responseParameters: { 'gatewayresponse.header.X-A': 'method.request.querystring.q' },
        },
      ],
    }),
    request: { target: '/nothing?q=a%0d%0aSet-Cookie:%20b' },
    expect: { status: 403, header: { 'X-A': 'a  Set-Cookie: b', 'Set-Cookie': null } },
  },
]

/** Developer guide, "How API Gateway resource policies affect authorization workflow". */
function policyCases(): RestCase[] {
  const allow = { Effect: 'Allow', Principal: '*', Action: 'execute-api:Invoke' }
  const deny = { ...allow, Effect: 'Deny' }
  const refusal =
    'User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********9012:<api>/prod/PUT/x'
  const cases: readonly [name: string, statements: object[], message: string | undefined][] = [
    ['a resource policy that is silent lets nobody in', [], refusal],
    ['one that allows the method', [{ ...allow, Resource: 'execute-api:/prod/PUT/*' }], undefined],
    ['one that allows another', [{ ...allow, Resource: 'execute-api:/prod/GET/*' }], refusal],
    [
      'one that denies what it allows',
      [
        { ...allow, Resource: '*' },
        { ...deny, Resource: 'execute-api:/*/PUT/x' },
      ],
      `${refusal} with an explicit deny`,
    ],
    [
      'one that allows an address',
      [{ ...allow, Resource: '*', Condition: { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } } }],
      undefined,
    ],
    [
      'one that allows another address',
      [{ ...allow, Resource: '*', Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }],
      refusal,
    ],
    ['one that cannot be read', [{ ...allow, Effect: 'allow', Resource: '*' }], refusal],
  ]
  return cases.map(([name, Statement, message]): RestCase => ({
    name,
    api: one(
      { integration: mock('inside') },
      { api: { policy: JSON.stringify({ Version: '2012-10-17', Statement }) } },
    ),
    request: { method: 'PUT', target: '/x' },
    expect:
      message === undefined
        ? { status: 200, body: 'inside' }
        : {
            status: 403,
            body: `{"Message":"${message}"}`,
            header: { 'x-amzn-ErrorType': 'AccessDeniedException' },
          },
  }))
}

/**
 * What is looked at first. Each row leaves out one more obstacle of the same request: developer guide, "How API Gateway
 * resource policies affect authorization workflow"; lines of AWS's execution log.
 */
function orderCases(): RestCase[] {
  const closed = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Principal: '*', Action: 'execute-api:Invoke', Resource: '*' }],
  })
  const rows: readonly (readonly [first: string, status: number, body: string, obstacles: number])[] = [
    ['the resource policy', 403, 'User: anonymous is not authorized', 0],
    ['the API key', 403, '{"message":"Forbidden"}', 1],
    ['required parameters', 400, '{"message": "Missing required request parameters: [q]"}', 2],
    ['the model of the body', 400, '{"message": "Invalid request body"}', 3],
    ['the template for the type', 415, '{"message": "Unsupported Media Type"}', 4],
    ['the integration', 500, internal, 5],
  ]
  return rows.map(([first, status, body, obstacles]): RestCase => ({
    name: `in order: ${first} comes ${obstacles === 0 ? 'first' : `after ${rows[obstacles - 1]?.[0]}`}`,
    source: 'developer guide, "How API Gateway resource policies affect authorization workflow"',
    api: one(
      {
        apiKeyRequired: obstacles < 2,
        requestValidatorId: 'v1',
        requestParameters: { 'method.request.querystring.q': obstacles < 3 },
        requestModels: obstacles < 4 ? { $default: 'M' } : {},
        integration: mock('', {
          passthroughBehavior: obstacles < 5 ? 'NEVER' : 'WHEN_NO_MATCH',
          requestTemplates: { 'application/json': '{"statusCode": 200}' },
        }),
      },
      {
        ...(obstacles < 1 ? { api: { policy: closed } } : {}),
        models: { M: { type: 'object', required: ['a'] } },
        requestValidators: [
          { id: 'v1', name: 'v', validateRequestBody: true, validateRequestParameters: true },
        ],
        gatewayResponses: [
          {
            responseType: 'ACCESS_DENIED',
            responseTemplates: { 'application/json': 'User: anonymous is not authorized' },
          },
        ],
      },
    ),
    request: { method: 'POST', target: '/x', headers: ['Content-Type: text/plain'], body: '{}' },
    expect: { status, body },
  }))
}
