import type { WireCall, WireCase } from './support/wire-case.ts'

// What AWS was seen to answer. The answers are facts of the service; the requests are our own.

const method = '/restapis/{api}/resources/{root}/methods/GET'
const integration = `${method}/integration`

const withApi: readonly WireCall[] = [
  { ask: 'POST /restapis', body: { name: 'pets' }, keeps: { api: 'id', root: 'rootResourceId' } },
]
const withMethod: readonly WireCall[] = [
  ...withApi,
  { ask: `PUT ${method}`, body: { authorizationType: 'NONE' } },
  { ask: `PUT ${method}/responses/200`, body: {} },
]
const withMock: readonly WireCall[] = [
  ...withMethod,
  { ask: `PUT ${integration}`, body: { type: 'MOCK', requestTemplates: { 'text/plain': '' } } },
]

const mockDocument = (path: string): string =>
  JSON.stringify({
    openapi: '3.0.1',
    info: { title: 'pets', version: '1' },
    paths: { [path]: { get: { 'x-amazon-apigateway-integration': { type: 'mock' } } } },
  })

export const recordedCases: readonly WireCase[] = [
  {
    name: 'an integration without a backend drops its address and method',
    calls: [
      ...withMethod,
      {
        ask: `PUT ${integration}`,
        body: { type: 'MOCK', uri: 'http://pets.test', httpMethod: 'POST' },
        gives: {
          type: 'MOCK',
          cacheKeyParameters: [],
          cacheNamespace: '{root}',
          passthroughBehavior: 'WHEN_NO_MATCH',
          timeoutInMillis: 29_000,
        },
      },
    ],
  },
  {
    name: 'what is no ARN, and an ARN of another kind, are told apart',
    calls: [
      ...withMethod,
      {
        ask: `PUT ${integration}`,
        body: { type: 'AWS', httpMethod: 'POST', uri: 'pets' },
        fails: ['BadRequestException', 'Invalid ARN specified in the request'],
      },
      {
        ask: `PUT ${integration}`,
        body: { type: 'AWS', httpMethod: 'POST', uri: 'arn:aws:iam::000000000000:role/pets' },
        fails: ['BadRequestException', 'AWS ARN for integration must contain path or action'],
      },
      {
        ask: `PUT ${integration}`,
        body: {
          type: 'AWS_PROXY',
          httpMethod: 'POST',
          uri: 'arn:aws:apigateway:us-east-1:firehose:path/2015-03-31/functions/pets/invocations',
        },
        fails: [
          'BadRequestException',
          "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
        ],
      },
    ],
  },
  {
    name: 'an empty template, and null for one, are shown as null',
    calls: [
      ...withMock,
      { ask: `GET ${integration}`, has: { requestTemplates: { 'text/plain': null } } },
      ...['', null].map((template) => ({
        ask: `PUT ${integration}/responses/200`,
        body: { responseTemplates: { 'text/plain': template, 'text/css': 'a' } },
        gives: { statusCode: '200', responseTemplates: { 'text/plain': null, 'text/css': 'a' } },
      })),
    ],
  },
  {
    name: 'a resource that is overwritten keeps its id, and what was cached for it is forgotten',
    calls: [
      {
        ask: 'POST /restapis?mode=import',
        body: mockDocument('/'),
        keeps: { api: 'id', root: 'rootResourceId' },
      },
      { ask: `GET ${integration}`, has: { cacheNamespace: '{root}' } },
      {
        ask: 'PUT /restapis/{api}?mode=overwrite',
        body: mockDocument('/'),
        has: { rootResourceId: '{root}' },
      },
      { ask: `GET ${integration}`, lacks: { cacheNamespace: '{root}' } },
    ],
  },
  {
    name: 'a plan that is not there has no keys',
    calls: [{ ask: 'GET /usageplans/nothing/keys', gives: { item: [] } }],
  },
  {
    name: 'a limit below one is as none',
    calls: [
      { ask: 'POST /apikeys', body: { name: 'a' } },
      { ask: 'GET /apikeys?limit=-1', has: { item: [{ name: 'a' }] } },
    ],
  },
  {
    name: 'descriptions of keys end somewhere',
    calls: [
      { ask: 'POST /apikeys', body: { description: 'd'.repeat(125_000) }, keeps: { key: 'id' } },
      {
        ask: 'POST /apikeys',
        body: { description: 'd'.repeat(125_001) },
        fails: ['BadRequestException', 'Invalid API Key description specified.'],
      },
      {
        ask: 'PATCH /apikeys/{key}',
        body: { patchOperations: [{ op: 'replace', path: '/description', value: 'd'.repeat(125_001) }] },
        fails: ['BadRequestException', 'Invalid API Key description specified.'],
      },
    ],
  },
  {
    name: "an authorizer's uri may have blanks before its version",
    calls: [
      ...withApi,
      {
        ask: 'POST /restapis/{api}/authorizers',
        body: {
          name: 'guard',
          type: 'TOKEN',
          authorizerUri:
            'arn:aws:apigateway:us-east-1:lambda:path/  2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:guard/invocations',
          identitySource: 'method.request.header.Auth',
        },
        has: { type: 'TOKEN' },
        lacks: { authorizerResultTtlInSeconds: 300 },
      },
    ],
  },
]
