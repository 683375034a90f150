import { silentLog } from '#base/log.ts'
import { apiGatewayV2Handlers, type ApiGatewayV2Options } from '#control-plane/apigatewayv2/service.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Store } from '#store/store.ts'
import { now, playHandlers, type PlayedCall } from './play-calls.ts'

/** What a play has other than usual. */
export type PlayV2Options = Omit<Partial<ApiGatewayV2Options>, 'store' | 'log'>

/** Plays calls of version 2 in order against an empty store. */
export async function playV2Calls(calls: readonly PlayedCall[], options: PlayV2Options = {}): Promise<void> {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  try {
    await playV2CallsOn(store, calls, options)
  } finally {
    await store.close()
  }
}

export async function playV2CallsOn(
  store: Store,
  calls: readonly PlayedCall[],
  options: PlayV2Options = {},
): Promise<void> {
  await playHandlers(
    apiGatewayV2Handlers({ clock: { now: () => now }, ...options, store, log: silentLog }),
    calls,
  )
}

/** The beginnings of most scripts. */
export const withHttpApi: readonly PlayedCall[] = [
  { call: 'CreateApi', with: { Name: 'pets', ProtocolType: 'HTTP' }, as: 'api' },
]

export const withWebSocketApi: readonly PlayedCall[] = [
  {
    call: 'CreateApi',
    with: { Name: 'chat', ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' },
    as: 'api',
  },
]

/** An HTTP API with an integration, `$integration`. */
export const withBackend: readonly PlayedCall[] = [
  ...withHttpApi,
  {
    call: 'CreateIntegration',
    with: {
      ApiId: '$api.ApiId',
      IntegrationType: 'HTTP_PROXY',
      IntegrationMethod: 'GET',
      IntegrationUri: 'https://backend.example',
      PayloadFormatVersion: '1.0',
    },
    as: 'integration',
  },
]
