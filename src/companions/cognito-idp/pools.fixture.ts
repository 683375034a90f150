import { randomBytes } from 'node:crypto'
import {
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  type CreateUserPoolClientCommandInput,
  type CreateUserPoolCommandInput,
} from '@aws-sdk/client-cognito-identity-provider'
import { createAwsEndpoint } from '#aws/service.ts'
import { steadily } from '#base/clock.fixture.ts'
import { silentLog } from '#base/log.ts'
import { startHttpServer } from '#http/server.ts'
import { createSealer, sealingKeyBytes } from '#store/sealing.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { CodeDelivery } from './context.ts'
import { createUserPools, type UserPools } from './service.ts'

/** User pools behind a real server, with a real client. */
export interface TestPools {
  readonly url: string
  readonly sdk: CognitoIdentityProviderClient
  readonly pools: UserPools
  /** Codes that users were sent, the newest last. */
  readonly sent: CodeDelivery[]
  nowMs: number
  newPool(settings?: Partial<CreateUserPoolCommandInput>): Promise<string>
  newClient(
    poolId: string,
    settings?: Partial<CreateUserPoolClientCommandInput>,
  ): Promise<{ id: string; secret: string }>
  /** All that is kept, as text. */
  kept(): Promise<string>
  stop(): Promise<void>
}

export async function startTestPools(): Promise<TestPools> {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  const clock = steadily({ now: () => test.nowMs })
  const sent: CodeDelivery[] = []
  const pools = createUserPools({
    store,
    clock,
    sealer: createSealer(randomBytes(sealingKeyBytes)),
    url: () => test.url,
    deliver: (to) => void sent.push(to),
  })
  const endpoint = createAwsEndpoint({
    services: [pools.service],
    credentials: { kind: 'any', find: async () => undefined },
    defaultAccount: '000000000000',
    defaultRegion: 'us-east-1',
    clock,
    log: silentLog,
  })
  const server = startHttpServer({
    hostname: '127.0.0.1',
    port: 0,
    handler: (request) => pools.serve(request) ?? endpoint.serve(request),
  })
  const url = `http://127.0.0.1:${server.port}`
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const sdk = new CognitoIdentityProviderClient({
    endpoint: url,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  })
  const test: TestPools = {
    url,
    sdk,
    pools,
    sent,
    nowMs: Date.now(),
    async newPool(settings = {}) {
      const { UserPool } = await sdk.send(new CreateUserPoolCommand({ PoolName: 'pool', ...settings }))
      return UserPool?.Id as string
    },
    async newClient(UserPoolId, settings = {}) {
      const { UserPoolClient } = await sdk.send(
        new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'client', ...settings }),
      )
      return { id: UserPoolClient?.ClientId as string, secret: UserPoolClient?.ClientSecret ?? '' }
    },
    async kept() {
      const kinds = ['pool', 'client', 'user'].map((name) => ({ name: `cognito-idp.${name}` }))
      return JSON.stringify(await Promise.all(kinds.map((kind) => store.scan(kind))))
    },
    async stop() {
      sdk.destroy()
      await server.stop()
      await store.close()
    },
  }
  return test
}
