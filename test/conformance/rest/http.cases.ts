import type { RestCase } from './support/case.ts'
import type { ApiDefinition, IntegrationDefinition } from './support/definition.ts'

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
            type: 'HTTP',
            httpMethod: 'ANY',
            uri: 'http://backend.test/y',
            integrationResponses: { 200: {} },
            ...integration,
          },
        },
      },
    },
    ...more,
  }
}

const json = 'Content-Type: application/json'

/** Developer guide, "Set up HTTP integrations" and "Parameter mapping reference". */
export const httpCases: readonly RestCase[] = [
  {
    name: 'the backend gets what is mapped and the defaults',
    source: 'recorded on AWS',
    api: one(),
    request: { target: '/x/1?q=1', headers: ['X-Custom: a', 'Accept: text/html', 'User-Agent: me'] },
    expect: {
      status: 200,
      received: {
        method: 'GET',
        target: '/y',
        headers: [
          'Accept: application/json',
          'User-Agent: AmazonAPIGateway_<api>',
          'X-Amzn-Trace-Id: <trace>',
          'X-Amzn-Apigateway-Api-Id: <api>',
        ],
        body: '',
      },
    },
  },
  {
    name: 'the client gets what is mapped back',
    source: 'recorded on AWS',
    api: one({
      integrationResponses: {
        200: {
          responseParameters: {
            'method.response.header.X-Out': 'integration.response.header.X-In',
            'method.response.header.X-All': 'integration.response.multivalueheader.X-Many',
            'method.response.header.X-Last': 'integration.response.header.X-Many',
            'method.response.header.X-Body': 'integration.response.body.a.b',
            'method.response.header.X-List': 'integration.response.body.list',
            'method.response.header.Server': 'integration.response.header.Server',
          },
        },
      },
    }),
    backend: {
      headers: ['X-In', 'in', 'X-Many', '1', 'X-Many', '2', 'Server', 'nginx', 'X-Unmapped', 'x'],
      body: '{"a":{"b":"c"},"list":[1,{"d":2.5}]}',
    },
    request: { target: '/x/1' },
    expect: {
      status: 200,
      headers: [
        'Content-Type: application/json',
        'x-amzn-RequestId: <uuid>',
        'x-amz-apigw-id: <id>',
        'X-Out: in',
        'X-All: 1,2',
        'X-Last: 2',
        'X-Body: c',
        'X-List: [1,{"d":2.5}]',
        'x-amzn-Remapped-Server: nginx',
        'X-Amzn-Trace-Id: <trace>',
        'Content-Length: 36',
      ],
      body: '{"a":{"b":"c"},"list":[1,{"d":2.5}]}',
    },
  },
  {
    name: 'parameters from everywhere',
    api: one(
      {
        uri: 'http://backend.test/{a}/${stageVariables.v}?fixed=1',
        requestParameters: {
          'integration.request.path.a': 'method.request.path.id',
          'integration.request.querystring.q': 'method.request.querystring.q',
          'integration.request.querystring.all': 'method.request.multivaluequerystring.q',
          'integration.request.querystring.body': 'method.request.body.a.b',
          'integration.request.querystring.none': 'method.request.querystring.none',
          'integration.request.header.X-Header': 'method.request.header.X-In',
          'integration.request.header.X-All': 'method.request.multivalueheader.X-In',
          'integration.request.header.X-Stage': 'stageVariables.v',
          'integration.request.header.X-Context': 'context.resourcePath',
          'integration.request.header.X-Static': "'s t'",
        },
      },
      { variables: { v: 'variable' } },
    ),
    request: {
      method: 'POST',
      target: '/x/a%2Fb?q=1&q=2%263',
      headers: ['X-In: 1', 'X-In: 2', json],
      body: '{"a":{"b":"ü c"}}',
    },
    expect: {
      status: 200,
      received: {
        method: 'POST',
        target: '/a%2Fb/variable?fixed=1&q=2%263&all=1&all=2%263&body=%EF%BF%BD%20c',
        headers: [
          'X-Header: 2',
          'X-All: 1,2',
          'X-Stage: variable',
          'X-Context: /x/{id}',
          'X-Static: s t',
          'Accept: application/json',
          'User-Agent: AmazonAPIGateway_<api>',
          'Content-Type: application/json',
          'X-Amzn-Trace-Id: <trace>',
          'X-Amzn-Apigateway-Api-Id: <api>',
          'Content-Length: 19',
        ],
      },
    },
  },
  {
    name: 'templates both ways',
    api: one({
      requestTemplates: { 'application/json': '{"id":"$input.params(\'id\')","name":$input.json("$.name")}' },
      integrationResponses: {
        200: { responseTemplates: { 'application/json': '$input.path("$.greeting")!' } },
      },
    }),
    backend: { body: '{"greeting":"hello"}' },
    request: { method: 'POST', target: '/x/7', headers: [json], body: '{"name":"n"}' },
    expect: { status: 200, body: 'hello!', received: { body: '{"id":"7","name":"n"}' } },
  },
  {
    name: 'overrides of the template win over mappings',
    source: 'developer guide, "Use a mapping template to override"',
    api: one({
      uri: 'http://backend.test/{p}',
      requestParameters: {
        'integration.request.path.p': "'mapped'",
        'integration.request.header.X-H': "'mapped'",
        'integration.request.querystring.q': "'mapped'",
      },
      requestTemplates: {
        'application/json':
          '#set($context.requestOverride.path.p = "a?b")#set($context.requestOverride.header.X-H = "o")#set($context.requestOverride.querystring.q = "o&x=y")',
      },
    }),
    request: { target: '/x/1' },
    expect: { status: 200, received: { target: '/a%3Fb?q=o%26x%3Dy', headers: expectHeaders('X-H: o') } },
  },
  {
    name: 'GET carries no body',
    api: one({ httpMethod: 'GET' }),
    request: { method: 'POST', target: '/x/1', headers: [json], body: '{}' },
    expect: { status: 200, received: { method: 'GET', body: '' } },
  },
  ...['Content-Length', 'transfer-encoding', 'X-Amzn-Trace-Id', 'X-Amzn-Apigateway-Api-Id'].map(
    (name): RestCase => ({
      name: `a mapping may not set ${name}`,
      source: 'recorded on AWS',
      api: one({ requestParameters: { [`integration.request.header.${name}`]: "'1'" } }),
      request: { target: '/x/1' },
      expect: {
        status: 500,
        body: internal,
        header: { 'x-amzn-ErrorType': 'InternalServerErrorException', 'Content-Length': '36' },
      },
    }),
  ),
  {
    name: 'the status chooses the response',
    api: one({
      integrationResponses: {
        200: {},
        404: { selectionPattern: '4\\d{2}', responseTemplates: { 'application/json': '{"gone":true}' } },
      },
    }),
    backend: { status: 410, body: 'x' },
    request: { target: '/x/1' },
    expect: { status: 404, body: '{"gone":true}' },
  },
  {
    name: 'broken JSON that a mapping reads',
    api: one({ requestParameters: { 'integration.request.header.X': 'method.request.body.a' } }),
    request: { method: 'POST', target: '/x/1', headers: [json], body: '{"a' },
    expect: { status: 400, body: '{"message": "Invalid JSON in request body"}' },
  },
  {
    name: 'a body that is no JSON has no members',
    api: one({ requestParameters: { 'integration.request.header.X': 'method.request.body.a' } }),
    request: { method: 'POST', target: '/x/1', headers: [json], body: 'plain' },
    expect: { status: 200, received: { body: 'plain' } },
  },
  {
    name: 'text that is no UTF-8',
    source: 'recorded on AWS',
    api: one(),
    request: { method: 'POST', target: '/x/1', headers: [json], body: 'a\xffb' },
    expect: { status: 200, received: { body: 'a\xef\xbf\xbdb' } },
  },
  {
    name: 'a backend that refuses connections',
    api: one({ uri: 'http://nobody.test/' }),
    request: { target: '/x/1' },
    expect: { status: 500, body: internal },
  },
  {
    name: 'a backend that drops the connection',
    api: one(),
    backend: { instead: 'reset' },
    request: { method: 'POST', target: '/x/1', body: 'x' },
    expect: { status: 504, body: '{"message": "Network error communicating with endpoint"}' },
  },
  {
    name: 'a backend that answers garbage',
    api: one(),
    backend: { instead: 'garbage' },
    request: { method: 'POST', target: '/x/1', body: 'x' },
    expect: { status: 504, body: '{"message": "Network error communicating with endpoint"}' },
  },
  {
    name: 'a backend that never answers',
    api: one({ timeoutInMillis: 60 }),
    backend: { instead: 'silence' },
    request: { target: '/x/1' },
    expect: { status: 504, body: '{"message": "Endpoint request timed out"}' },
  },
  {
    name: 'an endpoint that is none',
    api: one({ uri: 'nonsense' }),
    request: { target: '/x/1' },
    expect: { status: 500, body: internal },
  },
]

/** The headers of a GET without anything else, after those given. */
function expectHeaders(...first: string[]): string[] {
  return [
    ...first,
    'Accept: application/json',
    'User-Agent: AmazonAPIGateway_<api>',
    'X-Amzn-Trace-Id: <trace>',
    'X-Amzn-Apigateway-Api-Id: <api>',
  ]
}
