import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { HttpClient } from '#http/client.ts'
import { readKeySet, type KeySet } from '#languages/jwt/key-set.ts'
import { fetchIssuerKeys, fetchPoolKeys } from './fetch-keys.ts'
import { IssuerKeys } from './issuer-keys.ts'
import { defaultKeySetLimits, type KeySetLimits } from './limits.ts'
import { poolOf } from './pool-arn.ts'

/** Whoever stands in for a user pool, by configuration. */
export interface StandIn {
  /** URL, the `iss` of its tokens. */
  readonly issuer: string
  /** Tokens for anybody else are refused; undefined: all of the issuer's are taken, as those of a pool's clients are. */
  readonly audiences?: readonly string[] | undefined
}

/** The user pools of this house. */
export interface UserPoolSource {
  /** @returns undefined when it is none of ours */
  find(poolId: string): Promise<UserPoolKeys | undefined>
}

export interface UserPoolKeys {
  /** The `iss` of its tokens. */
  readonly issuer: string
  /** JSON Web Key set. */
  readonly keys: string
}

/** Who makes tokens. */
export interface TokenIssuer {
  readonly issuer: string
  readonly audiences: readonly string[] | undefined
  /** User pools say in `token_use` what each token is for; others need not. */
  readonly isUserPool: boolean
  readonly keys: Pick<IssuerKeys, 'find'>
}

export interface TokenIssuersOptions {
  /** By ARN or id of the pool. */
  readonly standIns: ReadonlyMap<string, StandIn>
  readonly userPools?: UserPoolSource | undefined
  readonly client: HttpClient
  readonly clock: Clock
  readonly log: Log
  readonly limits?: Partial<KeySetLimits> | undefined
}

/** Keys of our own pools cost nothing to ask for again: one that was deleted is soon unknown. */
const ownFreshMs = 1000
/** Issuers that are kept; when there are more, all are asked anew. */
const issuersMax = 10_000

/** The issuers behind the user pools that authorizers name: configured, our own, or Amazon's. */
export class TokenIssuers {
  readonly #options: TokenIssuersOptions
  readonly #limits: KeySetLimits
  readonly #known = new Map<string, TokenIssuer>()
  readonly #asked = new Map<string, Promise<TokenIssuer>>()

  constructor(options: TokenIssuersOptions) {
    this.#options = options
    this.#limits = { ...defaultKeySetLimits, ...options.limits }
  }

  /** @param poolArn one that `poolOf` takes; a promise where it is not known yet, which rejects when it cannot be */
  find(poolArn: string): TokenIssuer | Promise<TokenIssuer> {
    const known = this.#known.get(poolArn)
    if (known !== undefined) return known
    const asked = this.#asked.get(poolArn)
    if (asked !== undefined) return asked
    const finding = this.#find(poolArn).finally(() => this.#asked.delete(poolArn))
    this.#asked.set(poolArn, finding)
    return finding
  }

  /** Any OpenID Connect issuer. @param url its `iss`, of which audiences are whoever asks to look at */
  ofUrl(url: string): TokenIssuer {
    const known = this.#known.get(url)
    if (known !== undefined) return known
    const options = { client: this.#options.client, limits: this.#limits }
    const keys = this.#keys(() => fetchIssuerKeys(url, options))
    return this.#keep(url, { issuer: url, audiences: undefined, isUserPool: false, keys })
  }

  async #find(poolArn: string): Promise<TokenIssuer> {
    return this.#keep(poolArn, await this.#newIssuer(poolArn))
  }

  #keep(name: string, issuer: TokenIssuer): TokenIssuer {
    if (this.#known.size >= issuersMax) this.#known.clear()
    this.#known.set(name, issuer)
    return issuer
  }

  async #newIssuer(poolArn: string): Promise<TokenIssuer> {
    const { standIns, userPools, client } = this.#options
    const { id, issuer } = poolOf(poolArn)
    const options = { client, limits: this.#limits }
    const standIn = standIns.get(poolArn) ?? standIns.get(id)
    if (standIn !== undefined) {
      const keys = this.#keys(() => fetchIssuerKeys(standIn.issuer, options))
      return { issuer: standIn.issuer, audiences: standIn.audiences, isUserPool: false, keys }
    }
    const own = await userPools?.find(id)
    if (userPools !== undefined && own !== undefined) {
      const limits = { freshMs: ownFreshMs, staleMsMax: 2 * ownFreshMs, rotationMsMin: ownFreshMs }
      const keys = this.#keys(async () => ownKeys(await userPools.find(id)), limits)
      return { issuer: own.issuer, audiences: undefined, isUserPool: true, keys }
    }
    const keys = this.#keys(() => fetchPoolKeys(issuer, options))
    return { issuer, audiences: undefined, isUserPool: true, keys }
  }

  #keys(fetch: () => Promise<KeySet>, limits: Partial<KeySetLimits> = {}): IssuerKeys {
    const { clock, log } = this.#options
    const warn = (message: string): void => log.warn('keys of tokens cannot be renewed', { reason: message })
    return new IssuerKeys({ fetch, clock, limits: { ...this.#limits, ...limits }, warn })
  }
}

const NO_KEYS: KeySet = { find: () => undefined }

/** A pool that is no more has no keys. */
function ownKeys(found: UserPoolKeys | undefined): KeySet {
  return (found && readKeySet(Buffer.from(found.keys, 'utf8'))) ?? NO_KEYS
}
