import { silentLog, type Log } from '#base/log.ts'
import { OwnTurns, type Turns } from '#base/turns.ts'
import { CircuitBreaker } from './circuit-breaker.ts'
import { ConcurrencyLimit } from './concurrency-limit.ts'
import { AnswerTimes } from './answer-times.ts'
import { RetryBudget } from './retry-budget.ts'
import { realWorld, type World } from './world.ts'

/** Origins come from mapped uris, and limits' keys from clients: what was used longest ago is forgotten. */
const KEPT_MAX = 100_000

export interface ResilienceOptions {
  readonly world?: World | undefined
  readonly log?: Log | undefined
  /** Of concurrency limits, over all processes. */
  readonly turns?: Turns | undefined
}

/**
 * What this process knows of backends and routes. It outlives deployments: a breaker that is open stays open, and what is
 * under way goes on counting.
 */
export class ResilienceState {
  readonly world: World
  readonly log: Log
  readonly breakers: Kept<CircuitBreaker> = new Kept(() => new CircuitBreaker())
  readonly limits: Kept<ConcurrencyLimit>
  readonly budgets: Kept<RetryBudget> = new Kept(() => new RetryBudget())
  readonly times: Kept<AnswerTimes> = new Kept(() => new AnswerTimes())
  /** Copies under way, by route. */
  readonly copies: Kept<{ inFlight: number }> = new Kept(() => ({ inFlight: 0 }))

  constructor({ world = realWorld, log = silentLog, turns = new OwnTurns() }: ResilienceOptions = {}) {
    this.world = world
    this.log = log
    this.limits = new Kept((name) => new ConcurrencyLimit(name, turns))
  }
}

/** Things by name, made when they are first asked for. */
class Kept<T> {
  readonly #make: (name: string) => T
  readonly #byName = new Map<string, T>()

  constructor(make: (name: string) => T) {
    this.#make = make
  }

  of(name: string): T {
    const known = this.#byName.get(name)
    if (known !== undefined) return known
    if (this.#byName.size >= KEPT_MAX) {
      for (const oldest of this.#byName.keys()) {
        this.#byName.delete(oldest)
        break
      }
    }
    const made = this.#make(name)
    this.#byName.set(name, made)
    return made
  }

  forget(name: string): void {
    this.#byName.delete(name)
  }

  get size(): number {
    return this.#byName.size
  }
}
