import { expect } from 'bun:test'
import type { ApiAuthorizer } from '#model/http-api.ts'
import { ACCOUNT, functionUri, REGION } from '../rest/support/definition.ts'
import {
  answering,
  echo,
  returning,
  throwing,
  unavailable,
  type FunctionBehaviour,
} from '../rest/support/functions.ts'
import type { HttpApiCase } from './support/case.ts'
import { toFunction } from './support/definition.ts'

const guide = 'developer guide, "Working with AWS Lambda authorizers for HTTP APIs"'
const HOST = '<api>.execute-api.us-east-1.amazonaws.com'
const ARN = `arn:aws:execute-api:${REGION}:${ACCOUNT}`

/** An API whose routes ask the function `auth`. */
export function guarded(
  authorizer: Partial<ApiAuthorizer> = {},
  more: Partial<HttpApiCase['api']> = {},
  payloadFormatVersion: '1.0' | '2.0' = '2.0',
): HttpApiCase['api'] {
  const guard = {
    ...toFunction('f', { payloadFormatVersion }),
    authorizationType: 'CUSTOM' as const,
    authorizerId: 'auth',
  }
  return {
    routes: { 'GET /x': guard, 'POST /users/{id}/{proxy+}': guard, $default: guard },
    authorizers: [
      {
        authorizerId: 'auth',
        name: 'auth',
        authorizerType: 'REQUEST',
        authorizerUri: functionUri('auth'),
        authorizerPayloadFormatVersion: '2.0',
        enableSimpleResponses: true,
        identitySource: ['$request.header.Authorization'],
        ...authorizer,
      },
    ],
    ...more,
  }
}

const allowing = returning({ isAuthorized: true })
const policy = (Effect: string, Resource: string | readonly string[] = '*'): object => ({
  principalId: 'ada',
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }],
  },
})
const context = { text: 'a', number: 1, yes: true, none: null, list: ['b'], map: { c: 'd' } }
const withPolicies = { enableSimpleResponses: false }

const request: HttpApiCase['request'] = { target: '/x', headers: ['Authorization: token'] }
const IN: HttpApiCase['expect'] = { status: 200 }
const FORBIDDEN: HttpApiCase['expect'] = { status: 403, body: '{"message":"Forbidden"}' }
const UNAUTHORIZED: HttpApiCase['expect'] = {
  status: 401,
  body: '{"message":"Unauthorized"}',
  header: { 'content-type': 'application/json', 'www-authenticate': null },
  invoked: [],
}
const FAILED: HttpApiCase['expect'] = { status: 500, body: '{"message":"Internal Server Error"}' }

interface Answer {
  readonly name: string
  readonly authorizer?: Partial<ApiAuthorizer>
  readonly auth: FunctionBehaviour
  readonly expect: HttpApiCase['expect']
}

const v1: Partial<ApiAuthorizer> = { authorizerPayloadFormatVersion: '1.0', enableSimpleResponses: false }

