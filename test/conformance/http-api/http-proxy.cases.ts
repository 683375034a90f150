import type { HttpApiCase } from './support/case.ts'
import { toUri, type HttpApiDefinition } from './support/definition.ts'

const guide = 'developer guide, "Working with HTTP proxy integrations for HTTP APIs"'
const one: HttpApiDefinition = { routes: { 'ANY /pets/{id}': toUri('http://backend.test/p/{id}') } }
const OWN = 'for=127.0.0.1;host=<api>.execute-api.us-east-1.amazonaws.com;proto=http'

export const httpProxyCases: readonly HttpApiCase[] = [
  {
    name: 'the whole request goes on',
    source: guide,
    api: one,
    request: {
      method: 'POST',
      target: '/pets/6?a=1&a=%202&b',
      headers: ['X-Own: 1', 'Accept: */*', 'Content-Encoding: br', 'Cookie: a=b'],
      body: 'payload',
    },
    expect: {
      status: 200,
      received: {
        method: 'POST',
        target: '/p/6?a=1&a=%202&b',
        host: '<backend>',
        headers: [
          'X-Own: 1',
          'Accept: */*',
          'Content-Encoding: br',
          'Cookie: a=b',
          `Forwarded: ${OWN}`,
          'Via: HTTP/1.1 AmazonAPIGateway',
          'X-Amzn-Trace-Id: <trace>',
          'Content-Length: 7',
        ],
        body: 'payload',
      },
    },
  },
  {
    name: 'the whole answer comes back',
    api: one,
    backend: {
      status: 404,
      headers: [
        'Content-Type',
        'text/x',
        'Server',
        'own',
        'X-Amzn-RequestId',
        '1',
        'Set-Cookie',
        'a=b',
        'Set-Cookie',
        'c=d',
      ],
      body: 'gone',
    },
    request: { target: '/pets/6' },
    expect: {
      status: 404,
      headers: [
        'Apigw-Requestid: <id>',
        'Content-Type: text/x',
        'Server: own',
        'X-Amzn-RequestId: 1',
        'Set-Cookie: a=b',
        'Set-Cookie: c=d',
        'Content-Length: 4',
      ],
      body: 'gone',
    },
  },
  {
    name: 'a backend that is an HTTP API: of two ids the client gets the one of its own request',
    api: one,
    backend: { headers: ['apigw-requestid', 'theirs'] },
    request: { target: '/pets/6' },
    expect: { status: 200, headers: ['Apigw-Requestid: <id>', 'Content-Length: 0'] },
  },
  ...(
    [
      ['/parent/../../admin', '/petstore/../../admin'],
      ['/parent/%2e%2e/x', '/petstore/%2e%2e/x'],
      ['/parent//a%2Fb', '/petstore//a%2Fb'],
      ['/parent/a%3Fb%23c?d', '/petstore/a%3Fb%23c?d'],
      ['/parent/%zz;a=b', '/petstore/%zz;a=b'],
    ] as const
  ).map(([target, asked]): HttpApiCase => ({
    name: `${target} goes on as ${asked}`,
    api: { routes: { 'ANY /parent/{proxy+}': toUri('http://backend.test/petstore/{proxy}') } },
    request: { target },
    expect: { status: 200, received: { target: asked } },
  })),
  {
    name: 'a request line of the 10,240 bytes that the quota allows goes on',
    source: 'developer guide, "Quotas": total combined size of request line and header values',
    api: one,
    request: { target: `/pets/1?q=${'a'.repeat(10_000)}` },
    expect: { status: 200, received: { target: `/p/1?q=${'a'.repeat(10_000)}` } },
  },
  {
    name: 'a parameter goes on as it was sent',
    api: one,
    request: { target: '/pets/a%2Fb%20c' },
    expect: { status: 200, received: { target: '/p/a%2Fb%20c' } },
  },
  {
    name: 'a greedy parameter',
    source: guide,
    api: { routes: { 'ANY /parent/{proxy+}': toUri('http://backend.test/petstore/{proxy}') } },
    request: { target: '/parent/a/b?c=d' },
    expect: { status: 200, received: { target: '/petstore/a/b?c=d' } },
  },
  {
    name: '$default sends the whole path',
    source: 'developer guide, "Working with routes for HTTP APIs"',
    api: { routes: { $default: toUri('http://backend.test') } },
    request: { target: '/store/checkout' },
    expect: { status: 200, received: { target: '/store/checkout' } },
  },
  {
    name: 'a query of the uri comes first',
    api: { routes: { 'GET /q': toUri('http://backend.test/x?own=1') } },
    request: { target: '/q?a=b' },
    expect: { status: 200, received: { target: '/x?own=1&a=b' } },
  },
  {
    name: 'a stage variable in the uri',
    source: 'developer guide, "Working with stages for HTTP APIs"',
    api: {
      routes: { 'GET /q': toUri('http://${stageVariables.host}/x') },
      stage: { stageVariables: { host: 'backend.test' } },
    },
    request: { target: '/q' },
    expect: { status: 200, received: { target: '/x' } },
  },
  {
    name: 'a method of the integration',
    api: { routes: { 'GET /q': toUri('http://backend.test/x', { integrationMethod: 'PUT' }) } },
    request: { target: '/q' },
    expect: { status: 200, received: { method: 'PUT' } },
  },
  {
    name: 'proxies before this one are told in Forwarded',
    source: 'developer guide, "Quotas": HTTP APIs translate X-Forwarded-* headers',
    api: one,
    request: {
      target: '/pets/1',
      headers: ['Forwarded: for=10.0.0.1', 'X-Forwarded-For: 10.0.0.2, ::1', 'X-Forwarded-Proto: ftp'],
    },
    expect: {
      status: 200,
      received: {
        header: {
          Forwarded: `for=10.0.0.1,for=10.0.0.2,for="[::1]",${OWN}`,
          'X-Forwarded-For': null,
          'X-Forwarded-Proto': null,
        },
      },
    },
  },
  ...(
    [
      [
        ['X-Forwarded-For: 10.0.0.1:80, [::1]:80,, unknown', 'X-Forwarded-For:'],
        'for="10.0.0.1:80",for="[::1]:80",for=unknown,',
      ],
      [
        ['X-Forwarded-For: 10.0.0.1;proto=https, a", for="b'],
        'for="10.0.0.1;proto=https",for="a\\"",for="for=\\"b",',
      ],
      [['Forwarded: for=10.0.0.1;by="x'], ''],
      [['Forwarded: for=10.0.0.1', 'Forwarded: for', 'Forwarded: ,'], 'for=10.0.0.1,'],
    ] as const
  ).map(([headers, told]): HttpApiCase => ({
    name: `what the gateway says stays its own word behind ${headers.join(' | ')}`,
    source: 'RFC 7239 §4',
    api: one,
    request: { target: '/pets/1', headers },
    expect: { status: 200, received: { header: { Forwarded: `${told}${OWN}` } } },
  })),
  {
    name: 'a redirect is the client’s to follow',
    api: one,
    backend: { status: 302, headers: ['Location', 'http://elsewhere.test/'] },
    request: { target: '/pets/1' },
    expect: { status: 302, header: { Location: 'http://elsewhere.test/' } },
  },
  {
    name: 'OPTIONS goes on where the gateway does not answer for CORS',
    api: one,
    backend: { headers: ['Allow', 'GET', 'Access-Control-Allow-Origin', '*'] },
    request: {
      method: 'OPTIONS',
      target: '/pets/1',
      headers: ['Origin: https://a.test', 'Access-Control-Request-Method: GET'],
    },
    expect: {
      status: 200,
      header: { Allow: 'GET', 'Access-Control-Allow-Origin': '*' },
      received: { method: 'OPTIONS' },
    },
  },
  {
    name: 'GET, HEAD and OPTIONS carry no body',
    api: { routes: { 'ANY /q': toUri('http://backend.test/x', { integrationMethod: 'GET' }) } },
    request: { method: 'POST', target: '/q', body: 'payload' },
    expect: { status: 200, received: { method: 'GET', body: '', header: { 'Content-Length': null } } },
  },
  {
    name: 'what belongs to a connection stays on it, both ways',
    source: 'RFC 9110 §7.6.1',
    api: one,
    backend: {
      headers: ['Keep-Alive', 'timeout=9', 'Proxy-Connection', 'close', 'Via', '1.1 x', 'Own', '1'],
    },
    request: {
      method: 'PUT',
      target: '/pets/1',
      headers: [
        'Expect: 100-continue',
        'TE: trailers',
        'Keep-Alive: 1',
        'Proxy-Connection: x',
        'Max-Forwards: 1',
      ],
      body: 'x',
    },
    expect: {
      status: 200,
      header: { 'Keep-Alive': null, 'Proxy-Connection': null, Via: null, Own: '1' },
      received: {
        body: 'x',
        header: {
          Expect: null,
          TE: null,
          'Keep-Alive': null,
          'Proxy-Connection': null,
          'Max-Forwards': null,
        },
      },
    },
  },
  {
    name: 'a backend that speaks no TLS',
    api: { routes: { 'ANY /q': toUri('https://backend.test/x') } },
    request: { target: '/q' },
    expect: { status: 503, body: '{"message":"Service Unavailable"}' },
  },
  {
    name: 'a host that there is not',
    api: { routes: { 'ANY /q': toUri('http://nobody.invalid/x') } },
    request: { target: '/q' },
    expect: { status: 503, body: '{"message":"Service Unavailable"}' },
  },
  {
    name: 'a body that a mapping reads goes on, too',
    api: {
      routes: {
        'ANY /q': toUri('http://backend.test/x', {
          requestParameters: { 'append:header.a': '$request.body.a' },
        }),
      },
    },
    request: { method: 'PUT', target: '/q', body: '{"a":"b"}' },
    expect: { status: 200, received: { body: '{"a":"b"}', header: { a: 'b' } } },
  },
  {
    name: 'bodies of unknown length stream both ways',
    api: one,
    backend: { body: ['one ', 'two'] },
    request: { method: 'PUT', target: '/pets/1', chunks: ['a', 'b'] },
    expect: { status: 200, body: 'one two', received: { body: 'ab' } },
  },
]
