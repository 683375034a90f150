import { answering, returning, throwing, unavailable } from '../rest/support/functions.ts'
import type { HttpApiCase } from './support/case.ts'
import { toFunction, toUri, type HttpApiDefinition } from './support/definition.ts'

const INTERNAL = { status: 500, body: '{"message":"Internal Server Error"}' }
const UNAVAILABLE = { status: 503, body: '{"message":"Service Unavailable"}' }
const TOO_LARGE = { status: 413, body: '{"message":"Request Entity Too Large"}' }
const lambda: HttpApiDefinition = { routes: { 'ANY /f': toFunction('f') } }
const http: HttpApiDefinition = { routes: { 'ANY /b': toUri('http://backend.test/') } }

/** Developer guide, "Troubleshooting issues with HTTP API Lambda integrations"; `responseLength` of its samples. */
export const errorCases: readonly HttpApiCase[] = [
  {
    name: 'a function that throws',
    api: lambda,
    functions: { f: throwing('no') },
    request: { target: '/f' },
    expect: {
      ...INTERNAL,
      headers: ['Content-Type: application/json', 'Apigw-Requestid: <id>', 'Content-Length: 35'],
    },
  },
  ...(['not-found', 'access-denied', 'throttled', 'failed'] as const).map((reason): HttpApiCase => ({
    name: `a function that is ${reason}`,
    api: lambda,
    functions: { f: unavailable(reason) },
    request: { target: '/f' },
    expect: INTERNAL,
  })),
  {
    name: 'a status code with a fraction',
    source: 'recorded on AWS',
    api: lambda,
    functions: { f: answering('{"statusCode": 200.5, "body": "x"}') },
    request: { target: '/f' },
    expect: INTERNAL,
  },
  ...[
    { statusCode: 99 },
    { statusCode: 200, headers: 'x' },
    { statusCode: 200, headers: { 'a b': 'c' } },
    { statusCode: 200, headers: { a: {} } },
    { statusCode: 200, cookies: 'a=b' },
    { statusCode: 200, body: 'é', isBase64Encoded: true },
  ].map((answer): HttpApiCase => ({
    name: `an answer that is ${JSON.stringify(answer)}`,
    api: lambda,
    functions: { f: returning(answer) },
    request: { target: '/f' },
    expect: INTERNAL,
  })),
  {
    name: 'format 1.0 wants a status code',
    api: { routes: { 'ANY /f': toFunction('f', { payloadFormatVersion: '1.0' }) } },
    functions: { f: returning('hello') },
    request: { target: '/f' },
    expect: INTERNAL,
  },
  {
    name: 'a function that takes too long',
    api: { routes: { 'ANY /f': toFunction('f', { timeoutInMillis: 50 }) } },
    functions: { f: () => new Promise(() => {}) },
    request: { target: '/f' },
    expect: { ...UNAVAILABLE, header: { 'Content-Length': '33' } },
  },
  {
    name: 'a backend that takes too long',
    api: { routes: { 'ANY /b': toUri('http://backend.test/', { timeoutInMillis: 50 }) } },
    backend: { instead: 'silence' },
    request: { target: '/b' },
    expect: UNAVAILABLE,
  },
  ...(['reset', 'garbage'] as const).map((instead): HttpApiCase => ({
    name: `a backend that answers ${instead}`,
    api: http,
    backend: { instead },
    request: { target: '/b' },
    expect: UNAVAILABLE,
  })),
  {
    name: 'a backend where nobody listens',
    api: { routes: { 'ANY /b': toUri('http://nobody.test/') } },
    request: { target: '/b' },
    expect: UNAVAILABLE,
  },
  {
    name: 'a route without integration',
    api: { routes: { 'ANY /none': {} } },
    request: { target: '/none' },
    expect: INTERNAL,
  },
  {
    name: 'an integration that is none',
    api: { routes: { 'ANY /b': toUri('ftp://backend.test/') } },
    request: { target: '/b' },
    expect: INTERNAL,
  },
  {
    name: 'a body that is announced as too large',
    api: lambda,
    request: { method: 'POST', target: '/f', body: 'x'.repeat(1001) },
    expect: TOO_LARGE,
  },
  {
    name: 'a body that turns out too large',
    api: lambda,
    request: { method: 'POST', target: '/f', chunks: ['x'.repeat(600), 'x'.repeat(600)] },
    expect: TOO_LARGE,
  },
  {
    name: 'the same on its way to a backend',
    api: http,
    request: { method: 'POST', target: '/b', chunks: ['x'.repeat(600), 'x'.repeat(600)] },
    expect: TOO_LARGE,
  },
  {
    name: 'an answer that is announced as too large',
    api: http,
    backend: { body: 'x'.repeat(1001) },
    request: { target: '/b' },
    expect: INTERNAL,
  },
  {
    name: 'too many requests',
    source: 'developer guide, "Throttling requests to your HTTP API"',
    api: {
      ...http,
      stage: { routeSettings: { 'ANY /b': { throttlingRateLimit: 0, throttlingBurstLimit: 0 } } },
    },
    request: { target: '/b' },
    expect: { status: 429, body: '{"message":"Too Many Requests"}' },
  },
  {
    name: "a route's settings come before those of all",
    api: {
      ...http,
      stage: {
        defaultRouteSettings: { throttlingRateLimit: 0, throttlingBurstLimit: 0 },
        routeSettings: { 'ANY /b': { throttlingRateLimit: 10, throttlingBurstLimit: 10 } },
      },
    },
    request: { target: '/b' },
    expect: { status: 200 },
  },
]
