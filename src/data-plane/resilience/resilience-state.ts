import { silentLog, type Log } from '#base/log.ts'
import { CircuitBreaker } from './circuit-breaker.ts'
import { ConcurrencyLimit } from './concurrency-limit.ts'
import { AnswerTimes } from './answer-times.ts'
import { RetryBudget } from './retry-budget.ts'
import { realWorld, type World } from './world.ts'

/** Origins come from mapped uris, and limits' keys from clients: what was used longest ago is forgotten. */
const KEPT_MAX = 100_000

/**
 * What this process knows of backends and routes. It outlives deployments: a breaker that is open stays open, and what is
 * under way goes on counting.
 */
export class ResilienceState {
  readonly world: World
  readonly log: Log
  /** Among how many processes limits are divided. */
  readonly processes: number
  readonly breakers: Kept<CircuitBreaker> = new Kept(() => new CircuitBreaker())
  readonly limits: Kept<ConcurrencyLimit> = new Kept(() => new ConcurrencyLimit())
  readonly budgets: Kept<RetryBudget> = new Kept(() => new RetryBudget())
  readonly times: Kept<AnswerTimes> = new Kept(() => new AnswerTimes())
  /** Copies under way, by route. */
  readonly copies: Kept<{ inFlight: number }> = new Kept(() => ({ inFlight: 0 }))

  constructor(world: World = realWorld, log: Log = silentLog, processes: number = 1) {
    this.world = world
    this.log = log
    this.processes = processes
  }
}

/** Things by name, made when they are first asked for. */
class Kept<T> {
  readonly #make: () => T
  readonly #byName = new Map<string, T>()

  constructor(make: () => T) {
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
    const made = this.#make()
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
