import { describe, test } from 'bun:test'
import { playCalls, withApi, type PlayedCall } from '../../../test/support/play-calls.ts'

const FUNCTION = 'arn:aws:lambda:us-east-1:111111111111:function:auth'
const authorizer = (members: object): PlayedCall => ({
  call: 'CreateAuthorizer',
  with: { restApiId: '$api.id', name: 'guard', ...members },
  as: 'guard',
})
const withToken: readonly PlayedCall[] = [
  ...withApi,
  authorizer({
    type: 'TOKEN',
    identitySource: 'method.request.header.Authorization',
    authorizerUri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${FUNCTION}/invocations`,
  }),
]
const GUARD = { restApiId: '$api.id', authorizerId: '$guard.id' }

const cases: readonly { readonly name: string; readonly calls: readonly PlayedCall[] }[] = [
  {
    name: 'a request without token is 401, and no function is asked',
    calls: [
      ...withToken,
      { call: 'TestInvokeAuthorizer', with: GUARD, has: { clientStatus: 401, latency: 0 } },
    ],
  },
  {
    name: 'an authorizer whose function is not there is 500',
    calls: [
      ...withToken,
      {
        call: 'TestInvokeAuthorizer',
        with: { ...GUARD, headers: { Authorization: 'token' } },
        has: { clientStatus: 500 },
      },
    ],
  },
  {
    name: 'without a token no user pool lets anybody in',
    calls: [
      ...withApi,
      authorizer({
        type: 'COGNITO_USER_POOLS',
        identitySource: 'method.request.header.Authorization',
        providerARNs: ['arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_a'],
      }),
      {
        call: 'TestInvokeAuthorizer',
        with: GUARD,
        has: { clientStatus: 401 },
      },
    ],
  },
  {
    name: 'an authorizer that is not there, and a request that could not be sent',
    calls: [
      ...withToken,
      {
        call: 'TestInvokeAuthorizer',
        with: { ...GUARD, authorizerId: 'nope' },
        fails: ['NotFoundException', 'Invalid Authorizer identifier specified'],
      },
      {
        call: 'TestInvokeAuthorizer',
        with: { ...GUARD, headers: { 'a b': 'c' } },
        fails: ['BadRequestException', 'Invalid header name specified: "a b"'],
      },
      {
        call: 'TestInvokeAuthorizer',
        with: { ...GUARD, pathWithQueryString: '/a b' },
        fails: [
          'BadRequestException',
          'Invalid pathWithQueryString specified: found a space, a control or a non-ASCII character, expected them percent-encoded',
        ],
      },
    ],
  },
]

describe('TestInvokeAuthorizer', () => {
  for (const { name, calls } of cases) test(name, () => playCalls(calls))
})
