import { expect, test } from 'bun:test'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { AuthorizerCalls, type AnswerPlace } from './authorizer-calls.ts'
import { readAuthorizerAnswer, type AuthorizerAnswer } from './lambda-authorizer-answer.ts'

const clock = { now: () => 0, steadyMs: () => 0 }
const placeOf = (key: string): AnswerPlace => ({ stage: 's', key, ttlMs: 1000 })
const answerOf = (principalId: string): AuthorizerAnswer =>
  readAuthorizerAnswer(
    Buffer.from(
      JSON.stringify({
        principalId,
        policyDocument: {
          Version: '2012-10-17',
          Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
        },
      }),
    ),
  )

test('a function that does not answer has no more than so many calls; further requests fail at once', async () => {
  const calls = new AuthorizerCalls(undefined, 3)
  const gate = Promise.withResolvers<AuthorizerAnswer>()
  let asked = 0
  const ask = (): Promise<AuthorizerAnswer> => {
    asked++
    return gate.promise
  }
  const waiting = ['a', 'b', 'c'].map((key) => calls.shared('auth', placeOf(key), clock, ask))
  for (let i = 0; i < 1000; i++) {
    const refused = calls.shared('auth', placeOf(`more ${i}`), clock, ask)
    expect(await refused.catch((error: unknown) => error)).toBeInstanceOf(GatewayError)
  }
  expect(await calls.alone('auth', ask).catch(({ responseType }) => responseType as string)).toBe(
    'AUTHORIZER_FAILURE',
  )
  // Those who share a call, and other authorizers, are not held up.
  waiting.push(calls.shared('auth', placeOf('a'), clock, ask))
  expect((await calls.alone('other', async () => answerOf('x'))).principalId).toBe('x')
  expect(asked).toBe(3)
  gate.resolve(answerOf('late'))
  expect((await Promise.all(waiting)).map(({ principalId }) => principalId)).toEqual(Array(4).fill('late'))
  expect((await calls.alone('auth', async () => answerOf('next'))).principalId).toBe('next')
  // One that was refused may be asked for again.
  expect((await calls.shared('auth', placeOf('more 1'), clock, async () => answerOf('m'))).principalId).toBe(
    'm',
  )
})

test('a cache that takes nothing changes no answer', async () => {
  const calls = new AuthorizerCalls({
    get: () => Promise.reject(new Error('away')),
    generation: () => 0,
    set: () => {},
    flush: () => {},
    clear: () => {},
  })
  expect((await calls.shared('auth', placeOf('a'), clock, async () => answerOf('a'))).principalId).toBe('a')
})
