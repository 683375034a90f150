import type { RestCase } from './support/case.ts'
import { lambdaProxy, type ApiDefinition } from './support/definition.ts'
import { answering, echo, returning } from './support/functions.ts'

const source = 'developer guide, "Output format of a Lambda function for proxy integration"'
const recorded = 'recorded on AWS'
const internal = '{"message": "Internal server error"}'

const api: ApiDefinition = { paths: { '/x': { ANY: { integration: lambdaProxy('f') } } } }
const request = { target: '/x' }

/** An answer of a function, and what the client gets. */
interface Answer {
  readonly name: string
  readonly source?: string
  /** As JSON, or a payload as it is. */
  readonly answer: unknown
  readonly status?: number
  readonly body?: string
  readonly headers?: readonly string[]
}

const accepted: readonly Answer[] = [
  { name: 'a body alone', source: recorded, answer: { body: 'Hello, World!' }, body: 'Hello, World!' },
  { name: 'headers alone', source: recorded, answer: { headers: { 'X-A': 'b' } }, headers: ['X-A: b'] },
  { name: 'multiValueHeaders alone', answer: { multiValueHeaders: { 'X-A': ['b'] } }, headers: ['X-A: b'] },
  { name: 'a status as text', source: recorded, answer: { statusCode: '418' }, status: 418 },
  { name: 'a number that ends in .0', answer: answering('{"statusCode":201.0}'), status: 201 },
  { name: 'an unusual status', answer: { statusCode: 299 }, status: 299 },
  { name: 'a status of nobody', answer: { statusCode: 599, body: 'x' }, status: 599, body: 'x' },
  {
    name: 'an error of its own',
    answer: { statusCode: 500, body: '{"mine":1}' },
    status: 500,
    body: '{"mine":1}',
  },
  {
    name: 'a redirect',
    answer: { statusCode: 302, headers: { Location: '/there' } },
    status: 302,
    headers: ['Location: /there'],
  },
  {
    name: 'null headers',
    source: recorded,
    answer: { headers: null, multiValueHeaders: null, body: 'x' },
    body: 'x',
  },
  { name: 'a null body', answer: { statusCode: 200, body: null } },
  { name: 'an empty body', answer: { statusCode: 200, body: '' } },
  {
    name: 'a header that is true',
    source: recorded,
    answer: { headers: { 'X-A': true } },
    headers: ['X-A: true'],
  },
  {
    name: 'a header that is a number',
    answer: { headers: { 'X-A': 0, 'X-B': 1.5 } },
    headers: ['X-A: 0', 'X-B: 1.5'],
  },
  {
    name: 'several values of other kinds',
    answer: { multiValueHeaders: { 'X-A': [1, true, 'c'] } },
    headers: ['X-A: 1', 'X-A: true', 'X-A: c'],
  },
  { name: 'no values', answer: { multiValueHeaders: { 'X-A': [] } } },
  { name: 'an empty value', answer: { headers: { 'X-A': '' } }, headers: ['X-A: '] },
  {
    name: 'cookies',
    answer: { multiValueHeaders: { 'Set-Cookie': ['a=1', 'b=2'] } },
    headers: ['Set-Cookie: a=1', 'Set-Cookie: b=2'],
  },
  {
    name: 'names that differ in case alone, both maps',
    source: recorded,
    answer: { headers: { 'test-multi': 'solo' }, multiValueHeaders: { 'tesT-Multi': ['multi'] } },
    headers: ['tesT-Multi: multi', 'tesT-Multi: solo'],
  },
  {
    name: 'a value that both maps have, once',
    answer: { headers: { 'X-A': '1' }, multiValueHeaders: { 'X-A': ['1', '2'] } },
    headers: ['X-A: 1', 'X-A: 2'],
  },
  { name: 'isBase64Encoded null', answer: { body: 'AQ==', isBase64Encoded: null }, body: 'AQ==' },
  { name: 'blanks around it', answer: answering(' \n{"body":"x"}\n'), body: 'x' },
  { name: 'text beyond ASCII', answer: { body: '→é' }, body: '\xe2\x86\x92\xc3\xa9' },
  {
    name: 'what looks like JSON and is none',
    source: recorded,
    answer: { body: '{"name": "John", "age":' },
    body: '{"name": "John", "age":',
  },
]

