import type { RestCase } from './support/case.ts'
import { lambdaProxy, mock, type ApiDefinition, type IntegrationDefinition } from './support/definition.ts'
import { echo, returning } from './support/functions.ts'

const internal = '{"message": "Internal server error"}'
const NOTES = 'developer guide, "Amazon API Gateway important notes"'

function one(integration: IntegrationDefinition, more: Partial<ApiDefinition> = {}): ApiDefinition {
  return { paths: { '/x': { ANY: { integration } } }, ...more }
}

function http(integration: Partial<IntegrationDefinition> = {}): IntegrationDefinition {
  return {
    type: 'HTTP',
    httpMethod: 'ANY',
    uri: 'http://backend.test/y',
    integrationResponses: { 200: {} },
    ...integration,
  }
}

const httpProxy: IntegrationDefinition = {
  type: 'HTTP_PROXY',
  httpMethod: 'ANY',
  uri: 'http://backend.test/y',
}

/** What no API sees of a request, those left out that the engine itself would refuse or act upon. */
const dropped = [
  'Content-MD5',
  'Max-Forwards',
  'Proxy-Authenticate',
  'Server',
  'TE',
  'Trailer',
  'WWW-Authenticate',
]
const kept = [
  'Accept',
  'Accept-Charset',
  'Accept-Encoding',
  'Age',
  'Content-Encoding',
  'Date',
  'Pragma',
  'Range',
  'Referer',
  'Via',
  'Warn',
]

const valueOf = (name: string): string => (name === 'Content-Encoding' ? 'identity' : `v-${name}`)
const linesOf = (names: readonly string[]): string[] => names.map((name) => `${name}: ${valueOf(name)}`)

