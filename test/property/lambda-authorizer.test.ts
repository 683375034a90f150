import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  ACCOUNT,
  functionUri,
  mock,
  REGION,
  STAGE,
  type ApiDefinition,
} from '../conformance/rest/support/definition.ts'
import { LocalFunctions } from '../conformance/rest/support/functions.ts'
import { startHouse, type House } from '../conformance/rest/support/house.ts'

// Nobody is ever answered with what was said of somebody else, and no answer that is none lets anybody in.

let house: House
let nowMs = 1_700_000_000_000

beforeAll(async () => {
  house = await startHouse({ clock: { now: () => nowMs } })
})
afterAll(() => house.stop())

const ALLOW = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }],
}

const api = (ttl: number): ApiDefinition => ({
  paths: {
    '/x': {
      GET: {
        authorizationType: 'CUSTOM',
        authorizerId: 'auth',
        integration: mock('$util.base64Encode($context.authorizer.principalId)'),
      },
    },
  },
  authorizers: [
    {
      id: 'auth',
      type: 'REQUEST',
      identitySource: 'method.request.querystring.a,method.request.querystring.b',
      authorizerResultTtlInSeconds: ttl,
      authorizerUri: functionUri('auth'),
    },
  ],
})

/** Few and near each other, so that keys would be the same if they could. */
const value = fc.constantFrom('a', 'a,a', 'a,', ',a', 'a","a', '["a"', 'a"]', '\\', 'é')
const steps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('ask' as const), a: value, b: value }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(2000) }) },
  ),
  { maxLength: 20 },
)

test('whatever is asked, flushed and waited for, an identity gets its own answer, of its own time', async () => {
  let count = 0
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const apiId = `prop${++count}`
      house.deploy(apiId, api(1))
      let epoch = 0
      const told = new Map<string, number>()
      house.functions = new LocalFunctions({
        auth: (payload) => {
          const { queryStringParameters: query } = JSON.parse(payload) as {
            queryStringParameters: { a: string; b: string }
          }
          const identity = JSON.stringify([query.a, query.b])
          told.set(identity, nowMs)
          const principalId = JSON.stringify([identity, epoch, nowMs])
          return { payload: Buffer.from(JSON.stringify({ principalId, policyDocument: ALLOW })) }
        },
      })
      for (const step of sequence) {
        if (step.kind === 'wait') nowMs += step.ms
        else if (step.kind === 'flush') {
          house.authorizerAnswers.flush(`${apiId}/${STAGE}`)
          epoch++
        } else {
          const query = `a=${encodeURIComponent(step.a)}&b=${encodeURIComponent(step.b)}`
          const { status, body } = await house.send(apiId, { target: `/x?${query}` })
          expect(status).toBe(200)
          const [identity, ofEpoch, atMs] = JSON.parse(Buffer.from(body, 'base64').toString('utf8')) as [
            string,
            number,
            number,
          ]
          expect([identity, ofEpoch]).toEqual([JSON.stringify([step.a, step.b]), epoch])
          expect(atMs).toBe(told.get(identity) as number)
          expect(nowMs - atMs).toBeLessThan(1000)
        }
      }
    }),
    { seed: 1, numRuns: 100 },
  )
})

/** Each part of an answer as it may be, and as it may not. */
const part = <T>(good: readonly T[], bad: readonly unknown[]) =>
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom(...good).map((given) => ({ given: given as unknown, isGood: true })),
    },
    { weight: 1, arbitrary: fc.constantFrom(...bad).map((given) => ({ given, isGood: false })) },
  )

const answers = fc.record({
  principalId: part(['me', ''], [undefined, null, 1, true, {}, ['me']]),
  context: part(
    [undefined, null, {}, { a: 'b', c: 1, d: false, e: null }],
    ['a', 1, [], { a: {} }, { a: [] }],
  ),
  version: part(['2012-10-17', '2008-10-17'], ['2013-10-17', 1, null]),
  effect: part(['Allow'], ['allow', 'ALLOW', undefined, null, true, ['Allow'], '*', 'Deny']),
  action: part(
    ['execute-api:Invoke', 'execute-api:*', '*', 'EXECUTE-API:invoke', ['a:b', 'execute-api:Invoke']],
    ['execute-api:ManageConnections', undefined, null, [], 1, {}, 'Invoke', ''],
  ),
  resource: part(
    ['*', `arn:aws:execute-api:${REGION}:${ACCOUNT}:*/${STAGE}/GET/x`, [`arn:aws:execute-api:*:*:*/*/GET/?`]],
    [undefined, null, [], 1, '', `arn:aws:execute-api:${REGION}:${ACCOUNT}:*/${STAGE}/PUT/*`],
  ),
})

test('an answer lets in only where each of its parts is as it should be', async () => {
  house.deploy('parts', api(0))
  await fc.assert(
    fc.asyncProperty(answers, async ({ principalId, context, version, effect, action, resource }) => {
      const answer = {
        principalId: principalId.given,
        context: context.given,
        policyDocument: {
          Version: version.given,
          Statement: { Effect: effect.given, Action: action.given, Resource: resource.given },
        },
      }
      house.functions = new LocalFunctions({ auth: () => ({ payload: Buffer.from(JSON.stringify(answer)) }) })
      const { status } = await house.send('parts', { target: '/x' })
      const isGood = [principalId, context, version, effect, action, resource].every((each) => each.isGood)
      if (isGood) expect(status).toBe(200)
      else expect([403, 500]).toContain(status)
    }),
    { seed: 1, numRuns: 500 },
  )
})

test('a payload that is damaged lets nobody in', async () => {
  house.deploy('damaged', api(0))
  const whole = Buffer.from(JSON.stringify({ principalId: 'me', policyDocument: ALLOW }))
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((given) => Buffer.from(given)),
    fc.json().map((text) => Buffer.from(text)),
    fc.nat(whole.length - 1).map((length) => whole.subarray(0, length)),
    fc
      .tuple(fc.nat(whole.length - 1), fc.constantFrom(0, 1, 0x22, 0x7b, 0x7d, 0x5b, 0x80))
      .map(([at, byte]) => {
        const damaged = Buffer.from(whole)
        damaged[at] = byte
        return damaged
      }),
  )
  await fc.assert(
    fc.asyncProperty(bytes, async (payload) => {
      house.functions = new LocalFunctions({ auth: () => ({ payload }) })
      const { status } = await house.send('damaged', { target: '/x' })
      if (!allows(payload)) expect([403, 500]).toContain(status)
    }),
    { seed: 1, numRuns: 500 },
  )
})

/** A plain reading of the few answers that differ from the whole one without harm: in the principal's name. */
function allows(payload: Buffer): boolean {
  try {
    const { principalId, policyDocument } = JSON.parse(payload.toString('utf8')) as Record<string, unknown>
    return typeof principalId === 'string' && Bun.deepEquals(policyDocument, ALLOW)
  } catch {
    return false
  }
}
