import { echo, returning } from '../rest/support/functions.ts'
import type { Cors } from '#model/http-api.ts'
import type { HttpApiCase } from './support/case.ts'
import { toFunction, type HttpApiDefinition } from './support/definition.ts'

const cors: Cors = {
  allowOrigins: ['https://www.example.com', 'http://*'],
  allowMethods: ['GET', 'POST'],
  allowHeaders: ['authorization', 'x-own'],
  exposeHeaders: ['date', 'x-api-id'],
  maxAge: 300,
  allowCredentials: true,
}
const api = (corsConfiguration: Cors | undefined, more = {}): HttpApiDefinition => ({
  routes: { 'GET /pets': toFunction('f'), ...more },
  api: { corsConfiguration },
})
const preflight = (origin: string, target = '/pets') => ({
  method: 'OPTIONS',
  target,
  headers: [`Origin: ${origin}`, 'Access-Control-Request-Method: GET'],
})
const ALLOWED = [
  'access-control-allow-credentials: true',
  'access-control-allow-methods: GET,POST',
  'access-control-allow-headers: authorization,x-own',
  'access-control-max-age: 300',
  'Apigw-Requestid: <id>',
]

/** Developer guide, "Configuring CORS for an HTTP API". */
export const corsCases: readonly HttpApiCase[] = [
  {
    name: 'a preflight, answered by the gateway',
    api: api(cors),
    request: preflight('https://www.example.com'),
    expect: {
      status: 204,
      body: '',
      headers: ['access-control-allow-origin: https://www.example.com', ...ALLOWED],
      invoked: [],
    },
  },
  {
    name: 'of an origin that a wildcard is for',
    api: api(cors),
    request: preflight('http://localhost:3000', '/no/such/route'),
    expect: { status: 204, headers: ['access-control-allow-origin: http://localhost:3000', ...ALLOWED] },
  },
  {
    name: 'of an origin that is not allowed',
    api: api(cors),
    request: preflight('https://evil.example'),
    expect: { status: 204, headers: ['Apigw-Requestid: <id>'], body: '' },
  },
  ...[
    'https://www.example.com.evil.example',
    'https://www.example.com/',
    'https://www.example.com:8443',
    'https://www.example.com, https://evil.example',
    'https://user@www.example.com',
    'null',
    '*',
    '',
  ].map((origin): HttpApiCase => ({
    name: `of ${JSON.stringify(origin)}, which looks like one that is allowed`,
    api: api({ ...cors, allowOrigins: ['https://www.example.com'] }),
    request: preflight(origin),
    expect: { status: 204, headers: ['Apigw-Requestid: <id>'], body: '' },
  })),
  {
    name: 'of any origin',
    api: api({ allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'] }),
    request: preflight('https://a.example'),
    expect: {
      status: 204,
      headers: [
        'access-control-allow-origin: *',
        'access-control-allow-methods: *',
        'access-control-allow-headers: *',
        'Apigw-Requestid: <id>',
      ],
    },
  },
  {
    name: 'with a route for OPTIONS: its integration is not asked',
    api: api(cors, { 'ANY /{proxy+}': toFunction('f') }),
    functions: { f: echo },
    request: preflight('https://www.example.com', '/other'),
    expect: { status: 204, invoked: [] },
  },
  {
    name: 'an OPTIONS that is no preflight is for its route',
    api: api(cors, { 'OPTIONS /pets': toFunction('f') }),
    functions: { f: returning({ statusCode: 202 }) },
    request: { method: 'OPTIONS', target: '/pets', headers: ['Origin: https://www.example.com'] },
    expect: { status: 202 },
  },
  {
    name: 'without a configuration a preflight is a request as any other',
    api: api(undefined),
    request: preflight('https://www.example.com'),
    expect: { status: 404 },
  },
  {
    name: 'an answer: headers of the integration are ignored, those of the configuration added',
    api: api(cors),
    functions: {
      f: returning({
        statusCode: 200,
        headers: { 'access-control-allow-origin': '*', 'Access-Control-Max-Age': '1', 'x-own': '1' },
        body: '',
      }),
    },
    request: { target: '/pets', headers: ['Origin: https://www.example.com'] },
    expect: {
      status: 200,
      headers: [
        'Apigw-Requestid: <id>',
        'access-control-allow-origin: https://www.example.com',
        'access-control-allow-credentials: true',
        'access-control-expose-headers: date,x-api-id',
        'X-Own: 1',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Length: 0',
      ],
    },
  },
  {
    name: 'an answer to another origin',
    api: api(cors),
    functions: { f: returning({ statusCode: 200, headers: { 'access-control-allow-origin': '*' } }) },
    request: { target: '/pets', headers: ['Origin: https://evil.example'] },
    expect: { status: 200, header: { 'access-control-allow-origin': null } },
  },
  {
    name: "the gateway's own answers have them, too",
    api: api(cors),
    request: { target: '/dogs', headers: ['Origin: https://www.example.com'] },
    expect: { status: 404, header: { 'access-control-allow-origin': 'https://www.example.com' } },
  },
  {
    name: 'where $default is guarded, preflights are, too',
    api: {
      routes: { $default: { ...toFunction('f'), authorizationType: 'unknown' as 'NONE' } },
      api: { corsConfiguration: cors },
    },
    request: preflight('https://www.example.com'),
    expect: { status: 500 },
  },
]
