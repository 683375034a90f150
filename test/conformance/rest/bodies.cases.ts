import type { RestCase } from './support/case.ts'
import { lambdaProxy, mock, type ApiDefinition, type IntegrationDefinition } from './support/definition.ts'
import { returning } from './support/functions.ts'

const SEMANTICS = 'RFC 9110 §6.4.1, §8.6'

function one(integration: IntegrationDefinition): ApiDefinition {
  return { paths: { '/x': { ANY: { integration } } } }
}

const http: IntegrationDefinition = {
  type: 'HTTP',
  httpMethod: 'ANY',
  uri: 'http://backend.test/y',
  integrationResponses: { 200: {}, 204: { selectionPattern: '204' }, 304: { selectionPattern: '304' } },
}
const httpProxy: IntegrationDefinition = {
  type: 'HTTP_PROXY',
  httpMethod: 'ANY',
  uri: 'http://backend.test/y',
}

/** Answers without a body, answers to HEAD, and requests whose bodies go nowhere. */
export const bodyCases: readonly RestCase[] = [
  ...[204, 304].flatMap((status): RestCase[] => [
    {
      name: `a function’s ${status} has no body`,
      source: SEMANTICS,
      api: one(lambdaProxy('f')),
      functions: { f: returning({ statusCode: status, body: 'never sent' }) },
      request: { target: '/x' },
      expect: { status, body: '' },
    },
    {
      name: `a backend’s ${status} has no body`,
      source: SEMANTICS,
      api: one(httpProxy),
      backend: { status, headers: ['ETag', '"a"'] },
      request: { target: '/x' },
      expect: { status, body: '', header: { ETag: '"a"', 'Transfer-Encoding': null } },
    },
    {
      name: `a mapped ${status} has no body, whatever its template writes`,
      source: SEMANTICS,
      api: one(
        mock('never sent', {
          requestTemplates: { 'application/json': `{"statusCode": ${status}}` },
          integrationResponses: { [status]: { responseTemplates: { 'application/json': 'never sent' } } },
        }),
      ),
      request: { target: '/x' },
      expect: { status, body: '' },
    },
    {
      name: `HTTP: ${status} of the backend chooses its response`,
      api: one(http),
      backend: { status },
      request: { target: '/x' },
      expect: { status, body: '' },
    },
  ]),
  {
    name: 'HEAD: what GET would get, without the body: MOCK',
    source: SEMANTICS,
    api: one(mock('12345')),
    request: { method: 'HEAD', target: '/x' },
    expect: { status: 200, body: '', header: { 'Content-Length': '5' } },
  },
  {
    name: 'HEAD: a function’s body is counted and not sent',
    source: SEMANTICS,
    api: one(lambdaProxy('f')),
    functions: { f: returning({ body: '12345' }) },
    request: { method: 'HEAD', target: '/x' },
    expect: { status: 200, body: '', header: { 'Content-Length': '5' } },
  },
  {
    name: 'HEAD: a backend’s Content-Length is told',
    source: SEMANTICS,
    api: one(httpProxy),
    backend: { headers: ['Content-Length', '77'] },
    request: { method: 'HEAD', target: '/x' },
    expect: { status: 200, body: '', received: { method: 'HEAD' }, header: { 'Content-Length': '77' } },
  },
  {
    name: 'HEAD: an error of the gateway has no body either',
    source: SEMANTICS,
    api: { paths: { '/x': { GET: { integration: mock('') } } } },
    request: { method: 'HEAD', target: '/x' },
    expect: {
      status: 403,
      body: '',
      header: { 'x-amzn-ErrorType': 'MissingAuthenticationTokenException', 'Content-Length': '42' },
    },
  },
  ...['GET', 'HEAD', 'OPTIONS'].map((method): RestCase => ({
    name: `HTTP: ${method} carries no body to the backend, as a template or not`,
    source: 'recorded on AWS',
    api: one({ ...http, httpMethod: method, requestTemplates: { 'application/json': 'from a template' } }),
    request: { method: 'POST', target: '/x', headers: ['Content-Type: application/json'], body: '{}' },
    expect: {
      status: 200,
      received: {
        method,
        body: '',
        headers: [
          'Accept: application/json',
          'User-Agent: AmazonAPIGateway_<api>',
          'X-Amzn-Trace-Id: <trace>',
          'X-Amzn-Apigateway-Api-Id: <api>',
        ],
      },
    },
  })),
  ...['POST', 'PUT', 'PATCH', 'DELETE'].map((method): RestCase => ({
    name: `HTTP: ${method} carries what the template wrote`,
    source: 'recorded on AWS',
    api: one({ ...http, httpMethod: method, requestTemplates: { 'application/json': 'from a template' } }),
    request: { target: '/x' },
    expect: { status: 200, received: { method, body: 'from a template' } },
  })),
  {
    name: 'an integration without a method of its own takes the client’s',
    api: one({ type: 'HTTP', uri: 'http://backend.test/y', integrationResponses: { 200: {} } }),
    request: { method: 'PATCH', target: '/x', body: '{}' },
    expect: { status: 200, received: { method: 'PATCH', body: '{}' } },
  },
  {
    name: 'a chunked request body is whole for templates',
    api: one({ ...http, httpMethod: 'POST', requestTemplates: { 'application/json': '$input.path("$.a")' } }),
    request: {
      method: 'POST',
      target: '/x',
      headers: ['Content-Type: application/json'],
      chunks: ['{"a"', ':"b"}'],
    },
    expect: { status: 200, received: { body: 'b' } },
  },
  ...[http, httpProxy].flatMap((integration) =>
    [
      'HTTP/1.1 100 Continue\r\n\r\n',
      'HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nX-Interim: 1\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n',
    ].map((before): RestCase => ({
      name: `${integration.type}: interim answers of a backend end here: ${before.slice(9, 12)}`,
      source: 'RFC 9110 §15.2',
      api: one(integration),
      backend: { before, headers: ['X-Final', '1'], body: 'final' },
      request: { target: '/x' },
      expect: { status: 200, body: 'final', header: { Link: null, 'X-Interim': null } },
    })),
  ),
  {
    name: 'the reason of a status is its own, not the backend’s, where answers are mapped',
    api: one(http),
    backend: { status: 200, reason: 'Very Well' },
    request: { target: '/x' },
    expect: { status: 200, reason: 'OK' },
  },
  {
    name: '413 cannot be customised',
    source: 'developer guide, "Quotas for configuring and running a REST API"',
    api: {
      ...one(mock('')),
      gatewayResponses: [
        { responseType: 'REQUEST_TOO_LARGE', statusCode: '418' },
        { responseType: 'DEFAULT_4XX', statusCode: '419' },
      ],
    },
    request: { method: 'POST', target: '/x', body: 'x'.repeat(10 * 1024 * 1024 + 1) },
    expect: { status: 413, body: '{"message":"Request Too Long"}' },
  },
]
