import { returning } from '../rest/support/functions.ts'
import type { HttpApiCase } from './support/case.ts'
import { toFunction, toUri, type HttpApiDefinition } from './support/definition.ts'

const guide = 'developer guide, "Transforming API requests and responses"'

type Mappings = Readonly<Record<string, string>>

function mapped(
  requestParameters: Mappings,
  uri: string = 'http://backend.test/p/{id}?own=1',
): HttpApiDefinition {
  return {
    routes: { 'ANY /pets/{id}': toUri(uri, { requestParameters }) },
    stage: { stageVariables: { env: 'blue' } },
  }
}

function answered(status: string, mappings: Mappings): HttpApiDefinition {
  return {
    routes: { 'GET /x': toUri('http://backend.test/x', { responseParameters: { [status]: mappings } }) },
    stage: { stageVariables: { environmentId: 'e7' } },
  }
}

type Received = NonNullable<HttpApiCase['expect']['received']>

/** One request with something of everything. */
function sent(name: string, requestParameters: Mappings, received: Received, source?: string): HttpApiCase {
  return {
    name,
    ...(source === undefined ? {} : { source }),
    api: mapped(requestParameters),
    request: {
      method: 'POST',
      target: '/pets/a%20b%2Fc?q=1&r=%20x&q=2',
      headers: [
        'X-One: 1',
        'x-one: 2',
        'X-Two: z',
        'Authorization: AWS4-HMAC-SHA256 x',
        'Content-Type: application/json',
      ],
      body: '{"name":"n\\r\\nX-Evil: 1","deep":{"list":[1,{"a":"\\u00e9"}]},"empty":""}',
    },
    expect: { status: 200, received },
  }
}

const QUERY = 'q=1&r=%20x&q=2'

