import type { KeyLookup } from '#base/caller.ts'
import type { AuthorizeCall, AwsService } from '#aws/call.ts'
import type { Credentials, FoundKey } from '#aws/sigv4.ts'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import { createCallAuthorizer } from '#companions/iam/authorize-call.ts'
import { Callers } from '#companions/iam/callers.ts'
import { iamKinds } from '#companions/iam/records.ts'
import { ServiceRoles } from '#companions/iam/service-roles.ts'
import { createIamService } from '#companions/iam/service.ts'
import { createSessionTokens, type SessionTokens } from '#companions/iam/session-tokens.ts'
import type { Sealer } from '#store/sealing.ts'
import type { Store } from '#store/store.ts'
import type { Config } from './config.ts'
import type { Door } from './door.ts'
import { ownSealer } from './own-sealer.ts'

/** Who there is: IAM, and whoever is behind an access key. */
export interface Identities {
  readonly service: AwsService
  readonly callers: Callers
  /** Temporary credentials. */
  readonly tokens: SessionTokens
  /** Of whatever proves who somebody is; never without a key. */
  readonly sealer: Sealer
  /** For the control plane. */
  readonly credentials: Credentials
  /** Undefined without credentials: nobody's calls are refused then. */
  readonly authorize: AuthorizeCall | undefined
  /** What services may do as roles; undefined without credentials. */
  readonly roles: ServiceRoles | undefined
}

/** @throws StartError when there is no key to keep secrets with */
export function createIdentities(config: Config, store: Store, clock: Clock, log: Log): Identities {
  const sealer = ownSealer(config)
  const tokens = createSessionTokens(sealer)
  const rootKeys = new Map(config.credentials.map(({ accessKeyId, secret }) => [accessKeyId, secret]))
  const callers = new Callers({
    store,
    clock,
    log,
    sealer,
    tokens,
    rootKeys,
    rootAccount: config.accountId,
  })
  const anySignature = config.credentials.length === 0
  const find = async (accessKeyId: string, sessionToken: string | undefined): Promise<FoundKey> =>
    accessKeyOf(await callers.find(accessKeyId, sessionToken))
  return {
    service: createIamService({ store, clock, sealer }),
    callers,
    tokens,
    sealer,
    credentials: { kind: anySignature ? 'any' : 'keys', find },
    authorize: anySignature ? undefined : createCallAuthorizer(store, clock),
    roles: anySignature ? undefined : new ServiceRoles({ store, callers, clock }),
  }
}

/**
 * Who may do what is known where requests are served: a change of it is acknowledged when it holds there.
 * @returns how to stop
 */
export function watchIdentities(store: Store, door: Pick<Door, 'forgetCallers'>): () => void {
  return store.watch(async (changes) => {
    const concerns = changes.some(({ kind }) => kind === '*' || kind.startsWith(iamKinds))
    if (concerns) await door.forgetCallers()
  })
}

function accessKeyOf(found: KeyLookup): FoundKey {
  if (found === 'unknown') return undefined
  if (found === 'expired') return 'expired'
  const { secret, caller } = found
  return { secret, account: caller.account, arn: caller.arn, userId: caller.userId, caller }
}
