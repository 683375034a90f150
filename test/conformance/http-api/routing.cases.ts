import { echo } from '../rest/support/functions.ts'
import type { HttpApiCase } from './support/case.ts'
import { toFunction, toUri, type HttpApiDefinition } from './support/definition.ts'

const guide = 'developer guide, "Working with routes for HTTP APIs"'

/** The routes of the guide's example, each with a backend of its own. */
const pets: HttpApiDefinition = {
  routes: Object.fromEntries(
    ['GET /pets/dog/1', 'GET /pets/dog/{id}', 'GET /pets/{proxy+}', 'ANY /{proxy+}', '$default'].map(
      (key, at) => [key, toUri(`http://backend.test/route${at + 1}`)],
    ),
  ),
}

/** Method, target → what the backend is asked for. */
const choices: readonly (readonly [string, string, string])[] = [
  ['GET', '/pets/dog/1', '/route1'],
  ['GET', '/pets/dog/2', '/route2'],
  ['GET', '/pets/cat/1', '/route3'],
  ['GET', '/pets/', '/route3'],
  ['GET', '/pets/dog/1/', '/route3'],
  ['POST', '/test/5', '/route4'],
  ['GET', '/pets', '/route4'],
  ['POST', '/pets/dog/1', '/route4'],
  ['PROPFIND', '/pets/dog/1', '/route5/pets/dog/1'],
]

const one: HttpApiDefinition = { routes: { 'GET /pets': toFunction('f') } }
const NOT_FOUND = { status: 404, body: '{"message":"Not Found"}' }

export const routingCases: readonly HttpApiCase[] = [
  ...choices.map(([method, target, asked]): HttpApiCase => ({
    name: `${method} ${target} is for ${asked}`,
    source: guide,
    api: pets,
    request: { method, target },
    expect: { status: 200, received: { target: asked, method } },
  })),
  {
    name: 'no route',
    source: guide,
    api: one,
    request: { target: '/dogs' },
    expect: {
      ...NOT_FOUND,
      headers: ['Content-Type: application/json', 'Apigw-Requestid: <id>', 'Content-Length: 23'],
    },
  },
  { name: 'no such method', api: one, request: { method: 'POST', target: '/pets' }, expect: NOT_FOUND },
  { name: 'a slash at the end', api: one, request: { target: '/pets/' }, expect: NOT_FOUND },
  {
    name: 'ANY and a method of its own',
    source: guide,
    api: {
      routes: {
        'ANY /pets': toUri('http://backend.test/any'),
        'GET /pets': toUri('http://backend.test/get'),
      },
    },
    request: { target: '/pets' },
    expect: { status: 200, received: { target: '/get' } },
  },
  {
    name: 'a named stage is the first segment, and stays in rawPath',
    api: { routes: { 'GET /pets/{id}': toFunction('f') }, stage: { stageName: 'dev' } },
    functions: { f: echo },
    request: { target: '/dev/pets/1' },
    expect: {
      status: 200,
      invoked: [
        {
          rawPath: '/dev/pets/1',
          requestContext: { stage: 'dev', http: { path: '/dev/pets/1' } },
          pathParameters: { id: '1' },
        },
      ],
    },
  },
  {
    name: 'the root of a named stage',
    api: { routes: { 'GET /': toFunction('f') }, stage: { stageName: 'dev' } },
    functions: { f: echo },
    request: { target: '/dev' },
    expect: { status: 200, invoked: [{ rawPath: '/dev', routeKey: 'GET /' }] },
  },
  {
    name: 'no such stage, and none that is $default',
    source: guide,
    api: { ...one, stage: { stageName: 'dev' } },
    request: { target: '/prod/pets' },
    expect: { ...NOT_FOUND, header: { 'Apigw-Requestid': '<id>', 'x-amzn-RequestId': null } },
  },
  {
    name: 'the $default stage is never in a path',
    api: one,
    request: { target: '/$default/pets' },
    expect: NOT_FOUND,
  },
  {
    name: "the API's own address is disabled",
    api: { ...one, api: { disableExecuteApiEndpoint: true } },
    request: { target: '/pets' },
    expect: NOT_FOUND,
  },
  {
    name: 'the header that overrides the method of REST APIs says nothing',
    api: { routes: { 'GET /pets': toFunction('f') } },
    functions: { f: echo },
    request: { target: '/pets', headers: ['X-HTTP-Method-Override: DELETE'] },
    expect: { status: 200 },
  },
]
