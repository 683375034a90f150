import type { KeyObject } from 'node:crypto'
import type { SteadyClock } from '#base/clock.ts'
import type { KeySet } from '#languages/jwt/key-set.ts'
import type { Token } from '#languages/jwt/token.ts'
import type { KeySetLimits } from './limits.ts'

/** The issuer's keys cannot be had: nothing is known of its tokens, and nobody is let in. */
export class KeysUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'KeysUnavailable'
  }
}

export interface IssuerKeysOptions {
  /** @throws Error saying why there are none */
  readonly fetch: () => Promise<KeySet>
  readonly clock: SteadyClock
  readonly limits: KeySetLimits
  /** Told when older keys go on being used. */
  readonly warn: (message: string) => void
}

/**
 * The keys of one issuer: fetched when they are first needed, again when they have become old or a token names one that
 * is not there. There is one fetch at a time, whoever waits for it.
 */
export class IssuerKeys {
  readonly #options: IssuerKeysOptions
  #keys: KeySet | undefined
  #fetchedMs = -Infinity
  #startedMs = -Infinity
  #failure: { readonly atMs: number; readonly error: KeysUnavailable } | undefined
  #fetch: Promise<KeySet> | undefined
  #waiters = 0

  constructor(options: IssuerKeysOptions) {
    this.#options = options
  }

  /**
   * @returns undefined when the issuer has no such key; a promise only where it has to be asked
   * @throws KeysUnavailable
   */
  find(token: Token): KeyObject | undefined | Promise<KeyObject | undefined> {
    const { limits, clock } = this.#options
    const nowMs = clock.steadyMs()
    const keys = this.#keys
    const ageMs = nowMs - this.#fetchedMs
    if (keys === undefined || ageMs >= limits.staleMsMax) {
      return this.#fetched(nowMs).then((found) => found.find(token))
    }
    const key = keys.find(token)
    if (key !== undefined) {
      if (ageMs >= limits.freshMs) this.#refresh(nowMs)
      return key
    }
    // The issuer may have a new one. Strangers can name any: they do not make us ask more often.
    if (this.#fetch === undefined && nowMs - this.#startedMs < limits.rotationMsMin) return undefined
    return this.#fetched(nowMs).then(
      (found) => found.find(token),
      () => undefined,
    )
  }

  #refresh(nowMs: number): void {
    if (this.#fetch !== undefined || this.#recentFailure(nowMs) !== undefined) return
    this.#start(nowMs).catch(({ message }: KeysUnavailable) => this.#options.warn(message))
  }

  async #fetched(nowMs: number): Promise<KeySet> {
    const { waitersMax } = this.#options.limits
    const failure = this.#fetch === undefined ? this.#recentFailure(nowMs) : undefined
    if (failure !== undefined) throw failure
    if (this.#waiters >= waitersMax) {
      throw new KeysUnavailable(`more than ${waitersMax} requests wait for the keys of one issuer`)
    }
    this.#waiters++
    try {
      return await (this.#fetch ?? this.#start(nowMs))
    } finally {
      this.#waiters--
    }
  }

  #recentFailure(nowMs: number): KeysUnavailable | undefined {
    const { atMs, error } = this.#failure ?? {}
    return atMs !== undefined && nowMs - atMs < this.#options.limits.retryMs ? error : undefined
  }

  #start(nowMs: number): Promise<KeySet> {
    this.#startedMs = nowMs
    this.#fetch = this.#run()
    return this.#fetch
  }

  async #run(): Promise<KeySet> {
    const { fetch, clock } = this.#options
    try {
      const keys = await fetch()
      this.#keys = keys
      this.#fetchedMs = clock.steadyMs()
      this.#failure = undefined
      return keys
    } catch (cause) {
      const error = new KeysUnavailable((cause as Error).message, { cause })
      this.#failure = { atMs: clock.steadyMs(), error }
      throw error
    } finally {
      this.#fetch = undefined
    }
  }
}
