import type { RestCase } from './support/case.ts'
import { functionUri, type ApiDefinition, type IntegrationDefinition } from './support/definition.ts'
import { answering, throwing, unavailable, type FunctionBehaviour } from './support/functions.ts'

const internal = '{"message": "Internal server error"}'

function one(
  integration: Partial<IntegrationDefinition> = {},
  more: Partial<ApiDefinition> = {},
): ApiDefinition {
  return {
    paths: {
      '/x/{id}': {
        ANY: {
          integration: {
            type: 'AWS',
            httpMethod: 'POST',
            uri: functionUri('f'),
            integrationResponses: { 200: {} },
            ...integration,
          },
        },
      },
    },
    ...more,
  }
}

const repeat: FunctionBehaviour = (payload) => ({ payload: Buffer.from(payload) })
const json = 'Content-Type: application/json'

/** Developer guide, "Set up Lambda custom integrations". */
export const lambdaCases: readonly RestCase[] = [
  {
    name: 'the body is the event, the result the answer',
    api: one(),
    functions: { f: repeat },
    request: { method: 'POST', target: '/x/1', headers: [json], body: '{"a": 1}' },
    expect: {
      status: 200,
      headers: [
        'Content-Type: application/json',
        'x-amzn-RequestId: <uuid>',
        'x-amz-apigw-id: <id>',
        'X-Amzn-Trace-Id: <trace>',
        'Content-Length: 8',
      ],
      body: '{"a": 1}',
      invoked: [{ a: 1 }],
      invocationType: 'RequestResponse',
    },
  },
  {
    name: 'no body is an empty event',
    api: one(),
    functions: { f: repeat },
    request: { target: '/x/1' },
    expect: { status: 200, body: '{}' },
  },
  {
    name: 'templates both ways',
    api: one({
      requestTemplates: { 'application/json': '{"id": "$input.params(\'id\')", "body": $input.json(\'$\')}' },
      integrationResponses: {
        200: { responseTemplates: { 'application/json': "id is $input.path('$.id')" } },
      },
    }),
    functions: { f: repeat },
    request: { method: 'POST', target: '/x/7', headers: [json], body: '{"a":[1]}' },
    expect: { status: 200, body: 'id is 7', invoked: [{ id: '7', body: { a: [1] } }] },
  },
  {
    name: 'the error message chooses the response',
    source: 'developer guide, "Handle custom Lambda errors in API Gateway"',
    api: one({
      integrationResponses: {
        200: {},
        400: {
          selectionPattern: '.*BadRequest.*',
          responseTemplates: { 'application/json': '{"error": $input.json("$.errorMessage")}' },
        },
      },
    }),
    functions: { f: throwing('[BadRequest] no name') },
    request: { target: '/x/1' },
    expect: { status: 400, body: '{"error": "[BadRequest] no name"}' },
  },
  {
    name: 'an error that no pattern is for is the default',
    source: 'developer guide, "Handle standard Lambda errors in API Gateway"',
    api: one({ integrationResponses: { 200: {}, 400: { selectionPattern: 'Bad.*' } } }),
    functions: { f: throwing('other') },
    request: { target: '/x/1' },
    expect: { status: 200, body: '{"errorMessage":"other","errorType":"Error","trace":[]}' },
  },
  {
    name: 'an invocation that is not waited for',
    source: 'developer guide, "Set up asynchronous invocation of the backend Lambda function"',
    api: one({
      requestParameters: { 'integration.request.header.X-Amz-Invocation-Type': "'Event'" },
      integrationResponses: { 200: {}, 202: { selectionPattern: 'never' } },
    }),
    functions: { f: answering('') },
    request: { target: '/x/1' },
    expect: { status: 200, body: '', invocationType: 'Event' },
  },
  {
    name: 'an invocation that only looks whether it could be, asked for by the client',
    source: 'Lambda API reference, "Invoke"',
    api: one({
      requestParameters: {
        'integration.request.header.X-Amz-Invocation-Type': 'method.request.header.InvocationType',
      },
    }),
    functions: { f: answering('') },
    request: { target: '/x/1', headers: ['InvocationType: DryRun'] },
    expect: { status: 200, body: '', invocationType: 'DryRun' },
  },
  {
    name: 'a kind of invocation that there is not',
    source: 'Lambda API reference, "Invoke"',
    api: one({
      requestParameters: {
        'integration.request.header.X-Amz-Invocation-Type': 'method.request.header.InvocationType',
      },
      integrationResponses: { 200: {}, 400: { selectionPattern: '.*validation error.*' } },
    }),
    functions: { f: repeat },
    request: { target: '/x/1', headers: ['InvocationType: event'] },
    expect: {
      status: 400,
      body:
        "{\"message\":\"1 validation error detected: Value 'event' at 'invocationType' failed to satisfy constraint: " +
        'Member must satisfy enum value set: [Event, DryRun, RequestResponse]"}',
      invoked: [],
    },
  },
  {
    name: 'credentials: the function is told the role',
    source: 'API reference, "PutIntegration"',
    api: one(
      { credentials: 'arn:aws:iam::123456789012:role/${stageVariables.role}' },
      { variables: { role: 'caller' } },
    ),
    functions: { f: (_, { roleArn }) => ({ payload: Buffer.from(JSON.stringify(roleArn)) }) },
    request: { target: '/x/1' },
    expect: { status: 200, body: '"arn:aws:iam::123456789012:role/caller"' },
  },
  {
    name: 'stage variables as the whole ARN, and slashes before the path',
    source: 'developer guide, "Set up an API integration request using the API Gateway console"',
    api: one(
      {
        uri: 'arn:aws:apigateway:us-east-1:lambda:path//2015-03-31/functions/${stageVariables.arn}/invocations',
      },
      { variables: { arn: 'arn:aws:lambda:eu-west-1:123456789012:function:f:live' } },
    ),
    functions: { f: (_, { functionArn }) => ({ payload: Buffer.from(JSON.stringify(functionArn)) }) },
    request: { target: '/x/1' },
    expect: { status: 200, body: '"arn:aws:lambda:eu-west-1:123456789012:function:f:live"' },
  },
  {
    name: 'an event that is no JSON is refused by Lambda',
    api: one(),
    functions: { f: repeat },
    request: { method: 'POST', target: '/x/1', headers: ['Content-Type: text/plain'], body: 'hello' },
    expect: { status: 200, invoked: [] },
  },
  {
    name: 'stage variables in the function’s name',
    source: 'developer guide, "Amazon API Gateway stage variables reference"',
    api: one({ uri: functionUri('${stageVariables.fn}') }, { variables: { fn: 'f' } }),
    functions: { f: repeat },
    request: { target: '/x/1' },
    expect: { status: 200, invoked: [{}] },
  },
  {
    name: 'a qualifier',
    api: one({ uri: functionUri('f:live') }),
    functions: { f: (_, { functionArn }) => ({ payload: Buffer.from(JSON.stringify(functionArn)) }) },
    request: { target: '/x/1' },
    expect: { status: 200, body: '"arn:aws:lambda:us-east-1:123456789012:function:f:live"' },
  },
  {
    name: 'the source ARN has the resource’s braces and the method as it is defined',
    source: 'seen in logs of executions: X-Amz-Source-Arn',
    api: one(),
    functions: { f: (_, { sourceArn }) => ({ payload: Buffer.from(JSON.stringify(sourceArn)) }) },
    request: { target: '/x/1' },
    expect: { status: 200, body: '"arn:aws:execute-api:us-east-1:123456789012:<api>/prod/ANY/x/{id}"' },
  },
  {
    name: 'no response is defined',
    api: one({ integrationResponses: {} }),
    functions: { f: repeat },
    request: { target: '/x/1' },
    expect: { status: 500, body: internal },
  },
  {
    name: 'a function that may not be invoked',
    api: one(),
    functions: { f: unavailable('access-denied') },
    request: { target: '/x/1' },
    expect: { status: 500, body: internal },
  },
  ...[
    'Content-Length',
    'Transfer-Encoding',
    'X-Amzn-Trace-Id',
    'X-Amzn-Apigateway-Api-Id',
    'Authorization',
    'Connection',
    'Expect',
    'Proxy-Authenticate',
    'TE',
  ].map((name): RestCase => ({
    name: `a mapping may not set ${name}`,
    source: 'recorded on AWS',
    api: one({ requestParameters: { [`integration.request.header.${name}`]: "'1'" } }),
    functions: { f: repeat },
    request: { target: '/x/1' },
    expect: { status: 500, body: internal },
  })),
]
