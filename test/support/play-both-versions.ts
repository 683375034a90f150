import { silentLog } from '#base/log.ts'
import { apiGatewayHandlers } from '#control-plane/apigateway/service.ts'
import { apiGatewayV2Handlers } from '#control-plane/apigatewayv2/service.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Store } from '#store/store.ts'
import { newMethodTester } from './method-tester.ts'
import { now, playHandlers, type PlayedCall, type PlayOptions } from './play-calls.ts'

/** Plays calls of both versions in order against one empty store; those of version 2 are named `v2:CreateApi`. */
export async function playBoth(calls: readonly PlayedCall[], options: PlayOptions = {}): Promise<void> {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  try {
    await playBothOn(store, calls, options)
  } finally {
    await store.close()
  }
}

export async function playBothOn(
  store: Store,
  calls: readonly PlayedCall[],
  options: PlayOptions = {},
): Promise<void> {
  const clock = { now: () => now }
  const common = { store, clock, log: silentLog, ...options }
  const ofVersion2 = Object.entries(apiGatewayV2Handlers(common))
  await playHandlers(
    {
      ...apiGatewayHandlers({ ...common, methodTester: newMethodTester(clock) }),
      ...Object.fromEntries(ofVersion2.map(([name, handler]) => [`v2:${name}`, handler])),
    },
    calls,
  )
}
