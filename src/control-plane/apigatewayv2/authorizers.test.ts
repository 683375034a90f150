import { test } from 'bun:test'
import type { PlayedCall } from '../../../test/support/play-calls.ts'
import { playV2Calls, withHttpApi, withWebSocketApi } from '../../../test/support/play-v2-calls.ts'

const bad = 'BadRequestException'
const uri =
  'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:guard/invocations'
const create = (input: object): Omit<PlayedCall, 'gives'> => ({
  call: 'CreateAuthorizer',
  with: { ApiId: '$api.ApiId', Name: 'guard', ...input },
})
const update = (input: object): Omit<PlayedCall, 'gives'> => ({
  call: 'UpdateAuthorizer',
  with: { ApiId: '$api.ApiId', AuthorizerId: '$authorizer.AuthorizerId', ...input },
})
const get = { call: 'GetAuthorizer', with: { ApiId: '$api.ApiId', AuthorizerId: '$authorizer.AuthorizerId' } }
const jwt = {
  AuthorizerType: 'JWT',
  IdentitySource: ['$request.header.Authorization'],
  JwtConfiguration: { Audience: ['pets'], Issuer: 'https://issuer.example/pool' },
}
const lambda = {
  AuthorizerType: 'REQUEST',
  AuthorizerUri: uri,
  AuthorizerPayloadFormatVersion: '2.0',
  IdentitySource: ['$request.header.Auth', '$context.routeKey'],
}
const ofMessages = {
  AuthorizerType: 'REQUEST',
  AuthorizerUri: uri,
  IdentitySource: ['route.request.header.Auth'],
}
const made = { Name: 'guard', AuthorizerId: '$authorizer.AuthorizerId' }

const plays: Readonly<Record<string, readonly PlayedCall[]>> = {
  'tokens: nothing is added': [
    ...withHttpApi,
    { ...create(jwt), as: 'authorizer' },
    { ...get, gives: { ...made, ...jwt } },
    {
      ...update({
        Name: 'tokens',
        JwtConfiguration: { Audience: ['pets', 'dogs'], Issuer: 'http://localhost:9000' },
      }),
      has: {
        Name: 'tokens',
        JwtConfiguration: { Audience: ['pets', 'dogs'], Issuer: 'http://localhost:9000' },
      },
    },
  ],
  'a function: answers are kept for 300 s': [
    ...withHttpApi,
    { ...create(lambda), as: 'authorizer' },
    {
      ...get,
      gives: { ...made, ...lambda, AuthorizerResultTtlInSeconds: 300, EnableSimpleResponses: false },
    },
    {
      ...update({
        AuthorizerPayloadFormatVersion: '1.0',
        AuthorizerResultTtlInSeconds: 0,
        IdentitySource: [],
      }),
      gives: {
        ...made,
        ...lambda,
        AuthorizerPayloadFormatVersion: '1.0',
        IdentitySource: [],
        AuthorizerResultTtlInSeconds: 0,
        EnableSimpleResponses: false,
      },
    },
  ],
  'a function without identity sources is asked each time': [
    ...withHttpApi,
    { ...create({ ...lambda, IdentitySource: [] }), has: { AuthorizerResultTtlInSeconds: 0 } },
  ],
  'a function of a WebSocket API: nothing is added': [
    ...withWebSocketApi,
    { ...create(ofMessages), as: 'authorizer' },
    { ...get, gives: { ...made, ...ofMessages } },
    {
      call: 'CreateRoute',
      with: {
        ApiId: '$api.ApiId',
        RouteKey: '$connect',
        AuthorizationType: 'CUSTOM',
        AuthorizerId: '$authorizer.AuthorizerId',
      },
      as: 'route',
    },
    {
      call: 'DeleteAuthorizer',
      with: get.with,
      fails: ['ConflictException', "Cannot delete authorizer 'guard', is referenced in route: $connect"],
    },
    {
      call: 'UpdateRoute',
      with: {
        ApiId: '$api.ApiId',
        RouteId: '$route.RouteId',
        AuthorizationType: 'AWS_IAM',
        AuthorizerId: '',
      },
    },
    { call: 'DeleteAuthorizer', with: get.with },
    {
      ...get,
      fails: ['NotFoundException', 'Invalid Authorizer identifier specified $authorizer.AuthorizerId'],
    },
  ],
  'names are there once': [
    ...withHttpApi,
    create(jwt),
    { ...create({ ...jwt, Name: 'other' }), as: 'authorizer' },
    {
      ...create(jwt),
      fails: [bad, 'Authorizer name must be unique. Authorizer guard already exists in this Api.'],
    },
    {
      ...update({ Name: 'guard' }),
      fails: [bad, 'Authorizer name must be unique. Authorizer guard already exists in this Api.'],
    },
    { ...update({ Name: '' }), fails: [bad, 'Authorizer name cannot be blank'] },
    {
      call: 'GetAuthorizers',
      with: { ApiId: '$api.ApiId', MaxResults: '1' },
      as: 'page',
      has: { Items: [{}] },
    },
  ],
}
for (const [name, calls] of Object.entries(plays)) test(name, () => playV2Calls(calls))

