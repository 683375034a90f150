import { GatewayError } from './gateway-error.ts'

/** What is waited for, and when that ends: performance.now(). */
interface Waiting {
  readonly endsMs: number
  readonly reject: (error: Error) => void
}

/** All that is waited for equally long, so in the order in which it ends: one timer serves them all. */
class DeadlineLine {
  readonly #timeoutMs: number
  readonly #waiting = new Set<Waiting>()
  #timer: Timer | undefined

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  enter(reject: (error: Error) => void): Waiting {
    const waiting = { endsMs: performance.now() + this.#timeoutMs, reject }
    this.#waiting.add(waiting)
    if (this.#timer === undefined) this.#wake(this.#timeoutMs)
    return waiting
  }

  leave(waiting: Waiting): void {
    this.#waiting.delete(waiting)
  }

  /** Nobody lives on for it: who waits is kept alive by a connection. */
  #wake(delayMs: number): void {
    this.#timer = setTimeout(() => this.#fired(), delayMs).unref()
  }

  #fired(): void {
    this.#timer = undefined
    const nowMs = performance.now()
    for (const waiting of this.#waiting) {
      if (waiting.endsMs > nowMs) {
        this.#wake(Math.ceil(waiting.endsMs - nowMs))
        return
      }
      this.#waiting.delete(waiting)
      waiting.reject(
        new GatewayError('INTEGRATION_TIMEOUT', { reason: `no answer within ${this.#timeoutMs} ms` }),
      )
    }
    lines.delete(this.#timeoutMs)
  }
}

/** By how long is waited; a line without a timer is not in it. */
const lines = new Map<number, DeadlineLine>()

/** `work`'s outcome, or INTEGRATION_TIMEOUT after `timeoutMs`; what comes later is not waited for. */
export function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  // A timer takes no longer delay than this.
  if (timeoutMs > 0x7fffffff) return work
  let line = lines.get(timeoutMs)
  if (line === undefined) lines.set(timeoutMs, (line = new DeadlineLine(timeoutMs)))
  const present = line
  return new Promise((resolve, reject) => {
    const waiting = present.enter(reject)
    work.then(
      (value) => {
        present.leave(waiting)
        resolve(value)
      },
      (error: unknown) => {
        present.leave(waiting)
        reject(error as Error)
      },
    )
  })
}
