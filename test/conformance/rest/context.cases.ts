import type { RestCase } from './support/case.ts'
import {
  ACCOUNT,
  functionUri,
  lambdaProxy,
  mock,
  type ApiDefinition,
  type IntegrationDefinition,
} from './support/definition.ts'
import { echo, returning } from './support/functions.ts'

const HOST = '<api>.execute-api.us-east-1.amazonaws.com'
const source = 'developer guide, "API Gateway mapping template and access logging variable reference"'

/** What each variable is for `GET /prod/x/7` from 127.0.0.1 that nobody authorized; null: nothing. */
const variables: Readonly<Record<string, string | null>> = {
  accountId: ACCOUNT,
  apiId: '<api>',
  'authorizer.principalId': null,
  'authorizer.claims.sub': null,
  awsEndpointRequestId: null,
  deploymentId: 'dep001',
  domainName: HOST,
  domainPrefix: '<api>',
  'error.message': null,
  'error.messageString': null,
  'error.responseType': null,
  'error.validationErrorString': null,
  extendedRequestId: '<id>',
  httpMethod: 'GET',
  'identity.accountId': null,
  'identity.apiKey': null,
  'identity.apiKeyId': null,
  'identity.caller': null,
  'identity.cognitoAuthenticationProvider': null,
  'identity.cognitoAuthenticationType': null,
  'identity.cognitoIdentityId': null,
  'identity.cognitoIdentityPoolId': null,
  'identity.principalOrgId': null,
  'identity.sourceIp': '127.0.0.1',
  'identity.clientCert.clientCertPem': null,
  'identity.clientCert.subjectDN': null,
  'identity.clientCert.validity.notBefore': null,
  'identity.user': null,
  'identity.userAgent': 'me/1',
  'identity.userArn': null,
  'identity.vpcId': null,
  'identity.vpceId': null,
  isCanaryRequest: null,
  operationName: 'Op',
  path: '/prod/x/7',
  protocol: 'HTTP/1.1',
  requestId: '<uuid>',
  requestTime: '<time>',
  requestTimeEpoch: '<epoch>',
  resourceId: 'r2',
  resourcePath: '/x/{id}',
  stage: 'prod',
  wafResponseCode: null,
  webaclArn: null,
}

const names = Object.keys(variables)
const shown = names.map((name) => `${name}=${variables[name] ?? ''}`).join('\n')
const template = names.map((name) => `${name}=$!context.${name}`).join('\n')
const headerOf = (name: string): string => `X-${name.replaceAll('.', '-')}`
const asks = { target: '/x/7?q=1', headers: ['User-Agent: me/1'] }

function one(integration: IntegrationDefinition, more: Partial<ApiDefinition> = {}): ApiDefinition {
  return { paths: { '/x/{id}': { ANY: { operationName: 'Op', integration } } }, ...more }
}

const http: IntegrationDefinition = {
  type: 'HTTP',
  httpMethod: 'POST',
  uri: 'http://backend.test/',
  integrationResponses: { 200: {} },
}

/** Each variable, as a header of a message. */
const contextParameters = (side: string): Record<string, string> =>
  Object.fromEntries(names.map((name) => [`${side}.header.${headerOf(name)}`, `context.${name}`]))
const contextHeaders: Readonly<Record<string, string | null>> = Object.fromEntries(
  names.map((name) => [headerOf(name), variables[name] ?? null]),
)
const contextLines = names.flatMap((name) =>
  variables[name] === null ? [] : [`${headerOf(name)}: ${variables[name]}`],
)

const stageVariables = { host: 'backend.test', part: 'v1', fn: 'f', value: 'a-b_c.d' }

