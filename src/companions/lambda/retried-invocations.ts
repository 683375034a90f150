import type { Log } from '#base/log.ts'
import { LambdaInvokeError, type InvocationResult } from './definition.ts'

/** Developer guide, "How Lambda handles errors and retries with asynchronous invocation": after one and two minutes. */
const RETRY_DELAYS_MS: readonly number[] = [60_000, 120_000]
const PENDING_MAX = 10_000

/** Invocations that nobody waits for: a failing one is run again, twice. They are kept in memory alone. */
export class RetriedInvocations {
  readonly #log: Log
  readonly #delaysMs: readonly number[]
  readonly #timers = new Set<Timer>()
  #pending = 0
  #stopped = false

  constructor(log: Log, delaysMs: readonly number[] = RETRY_DELAYS_MS) {
    this.#log = log
    this.#delaysMs = delaysMs
  }

  /** @throws LambdaInvokeError when too many are under way */
  start(functionArn: string, run: () => Promise<InvocationResult>): void {
    if (this.#pending >= PENDING_MAX) {
      throw new LambdaInvokeError(
        'throttled',
        `more than ${PENDING_MAX} asynchronous invocations are under way`,
      )
    }
    this.#pending++
    void this.#attempt(functionArn, run, 0)
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  async #attempt(functionArn: string, run: () => Promise<InvocationResult>, attempt: number): Promise<void> {
    let problem: string | undefined
    try {
      const result = await run()
      if (result.functionError !== undefined) problem = 'the function failed'
    } catch (error) {
      // A function that is gone will not come back by itself.
      if (!(error instanceof LambdaInvokeError && error.reason === 'not-found'))
        problem = (error as Error).message
    }
    const delayMs = this.#delaysMs[attempt]
    if (problem === undefined || delayMs === undefined || this.#stopped) {
      this.#pending--
      if (problem !== undefined)
        this.#log.warn('asynchronous invocation given up', { function: functionArn, problem })
      return
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      void this.#attempt(functionArn, run, attempt + 1)
    }, delayMs)
    timer.unref()
    this.#timers.add(timer)
  }
}
