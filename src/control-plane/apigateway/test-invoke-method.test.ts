import { describe, test } from 'bun:test'
import { playCalls, withApi, withMethod, type PlayedCall } from '../../../test/support/play-calls.ts'

const METHOD = { restApiId: '$api.id', resourceId: '$api.rootResourceId', httpMethod: 'GET' }

/** GET / that answers what it was asked. */
const withAnswer: readonly PlayedCall[] = [
  ...withMethod,
  {
    call: 'PutIntegration',
    with: { ...METHOD, type: 'MOCK', requestTemplates: { 'application/json': '{"statusCode": 200}' } },
  },
  { call: 'PutMethodResponse', with: { ...METHOD, statusCode: '200' } },
  {
    call: 'PutIntegrationResponse',
    with: {
      ...METHOD,
      statusCode: '200',
      responseTemplates: {
        'application/json':
          '$context.stage $context.identity.sourceIp $stageVariables.colour $input.params("q") $input.params("h")',
      },
    },
  },
]

const cases: readonly { readonly name: string; readonly calls: readonly PlayedCall[] }[] = [
  {
    name: 'what was never deployed runs, nobody being kept out',
    calls: [
      ...withAnswer,
      {
        call: 'UpdateMethod',
        with: {
          ...METHOD,
          patchOperations: [
            { op: 'replace', path: '/authorizationType', value: 'AWS_IAM' },
            { op: 'replace', path: '/apiKeyRequired', value: 'true' },
          ],
        },
      },
      {
        call: 'TestInvokeMethod',
        with: {
          ...METHOD,
          pathWithQueryString: '/?q=1',
          headers: { h: 'one' },
          stageVariables: { colour: 'red' },
        },
        has: {
          status: 200,
          body: 'test-invoke-stage test-invoke-source-ip red 1 one',
          headers: { 'Content-Type': 'application/json' },
          multiValueHeaders: { 'Content-Type': ['application/json'] },
          latency: 0,
        },
      },
    ],
  },
  {
    name: 'headers of several values',
    calls: [
      ...withAnswer,
      {
        call: 'TestInvokeMethod',
        with: { ...METHOD, headers: { H: 'lost' }, multiValueHeaders: { h: ['one', 'two'] } },
        has: { body: 'test-invoke-stage test-invoke-source-ip   two' },
      },
    ],
  },
  {
    name: 'a method without integration',
    calls: [...withMethod, { call: 'TestInvokeMethod', with: METHOD, has: { status: 500 } }],
  },
  {
    name: 'no such method',
    calls: [
      ...withApi,
      {
        call: 'TestInvokeMethod',
        with: METHOD,
        fails: ['NotFoundException', 'Invalid Method identifier specified'],
      },
      {
        call: 'TestInvokeMethod',
        with: { ...METHOD, resourceId: 'abc' },
        fails: ['NotFoundException', 'Invalid Resource identifier specified'],
      },
    ],
  },
  {
    name: 'what no client could send',
    calls: [
      ...withAnswer,
      {
        call: 'TestInvokeMethod',
        with: { ...METHOD, pathWithQueryString: '/a b' },
        fails: [
          'BadRequestException',
          'Invalid pathWithQueryString specified: found a space, a control or a non-ASCII character, expected them percent-encoded',
        ],
      },
      {
        call: 'TestInvokeMethod',
        with: { ...METHOD, headers: { 'a b': 'c' } },
        fails: ['BadRequestException', 'Invalid header name specified: "a b"'],
      },
      {
        call: 'TestInvokeMethod',
        with: { ...METHOD, multiValueHeaders: { a: ['b', 'c\r\nd: e'] } },
        fails: ['BadRequestException', 'Invalid value specified for header a'],
      },
    ],
  },
]

describe('TestInvokeMethod', () => {
  for (const { name, calls } of cases) test(name, () => playCalls(calls))
})
