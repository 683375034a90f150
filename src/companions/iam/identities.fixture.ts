import { IAMClient } from '@aws-sdk/client-iam'
import { STSClient } from '@aws-sdk/client-sts'
import { createAwsEndpoint } from '#aws/service.ts'
import { createStsService } from '#companions/sts/service.ts'
import type { WebIdentities } from '#companions/sts/web-identities.ts'
import type { Clock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { startHttpServer } from '#http/server.ts'
import { createSealer } from '#store/sealing.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Store } from '#store/store.ts'
import { Callers } from './callers.ts'
import { createIamService } from './service.ts'
import { createSessionTokens } from './session-tokens.ts'

export const ACCOUNT = '111122223333'
export const ROOT = { accessKeyId: 'ROOTKEY', secretAccessKey: 'the secret of the root' } as const

interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface TestIdentities {
  readonly store: Store
  readonly callers: Callers
  /** Moves on when told. */
  readonly clock: Clock & { nowMs: number }
  iam(keys?: Keys): IAMClient
  sts(keys?: Keys): STSClient
  stop(): Promise<void>
}

/** IAM and STS on a real socket, the clock standing still. */
export async function startIdentities(webIdentities?: WebIdentities): Promise<TestIdentities> {
  const clock = { nowMs: Date.now(), now: () => clock.nowMs }
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  const sealer = createSealer(new Uint8Array(32).fill(7))
  const tokens = createSessionTokens(sealer)
  const rootKeys = new Map([[ROOT.accessKeyId, ROOT.secretAccessKey]])
  const common = { store, clock, sealer, tokens, webIdentities, log: silentLog }
  const callers = new Callers({ ...common, rootKeys, rootAccount: ACCOUNT })
  const endpoint = createAwsEndpoint({
    ...common,
    services: [createIamService(common), createStsService(common)],
    credentials: {
      kind: 'keys',
      async find(accessKeyId, sessionToken) {
        const found = await callers.find(accessKeyId, sessionToken)
        if (found === 'unknown') return undefined
        return found === 'expired' ? found : { secret: found.secret, ...found.caller, caller: found.caller }
      },
    },
    defaultAccount: ACCOUNT,
    defaultRegion: 'us-east-1',
  })
  const server = startHttpServer({
    hostname: '127.0.0.1',
    port: 0,
    handler: (request) => endpoint.serve(request),
  })
  const options = (credentials: Keys) => ({
    endpoint: `http://127.0.0.1:${server.port}`,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
    // Clients correct their clock by the server's otherwise, and sign with the machine's.
    systemClockOffset: clock.nowMs - Date.now(),
  })
  return {
    store,
    callers,
    clock,
    iam: (keys = ROOT) => new IAMClient(options(keys)),
    sts: (keys = ROOT) => new STSClient(options(keys)),
    async stop() {
      await server.stop({ graceMs: 0 })
      await store.close()
    },
  }
}

/** What a call was refused with: `NoSuchEntityException: The user …`. */
export async function refusal(answer: Promise<unknown>): Promise<string> {
  try {
    return `answered ${JSON.stringify(await answer)}`
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
}
