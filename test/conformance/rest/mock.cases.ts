import type { RestCase } from './support/case.ts'
import { mock, type ApiDefinition, type IntegrationDefinition } from './support/definition.ts'

const internal = '{"message": "Internal server error"}'

function one(integration: Partial<IntegrationDefinition>, more: Partial<ApiDefinition> = {}): ApiDefinition {
  return { paths: { '/x/{id}': { ANY: { integration: mock('', integration) } } }, ...more }
}

/** Developer guide, "Set up mock integrations" and "Set up data transformations". */
export const mockCases: readonly RestCase[] = [
  {
    name: 'answers with the headers of every reply and no trace id',
    source: 'recorded on AWS',
    api: { paths: { '/x': { GET: { integration: mock('{"a": 1}') } } } },
    request: { target: '/x' },
    expect: {
      status: 200,
      headers: [
        'x-amzn-RequestId: <uuid>',
        'x-amz-apigw-id: <id>',
        'Content-Type: application/json',
        'Content-Length: 8',
      ],
      body: '{"a": 1}',
    },
  },
  {
    name: 'without response template: nothing, as JSON',
    api: one({ integrationResponses: { 200: {} } }),
    request: { target: '/x/1' },
    expect: { status: 200, body: '', header: { 'Content-Type': 'application/json' } },
  },
  {
    name: 'the request template may be loose JSON',
    source: 'recorded on AWS',
    api: one({
      requestTemplates: { 'application/json': '{statusCode: 404}' },
      integrationResponses: { 200: {}, 404: { selectionPattern: '404' } },
    }),
    request: { target: '/x/1' },
    expect: { status: 404 },
  },
  {
    name: 'no status',
    api: one({ requestTemplates: { 'application/json': '{}' } }),
    request: { target: '/x/1' },
    expect: { status: 500, body: internal },
  },
  {
    name: 'a status that is no integer',
    api: one({ requestTemplates: { 'application/json': '{"statusCode": "ok"}' } }),
    request: { target: '/x/1' },
    expect: { status: 500, body: internal },
  },
  {
    name: 'no template and no body',
    api: one({ requestTemplates: {} }),
    request: { target: '/x/1' },
    expect: { status: 500, body: internal },
  },
  {
    name: 'the body passes through without template',
    api: one({ requestTemplates: {} }),
    request: {
      method: 'POST',
      target: '/x/1',
      headers: ['Content-Type: application/json'],
      body: '{"statusCode":200}',
    },
    expect: { status: 200 },
  },
  {
    name: 'no pattern matches and there is no default',
    source: 'developer guide, "Set up an integration response"',
    api: one({ integrationResponses: { 404: { selectionPattern: '404' } } }),
    request: { target: '/x/1' },
    expect: { status: 500, body: internal },
  },
  {
    name: 'the first pattern that matches wins over the default',
    api: one({
      integrationResponses: { 200: {}, 201: { selectionPattern: '2..' }, 202: { selectionPattern: '200' } },
    }),
    request: { target: '/x/1' },
    expect: { status: 201 },
  },
  {
    name: 'header mappings',
    api: one(
      {
        integrationResponses: {
          200: {
            responseParameters: {
              'method.response.header.X-Static': "'a b'",
              'method.response.header.X-Stage': 'stageVariables.v',
              'method.response.header.X-Context': 'context.httpMethod',
              'method.response.header.X-Absent': 'integration.response.header.none',
              'method.response.header.Date': "'my date'",
              'method.response.header.Content-Type': "'text/plain'",
            },
          },
        },
      },
      { variables: { v: 'variable' } },
    ),
    request: { target: '/x/1' },
    expect: {
      status: 200,
      headers: [
        'x-amzn-RequestId: <uuid>',
        'x-amz-apigw-id: <id>',
        'X-Static: a b',
        'X-Stage: variable',
        'X-Context: GET',
        'x-amzn-Remapped-Date: my date',
        'Content-Type: text/plain',
        'Content-Length: 0',
      ],
    },
  },
  {
    name: '$input, $context, $stageVariables and $util',
    api: one(
      {
        requestTemplates: { 'application/json': '{"statusCode": 200}' },
        integrationResponses: {
          200: {
            responseTemplates: {
              'application/json':
                '$input.params("id")|$input.params("q")|$input.params("X-H")|$context.stage|$context.identity.sourceIp|$stageVariables.v|$util.urlEncode("a b")|$context.resourcePath|$context.nothing|',
            },
          },
        },
      },
      { variables: { v: 'variable' } },
    ),
    request: { target: '/x/7?q=1&q=2', headers: ['X-H: h'] },
    expect: { status: 200, body: '7|2|h|prod|127.0.0.1|variable|a+b|/x/{id}||' },
  },
  {
    name: 'overrides of the request template reach the response',
    source: 'recorded on AWS',
    api: one({
      requestTemplates: {
        'application/json':
          '#set($context.responseOverride.status = 418)#set($context.responseOverride.header.X-Tea = "pot"){"statusCode": 200}',
      },
    }),
    request: { target: '/x/1' },
    expect: { status: 418, header: { 'X-Tea': 'pot' } },
  },
  {
    name: 'a status override out of range is ignored',
    api: one({
      requestTemplates: {
        'application/json': '#set($context.responseOverride.status = 900){"statusCode": 200}',
      },
      integrationResponses: { 200: {} },
    }),
    request: { target: '/x/1' },
    expect: { status: 200 },
  },
  {
    name: 'an override cannot split the response',
    api: one({
      requestTemplates: {
        'application/json':
          '#set($context.responseOverride.header.X-A = "$input.params(\'q\')"){"statusCode": 200}',
      },
      integrationResponses: { 200: {} },
    }),
    request: { target: '/x/1?q=a%0d%0aSet-Cookie:%20b' },
    expect: { status: 200, header: { 'X-A': 'a  Set-Cookie: b', 'Set-Cookie': null } },
  },
  ...(
    [
      ['WHEN_NO_MATCH', true, 200],
      ['WHEN_NO_TEMPLATES', true, 415],
      ['NEVER', true, 415],
      ['WHEN_NO_MATCH', false, 200],
      ['WHEN_NO_TEMPLATES', false, 200],
      ['NEVER', false, 415],
    ] as const
  ).map(([passthroughBehavior, hasTemplates, status]): RestCase => ({
    name: `${passthroughBehavior} for a type ${hasTemplates ? 'that no template is for' : 'without any template'}: ${status}`,
    source: 'developer guide, "Integration passthrough behaviors"',
    api: one({
      passthroughBehavior,
      requestTemplates: hasTemplates ? { 'application/json': '{"statusCode": 500}' } : {},
      integrationResponses: { 200: {} },
    }),
    request: {
      method: 'POST',
      target: '/x/1',
      headers: ['Content-Type: text/json; a=b'],
      body: '{"statusCode": 200}',
    },
    expect:
      status === 415
        ? {
            status,
            body: '{"message": "Unsupported Media Type"}',
            header: { 'x-amzn-ErrorType': 'BadRequestException' },
          }
        : { status },
  })),
  {
    name: 'the response template is chosen by Accept',
    api: one({
      integrationResponses: {
        200: { responseTemplates: { 'application/json': 'json', 'application/xml': 'xml' } },
      },
    }),
    request: { target: '/x/1', headers: ['Accept: application/xml;q=0.9, */*'] },
    expect: { status: 200, body: 'xml', header: { 'Content-Type': 'application/xml' } },
  },
  {
    name: 'else JSON',
    api: one({
      integrationResponses: {
        200: { responseTemplates: { 'application/xml': 'xml', 'application/json': 'json' } },
      },
    }),
    request: { target: '/x/1', headers: ['Accept: image/png'] },
    expect: { status: 200, body: 'json' },
  },
  {
    name: 'a body larger than the limit is refused before it is read',
    source: 'developer guide, "Quotas for configuring and running a REST API"',
    api: one({}),
    request: { method: 'POST', target: '/x/1', body: 'x'.repeat(10 * 1024 * 1024 + 1) },
    expect: {
      status: 413,
      body: '{"message":"Request Too Long"}',
      header: { 'x-amzn-ErrorType': 'RequestTooLargeException' },
    },
  },
]
