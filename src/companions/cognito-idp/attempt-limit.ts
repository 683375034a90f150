import type { SteadyClock } from '#base/clock.ts'
import { notAuthorized } from './errors.ts'

/** Wrong passwords in a row before the user has to wait. */
const freeTries = 5
const waitMsMax = 900_000
const usersMax = 100_000

/**
 * Keeps whoever guesses passwords waiting: a second after the sixth wrong one, then twice as long each time, a quarter of
 * an hour at most (developer guide of Amazon Cognito, "Lockout behavior for failed sign-in attempts").
 */
export class AttemptLimit {
  readonly #clock: SteadyClock
  readonly #failures = new Map<string, { count: number; untilMs: number }>()

  constructor(clock: SteadyClock) {
    this.#clock = clock
  }

  /** @throws AwsError NotAuthorizedException */
  check(user: string): void {
    const failure = this.#failures.get(user)
    if (failure !== undefined && failure.untilMs > this.#clock.steadyMs())
      throw notAuthorized('Password attempts exceeded')
  }

  failed(user: string): void {
    const count = (this.#failures.get(user)?.count ?? 0) + 1
    const waitMs = count <= freeTries ? 0 : Math.min(waitMsMax, 1000 * 2 ** (count - freeTries - 1))
    const [oldest] = this.#failures.keys()
    if (this.#failures.size >= usersMax && oldest !== undefined) this.#failures.delete(oldest)
    this.#failures.set(user, { count, untilMs: this.#clock.steadyMs() + waitMs })
  }

  succeeded(user: string): void {
    this.#failures.delete(user)
  }
}