const refused: readonly (readonly [name: string, answer: unknown, source?: string])[] = [
  ['nothing', answering(''), recorded],
  ['null', null, recorded],
  ['a text', 'hello', recorded],
  ['a number', 1],
  ['a list', []],
  ['what is no JSON', answering('{"statusCode": 200'), recorded],
  ['an unknown member', { statusCode: 200, cookies: [] }, recorded],
  ['a member in another case', { statuscode: 200 }],
  ['a status that is a word', { statusCode: 'ok' }, recorded],
  ['an empty status', { statusCode: '' }],
  ['a status of 0', { statusCode: 0, body: 'x' }, recorded],
  ['a status with a fraction', { statusCode: 200.5 }],
  ['a status that is null', { statusCode: null }],
  ['a status of 600', { statusCode: 600 }],
  ['a status of 100', { statusCode: 100 }],
  ['a status of 101', { statusCode: 101 }],
  ['a negative status', { statusCode: -200 }],
  ['a status that is true', { statusCode: true }],
  ['headers that are a list', { headers: [{ a: 'b' }] }, recorded],
  ['headers that are text', { headers: 'a: b' }],
  ['a header that is a list', { headers: { a: ['b'] } }, recorded],
  ['a header that is an object', { headers: { a: {} } }, recorded],
  ['a header that is null', { headers: { a: null } }],
  ['several values that are none', { multiValueHeaders: { a: 'b' } }, recorded],
  ['several values that are null', { multiValueHeaders: { a: null } }],
  ['a body that is an object', { body: { a: 1 } }, recorded],
  ['a body that is a list', { body: [] }],
  ['a body that is a number', { body: 1 }],
  ['a header name with a blank', { headers: { 'a b': 'c' } }],
  ['an empty header name', { headers: { '': 'c' } }],
  ['a header name beyond ASCII', { headers: { 'x-é': 'c' } }],
]

const identity = [
  'accessKey',
  'accountId',
  'caller',
  'cognitoAuthenticationProvider',
  'cognitoAuthenticationType',
  'cognitoIdentityId',
  'cognitoIdentityPoolId',
  'principalOrgId',
  'user',
  'userArn',
]

/** The members of every event with their types, as events of 2024 have them. */
const shape: Readonly<Record<string, string>> = {
  resource: 'string',
  path: 'string',
  httpMethod: 'string',
  ...Object.fromEntries(
    ['Host', 'X-Amzn-Trace-Id', 'X-Forwarded-For', 'X-Forwarded-Port', 'X-Forwarded-Proto'].flatMap(
      (name) => [
        [`headers.${name}`, 'string'],
        [`multiValueHeaders.${name}`, 'list'],
      ],
    ),
  ),
  queryStringParameters: 'null',
  multiValueQueryStringParameters: 'null',
  pathParameters: 'null',
  stageVariables: 'null',
  ...Object.fromEntries(
    [
      'resourceId',
      'resourcePath',
      'httpMethod',
      'extendedRequestId',
      'requestTime',
      'path',
      'accountId',
      'protocol',
      'stage',
      'domainPrefix',
      'requestId',
      'domainName',
      'deploymentId',
      'apiId',
    ].map((name) => [`requestContext.${name}`, 'string']),
  ),
  'requestContext.requestTimeEpoch': 'number',
  ...Object.fromEntries(identity.map((name) => [`requestContext.identity.${name}`, 'null'])),
  'requestContext.identity.sourceIp': 'string',
  'requestContext.identity.userAgent': 'null',
  body: 'null',
  isBase64Encoded: 'boolean',
}

