import type { Log } from '#base/log.ts'
import type { TrafficRule } from '#model/traffic-rule.ts'
import { stateOf } from './file-state.ts'
import { readTrafficRules } from './read-traffic-rules.ts'

const LOOK_MS = 1000

/**
 * The rules of the file of `--traffic`, read again when it changes; one that cannot be used is logged, and the old rules
 * stay. They go to processes that serve with the stages that they are for.
 */
export class FollowedTraffic {
  readonly #file: string
  readonly #log: Log
  readonly #lookMs: number
  #rules: readonly TrafficRule[]
  #seen: string
  #timer: Timer | undefined

  /** @throws TrafficRulesError when the file cannot be used at the start */
  constructor(file: string, log: Log, lookMs: number = LOOK_MS) {
    this.#file = file
    this.#log = log
    this.#lookMs = lookMs
    this.#seen = stateOf(file)
    this.#rules = readTrafficRules(file)
  }

  get rules(): readonly TrafficRule[] {
    return this.#rules
  }

  /** @param changed called when the rules are others */
  follow(changed: () => Promise<void>): void {
    this.#timer = setInterval(() => void this.#look(changed), this.#lookMs)
    this.#timer.unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #look(changed: () => Promise<void>): Promise<void> {
    const state = stateOf(this.#file)
    if (state === this.#seen) return
    this.#seen = state
    const about = { file: this.#file }
    try {
      this.#rules = readTrafficRules(this.#file)
    } catch (error) {
      this.#log.warn('traffic settings not used; the old ones are kept', {
        ...about,
        reason: (error as Error).message,
      })
      return
    }
    try {
      await changed()
      this.#log.info('traffic settings read again', { ...about, rules: this.#rules.length })
    } catch (error) {
      // Stages cannot be read: at the next look it is tried again.
      this.#seen = ''
      this.#log.error('traffic settings are not served yet', { ...about, reason: (error as Error).message })
    }
  }
}
