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
  ...modelCases(),
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
