import { describe, expect, test } from 'bun:test'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { requestContext } from '#languages/policy/request.ts'
import { readAuthorizerAnswer } from './lambda-authorizer-answer.ts'

const ARN = 'arn:aws:execute-api:us-east-1:123456789012:api1/dev'
const policyDocument = {
  Version: '2012-10-17',
  Statement: [
    { Action: 'execute-api:Invoke', Effect: 'Allow', Resource: `${ARN}/GET/*` },
    { Action: 'execute-api:Invoke', Effect: 'Deny', Resource: `${ARN}/*/secret` },
  ],
}

const read = (value: unknown): ReturnType<typeof readAuthorizerAnswer> =>
  readAuthorizerAnswer(Buffer.from(JSON.stringify(value)))

test('an answer decides about method ARNs, and its context is texts', () => {
  const { evaluate, policy, bytes, ...answer } = read({
    principalId: 'me',
    policyDocument,
    context: { text: 'a', number: 1.5, flag: false, none: null, constructor: 'c' },
    usageIdentifierKey: 'key',
  })
  expect({ ...answer, context: { ...answer.context } }).toEqual({
    principalId: 'me',
    context: { text: 'a', number: '1.5', flag: 'false', constructor: 'c' },
    usageIdentifierKey: 'key',
    requestId: undefined,
  })
  expect(JSON.parse(policy)).toEqual(policyDocument)
  expect(bytes).toBeGreaterThan(policy.length)
  const decisions = ['GET/pets', 'GET/secret', 'PUT/pets'].map((method) => {
    const action = 'execute-api:Invoke'
    const context = requestContext({})
    return evaluate({ principal: {}, action, resource: `${ARN}/${method}`, context }).decision
  })
  expect(decisions).toEqual(['allow', 'explicit-deny', 'implicit-deny'])
})

describe('lets nobody in by', () => {
  const answers: readonly [name: string, answer: unknown][] = [
    ['a text', 'allow'],
    ['a list', []],
    ['no principal', { policyDocument }],
    ['a principal that is no text', { principalId: { a: 1 }, policyDocument }],
    ['no policy', { principalId: 'me' }],
    ['a policy that is a text', { principalId: 'me', policyDocument: JSON.stringify(policyDocument) }],
    [
      'a statement without effect',
      { principalId: 'me', policyDocument: { Statement: [{ Action: '*', Resource: '*' }] } },
    ],
    ['a context that is a text', { principalId: 'me', policyDocument, context: 'a' }],
    ['a context with a list', { principalId: 'me', policyDocument, context: { a: [] } }],
  ]
  for (const [name, answer] of answers) {
    test(name, () => {
      expect(() => read(answer)).toThrow(GatewayError)
      try {
        read(answer)
      } catch (error) {
        const { responseType, status, clientMessage } = error as GatewayError
        expect({ responseType, status, clientMessage }).toEqual({
          responseType: 'AUTHORIZER_CONFIGURATION_ERROR',
          status: 500,
          clientMessage: null,
        })
      }
    })
  }
})
