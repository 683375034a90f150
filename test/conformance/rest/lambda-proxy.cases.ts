import type { RestCase } from './support/case.ts'
import { lambdaProxy, type ApiDefinition } from './support/definition.ts'
import { answering, echo, returning } from './support/functions.ts'

function one(more: Partial<ApiDefinition> = {}, integration = {}): ApiDefinition {
  return {
    paths: { '/users/{userId}/orders': { ANY: { integration: lambdaProxy('f', integration) } } },
    ...more,
  }
}

const internal = '{"message": "Internal server error"}'
const target = '/users/123/orders'

/** Developer guide, "Set up Lambda proxy integrations in API Gateway". */
export const lambdaProxyCases: readonly RestCase[] = [
  {
    name: 'the answer',
    source: 'recorded on AWS',
    api: one(),
    functions: {
      f: returning({
        statusCode: 201,
        headers: { myheader: 'test,other', anotherheader: 'secondvalue' },
        multiValueHeaders: { headername: ['headervalue', 'headervalue2'] },
        body: '{"message":"Created"}',
      }),
    },
    request: { target },
    expect: {
      status: 201,
      reason: 'Created',
      headers: [
        'Content-Type: application/json',
        'x-amzn-RequestId: <uuid>',
        'x-amz-apigw-id: <id>',
        'headername: headervalue',
        'headername: headervalue2',
        'myheader: test,other',
        'anotherheader: secondvalue',
        'X-Amzn-Trace-Id: <trace;parent>',
        'Content-Length: 21',
      ],
      body: '{"message":"Created"}',
    },
  },
  {
    name: 'an empty answer is JSON by its Content-Type',
    source: 'recorded on AWS',
    api: one(),
    functions: { f: returning({}) },
    request: { target },
    expect: { status: 200, body: '', header: { 'Content-Type': 'application/json', 'Content-Length': '0' } },
  },
  {
    name: 'a Content-Type of the function’s own',
    api: one(),
    functions: { f: returning({ headers: { 'content-type': 'text/html' }, body: '<p>é' }) },
    request: { target },
    expect: {
      status: 200,
      body: '<p>\xc3\xa9',
      headers: [
        'x-amzn-RequestId: <uuid>',
        'x-amz-apigw-id: <id>',
        'content-type: text/html',
        'X-Amzn-Trace-Id: <trace;parent>',
        'Content-Length: 5',
      ],
    },
  },
  {
    name: 'an empty payload',
    source: 'recorded on AWS',
    api: one(),
    functions: { f: answering('') },
    request: { target },
    expect: { status: 502, body: internal },
  },
  {
    name: 'an unknown member',
    source: 'recorded on AWS',
    api: one(),
    functions: { f: returning({ statusCode: 200, bodyy: 'x' }) },
    request: { target },
    expect: { status: 502, body: internal },
  },
  {
    name: 'base64 stays text where Accept is no binary type',
    source: 'recorded on AWS',
    api: one(),
    functions: { f: returning({ body: 'AQL/', isBase64Encoded: true }) },
    request: { target },
    expect: { status: 200, body: 'AQL/' },
  },
  {
    name: 'base64 is decoded where it is',
    source: 'developer guide, "Return binary media from a Lambda proxy integration"',
    api: one({ api: { binaryMediaTypes: ['image/png'] } }),
    functions: { f: returning({ body: 'AQL/', isBase64Encoded: true }) },
    request: { target, headers: ['Accept: image/png, */*'] },
    expect: { status: 200, body: '\x01\x02\xff' },
  },
  {
    name: 'with a wildcard it always is',
    api: one({ api: { binaryMediaTypes: ['*/*'] } }),
    functions: { f: returning({ body: 'AQL/', isBase64Encoded: true }) },
    request: { target },
    expect: { status: 200, body: '\x01\x02\xff' },
  },
  {
    name: 'the event of a request with everything',
    source: 'recorded on AWS',
    api: one({ variables: { stage: 'var' } }),
    functions: { f: echo },
    request: {
      method: 'POST',
      target: `${target}?status=pending&tag=important&tag=urgent&q=2023-06-12T18:05:10%2B00:00+x`,
      headers: [
        'Content-Type: text/plain; charset=utf-8',
        'cookie: session=abc; theme=dark',
        'user-agent: TestAgent',
        'X-Custom: 1',
        'x-custom: 2',
        'authorization: Bearer t',
      ],
      body: 'h\xc3\xa9llo\n"\\',
    },
    expect: {
      status: 200,
      invoked: [
        {
          resource: '/users/{userId}/orders',
          path: '/users/123/orders',
          httpMethod: 'POST',
          queryStringParameters: { status: 'pending', tag: 'urgent', q: '2023-06-12T18:05:10+00:00 x' },
          multiValueQueryStringParameters: {
            status: ['pending'],
            tag: ['important', 'urgent'],
            q: ['2023-06-12T18:05:10+00:00 x'],
          },
          pathParameters: { userId: '123' },
          stageVariables: { stage: 'var' },
          headers: {
            Authorization: 'Bearer t',
            'Content-Type': 'text/plain; charset=utf-8',
            cookie: 'session=abc; theme=dark',
            'User-Agent': 'TestAgent',
            'X-Custom': '2',
            'X-Amzn-Trace-Id': '<trace>',
            'X-Forwarded-For': '127.0.0.1',
          },
          multiValueHeaders: { 'X-Custom': ['1', '2'], 'User-Agent': ['TestAgent'] },
          requestContext: {
            accountId: '123456789012',
            apiId: '<api>',
            deploymentId: 'dep001',
            domainPrefix: '<api>',
            httpMethod: 'POST',
            identity: { sourceIp: '127.0.0.1', userAgent: 'TestAgent', user: null, principalOrgId: null },
            path: '/prod/users/123/orders',
            protocol: 'HTTP/1.1',
            requestId: '<uuid>',
            extendedRequestId: '<id>',
            resourceId: 'r3',
            resourcePath: '/users/{userId}/orders',
            stage: 'prod',
          },
          body: 'héllo\n"\\',
          isBase64Encoded: false,
        },
      ],
      absent: ['headers.x-custom', 'multiValueHeaders.x-custom'],
    },
  },
  {
    name: 'absent collections are null',
    source: 'recorded on AWS',
    api: { paths: { '/plain': { GET: { integration: lambdaProxy('f') } } } },
    functions: { f: echo },
    request: { target: '/plain' },
    expect: {
      status: 200,
      invoked: [
        {
          queryStringParameters: null,
          multiValueQueryStringParameters: null,
          pathParameters: null,
          stageVariables: null,
          body: null,
          isBase64Encoded: false,
          requestContext: { identity: { userAgent: null } },
        },
      ],
    },
  },
  {
    name: 'a binary body is base64',
    source: 'recorded on AWS',
    api: one({ api: { binaryMediaTypes: ['application/octet-stream'] } }),
    functions: { f: echo },
    request: {
      method: 'POST',
      target,
      headers: ['Content-Type: application/octet-stream'],
      body: '\x01\x02\x03\x04\xff',
    },
    expect: { status: 200, invoked: [{ body: 'AQIDBP8=', isBase64Encoded: true }] },
  },
  {
    name: 'the path and its parameters are not decoded',
    source: 'recorded on AWS',
    api: one(),
    functions: { f: echo },
    request: { target: '/users/John%20Doe+x@y/orders' },
    expect: {
      status: 200,
      invoked: [{ path: '/users/John%20Doe+x@y/orders', pathParameters: { userId: 'John%20Doe+x@y' } }],
    },
  },
  {
    name: 'an operation name',
    api: {
      paths: { '/plain': { GET: { operationName: 'ListThings', integration: lambdaProxy('f') } } },
    },
    functions: { f: echo },
    request: { target: '/plain' },
    expect: { status: 200, invoked: [{ requestContext: { operationName: 'ListThings' } }] },
  },
  {
    name: 'mappings have no effect',
    source: 'recorded on AWS',
    api: one({}, { requestParameters: { 'integration.request.header.X-A': "'mapped'" } }),
    functions: { f: echo },
    request: { target, headers: ['X-A: client'] },
    expect: { status: 200, invoked: [{ headers: { 'X-A': 'client' } }] },
  },
  ...[
    'Content-Length',
    'Transfer-Encoding',
    'authorization',
    'Connection',
    'Expect',
    'Proxy-Authenticate',
    'TE',
    'X-Amzn-Trace-Id',
    'X-Amzn-Apigateway-Api-Id',
  ].map((name): RestCase => ({
    name: `but a mapping may not set ${name}`,
    source: 'recorded on AWS',
    api: one({}, { requestParameters: { [`integration.request.header.${name}`]: "'1'" } }),
    functions: { f: echo },
    request: { target },
    expect: { status: 500, body: internal },
  })),
]