export const mappingCases: readonly HttpApiCase[] = [
  sent(
    'a header is appended',
    { 'append:header.X-Two': '$context.stage' },
    {
      target: `/p/a%20b%2Fc?own=1&${QUERY}`,
      header: { 'X-Two': 'z' },
    },
  ),
  sent(
    'a header is written over, all its lines',
    { 'overwrite:header.x-ONE': 'v-${stageVariables.env}' },
    {
      header: { 'x-ONE': 'v-blue' },
    },
  ),
  sent(
    'a header is renamed',
    { 'append:header.header2': '$request.header.x-one', 'remove:header.x-one': "''" },
    { header: { header2: '1,2', 'x-one': null } },
    guide,
  ),
  sent(
    'what is read is the request as it came',
    { 'remove:header.x-two': '', 'append:header.b': '$request.header.X-Two' },
    {
      header: { b: 'z', 'x-two': null },
    },
  ),
  sent(
    'a signature for AWS is nobody else’s',
    { 'append:header.b': 'x${request.header.authorization}' },
    {
      header: { b: 'x' },
    },
  ),
  sent(
    'values of the body',
    { 'append:header.b': '$request.body.deep.list[1].a', 'append:header.c': '$request.body.deep' },
    {
      header: { b: 'é', c: '{"list":[1,{"a":"é"}]}' },
    },
  ),
  sent(
    'a value cannot end a line',
    { 'append:header.b': '$request.body.name' },
    {
      header: { b: 'n  X-Evil: 1', 'X-Evil': null },
    },
  ),
  sent(
    'a value that is missing changes nothing',
    { 'overwrite:header.X-Two': '$request.body.none', 'overwrite:path': '$request.querystring.none' },
    {
      target: `/p/a%20b%2Fc?own=1&${QUERY}`,
      header: { 'X-Two': 'z' },
    },
  ),
  sent(
    'a query parameter is appended',
    { 'append:querystring.n&': '$request.path.id' },
    {
      target: `/p/a%20b%2Fc?own=1&${QUERY}&n%26=a%20b%2Fc`,
    },
  ),
  sent(
    'a query parameter is written over at the place of its first value',
    { 'overwrite:querystring.q': '$request.querystring.q' },
    {
      target: '/p/a%20b%2Fc?own=1&q=1%2C2&r=%20x',
    },
  ),
  sent(
    'a query parameter is removed',
    { 'remove:querystring.q': "''", 'remove:querystring.own': "''" },
    {
      target: '/p/a%20b%2Fc?own=1&r=%20x',
    },
  ),
  sent(
    'the names of query parameters have their case',
    { 'remove:querystring.Q': "''" },
    {
      target: `/p/a%20b%2Fc?own=1&${QUERY}`,
    },
  ),
  sent(
    'the path is written over',
    { 'overwrite:path': '/changed/path' },
    {
      target: `/changed/path?own=1&${QUERY}`,
    },
  ),
  sent(
    'by the path of the request',
    { 'overwrite:path': '$request.path' },
    {
      target: `/pets/a%20b%2Fc?own=1&${QUERY}`,
    },
  ),
  sent(
    'parameters of the path stay in their segments',
    { 'overwrite:path': 'v2/${request.path.id}/x' },
    {
      target: `/v2/a%20b%2Fc/x?own=1&${QUERY}`,
    },
  ),
  sent(
    'a path has no query, no fragment and no blanks',
    { 'overwrite:path': '/a?b#c d%é' },
    {
      target: `/a%3Fb%23c%20d%25%C3%A9?own=1&${QUERY}`,
    },
  ),
  sent('Host may be said', { 'overwrite:header.Host': 'inner.example' }, { host: 'inner.example' }),
  {
    name: 'a header that is reserved makes no integration',
    source: `${guide}: reserved headers`,
    api: mapped({ 'append:header.Via': 'x' }),
    request: { target: '/pets/1' },
    expect: { status: 500, body: '{"message":"Internal Server Error"}' },
  },
  {
    name: 'a function is told what mappings make of the request',
    api: {
      routes: {
        'GET /pets/{id}': toFunction('f', {
          requestParameters: {
            'overwrite:path': '/v2/$request.path.id',
            'append:header.X-Stage': '$context.stage',
            'remove:header.x-two': "''",
            'overwrite:querystring.q': 'new',
          },
        }),
      },
      stage: { stageName: 'dev' },
    },
    functions: { f: returning('ok') },
    request: { target: '/dev/pets/a%20b?q=1&r=2', headers: ['X-Two: z'] },
    expect: {
      status: 200,
      invoked: [
        {
          rawPath: '/v2/a b',
          rawQueryString: 'q=new&r=2',
          queryStringParameters: { q: 'new', r: '2' },
          headers: { 'x-stage': 'dev' },
          pathParameters: { id: 'a b' },
          requestContext: { http: { path: '/v2/a b' } },
        },
      ],
      absent: ['headers.x-two'],
    },
  },
  {
    name: 'in format 1.0, too',
    api: {
      routes: {
        'GET /pets/{id}': toFunction('f', {
          payloadFormatVersion: '1.0',
          requestParameters: { 'overwrite:path': '/v2/$request.path.id', 'append:querystring.q': '2' },
        }),
      },
    },
    functions: { f: returning({ statusCode: 200 }) },
    request: { target: '/pets/a?q=1' },
    expect: {
      status: 200,
      invoked: [
        {
          path: '/v2/a',
          requestContext: { path: '/v2/a' },
          multiValueQueryStringParameters: { q: ['1', '2'] },
        },
      ],
    },
  },
  ...(
    [
      [{ 'append:querystring.z': '1' }, 'a=1;b=2&&c=%zz&d+e=f%2Bg&', 'a=1;b=2&&c=%zz&d+e=f%2Bg&&z=1'],
      [{ 'overwrite:querystring.b': '3' }, 'a=1;b=2;c', 'a=1&b=3;c'],
      [{ 'remove:querystring.a': "''" }, 'a=1;b=2;a', 'b=2'],
      // Nothing that a client sends ends a line or begins another part of the target.
      [
        { 'append:querystring.z': '$request.querystring.a' },
        'a=%0d%0aB:%201%26c',
        'a=%0d%0aB:%201%26c&z=%0D%0AB%3A%201%26c',
      ],
    ] as const
  ).map(([requestParameters, query, asked]): HttpApiCase => ({
    name: `${Object.keys(requestParameters).join()} makes ${query} to ${asked}`,
    api: mapped(requestParameters, 'http://backend.test/p'),
    request: { target: `/pets/1?${query}` },
    expect: { status: 200, received: { target: `/p?${asked}` } },
  })),
  ...(
    [
      ['//evil.test/%3Fx%23y%20z%0d%0a', '//evil.test/%3Fx%23y%20z%0D%0A'],
      ['http://evil.test/', '/http://evil.test/'],
      ['@evil.test', '/@evil.test'],
    ] as const
  ).map(([a, path]): HttpApiCase => ({
    name: `a path that is ${a} stays a path of the same backend`,
    api: mapped({ 'overwrite:path': '$request.querystring.a' }, 'http://backend.test/p'),
    request: { target: `/pets/1?a=${a}` },
    expect: { status: 200, received: { host: '<backend>', target: `${path}?a=${a}` } },
  })),
  {
    name: 'a header of a path and a query that would be two',
    api: mapped({ 'append:header.x': '$request.path.id', 'overwrite:header.y': '$request.querystring.a' }),
    request: { target: '/pets/a%0d%0aEvil:1?a=%0aEvil:%201' },
    expect: {
      status: 200,
      received: { header: { x: 'a  Evil:1', y: 'Evil: 1', evil: null } },
    },
  },
  ...['204', '304'].map((status): HttpApiCase => ({
    name: `an answer with a body that becomes ${status} has none`,
    api: answered('200', { 'overwrite:statuscode': status }),
    backend: { body: 'hello' },
    request: { target: '/x' },
    expect: { status: Number(status), headers: ['Apigw-Requestid: <id>'], body: '' },
  })),
  {
    name: 'an answer of 500 becomes 403',
    source: guide,
    api: answered('500', { 'append:header.header1': '$context.stage', 'overwrite:statuscode': '403' }),
    backend: { status: 500, reason: 'Oh No', headers: ['Own', '1'], body: 'x' },
    request: { target: '/x' },
    expect: { status: 403, reason: 'Forbidden', header: { header1: '$default', own: '1' }, body: 'x' },
  },
  {
    name: 'an answer of another status stays as it is',
    api: answered('500', { 'append:header.header1': 'x', 'overwrite:statuscode': '403' }),
    backend: { status: 404, body: 'x' },
    request: { target: '/x' },
    expect: { status: 404, header: { header1: null }, body: 'x' },
  },
  {
    name: 'values of the answer',
    api: answered('404', {
      'append:header.error': '$stageVariables.environmentId',
      'overwrite:header.own': '${response.header.OWN}!',
      'append:header.code': '$response.body.error.code',
      'append:header.whole': '$response.body',
      'remove:header.gone': "''",
    }),
    backend: { status: 404, headers: ['Own', '1', 'own', '2', 'Gone', '1'], body: '{"error":{"code":7}}' },
    request: { target: '/x' },
    expect: {
      status: 404,
      header: { error: 'e7', own: '1,2!', code: '7', whole: '{"error":{"code":7}}', gone: null },
      body: '{"error":{"code":7}}',
    },
  },
  {
    name: 'a body of unknown length that a mapping reads',
    api: answered('200', { 'append:header.a': '$response.body.a' }),
    backend: { body: ['{"a":', '"b"}'] },
    request: { target: '/x' },
    expect: { status: 200, header: { a: 'b' }, body: '{"a":"b"}' },
  },
  {
    name: 'a body that a mapping reads and that is too large',
    api: answered('200', { 'append:header.a': '$response.body.a' }),
    backend: { body: ['{"a":', `"${'b'.repeat(1000)}"}`] },
    request: { target: '/x' },
    expect: { status: 500, body: '{"message":"Internal Server Error"}' },
  },
  {
    name: 'a status that is none changes nothing',
    api: answered('200', { 'overwrite:statuscode': '$response.body.code' }),
    backend: { body: '{"code":99}' },
    request: { target: '/x' },
    expect: { status: 200 },
  },
  {
    name: 'answers of functions are mapped, too',
    api: {
      routes: {
        'GET /x': toFunction('f', {
          responseParameters: {
            '200': { 'overwrite:header.Content-Type': 'text/x', 'overwrite:statuscode': '201' },
          },
        }),
      },
    },
    functions: { f: returning('hello') },
    request: { target: '/x' },
    expect: { status: 201, header: { 'Content-Type': 'text/x' }, body: 'hello' },
  },
]
