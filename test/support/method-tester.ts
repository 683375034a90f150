import type { Clock } from '#base/clock.ts'
import { steadily } from '#base/clock.fixture.ts'
import { silentLog } from '#base/log.ts'
import type { MethodTester } from '#control-plane/apigateway/method-tester.ts'
import { awsLimits } from '#data-plane/limits.ts'
import { FunctionUnavailable, type FunctionCall, type FunctionInvoker } from '#data-plane/ports.ts'
import { createHttpClient } from '#http/client.ts'
import { createMethodTester } from '#server/method-tester.ts'
import { MemoryCounters } from '#store/counters-memory.ts'

/** For tests: there is no function. */
const noFunction = async ({ functionArn }: FunctionCall): Promise<never> => {
  throw new FunctionUnavailable('not-found', `Function not found: ${functionArn}`)
}
const noFunctions: FunctionInvoker = { invoke: noFunction, invokeStreaming: noFunction }

/** For tests: tries methods for real, with the functions that are given. */
export function newMethodTester(clock: Clock, functions: FunctionInvoker = noFunctions): MethodTester {
  const ports = { functions, counters: new MemoryCounters() }
  const services = { ports, httpClient: createHttpClient(), log: silentLog, clock: steadily(clock) }
  return createMethodTester(services, awsLimits)
}