const answers: readonly Answer[] = [
  { name: 'simple: authorized', auth: allowing, expect: IN },
  { name: 'simple: not authorized', auth: returning({ isAuthorized: false }), expect: FORBIDDEN },
  { name: 'simple: a text', auth: returning({ isAuthorized: 'true' }), expect: FAILED },
  { name: 'simple: a number', auth: returning({ isAuthorized: 1 }), expect: FAILED },
  { name: 'simple: nothing', auth: returning({}), expect: FAILED },
  { name: 'simple: a policy', auth: returning(policy('Allow')), expect: FAILED },
  { name: 'simple: a list', auth: returning([{ isAuthorized: true }]), expect: FAILED },
  { name: 'simple: true', auth: returning(true), expect: FAILED },
  {
    name: 'simple: a context that is a text',
    auth: returning({ isAuthorized: true, context: 'x' }),
    expect: FAILED,
  },
  { name: 'policy: allows', authorizer: withPolicies, auth: returning(policy('Allow')), expect: IN },
  { name: 'policy: denies', authorizer: withPolicies, auth: returning(policy('Deny')), expect: FORBIDDEN },
  {
    name: 'policy: allows the route',
    authorizer: withPolicies,
    auth: returning(policy('Allow', `${ARN}:*/$default/GET/x`)),
    expect: IN,
  },
  {
    name: 'policy: allows another route',
    authorizer: withPolicies,
    auth: returning(policy('Allow', `${ARN}:*/$default/GET/y`)),
    expect: FORBIDDEN,
  },
  {
    name: 'policy: allows another stage',
    authorizer: withPolicies,
    auth: returning(policy('Allow', `${ARN}:*/prod/GET/x`)),
    expect: FORBIDDEN,
  },
  { name: 'policy: a boolean', authorizer: withPolicies, auth: allowing, expect: FAILED },
  {
    name: 'policy: without a principal',
    authorizer: withPolicies,
    auth: returning({ ...policy('Allow'), principalId: undefined }),
    expect: FAILED,
  },
  {
    name: 'policy: with an effect that there is not',
    authorizer: withPolicies,
    auth: returning(policy('Permit')),
    expect: FAILED,
  },
  { name: '1.0: allows', authorizer: v1, auth: returning(policy('Allow')), expect: IN },
  { name: '1.0: denies', authorizer: v1, auth: returning(policy('Deny')), expect: FORBIDDEN },
  {
    name: '1.0: a boolean, which format 2.0 alone has',
    authorizer: { ...v1, enableSimpleResponses: true },
    auth: allowing,
    expect: FAILED,
  },
  { name: 'no JSON', auth: answering('{"isAuthorized":true'), expect: FAILED },
  { name: 'null', auth: answering('null'), expect: FAILED },
  { name: 'a function that fails', auth: throwing('oh'), expect: FAILED },
  {
    name: 'a function that says Unauthorized',
    auth: throwing('Unauthorized'),
    expect: { status: 401, body: '{"message":"Unauthorized"}' },
  },
  { name: 'no such function', auth: unavailable('not-found'), expect: FAILED },
  { name: 'no permission', auth: unavailable('access-denied'), expect: FAILED },
  { name: 'a function that is throttled', auth: unavailable('throttled'), expect: FAILED },
]

const full: HttpApiCase['request'] = {
  method: 'POST',
  target: '/users/a%20b/c/d?p=1&p=2&Q=x',
  headers: ['Authorization: token', 'X-Two: 1', 'X-Two: 2', 'Cookie: a=1; b=2', 'User-Agent: curl'],
  body: 'body',
}
const identitySource = [
  '$request.header.authorization',
  '$request.querystring.Q',
  '$context.routeKey',
  '$stageVariables.v',
]
const stage = { stageName: 'dev', stageVariables: { v: 'w' } }
const onStage: HttpApiCase['request'] = { ...full, target: `/dev${full.target}` }