/** What functions get and what becomes of what they return. */
export const lambdaProxyAnswerCases: readonly RestCase[] = [
  ...accepted.map((each): RestCase => {
    const { name, answer, status = 200, body = '', headers = [] } = each
    return {
      name: `takes ${name}`,
      source: each.source ?? source,
      api,
      functions: { f: typeof answer === 'function' ? (answer as typeof echo) : returning(answer) },
      request,
      expect: {
        status,
        body,
        headers: [
          'Content-Type: application/json',
          'x-amzn-RequestId: <uuid>',
          'x-amz-apigw-id: <id>',
          ...headers,
          'X-Amzn-Trace-Id: <trace;parent>',
          `Content-Length: ${body.length}`,
        ],
      },
    }
  }),
  ...refused.map(([name, answer, from = source]): RestCase => ({
    name: `refuses ${name}`,
    source: from,
    api,
    functions: { f: typeof answer === 'function' ? (answer as typeof echo) : returning(answer) },
    request,
    expect: {
      status: 502,
      headers: [
        'Content-Type: application/json',
        'x-amzn-RequestId: <uuid>',
        'x-amzn-ErrorType: InternalServerErrorException',
        'x-amz-apigw-id: <id>',
        'Content-Length: 36',
      ],
      body: internal,
    },
  })),
  {
    name: 'an event has these members and no other',
    source: recorded,
    api,
    functions: { f: echo },
    request,
    expect: { status: 200, shape },
  },
  {
    name: 'an event of a request that has everything',
    source: recorded,
    api: {
      variables: { v: '1' },
      paths: { '/x/{id}': { POST: { operationName: 'Op', integration: lambdaProxy('f') } } },
    },
    functions: { f: echo },
    request: { method: 'POST', target: '/x/7?q=1', headers: ['User-Agent: me'], body: 'b' },
    expect: {
      status: 200,
      shape: {
        ...Object.fromEntries(
          Object.entries(shape).filter(
            ([name]) => !/^(queryS|multiValueQ|pathParameters$|stageVariables$)/.test(name),
          ),
        ),
        'headers.User-Agent': 'string',
        'multiValueHeaders.User-Agent': 'list',
        'queryStringParameters.q': 'string',
        'multiValueQueryStringParameters.q': 'list',
        'pathParameters.id': 'string',
        'stageVariables.v': 'string',
        'requestContext.operationName': 'string',
        'requestContext.identity.userAgent': 'string',
        body: 'string',
      },
    },
  },
  {
    name: 'an event’s query: decoded, the last of several, every one, names without value',
    source: recorded,
    api,
    functions: { f: echo },
    request: { target: '/x?q=Hello%20World&tag=C%23&tag=.NET+Core&t=10:00%2B00&flag&e=&%C3%A9=%C3%BC&a;b=c' },
    expect: {
      status: 200,
      invoked: [
        {
          queryStringParameters: {
            q: 'Hello World',
            tag: '.NET Core',
            t: '10:00+00',
            flag: '',
            e: '',
            é: 'ü',
            a: '',
            b: 'c',
          },
          multiValueQueryStringParameters: { tag: ['C#', '.NET Core'], flag: [''] },
        },
      ],
    },
  },
  {
    name: 'an event’s paths, as sent but for the slashes after the stage',
    source: recorded,
    api: { paths: { '/{proxy+}': { ANY: { integration: lambdaProxy('f') } } } },
    functions: { f: echo },
    request: { target: '//a%2Fb//c%20d/?x' },
    expect: {
      status: 200,
      invoked: [
        {
          resource: '/{proxy+}',
          path: '/a%2Fb//c%20d/',
          pathParameters: { proxy: 'a%2Fb//c%20d' },
          requestContext: { path: '/prod//a%2Fb//c%20d/', resourcePath: '/{proxy+}' },
        },
      ],
    },
  },
  {
    name: 'an empty body is none',
    source: recorded,
    api,
    functions: { f: echo },
    request: { method: 'POST', target: '/x', headers: ['Content-Type: text/plain'], body: '' },
    expect: { status: 200, invoked: [{ body: null, isBase64Encoded: false }] },
  },
  {
    name: 'a body of GET goes along',
    api,
    functions: { f: echo },
    request: { target: '/x', body: 'b' },
    expect: { status: 200, invoked: [{ httpMethod: 'GET', body: 'b' }] },
  },
  {
    name: 'a body that is no UTF-8, and no binary type, becomes text',
    source: recorded,
    api,
    functions: { f: echo },
    request: { method: 'POST', target: '/x', body: 'a\xffb' },
    expect: { status: 200, invoked: [{ body: 'a\ufffdb', isBase64Encoded: false }] },
  },
]
