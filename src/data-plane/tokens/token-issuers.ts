import type { SteadyClock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { HttpClient } from '#http/client.ts'
import { readKeySet, type KeySet } from '#languages/jwt/key-set.ts'
import { fetchIssuerKeys, fetchPoolKeys, type FetchKeysOptions } from './fetch-keys.ts'
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
  readonly clock: SteadyClock
  readonly log: Log
  readonly limits?: Partial<KeySetLimits> | undefined
}

/** Keys of our own pools cost nothing to ask for again: one that was deleted is soon unknown. */
const ownFreshMs = 1000
/** Issuers that are kept; when there are more, all are asked anew. */
const issuersMax = 10_000

/** A user pool's own place at the end of its issuer's URL, on AWS and here. */
const POOL_AT_END =
  /^(https:\/\/cognito-idp\.[a-z\d-]+\.amazonaws\.com(?:\.cn)?)?.*\/([a-z]{2}(?:-[a-z]+)+-\d+_\w{1,55})$/

/** The issuers behind the user pools and the URLs that authorizers name: configured, our own, or whoever is there. */
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
    return this.#once(poolArn, () => this.#ofPool(poolArn))
  }

  /** Any OpenID Connect issuer. @param url its `iss`, of which audiences are whoever asks to look at */
  ofUrl(url: string): TokenIssuer {
    const known = this.#known.get(url)
    if (known !== undefined) return known
    const keys = this.#keys(() => fetchIssuerKeys(url, this.#fetching))
    return this.#keep(url, { issuer: url, audiences: undefined, isUserPool: false, keys })
  }

  /**
   * The same, where a user pool's URL may be that of one of this house, or of one that somebody stands in for.
   * @returns a promise where it is not known yet, which rejects when it cannot be
   */
  findUrl(url: string): TokenIssuer | Promise<TokenIssuer> {
    const [, amazon, id] = POOL_AT_END.exec(url) ?? []
    return id === undefined
      ? this.ofUrl(url)
      : this.#once(`pool at ${url}`, () => this.#atUrl(url, id, amazon !== undefined))
  }

  #once(name: string, find: () => Promise<TokenIssuer>): TokenIssuer | Promise<TokenIssuer> {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const asked = this.#asked.get(name)
    if (asked !== undefined) return asked
    const finding = find()
      .then((issuer) => this.#keep(name, issuer))
      .finally(() => this.#asked.delete(name))
    this.#asked.set(name, finding)
    return finding
  }

  #keep(name: string, issuer: TokenIssuer): TokenIssuer {
    if (this.#known.size >= issuersMax) this.#known.clear()
    this.#known.set(name, issuer)
    return issuer
  }

  async #ofPool(arn: string): Promise<TokenIssuer> {
    const { id, issuer } = poolOf(arn)
    const found = this.#standIn(arn, id) ?? (await this.#ownPool(id))
    if (found !== undefined) return found
    const keys = this.#keys(() => fetchPoolKeys(issuer, this.#fetching))
    return { issuer, audiences: undefined, isUserPool: true, keys }
  }

  async #atUrl(url: string, id: string, isAmazons: boolean): Promise<TokenIssuer> {
    const standIn = isAmazons ? this.#standIn(id) : undefined
    if (standIn !== undefined) return standIn
    const own = await this.#ownPool(id)
    return own !== undefined && (isAmazons || own.issuer === url) ? own : this.ofUrl(url)
  }

  #standIn(...names: readonly string[]): TokenIssuer | undefined {
    const name = names.find((each) => this.#options.standIns.has(each))
    const standIn = name === undefined ? undefined : this.#options.standIns.get(name)
    if (standIn === undefined) return undefined
    const { issuer, audiences } = standIn
    return {
      issuer,
      audiences,
      isUserPool: false,
      keys: this.#keys(() => fetchIssuerKeys(issuer, this.#fetching)),
    }
  }

  async #ownPool(id: string): Promise<TokenIssuer | undefined> {
    const { userPools } = this.#options
    const own = await userPools?.find(id)
    if (userPools === undefined || own === undefined) return undefined
    const limits = { freshMs: ownFreshMs, staleMsMax: 2 * ownFreshMs, rotationMsMin: ownFreshMs }
    const keys = this.#keys(async () => ownKeys(await userPools.find(id)), limits)
    return { issuer: own.issuer, audiences: undefined, isUserPool: true, keys }
  }

  get #fetching(): FetchKeysOptions {
    return { client: this.#options.client, limits: this.#limits }
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
