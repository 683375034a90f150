import type { Clock } from '#base/clock.ts'
import type { SigningKeys } from '../sigv4.ts'
import type { ExpiringKeys, KeySource } from './key-source.ts'

/** New keys are got this long before the old ones end, while those are still used. */
const REFRESH_BEFORE_MS = 5 * 60_000
/** Keys this close to their end are not used: a request takes its time, and clocks differ. */
const UNUSABLE_BEFORE_MS = 30_000
/** How long a failure stands before it is tried again, behind the scenes. */
const FAILURE_STANDS_MS = 10_000

/** Keys of one source, kept until they end: nobody waits but the first. */
export class CachedKeys {
  readonly #source: KeySource
  readonly #clock: Clock
  #keys: ExpiringKeys | undefined
  #failure: { readonly error: unknown; readonly atMs: number } | undefined
  #pending: Promise<SigningKeys> | undefined

  constructor(source: KeySource, clock: Clock) {
    this.#source = source
    this.#clock = clock
  }

  /**
   * A promise only when there is something to wait for.
   * @throws what the source throws
   */
  get(): SigningKeys | Promise<SigningKeys> {
    const leftMs = this.#leftMs()
    if (this.#keys !== undefined && leftMs > UNUSABLE_BEFORE_MS) {
      if (leftMs < REFRESH_BEFORE_MS && this.#mayTry()) this.#refresh().catch(() => {})
      return this.#keys
    }
    if (this.#failure === undefined) return this.#refresh()
    // Somebody else finds out whether it still fails: looking may take seconds.
    const { error } = this.#failure
    if (this.#mayTry()) this.#refresh().catch(() => {})
    throw error
  }

  #leftMs(): number {
    return (this.#keys?.expiresAtMs ?? Infinity) - this.#clock.now()
  }

  #mayTry(): boolean {
    // Nor does it stand for longer because the clock was set back.
    return (
      this.#failure === undefined || Math.abs(this.#clock.now() - this.#failure.atMs) >= FAILURE_STANDS_MS
    )
  }

  #refresh(): Promise<SigningKeys> {
    this.#pending ??= this.#source()
      .then(
        (keys) => {
          this.#failure = undefined
          return (this.#keys = keys)
        },
        (error: unknown) => {
          this.#failure = { error, atMs: this.#clock.now() }
          throw error
        },
      )
      .finally(() => (this.#pending = undefined))
    return this.#pending
  }
}