const source =
  'An authorizer of type JWT has one identity source, a header or a query string parameter, such as $request.header.Authorization'
const refusedHttp: readonly (readonly [input: object, message: string])[] = [
  [
    { ...lambda, AuthorizerPayloadFormatVersion: undefined },
    'AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer',
  ],
  [
    { ...lambda, AuthorizerPayloadFormatVersion: '3.0' },
    'Invalid AuthorizerPayloadFormatVersion specified: 3.0. Must be one of [1.0, 2.0]',
  ],
  [
    { ...lambda, AuthorizerPayloadFormatVersion: '1.0', EnableSimpleResponses: true },
    'enableSimpleResponses is only supported with AuthorizerPayloadFormatVersion 2.0',
  ],
  [
    { ...lambda, AuthorizerResultTtlInSeconds: 3601 },
    'Invalid authorizerResultTtlInSeconds specified: 3601. Must be between 0 and 3600',
  ],
  [
    { ...lambda, IdentitySource: [], AuthorizerResultTtlInSeconds: 1 },
    'Answers can be kept by identity sources alone: expected some, or authorizerResultTtlInSeconds 0',
  ],
  [
    { ...lambda, AuthorizerUri: 'arn:aws:lambda:us-east-1:111111111111:function:guard' },
    'Invalid Authorizer URI: arn:aws:lambda:us-east-1:111111111111:function:guard. Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.',
  ],
  [
    { ...lambda, IdentitySource: ['route.request.header.Auth'] },
    'Invalid identity source specified: route.request.header.Auth. an identity source begins with "$": found route.request.header.Auth',
  ],
  [
    { ...lambda, JwtConfiguration: jwt.JwtConfiguration },
    'jwtConfiguration is not supported for authorizers of type REQUEST',
  ],
  [
    { ...lambda, AuthorizerCredentialsArn: 'me' },
    'Invalid authorizerCredentialsArn specified: me. Expected the ARN of an IAM role',
  ],
  [
    { ...jwt, JwtConfiguration: undefined },
    "Invalid issuer: none. Issuer must have a valid discovery endpoint ended with '/.well-known/openid-configuration'",
  ],
  [
    { ...jwt, JwtConfiguration: { Issuer: 'issuer.example', Audience: ['a'] } },
    "Invalid issuer: issuer.example. Issuer must have a valid discovery endpoint ended with '/.well-known/openid-configuration'",
  ],
  [
    { ...jwt, JwtConfiguration: { Issuer: 'https://issuer.example' } },
    'JwtConfiguration needs an audience for authorizers of type JWT',
  ],
  [{ ...jwt, IdentitySource: ['$context.routeKey'] }, source],
  [{ ...jwt, IdentitySource: ['$request.header.a', '$request.header.b'] }, source],
  [{ ...jwt, AuthorizerUri: uri }, 'authorizerUri is not supported for authorizers of type JWT'],
  [{ ...jwt, Name: ' ' }, 'Authorizer name cannot be blank'],
]
test.each(refusedHttp)('an HTTP API refuses the authorizer %j', (input, message) =>
  playV2Calls([...withHttpApi, { ...create(input), fails: [bad, message] }]),
)

const refusedMessages: readonly (readonly [input: object, message: string])[] = [
  [jwt, 'Authorizer type JWT is not supported on protocolType WEBSOCKET'],
  [
    { ...ofMessages, AuthorizerPayloadFormatVersion: '2.0' },
    'authorizerPayloadFormatVersion is not supported on protocolType WEBSOCKET',
  ],
  [
    { ...ofMessages, AuthorizerResultTtlInSeconds: 300 },
    'authorizerResultTtlInSeconds is not supported on protocolType WEBSOCKET',
  ],
  [
    { ...ofMessages, EnableSimpleResponses: true },
    'enableSimpleResponses is not supported on protocolType WEBSOCKET',
  ],
]
test.each(refusedMessages)('a WebSocket API refuses the authorizer %j', (input, message) =>
  playV2Calls([...withWebSocketApi, { ...create(input), fails: [bad, message] }]),
)
