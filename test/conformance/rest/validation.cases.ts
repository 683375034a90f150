import type { RestCase } from './support/case.ts'
import { mock, type ApiDefinition } from './support/definition.ts'

function validated(more: { body?: boolean; parameters?: boolean; path?: string }): ApiDefinition {
  return {
    paths: {
      [more.path ?? '/x/{id}']: {
        ANY: {
          requestValidatorId: 'v1',
          requestParameters: {
            'method.request.querystring.qs1': true,
            'method.request.path.issuer': true,
            'method.request.header.x-header-param': true,
            'method.request.querystring.optional': false,
          },
          requestModels: { 'application/json': 'Thing' },
          integration: mock('passed', { requestTemplates: { $default: '{"statusCode": 200}' } }),
        },
      },
    },
    models: {
      Thing: {
        type: 'object',
        required: ['name'],
        properties: {
          name: { type: 'string', pattern: '^[a-z]+$' },
          owner: { $ref: 'https://apigateway.amazonaws.com/restapis/any/models/Owner' },
        },
      },
      Owner: { type: 'object', properties: { age: { type: 'integer' } } },
    },
    gatewayResponses: [
      {
        responseType: 'BAD_REQUEST_BODY',
        responseTemplates: {
          'application/json':
            '{"message":$context.error.messageString,"why":"$context.error.validationErrorString"}',
        },
      },
    ],
    requestValidators: [
      {
        id: 'v1',
        name: 'v',
        validateRequestBody: more.body ?? false,
        validateRequestParameters: more.parameters ?? false,
      },
    ],
  }
}

const json = 'Content-Type: application/json'

/** Developer guide, "Use request validation in API Gateway". */
export const validationCases: readonly RestCase[] = [
  {
    name: 'missing parameters are listed: headers, path, query',
    source: 'recorded on AWS',
    api: validated({ parameters: true }),
    request: { target: '/x/1' },
    expect: {
      status: 400,
      body: '{"message": "Missing required request parameters: [x-header-param, issuer, qs1]"}',
      header: { 'x-amzn-ErrorType': 'BadRequestException' },
    },
  },
  {
    name: 'all there',
    api: validated({ parameters: true, path: '/x/{issuer}' }),
    request: { target: '/x/1?qs1=a', headers: ['x-header-param: b'] },
    expect: { status: 200, body: 'passed' },
  },
  {
    name: 'a blank one is missing',
    api: validated({ parameters: true, path: '/x/{issuer}' }),
    request: { target: '/x/1?qs1=', headers: ['x-header-param: b'] },
    expect: { status: 400, body: '{"message": "Missing required request parameters: [qs1]"}' },
  },
  {
    name: 'header names are compared exactly',
    source: 'developer guide, "Amazon API Gateway important notes"',
    api: validated({ parameters: true, path: '/x/{issuer}' }),
    request: { target: '/x/1?qs1=a', headers: ['X-Header-Param: b'] },
    expect: { status: 400, body: '{"message": "Missing required request parameters: [x-header-param]"}' },
  },
  {
    name: 'no validation of parameters without the validator',
    api: validated({}),
    request: { target: '/x/1' },
    expect: { status: 200 },
  },
  ...parameterCases(),
  ...modelCases(),
  ...contentTypeCases(),
  {
    name: 'a body of another type has no model',
    api: validated({ body: true }),
    request: { method: 'POST', target: '/x/1', headers: ['Content-Type: text/plain'], body: 'not json' },
    expect: { status: 200 },
  },
  {
    name: 'parameters come before the body',
    api: validated({ body: true, parameters: true }),
    request: { method: 'POST', target: '/x/1', headers: [json], body: '{' },
    expect: {
      status: 400,
      body: '{"message": "Missing required request parameters: [x-header-param, issuer, qs1]"}',
    },
  },
]

/** A body, and what is wrong with it. */
function modelCases(): RestCase[] {
  const bodies: readonly [name: string, body: string, why: string | undefined][] = [
    ['a body that is as its model says', '{"name": "a", "owner": {"age": 1}}', undefined],
    ['a member that is missing', '{}', '[object has missing required properties (["name"])]'],
    ['no body is an empty object', '', '[object has missing required properties (["name"])]'],
    [
      'a member of another type, within a model of its own',
      '{"name": "a", "owner": {"age": "1"}}',
      '[instance type (string) does not match any allowed primitive type (allowed: ["integer"])]',
    ],
    [
      'a text without its pattern',
      '{"name": "A"}',
      '[ECMA 262 regex "^[a-z]+$" does not match input string "A"]',
    ],
  ]
  return bodies.map(([name, body, why]): RestCase => ({
    name,
    api: validated({ body: true }),
    request: { method: 'POST', target: '/x/1', headers: [json], body },
    expect:
      why === undefined
        ? { status: 200, body: 'passed' }
        : { status: 400, body: `{"message":"Invalid request body","why":"${why}"}` },
  }))
}

