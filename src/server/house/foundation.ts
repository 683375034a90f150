import type { AwsAccess } from '#aws/access.ts'
import type { SigningKeys } from '#aws/sigv4.ts'
import { systemClock, type SteadyClock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { HttpClient } from '#http/client.ts'
import type { Store } from '#store/store.ts'
import { createAwsAccess, createBackendClient } from '../backend-settings.ts'
import { isLoopback, type Config } from '../config.ts'
import { createIdentities, type Identities } from '../identities.ts'
import { openStore } from '../open-store.ts'
import { checkSharedKey } from '../shared-key.ts'

/** Takes how to end each thing that is started, in order: to be ended in reverse, also when a later one cannot start. */
export type Started = (() => void | Promise<void>)[]

/** What everything in the house stands on. */
export interface Foundation {
  readonly config: Config
  readonly started: Started
  readonly log: Log
  readonly clock: SteadyClock
  readonly store: Store
  readonly identities: Identities
  /** Kept apart from what serves, which may be other processes. */
  readonly httpClient: HttpClient
  readonly aws: AwsAccess
  /** The keys with which Gatehouse calls itself. */
  readonly owner: SigningKeys
  /** Where clients find the house, once it is open. */
  readonly address: { url?: string }
  /** Whether nobody else can come, and whoever comes may do all. */
  readonly onOwnMachine: boolean
  /** Whether functions may be folders of this machine: whoever may name a folder may read it. */
  readonly localFolders: boolean
}

/** @throws StartError, StoreUnavailable */
export async function layFoundation(config: Config, started: Started, log: Log): Promise<Foundation> {
  const clock = systemClock
  const store = await openStore(config, started, log)
  const identities = createIdentities(config, store, clock, log)
  started.push(() => identities.roles?.stop())
  if (config.store !== undefined) await checkSharedKey(store, identities.sealer)
  const httpClient = createBackendClient(config, log)
  started.push(() => httpClient.close())
  const owner = ownerKeys(config)
  const onOwnMachine = isLoopback(config.host) && config.credentials.length === 0
  return {
    config,
    started,
    log,
    clock,
    store,
    identities,
    httpClient,
    aws: createAwsAccess(config, httpClient, owner),
    owner,
    address: {},
    onOwnMachine,
    localFolders: config.dev || onOwnMachine,
  }
}

function ownerKeys({ credentials: [first], accountId }: Config): SigningKeys {
  return { accessKeyId: first?.accessKeyId ?? accountId, secretAccessKey: first?.secret ?? 'unused' }
}