/** `$context` and `$stageVariables`, in every place that knows them. */
export const contextCases: readonly RestCase[] = [
  {
    name: '$context in a response template',
    source,
    api: one(mock(template)),
    request: asks,
    expect: { status: 200, body: shown },
  },
  {
    name: '$context in a request template',
    source,
    api: one({ ...http, requestTemplates: { 'application/json': template } }),
    request: asks,
    expect: { status: 200, received: { body: shown } },
  },
  {
    name: 'context in request parameters',
    source: 'developer guide, "Parameter mapping reference"',
    api: one({ ...http, requestParameters: contextParameters('integration.request') }),
    request: asks,
    expect: {
      status: 200,
      received: {
        headers: [
          ...contextLines,
          'Accept: application/json',
          'User-Agent: AmazonAPIGateway_<api>',
          'Content-Type: application/json',
          'X-Amzn-Trace-Id: <trace>',
          'X-Amzn-Apigateway-Api-Id: <api>',
          'Content-Length: 0',
        ],
      },
    },
  },
  {
    name: 'context in response parameters',
    source: 'developer guide, "Parameter mapping reference"',
    api: one(
      mock('', {
        integrationResponses: { 200: { responseParameters: contextParameters('method.response') } },
      }),
    ),
    request: asks,
    expect: { status: 200, header: contextHeaders },
  },
  {
    name: '$context and context in a gateway response, where the error is known, too',
    source: 'developer guide, "Gateway responses in API Gateway"',
    api: {
      paths: { '/x/{id}': { GET: { operationName: 'Op', integration: lambdaProxy('f') } } },
      gatewayResponses: [
        {
          responseType: 'DEFAULT_5XX',
          responseTemplates: {
            'application/json': names.map((name) => `${name}=$context.${name}`).join('\n'),
          },
          responseParameters: contextParameters('gatewayresponse'),
        },
      ],
    },
    functions: { f: returning('no response') },
    request: asks,
    expect: {
      status: 502,
      header: {
        ...contextHeaders,
        'X-error-message': 'Internal server error',
        'X-error-messageString': '"Internal server error"',
        'X-error-responseType': 'DEFAULT_5XX',
      },
      body: shown
        .replace('error.message=', 'error.message=Internal server error')
        .replace('error.messageString=', 'error.messageString="Internal server error"')
        .replace('error.responseType=', 'error.responseType=DEFAULT_5XX'),
    },
  },
  {
    name: 'before a method is found there is no resource',
    api: {
      paths: { '/x': { GET: { integration: mock('') } } },
      gatewayResponses: [
        {
          responseType: 'MISSING_AUTHENTICATION_TOKEN',
          responseTemplates: {
            'application/json': '$context.resourceId|$context.resourcePath|$context.path',
          },
        },
      ],
    },
    request: { target: '/nothing/here' },
    expect: { status: 403, body: '||/prod/nothing/here' },
  },
  {
    name: '$context.identity as a whole is an object',
    api: one(mock('$context.identity.sourceIp|$context.identity.keySet().contains("sourceIp")')),
    request: asks,
    expect: { status: 200, body: '127.0.0.1|true' },
  },
  {
    name: 'stage variables in the host, the path and the query of an endpoint; unknown ones are empty',
    source: 'developer guide, "Amazon API Gateway stage variables reference"',
    api: one(
      {
        ...http,
        type: 'HTTP_PROXY',
        uri: 'http://${stageVariables.host}/${stageVariables.part}${stageVariables.none}/x?v=${stageVariables.value}',
      },
      { variables: stageVariables },
    ),
    request: { target: '/x/7' },
    expect: { status: 200, received: { target: '/v1/x?v=a-b_c.d' } },
  },
  {
    name: 'nothing else of that form is replaced in an endpoint',
    api: one(
      { ...http, uri: 'http://backend.test/${context.stage}/$stageVariables.part/${other}' },
      { variables: stageVariables },
    ),
    request: { target: '/x/7' },
    expect: {
      status: 200,
      received: { target: '/$%7Bcontext.stage%7D/$stageVariables.part/$%7Bother%7D' },
    },
  },
  {
    name: 'stage variables in parameter mappings, both ways',
    source: 'developer guide, "Amazon API Gateway stage variables reference"',
    api: one(
      {
        ...http,
        httpMethod: 'GET',
        uri: 'http://backend.test/{p}',
        requestParameters: {
          'integration.request.path.p': 'stageVariables.part',
          'integration.request.querystring.q': 'stageVariables.value',
          'integration.request.header.X-V': 'stageVariables.value',
          'integration.request.header.X-None': 'stageVariables.none',
        },
        integrationResponses: {
          200: { responseParameters: { 'method.response.header.X-V': 'stageVariables.value' } },
        },
      },
      { variables: stageVariables },
    ),
    request: { target: '/x/7' },
    expect: {
      status: 200,
      header: { 'X-V': 'a-b_c.d' },
      received: {
        target: '/v1?q=a-b_c.d',
        headers: [
          'X-V: a-b_c.d',
          'Accept: application/json',
          'User-Agent: AmazonAPIGateway_<api>',
          'X-Amzn-Trace-Id: <trace>',
          'X-Amzn-Apigateway-Api-Id: <api>',
        ],
      },
    },
  },
  {
    name: 'stage variables in templates',
    source: 'developer guide, "Amazon API Gateway stage variables reference"',
    api: one(
      mock(
        '$stageVariables.value|${stageVariables.value}|${stageVariables[\'value\']}|$stageVariables.get("value")|$!stageVariables.none|',
      ),
      { variables: stageVariables },
    ),
    request: { target: '/x/7' },
    expect: { status: 200, body: 'a-b_c.d|a-b_c.d|a-b_c.d|a-b_c.d||' },
  },
  ...(
    [
      ['a function’s name', functionUri('${stageVariables.fn}'), ':function:f'],
      ['its qualifier', functionUri('f:${stageVariables.part}'), ':function:f:v1'],
    ] as const
  ).map(([what, uri, arn]): RestCase => ({
    name: `stage variables in ${what}`,
    source: 'developer guide, "Amazon API Gateway stage variables reference"',
    api: one(lambdaProxy('f', { uri }), { variables: stageVariables }),
    functions: { f: (_, call) => ({ payload: Buffer.from(JSON.stringify({ body: call.functionArn })) }) },
    request: { target: '/x/7' },
    expect: { status: 200, body: `arn:aws:lambda:us-east-1:${ACCOUNT}${arn}` },
  })),
  {
    name: 'stage variables in an event',
    source: 'recorded on AWS',
    api: one(lambdaProxy('f'), { variables: stageVariables }),
    functions: { f: echo },
    request: { target: '/x/7' },
    expect: { status: 200, invoked: [{ stageVariables: { part: 'v1', fn: 'f', value: 'a-b_c.d' } }] },
  },
  {
    name: 'stage variables in a gateway response',
    source: 'developer guide, "Gateway responses in API Gateway"',
    api: one(mock(''), {
      variables: stageVariables,
      gatewayResponses: [
        {
          responseType: 'DEFAULT_4XX',
          responseTemplates: { 'application/json': '$stageVariables.value' },
          responseParameters: { 'gatewayresponse.header.X-V': 'stageVariables.part' },
        },
      ],
    }),
    request: { target: '/nothing' },
    expect: { status: 403, body: 'a-b_c.d', header: { 'X-V': 'v1' } },
  },
]
