import { createAwsEndpoint } from '#aws/service.ts'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { createApiGatewayService } from '#control-plane/apigateway/service.ts'
import { createApiGatewayV2Service } from '#control-plane/apigatewayv2/service.ts'
import { startHttpServer } from '#http/server.ts'
import type { Quotas } from '#model/quotas.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { newMethodTester } from '../../support/method-tester.ts'

export interface RunningControlPlane extends AsyncDisposable {
  readonly url: string
}

/** API Gateway's control plane on a real port with an empty store, for clients that know nothing of us. */
export function startControlPlane(quotas: Partial<Quotas> = {}): RunningControlPlane {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  const endpoint = createAwsEndpoint({
    services: [
      createApiGatewayService({
        store,
        clock: systemClock,
        log: silentLog,
        methodTester: newMethodTester(systemClock),
        quotas,
      }),
      createApiGatewayV2Service({ store, clock: systemClock, log: silentLog, quotas }),
    ],
    credentials: { kind: 'any' },
    defaultAccount: '000000000000',
    defaultRegion: 'us-east-1',
    clock: systemClock,
    log: silentLog,
  })
  const server = startHttpServer({
    hostname: '127.0.0.1',
    port: 0,
    handler: (request) => endpoint.serve(request),
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    async [Symbol.asyncDispose]() {
      await server.stop({ graceMs: 0 })
      await store.close()
    },
  }
}
