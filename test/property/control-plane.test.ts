import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Call } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import { silentLog } from '#base/log.ts'
import { apiGatewayHandlers } from '#control-plane/apigateway/service.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Store } from '#store/store.ts'
import { newMethodTester } from '../support/method-tester.ts'
import { account, now, region } from '../support/play-calls.ts'
import { runPlain, step } from '../support/control-plane/steps.ts'
import { PlainApi, Refusal } from '../support/control-plane/plain-api.ts'
import { RealApi, type ControlPlaneCall } from '../support/control-plane/real-api.ts'

// Any sequence of operations is answered as a model of plain objects answers it, and leaves the same behind.

/** Calls the handlers themselves. */
function callerOn(store: Store): ControlPlaneCall {
  const clock = { now: () => now }
  const handlers = apiGatewayHandlers({ store, clock, log: silentLog, methodTester: newMethodTester(clock) })
  const principal = { account, accessKeyId: 'AKID', arn: `arn:aws:iam::${account}:root`, userId: account }
  return (operation, input) => {
    const call: Call = { service: 'apigateway', operation, account, region, requestId: 'request', principal }
    const handler = handlers[operation] as (given: typeof input, call: Call) => ReturnType<ControlPlaneCall>
    return handler(input, call) as never
  }
}

async function outcome(work: () => unknown): Promise<string> {
  try {
    await work()
    return 'done'
  } catch (error) {
    if (error instanceof AwsError || error instanceof Refusal) return `${error.code}: ${error.message}`
    throw error
  }
}

test('any sequence of operations is answered as by plain objects', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
      const store = openSqliteStore({ path: ':memory:', log: silentLog })
      try {
        const real = await RealApi.create(callerOn(store))
        const plain = new PlainApi()
        for (const taken of steps) {
          const answered = await outcome(() => real.run(taken))
          expect({ taken, answered }).toEqual({
            taken,
            answered: await outcome(() => runPlain(plain, taken)),
          })
        }
        expect(await real.tree()).toEqual(plain.tree())
        expect(await real.models()).toEqual(plain.models())
        expect(await real.stages()).toEqual(plain.stages())
      } finally {
        await store.close()
      }
    }),
    { numRuns: 150 },
  )
})
