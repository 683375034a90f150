import { afterAll, beforeAll, expect, test } from 'bun:test'
import { authorizerCallsMax } from '#data-plane/authorizers/authorizer-calls.ts'
import { FunctionUnavailable } from '#data-plane/ports.ts'
import { functionUri, mock } from '../conformance/rest/support/definition.ts'
import { returning } from '../conformance/rest/support/functions.ts'
import { startHouse, type House } from '../conformance/rest/support/house.ts'

// An authorizer that does not answer: so many wait for it, more are refused at once, and nobody else notices.

let house: House
beforeAll(async () => {
  house = await startHouse()
})
afterAll(() => house.stop())

const MORE = 30

const statusOf = async (target: string, token: string): Promise<number> =>
  (await house.send('down', { target, headers: [`Authorization: ${token}`] })).status

test('calls do not pile up, other routes go on, and it is asked again as soon as it is back', async () => {
  let calls = 0
  const lambda = Promise.withResolvers<never>()
  house.functions = {
    invoke: () => {
      calls++
      return lambda.promise
    },
  }
  house.deploy('down', {
    paths: {
      '/guarded': {
        GET: { authorizationType: 'CUSTOM', authorizerId: 'auth', integration: mock('inside') },
      },
      '/open': { GET: { integration: mock('open') } },
    },
    authorizers: [{ id: 'auth', authorizerUri: functionUri('auth') }],
  })
  const waiting = Array.from({ length: authorizerCallsMax }, (_, i) => statusOf('/guarded', `token ${i}`))
  // More for an identity that is being asked about are no more calls.
  waiting.push(...Array.from({ length: MORE }, () => statusOf('/guarded', 'token 0')))
  while (calls < authorizerCallsMax) await Bun.sleep(1)
  const refused = Array.from({ length: MORE }, (_, i) => statusOf('/guarded', `late ${i}`))
  expect(await Promise.all(refused)).toEqual(Array(MORE).fill(500))
  expect(await statusOf('/open', '')).toBe(200)

  lambda.reject(new FunctionUnavailable('failed', 'gone'))
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([500]))
  expect(calls).toBe(authorizerCallsMax)
  const allow = { Effect: 'Allow', Action: '*', Resource: '*' }
  const answer = { principalId: 'me', policyDocument: { Version: '2012-10-17', Statement: allow } }
  const back = returning(answer)
  house.functions = { invoke: async (call) => back('', call) }
  expect(await Promise.all(['token 0', 'late 0'].map((token) => statusOf('/guarded', token)))).toEqual([
    200, 200,
  ])
})
