import type { RestCase } from './support/case.ts'
import { lambdaProxy, mock } from './support/definition.ts'
import { echo } from './support/functions.ts'

const missingToken = '{"message":"Missing Authentication Token"}'
const pets = {
  paths: {
    '/pets': { GET: { integration: mock('pets') }, ANY: { integration: mock('any of $context.httpMethod') } },
    '/pets/{petId}': { GET: { integration: mock('$input.params("petId") at $context.resourcePath') } },
    '/files/{proxy+}': { ANY: { integration: mock("$input.params('proxy')") } },
  },
}

/** Each kind of segment beside the others. */
const beside = {
  paths: {
    '/': { GET: { integration: mock('root') } },
    '/a': { GET: { integration: mock('/a') } },
    '/a/static': { GET: { integration: mock('/a/static') } },
    '/a/{p}': { GET: { integration: mock('/a/{p} $input.params("p")') } },
    '/a/{p}/b': { GET: { integration: mock('/a/{p}/b $input.params("p")') } },
    '/{proxy+}': { ANY: { integration: mock('/{proxy+} $input.params("proxy")') } },
    '/no-get': { POST: { integration: mock('/no-get') } },
    '/any': { ANY: { integration: mock('ANY') }, PUT: { integration: mock('PUT') } },
  },
}

const precedence: readonly (readonly [
  method: string,
  target: string,
  body: string | 403,
  source?: string,
])[] = [
  ['GET', '/', 'root'],
  ['GET', '/a', '/a'],
  ['GET', '/a/static', '/a/static'],
  ['GET', '/a/Static', '/a/{p} Static'],
  ['GET', '/a/other', '/a/{p} other'],
  ['GET', '/a/static/b', '/a/{p}/b static', 'guessed: the most specific resource that has the whole path'],
  ['GET', '/a/x/b', '/a/{p}/b x'],
  ['GET', '/a/x/c', '/{proxy+} a/x/c'],
  ['GET', '/b/c/d', '/{proxy+} b/c/d'],
  ['GET', '/a%2Fstatic', '/{proxy+} a%2Fstatic'],
  ['GET', '/%61', '/{proxy+} %61'],
  ['POST', '/no-get', '/no-get'],
  [
    'GET',
    '/no-get',
    '/{proxy+} no-get',
    'recorded on AWS: OPTIONS of a proxy beside a resource with POST alone',
  ],
  ['DELETE', '/a/static', '/{proxy+} a/static'],
  ['OPTIONS', '/a', '/{proxy+} a'],
  ['PUT', '/any', 'PUT'],
  ...['DELETE', 'GET', 'OPTIONS', 'PATCH', 'POST'].map((verb) => [verb, '/any', 'ANY'] as const),
]

