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