export const requestAuthorizerCases: readonly HttpApiCase[] = [
  ...answers.map(({ name, authorizer, auth, expect: expected }): HttpApiCase => ({
    name,
    source: guide,
    api: guarded(authorizer),
    functions: { auth, f: returning('in') },
    request,
    expect: expected,
  })),
  {
    name: 'the event 2.0',
    source: guide,
    api: guarded({ identitySource }, { stage }),
    functions: { auth: allowing, f: echo },
    request: onStage,
    expect: {
      status: 200,
      invoked: [
        {
          version: '2.0',
          type: 'REQUEST',
          routeArn: `${ARN}:<api>/dev/POST/users/a%20b/c/d`,
          identitySource: ['token', 'x', 'POST /users/{id}/{proxy+}', 'w'],
          routeKey: 'POST /users/{id}/{proxy+}',
          rawPath: '/dev/users/a b/c/d',
          rawQueryString: 'p=1&p=2&Q=x',
          cookies: ['a=1', 'b=2'],
          headers: {
            authorization: 'token',
            'content-length': '4',
            host: HOST,
            'user-agent': 'curl',
            'x-amzn-trace-id': '<trace>',
            'x-forwarded-for': '127.0.0.1',
            'x-forwarded-port': '80',
            'x-forwarded-proto': 'http',
            'x-two': '1,2',
          },
          queryStringParameters: { p: '1,2', Q: 'x' },
          requestContext: {
            accountId: ACCOUNT,
            apiId: '<api>',
            domainName: HOST,
            domainPrefix: '<api>',
            http: {
              method: 'POST',
              path: '/dev/users/a b/c/d',
              protocol: 'HTTP/1.1',
              sourceIp: '127.0.0.1',
              userAgent: 'curl',
            },
            requestId: '<id>',
            routeKey: 'POST /users/{id}/{proxy+}',
            stage: 'dev',
            time: '<time>',
            timeEpoch: expect.any(Number),
          },
          pathParameters: { id: 'a b', proxy: 'c/d' },
          stageVariables: { v: 'w' },
        },
        {},
      ],
      absent: ['body', 'isBase64Encoded', 'requestContext.authorizer'],
    },
  },
  {
    name: 'the event 2.0 where nothing is there',
    source: guide,
    api: guarded({ identitySource: [] }),
    functions: { auth: allowing, f: echo },
    request: { target: '/anything/else' },
    expect: {
      status: 200,
      invoked: [{ routeArn: `${ARN}:<api>/$default/GET/anything/else`, routeKey: '$default' }, {}],
      absent: [
        'identitySource',
        'cookies',
        'queryStringParameters',
        'pathParameters',
        'stageVariables',
        'body',
      ],
    },
  },
  {
    name: 'the event 1.0',
    source: guide,
    api: guarded({ ...v1, identitySource }, { stage }),
    functions: { auth: returning(policy('Allow')), f: echo },
    request: onStage,
    expect: {
      status: 200,
      invoked: [
        {
          version: '1.0',
          type: 'REQUEST',
          methodArn: `${ARN}:<api>/dev/POST/users/a%20b/c/d`,
          identitySource: 'token,x,POST /users/{id}/{proxy+},w',
          authorizationToken: 'token,x,POST /users/{id}/{proxy+},w',
          resource: '/users/{id}/{proxy+}',
          path: '/dev/users/a%20b/c/d',
          httpMethod: 'POST',
          headers: { Authorization: 'token', 'X-Two': '2', Cookie: 'a=1; b=2', Host: HOST },
          queryStringParameters: { p: '2', Q: 'x' },
          pathParameters: { id: 'a b', proxy: 'c/d' },
          stageVariables: { v: 'w' },
          requestContext: {
            path: '/dev/users/a%20b/c/d',
            accountId: ACCOUNT,
            resourceId: 'POST /users/{id}/{proxy+}',
            stage: 'dev',
            requestId: '<id>',
            identity: { sourceIp: '127.0.0.1', userAgent: 'curl' },
            resourcePath: '/users/{id}/{proxy+}',
            httpMethod: 'POST',
            apiId: '<api>',
          },
        },
        {},
      ],
    },
  },
  {
    name: 'the context in an event 2.0',
    source: guide,
    api: guarded(),
    functions: { auth: returning({ isAuthorized: true, context }), f: echo },
    request,
    expect: { ...IN, invoked: [{}, { requestContext: { authorizer: { lambda: context } } }] },
  },
  {
    name: 'no context in an event 2.0',
    api: guarded(),
    functions: { auth: allowing, f: echo },
    request,
    expect: { ...IN, invoked: [{}, { requestContext: { authorizer: { lambda: null } } }] },
  },
  {
    name: 'the context in an event 1.0',
    api: guarded(withPolicies, {}, '1.0'),
    functions: { auth: returning({ ...policy('Allow'), context }), f: echo },
    request,
    expect: {
      ...IN,
      invoked: [{}, { requestContext: { authorizer: { ...context, principalId: 'ada' } } }],
    },
  },
  ...[
    ['a header', ['$request.header.Authorization'], { target: '/x' }],
    ['an empty header', ['$request.header.Authorization'], { target: '/x', headers: ['Authorization: '] }],
    ['one of two', ['$request.header.Authorization', '$request.querystring.q'], request],
    ['a query in another case', ['$request.querystring.q'], { target: '/x?Q=1' }],
    ['a stage variable', ['$stageVariables.v'], request],
    ['a variable of the context', ['$context.authorizer.x'], request],
  ].map(([what, sources, sent]): HttpApiCase => ({
    name: `nothing to ask about: ${what as string}`,
    source: guide,
    // Whether answers are kept makes no difference.
    api: guarded({ identitySource: sources as string[], authorizerResultTtlInSeconds: 0 }),
    functions: { auth: allowing, f: echo },
    request: sent as HttpApiCase['request'],
    expect: UNAUTHORIZED,
  })),
  {
    name: 'a header in another case',
    source: guide,
    api: guarded(),
    functions: { auth: allowing, f: echo },
    request: { target: '/x', headers: ['AUTHORIZATION: token'] },
    expect: IN,
  },
  {
    name: 'a path that is too long for a policy',
    api: guarded(),
    functions: { auth: allowing, f: echo },
    request: { ...request, target: `/${'x'.repeat(1600)}` },
    expect: { status: 414, invoked: [] },
  },
]
