import type { RestCase } from './support/case.ts'
import type { ApiDefinition, IntegrationDefinition } from './support/definition.ts'

const internal = '{"message": "Internal server error"}'

function one(
  integration: Partial<IntegrationDefinition> = {},
  more: Partial<ApiDefinition> = {},
): ApiDefinition {
  return {
    paths: {
      '/x/{proxy+}': {
        ANY: {
          integration: {
            type: 'HTTP_PROXY',
            httpMethod: 'ANY',
            uri: 'http://backend.test/y',
            ...integration,
          },
        },
      },
    },
    ...more,
  }
}

const through = one({
  uri: 'http://backend.test/{proxy}',
  requestParameters: { 'integration.request.path.proxy': 'method.request.path.proxy' },
})

/** Developer guide, "Set up HTTP proxy integrations" and "Amazon API Gateway important notes". */
export const httpProxyCases: readonly RestCase[] = [
  {
    name: 'the client’s headers go on in order, without those of the connection',
    source: 'recorded on AWS',
    api: one(),
    request: {
      target: '/x/1',
      headers: [
        'user-agent: me',
        'X-One: 1',
        'x-MIXED-case: 2',
        'Content-MD5: x',
        'Expect: nothing',
        'Max-Forwards: 1',
        'Proxy-Authenticate: x',
        'Server: x',
        'TE: trailers',
        'Trailer: X',
        'WWW-Authenticate: x',
        'Content-Encoding: x',
        'Via: 1.1 x',
        'Range: bytes=0-1',
        'Authorization: Bearer x',
        'X-One: again',
        'X-Forwarded-For: 9.9.9.9',
        'X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1',
      ].filter((line) => !line.startsWith('Expect')),
    },
    expect: {
      status: 200,
      received: {
        method: 'GET',
        target: '/y',
        headers: [
          'User-Agent: me',
          'X-One: 1,again',
          'x-MIXED-case: 2',
          'Range: bytes=0-1',
          'Authorization: Bearer x',
          'X-Amzn-Trace-Id: <trace>;Sampled=1',
          'X-Forwarded-For: 9.9.9.9, 127.0.0.1',
          'X-Forwarded-Port: 80',
          'X-Forwarded-Proto: http',
          'X-Amzn-Apigateway-Api-Id: <api>',
        ],
      },
    },
  },
  {
    name: 'the answer comes back untouched, but for what the gateway writes itself',
    source: 'recorded on AWS',
    api: one(),
    backend: {
      status: 207,
      reason: 'Many Things',
      headers: [
        'content-TYPE',
        'text/plain',
        'Date',
        'yesterday',
        'Server',
        'nginx',
        'x-amzn-RequestId',
        'theirs',
        'Set-Cookie',
        'a=1',
        'Set-Cookie',
        'b=2',
        'Via',
        '1.1 x',
      ],
      body: 'caf\xe9',
    },
    request: { target: '/x/1' },
    expect: {
      status: 207,
      reason: 'Many Things',
      headers: [
        'x-amzn-RequestId: <uuid>',
        'x-amz-apigw-id: <id>',
        'content-TYPE: text/plain',
        'x-amzn-Remapped-Date: yesterday',
        'x-amzn-Remapped-Server: nginx',
        'x-amzn-Remapped-x-amzn-RequestId: theirs',
        'Set-Cookie: a=1',
        'Set-Cookie: b=2',
        'x-amzn-Remapped-Content-Length: 4',
        'x-amzn-Remapped-Connection: keep-alive',
        'Content-Length: 4',
      ],
      body: 'caf\xe9',
    },
  },
  {
    name: 'the greedy path, as sent',
    api: through,
    request: { target: '/x/a/b%2Fc//d' },
    expect: { status: 200, received: { target: '/a/b%2Fc//d' } },
  },
  {
    name: 'the query, decoded and encoded again',
    api: through,
    request: { target: '/x/a?q=a+b&r=%2B&s=%C3%A9&q=2&flag' },
    expect: { status: 200, received: { target: '/a?q=a%20b&q=2&r=%2B&s=%C3%A9&flag=' } },
  },
  ...(
    [
      ['a%20b', '/a%20b'],
      ['a+b', '/a+b'],
      ['a%2Fb', '/a%2Fb'],
      ['%E2%98%95', '/%E2%98%95'],
      ['a;b=c,d@e:f', '/a;b=c,d@e:f'],
      ["it's(*)!~$", "/it's(*)!~$"],
      ['a|b^c`d', '/a%7Cb%5Ec%60d'],
      ['trailing/', '/trailing'],
      ['a/../b', '/a/../b'],
    ] as const
  ).map(([path, target]): RestCase => ({
    name: `the greedy path ${path}`,
    api: through,
    request: { target: `/x/${path}` },
    expect: { status: 200, received: { target } },
  })),
  ...(
    [
      ['a=1&a=2&b=3', 'a=1&a=2&b=3'],
      ['a=1&b=2&a=3', 'a=1&a=3&b=2'],
      ['a;b', 'a=&b='],
      ['a=1;b=2', 'a=1&b=2'],
      ['a=%3B%26%3D', 'a=%3B%26%3D'],
      ['a=b=c', 'a=b%3Dc'],
      ['a=%zz', 'a=%25zz'],
      ['%E2%98%95=x', '%E2%98%95=x'],
      ['&&', ''],
      ['', ''],
    ] as const
  ).map(([query, expected]): RestCase => ({
    name: `the query ${query}`,
    source: 'developer guide, "Amazon API Gateway important notes"',
    api: through,
    request: { target: `/x/a?${query}` },
    expect: { status: 200, received: { target: expected === '' ? '/a' : `/a?${expected}` } },
  })),
  {
    name: 'mapped query values are appended, mapped headers override',
    source: 'recorded on AWS',
    api: one({
      uri: 'http://backend.test/y?fixed=1',
      requestParameters: {
        'integration.request.querystring.testVar': "'bar'",
        'integration.request.header.X-One': "'mapped'",
        'integration.request.header.Host': "'other.test'",
      },
    }),
    request: { target: '/x/a?testVar=foobar', headers: ['x-one: client'] },
    expect: {
      status: 200,
      received: {
        target: '/y?fixed=1&testVar=foobar&testVar=bar',
        headers: [
          'X-One: mapped',
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
    name: 'a body goes through, bytes as they are',
    api: one(),
    request: { method: 'POST', target: '/x/a', headers: ['Content-Type: image/png'], body: '\x00\xff\xfe' },
    expect: { status: 200, received: { method: 'POST', body: '\x00\xff\xfe' } },
  },
  {
    name: 'a chunked body too, and a chunked answer',
    api: one(),
    backend: { body: ['one ', 'two'] },
    request: { method: 'PUT', target: '/x/a', chunks: ['abc', 'def'] },
    expect: { status: 200, body: 'one two', received: { method: 'PUT', body: 'abcdef' } },
  },
  {
    name: 'the integration’s method replaces the client’s',
    api: one({ httpMethod: 'POST' }),
    request: { method: 'PUT', target: '/x/a', body: 'b' },
    expect: { status: 200, received: { method: 'POST', body: 'b' } },
  },
  {
    name: 'a body that a mapping reads still goes on',
    api: one({ requestParameters: { 'integration.request.header.X-Name': 'method.request.body.name' } }),
    request: { method: 'POST', target: '/x/a', body: '{"name":"n\\r\\nX-Injected: 1"}' },
    expect: {
      status: 200,
      received: {
        body: '{"name":"n\\r\\nX-Injected: 1"}',
        headers: [
          'X-Amzn-Trace-Id: <trace>',
          'X-Forwarded-For: 127.0.0.1',
          'X-Forwarded-Port: 80',
          'X-Forwarded-Proto: http',
          'X-Name: n  X-Injected: 1',
          'X-Amzn-Apigateway-Api-Id: <api>',
          'Content-Length: 29',
        ],
      },
    },
  },
  {
    name: 'stage variables in the endpoint',
    source: 'developer guide, "Amazon API Gateway stage variables reference"',
    api: one(
      { uri: 'http://${stageVariables.host}/${stageVariables.path}/z' },
      { variables: { host: 'backend.test', path: 'v1' } },
    ),
    request: { target: '/x/a' },
    expect: { status: 200, received: { target: '/v1/z' } },
  },
  {
    name: 'an error of the backend is no error of the gateway',
    api: one(),
    backend: { status: 500, body: 'oh' },
    request: { target: '/x/a' },
    expect: { status: 500, body: 'oh', header: { 'x-amzn-ErrorType': null } },
  },
  {
    name: 'redirects are not followed',
    api: one(),
    backend: { status: 302, headers: ['Location', 'http://elsewhere.test/'] },
    request: { target: '/x/a' },
    expect: { status: 302, header: { Location: 'http://elsewhere.test/' } },
  },
  {
    name: 'a backend that refuses connections',
    api: one({ uri: 'http://nobody.test/' }),
    request: { target: '/x/a' },
    expect: { status: 500, body: internal },
  },
  {
    name: 'a backend that drops the connection',
    api: one(),
    backend: { instead: 'reset' },
    request: { method: 'POST', target: '/x/a', body: 'x' },
    expect: { status: 504, body: '{"message": "Network error communicating with endpoint"}' },
  },
  {
    name: 'a backend that never answers',
    api: one({ timeoutInMillis: 60 }),
    backend: { instead: 'silence' },
    request: { target: '/x/a' },
    expect: { status: 504, body: '{"message": "Endpoint request timed out"}' },
  },
  {
    name: 'an answer larger than the limit',
    api: one(),
    backend: { body: 'x'.repeat(10 * 1024 * 1024 + 1) },
    request: { target: '/x/a' },
    expect: { status: 500, body: internal },
  },
]
