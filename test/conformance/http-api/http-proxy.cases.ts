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
  {
    name: 'bodies of unknown length stream both ways',
    api: one,
    backend: { body: ['one ', 'two'] },
    request: { method: 'PUT', target: '/pets/1', chunks: ['a', 'b'] },
    expect: { status: 200, body: 'one two', received: { body: 'ab' } },
  },
]