/** One required parameter, and requests with or without it. */
function parameterCases(): RestCase[] {
  const rows: readonly (readonly [
    parameter: string,
    target: string,
    headers: readonly string[],
    ok: boolean,
  ])[] = [
    ['querystring.q', '/x/1?q=a', [], true],
    ['querystring.q', '/x/1', [], false],
    ['querystring.q', '/x/1?q', [], false],
    ['querystring.q', '/x/1?q=', [], false],
    ['querystring.q', '/x/1?q=%20%20', [], false],
    ['querystring.q', '/x/1?Q=a', [], false],
    ['querystring.q', '/x/1?q=a&q=', [], false],
    ['querystring.q', '/x/1?q=&q=a', [], true],
    ['header.H', '/x/1', ['H: a'], true],
    ['header.H', '/x/1', ['h: a'], false],
    ['header.H', '/x/1', ['H:  '], false],
    ['header.H', '/x/1', ['H: ', 'H: a'], true],
    ['path.id', '/x/1', [], true],
    ['path.other', '/x/1', [], false],
  ]
  return rows.map(([parameter, target, headers, ok]): RestCase => ({
    name: `${parameter} is required: ${target} ${headers.join(', ')}`,
    source: 'developer guide, "Use request validation in API Gateway"',
    api: {
      paths: {
        '/x/{id}': {
          ANY: {
            requestValidatorId: 'v1',
            requestParameters: { [`method.request.${parameter}`]: true },
            integration: mock('passed'),
          },
        },
      },
      requestValidators: [
        { id: 'v1', name: 'v', validateRequestBody: false, validateRequestParameters: true },
      ],
    },
    request: { target, headers },
    expect: ok
      ? { status: 200, body: 'passed' }
      : {
          status: 400,
          body: `{"message": "Missing required request parameters: [${parameter.slice(parameter.indexOf('.') + 1)}]"}`,
        },
  }))
}

/** Which model a body is for, by its Content-Type; each takes one member alone. */
function contentTypeCases(): RestCase[] {
  const rows: readonly (readonly [
    models: Readonly<Record<string, string>>,
    type: string | undefined,
    body: string,
    ok: boolean,
  ])[] = [
    [{ 'application/json': 'A' }, 'application/json', '{"a":1}', true],
    [{ 'application/json': 'A' }, 'application/json', '{"b":1}', false],
    [{ 'application/json': 'A' }, 'Application/JSON; charset=utf-8', '{"b":1}', false],
    [{ 'Application/JSON': 'A' }, 'application/json', '{"b":1}', false],
    [{ 'application/json': 'A' }, undefined, '{"b":1}', false],
    [{ 'application/json': 'A' }, 'text/plain', '{"b":1}', true],
    [{ 'application/json': 'A' }, 'application/json', 'no JSON', false],
    [{ 'application/json': 'A' }, 'application/json', '', false],
    [{ 'application/json': 'A', 'application/x': 'B' }, 'application/x', '{"b":1}', true],
    [{ 'application/json': 'A', 'application/x': 'B' }, 'application/x', '{"a":1}', false],
    [{ 'application/json': 'A', $default: 'B' }, 'image/png', '{"a":1}', false],
    [{ 'application/json': 'A', $default: 'B' }, 'image/png', '{"b":1}', true],
    [{ 'application/json': 'A', $default: 'B' }, 'application/json', '{"a":1}', true],
    [{}, 'application/json', 'no JSON', true],
  ]
  const only = (name: string): object => ({
    type: 'object',
    required: [name],
    properties: { [name]: { type: 'integer' } },
    additionalProperties: false,
  })
  return rows.map(([requestModels, type, body, ok]): RestCase => ({
    name: `models for ${Object.keys(requestModels).join(' and ') || 'nothing'}, ${type ?? 'no Content-Type'}, body ${JSON.stringify(body)}: ${ok ? 'taken' : 'refused'}`,
    source: 'developer guide, "Use request validation in API Gateway"',
    api: {
      paths: {
        '/x': {
          POST: {
            requestValidatorId: 'v1',
            requestModels,
            integration: mock('passed', { requestTemplates: { $default: '{"statusCode": 200}' } }),
          },
        },
      },
      models: { A: only('a'), B: only('b') },
      requestValidators: [
        { id: 'v1', name: 'v', validateRequestBody: true, validateRequestParameters: false },
      ],
    },
    request: {
      method: 'POST',
      target: '/x',
      headers: type === undefined ? [] : [`Content-Type: ${type}`],
      body,
    },
    expect: ok
      ? { status: 200, body: 'passed' }
      : {
          status: 400,
          body: '{"message": "Invalid request body"}',
          header: { 'x-amzn-ErrorType': 'BadRequestException' },
        },
  }))
}