/** Header names on their way in and out. */
export const headerCases: readonly RestCase[] = [
  {
    name: 'what ends at the door is not in an event, the rest is',
    source: 'recorded on AWS',
    api: one(lambdaProxy('f')),
    functions: { f: echo },
    request: { target: '/x', headers: linesOf([...dropped, ...kept]) },
    expect: {
      status: 200,
      invoked: [{ headers: Object.fromEntries(kept.map((name) => [name, valueOf(name)])) }],
      absent: dropped.map((name) => `headers.${name}`),
    },
  },
  {
    name: 'nor for templates',
    source: 'recorded on AWS',
    api: one(mock([...dropped, ...kept, 'Host'].map((name) => `$input.params('${name}')`).join('|'))),
    request: { target: '/x', headers: linesOf([...dropped, ...kept]) },
    expect: {
      status: 200,
      body: [
        ...dropped.map(() => ''),
        ...kept.map(valueOf),
        '<api>.execute-api.us-east-1.amazonaws.com',
      ].join('|'),
    },
  },
  {
    name: 'an Authorization with a signature of AWS goes nowhere',
    source: NOTES,
    api: one(httpProxy),
    request: {
      target: '/x',
      headers: ['authorization: AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=c', 'X-A: b'],
    },
    expect: {
      status: 200,
      received: {
        headers: [
          'X-A: b',
          'X-Amzn-Trace-Id: <trace>',
          'X-Forwarded-For: 127.0.0.1',
          'X-Forwarded-Port: 80',
          'X-Forwarded-Proto: http',
          'X-Amzn-Apigateway-Api-Id: <api>',
        ],
      },
    },
  },
  {
    name: 'nor to a function',
    source: 'recorded on AWS',
    api: one(lambdaProxy('f')),
    functions: { f: echo },
    request: {
      target: '/x',
      headers: ['Authorization: AWS4-HMAC-SHA256 Credential=a/b', 'x-amz-date: 20240617T145824Z'],
    },
    expect: {
      status: 200,
      invoked: [{ headers: { 'x-amz-date': '20240617T145824Z' } }],
      absent: ['headers.Authorization', 'multiValueHeaders.Authorization'],
    },
  },
  {
    name: 'X-HTTP-Method-Override goes on only where it is mapped',
    source: NOTES,
    api: one(httpProxy),
    request: { method: 'POST', target: '/x', headers: ['X-HTTP-Method-Override: PUT'] },
    expect: {
      status: 200,
      received: {
        method: 'PUT',
        headers: [
          'X-Amzn-Trace-Id: <trace>',
          'X-Forwarded-For: 127.0.0.1',
          'X-Forwarded-Port: 80',
          'X-Forwarded-Proto: http',
          'X-Amzn-Apigateway-Api-Id: <api>',
          'Content-Length: 0',
        ],
      },
    },
  },
  {
    name: 'X-HTTP-Method-Override where it is mapped',
    source: NOTES,
    api: one({
      ...httpProxy,
      requestParameters: {
        'integration.request.header.X-HTTP-Method-Override': 'method.request.header.X-HTTP-Method-Override',
      },
    }),
    request: { target: '/x', headers: ['X-HTTP-Method-Override: DELETE'] },
    expect: {
      status: 200,
      received: {
        method: 'DELETE',
        headers: [
          'X-Amzn-Trace-Id: <trace>',
          'X-Forwarded-For: 127.0.0.1',
          'X-Forwarded-Port: 80',
          'X-Forwarded-Proto: http',
          'X-HTTP-Method-Override: DELETE',
          'X-Amzn-Apigateway-Api-Id: <api>',
        ],
      },
    },
  },
  {
    name: 'header names are compared exactly by mappings and templates, of the client’s alone',
    source: NOTES,
    api: one(
      http({
        requestParameters: {
          'integration.request.header.X-Exact': 'method.request.header.x-in',
          'integration.request.header.X-Other': 'method.request.header.X-In',
        },
        integrationResponses: {
          200: {
            responseParameters: { 'method.response.header.X-Back': 'integration.response.header.x-back' },
            responseTemplates: { 'application/json': "$input.params('x-in')|$input.params('X-In')" },
          },
        },
      }),
    ),
    backend: { headers: ['X-BACK', 'b'] },
    request: { target: '/x', headers: ['x-in: a'] },
    expect: {
      status: 200,
      body: 'a|',
      header: { 'X-Back': 'b', 'X-Other': null },
      received: {
        headers: [
          'X-Exact: a',
          'Accept: application/json',
          'User-Agent: AmazonAPIGateway_<api>',
          'X-Amzn-Trace-Id: <trace>',
          'X-Amzn-Apigateway-Api-Id: <api>',
        ],
      },
    },
  },
  {
    name: 'headers that a mapping may set, and the backend gets',
    source: 'recorded on AWS',
    api: one(
      http({
        requestParameters: Object.fromEntries(
          [
            'Server',
            'Max-Forwards',
            'Content-MD5',
            'WWW-Authenticate',
            'Content-Encoding',
            'Range',
            'Referer',
            'Authorization',
            'Date',
            'Accept',
            'User-Agent',
            'Content-Type',
          ].map((name) => [`integration.request.header.${name}`, `'v-${name}'`]),
        ),
      }),
    ),
    request: { target: '/x' },
    expect: {
      status: 200,
      received: {
        headers: [
          'Server: v-Server',
          'Max-Forwards: v-Max-Forwards',
          'Content-MD5: v-Content-MD5',
          'WWW-Authenticate: v-WWW-Authenticate',
          'Content-Encoding: v-Content-Encoding',
          'Range: v-Range',
          'Referer: v-Referer',
          'Authorization: v-Authorization',
          'Date: v-Date',
          'Accept: v-Accept',
          'User-Agent: v-User-Agent',
          'Content-Type: v-Content-Type',
          'X-Amzn-Trace-Id: <trace>',
          'X-Amzn-Apigateway-Api-Id: <api>',
        ],
      },
    },
  },
  {
    name: 'headers that a mapping may set, and nobody gets',
    source: 'recorded on AWS',
    api: one(
      http({
        requestParameters: Object.fromEntries(
          ['Expect', 'Proxy-Authenticate', 'TE', 'Via'].map((name) => [
            `integration.request.header.${name}`,
            "'x'",
          ]),
        ),
      }),
    ),
    request: { target: '/x' },
    expect: {
      status: 200,
      received: {
        headers: [
          'Accept: application/json',
          'User-Agent: AmazonAPIGateway_<api>',
          'X-Amzn-Trace-Id: <trace>',
          'X-Amzn-Apigateway-Api-Id: <api>',
        ],
      },
    },
  },
  ...[http(), httpProxy].map((integration): RestCase => ({
    name: `${integration.type}: Host is the endpoint’s, unless it is mapped`,
    source: 'recorded on AWS',
    api: one({
      ...integration,
      requestParameters: { 'integration.request.header.Host': "'other.test'" },
    }),
    request: { target: '/x' },
    expect: { status: 200, received: { host: 'other.test' } },
  })),
  ...[http(), httpProxy].map((integration): RestCase => ({
    name: `${integration.type}: Host is the endpoint’s`,
    source: NOTES,
    api: one(integration),
    request: { target: '/x' },
    expect: { status: 200, received: { host: '<backend>' } },
  })),
  {
    name: 'the client’s Content-Type goes along with a body, parameters and all',
    source: 'recorded on AWS',
    api: one(http()),
    request: {
      method: 'POST',
      target: '/x',
      headers: ['content-type: text/csv; header=present'],
      body: 'a,b',
    },
    expect: { status: 200, received: { header: { 'Content-Type': 'text/csv; header=present' } } },
  },
  {
    name: 'a body without Content-Type is JSON',
    source: 'recorded on AWS',
    api: one(http()),
    request: { method: 'POST', target: '/x', body: 'a=b' },
    expect: {
      status: 200,
      received: {
        headers: [
          'Accept: application/json',
          'User-Agent: AmazonAPIGateway_<api>',
          'Content-Type: application/json',
          'X-Amzn-Trace-Id: <trace>',
          'X-Amzn-Apigateway-Api-Id: <api>',
          'Content-Length: 3',
        ],
        body: 'a=b',
      },
    },
  },
  ...['Content-Length', 'Transfer-Encoding', 'X-Amzn-Trace-Id', 'X-Amzn-Apigateway-Api-Id'].map(
    (name): RestCase => ({
      name: `HTTP_PROXY: a mapping may not set ${name}`,
      source: 'recorded on AWS',
      api: one({ ...httpProxy, requestParameters: { [`integration.request.header.${name}`]: "'1'" } }),
      request: { target: '/x' },
      expect: {
        status: 500,
        body: internal,
        header: { 'x-amzn-ErrorType': 'InternalServerErrorException', 'X-Amzn-Trace-Id': null },
      },
    }),
  ),
  {
    name: 'a header that may not be set does no harm as long as its source is missing',
    api: one({
      ...httpProxy,
      requestParameters: { 'integration.request.header.Content-Length': 'method.request.header.X-None' },
    }),
    request: { target: '/x' },
    expect: { status: 200 },
  },
  ...remapped(
    'mapped headers',
    (headers) =>
      mock('', {
        integrationResponses: {
          200: {
            responseParameters: Object.fromEntries(
              headers.map(([name, value]) => [`method.response.header.${name}`, `'${value}'`]),
            ),
          },
        },
      }),
    {
      renamed: [
        'Connection',
        'Content-Length',
        'Date',
        'Server',
        'Authorization',
        'Content-MD5',
        'Expect',
        'Host',
        'Max-Forwards',
        'Proxy-Authenticate',
        'Trailer',
        'Upgrade',
        'User-Agent',
        'WWW-Authenticate',
      ],
      gone: ['Transfer-Encoding'],
      kept: [
        'Via',
        'Range',
        'Referer',
        'Age',
        'Pragma',
        'Warn',
        'Accept',
        'Accept-Encoding',
        'Content-Encoding',
      ],
    },
  ),
  ...remapped('headers of a function', () => lambdaProxy('f'), {
    renamed: [
      'Connection',
      'Content-Length',
      'Date',
      'Server',
      'WWW-Authenticate',
      'Authorization',
      'Host',
      'User-Agent',
      'x-amzn-RequestId',
      'x-amz-apigw-id',
    ],
    gone: ['Transfer-Encoding'],
    kept: ['Via', 'Range', 'Age', 'Content-MD5', 'Max-Forwards', 'Content-Encoding', 'Location'],
  }),
  ...remapped('headers of a backend behind HTTP_PROXY', () => httpProxy, {
    renamed: ['Date', 'Server', 'x-amzn-RequestId', 'x-amz-apigw-id'],
    gone: ['Via'],
    kept: ['Range', 'Age', 'WWW-Authenticate', 'User-Agent', 'Authorization', 'Location'],
  }),
  {
    name: 'HTTP: unmapped headers of the backend stay behind',
    source: 'developer guide, "Set up a method response"',
    api: one(http()),
    backend: { headers: ['X-A', 'b', 'Content-Type', 'text/html', 'Set-Cookie', 'c=d'], body: '<p>' },
    request: { target: '/x' },
    expect: {
      status: 200,
      headers: [
        'Content-Type: application/json',
        'x-amzn-RequestId: <uuid>',
        'x-amz-apigw-id: <id>',
        'X-Amzn-Trace-Id: <trace>',
        'Content-Length: 3',
      ],
    },
  },
  {
    name: 'the client’s trace goes on, with what belongs to it',
    api: one(httpProxy),
    request: {
      target: '/x',
      headers: ['X-Amzn-Trace-Id: Self=1-1-2;Root=1-5759e988-bd862e3fe1be46a994272793;Foo=bar'],
    },
    expect: {
      status: 200,
      header: { 'X-Amzn-Trace-Id': null },
      received: {
        headers: [
          'X-Amzn-Trace-Id: Self=1-1-2;<trace>;Foo=bar',
          'X-Forwarded-For: 127.0.0.1',
          'X-Forwarded-Port: 80',
          'X-Forwarded-Proto: http',
          'X-Amzn-Apigateway-Api-Id: <api>',
        ],
      },
    },
  },
  {
    name: 'several values of a function’s header are several lines',
    source: 'recorded on AWS',
    api: one(lambdaProxy('f')),
    functions: {
      f: returning({ multiValueHeaders: { 'X-Multi': ['one', 'two'] }, headers: { 'x-multi': 'three' } }),
    },
    request: { target: '/x' },
    expect: {
      status: 200,
      headers: [
        'Content-Type: application/json',
        'x-amzn-RequestId: <uuid>',
        'x-amz-apigw-id: <id>',
        'X-Multi: one',
        'X-Multi: two',
        'X-Multi: three',
        'X-Amzn-Trace-Id: <trace;parent>',
        'Content-Length: 0',
      ],
    },
  },
]

/** What becomes of each header that an integration gives. */
function remapped(
  what: string,
  integrationOf: (headers: readonly (readonly [string, string])[]) => IntegrationDefinition,
  names: {
    readonly renamed: readonly string[]
    readonly gone: readonly string[]
    readonly kept: readonly string[]
  },
): RestCase[] {
  const rows: readonly (readonly [string, Readonly<Record<string, string | null>>])[] = [
    ...names.renamed.map((name) => [name, { [`x-amzn-Remapped-${name}`]: `7` }] as const),
    ...names.gone.map((name) => [name, { [name]: null, [`x-amzn-Remapped-${name}`]: null }] as const),
    ...names.kept.map((name) => [name, { [name]: '7', [`x-amzn-Remapped-${name}`]: null }] as const),
  ]
  return rows.map(([name, header]): RestCase => ({
    name: `${what}: ${name} ${Object.values(header)[0] === null ? 'is dropped' : `is ${Object.keys(header)[0]}`}`,
    source: 'recorded on AWS',
    api: one(integrationOf([[name, '7']])),
    functions: { f: returning({ headers: { [name]: '7' } }) },
    backend: { headers: [name, '7'] },
    request: { target: '/x' },
    expect: { status: 200, header },
  }))
}