/** Developer guide, "Choose API resources"; recorded where it says so. */
export const routingCases: readonly RestCase[] = [
  { name: 'a method', api: pets, request: { target: '/pets' }, expect: { status: 200, body: 'pets' } },
  {
    name: 'ANY stands in for other methods',
    api: pets,
    request: { method: 'DELETE', target: '/pets' },
    expect: { status: 200, body: 'any of DELETE' },
  },
  {
    name: 'a slash at the end is ignored',
    api: pets,
    request: { target: '/pets/' },
    expect: { status: 200, body: 'pets' },
  },
  {
    name: 'slashes after the stage collapse',
    source: 'recorded on AWS',
    api: pets,
    request: { target: '//pets' },
    expect: { status: 200, body: 'pets' },
  },
  {
    name: 'slashes before the stage are tolerated',
    source: 'recorded on AWS',
    api: pets,
    request: { target: 'raw://prod/pets' },
    expect: { status: 200, body: 'pets' },
  },
  {
    name: 'a path parameter is not decoded',
    source: 'recorded on AWS',
    api: pets,
    request: { target: '/pets/a%2Bb@c.de' },
    expect: { status: 200, body: 'a%2Bb@c.de at /pets/{petId}' },
  },
  {
    name: 'a greedy parameter keeps inner double slashes',
    source: 'recorded on AWS',
    api: pets,
    request: { target: '/files/a//b/' },
    expect: { status: 200, body: 'a//b' },
  },
  {
    name: 'an unknown path',
    source: 'recorded on AWS',
    api: pets,
    request: { target: '/nothing' },
    expect: {
      status: 403,
      reason: 'Forbidden',
      headers: [
        'Content-Type: application/json',
        'x-amzn-RequestId: <uuid>',
        'x-amzn-ErrorType: MissingAuthenticationTokenException',
        'x-amz-apigw-id: <id>',
        'Content-Length: 42',
      ],
      body: missingToken,
    },
  },
  {
    name: 'an unknown method',
    source: 'recorded on AWS',
    api: pets,
    request: { method: 'POST', target: '/pets/1' },
    expect: { status: 403, body: missingToken },
  },
  ...precedence.map(([method, target, body, source]): RestCase => ({
    name: `${method} ${target}: ${body}`,
    ...(source === undefined ? {} : { source }),
    api: beside,
    request: { method, target },
    expect:
      body === 403
        ? { status: 403, ...(method === 'HEAD' ? {} : { body: missingToken }) }
        : { status: 200, body },
  })),
  {
    name: 'an overriding method that no method is for',
    source: 'developer guide, "Amazon API Gateway important notes"',
    api: pets,
    request: { target: '/pets/1', headers: ['X-HTTP-Method-Override: DELETE'] },
    expect: { status: 403, body: missingToken },
  },
  {
    name: 'a stage without path',
    api: pets,
    request: { target: '' },
    expect: { status: 403, body: missingToken },
  },
  {
    name: 'a greedy parameter is never empty',
    api: pets,
    request: { target: '/files/' },
    expect: { status: 403, body: missingToken },
  },
  {
    name: 'an unknown stage',
    source: 'AWS re:Post knowledge centre, "How do I troubleshoot HTTP 403 errors from API Gateway?"',
    api: pets,
    request: { target: 'raw:/nowhere/pets' },
    expect: {
      status: 403,
      headers: [
        'Content-Type: application/json',
        'x-amzn-RequestId: <uuid>',
        'x-amzn-ErrorType: ForbiddenException',
        'x-amz-apigw-id: <id>',
        'Content-Length: 23',
      ],
      body: '{"message":"Forbidden"}',
    },
  },
  {
    name: 'no stage at all',
    api: pets,
    request: { target: 'raw:/' },
    expect: { status: 403, body: '{"message":"Forbidden"}' },
  },
  {
    name: 'a disabled endpoint',
    api: { ...pets, api: { disableExecuteApiEndpoint: true } },
    request: { target: '/pets' },
    expect: {
      status: 403,
      body: '{"message":"Forbidden"}',
      header: { 'x-amzn-ErrorType': 'ForbiddenException' },
    },
  },
  {
    name: 'X-HTTP-Method-Override',
    source: 'developer guide, "Amazon API Gateway important notes"',
    api: pets,
    request: { method: 'POST', target: '/pets/1', headers: ['X-HTTP-Method-Override: GET'] },
    expect: { status: 200, body: '1 at /pets/{petId}' },
  },
  {
    name: 'the path of the event and of the context',
    source: 'recorded on AWS',
    api: { paths: { '/{proxy+}': { ANY: { integration: lambdaProxy('f') } } } },
    functions: { f: echo },
    request: { target: '//proxy-value/' },
    expect: {
      status: 200,
      invoked: [
        {
          resource: '/{proxy+}',
          path: '/proxy-value/',
          pathParameters: { proxy: 'proxy-value' },
          requestContext: { path: '/prod//proxy-value/', resourcePath: '/{proxy+}' },
        },
      ],
    },
  },
]
