import { timingSafeEqual } from 'node:crypto'
import { systemClock, type Clock } from '#base/clock.ts'
import { explainRequest, type ExplainedHandler } from '#data-plane/explain/explain-request.ts'
import { ChangedRequest } from '#http/changed-request.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import { digestOf, passesMax, type ExplainPass } from './explain-pass.ts'

/** A token, and the method of the request to explain where that is not its own: `TOKEN HEAD`. */
export const EXPLAIN_FIELD = 'x-gatehouse-explain'

/** Timers and the clock may differ by so much. */
const CLOCK_GRAIN_MS = 10

interface Pass {
  readonly digest: Buffer
  readonly untilMs: number
}

/** Explains requests that carry the token of a pass. As long as there is none, it looks at no request. */
export class Explainer {
  /** Whether there is a pass. */
  isOpen = false
  readonly #clock: Clock
  #passes: readonly Pass[] = []

  constructor(clock: Clock = systemClock) {
    this.#clock = clock
  }

  allow({ digest, untilMs }: ExplainPass): void {
    this.#keep([...this.#passes.slice(1 - passesMax), { digest: Buffer.from(digest, 'base64'), untilMs }])
    setTimeout(() => this.#keep(this.#passes), untilMs - this.#clock.now() + CLOCK_GRAIN_MS).unref()
  }

  /** To be asked where `isOpen`. A request without a token that is known is answered like any other. */
  serve(request: HttpRequest, handler: ExplainedHandler): HttpReply | Promise<HttpReply> {
    const field = request.headers.get(EXPLAIN_FIELD)
    if (field === undefined) return handler(request)
    const [token = '', method] = field.split(' ')
    if (!this.#admits(token)) return handler(request)
    // No backend is to see the token.
    const headers = new Headers([...request.headers.raw])
    headers.delete(EXPLAIN_FIELD)
    return explainRequest(new ChangedRequest(request, { method: method ?? request.method, headers }), handler)
  }

  /** Compares with every digest, in a time that tells nothing of any. */
  #admits(token: string): boolean {
    const digest = digestOf(token)
    const nowMs = this.#clock.now()
    let found = false
    for (const pass of this.#passes) {
      if (timingSafeEqual(pass.digest, digest) && pass.untilMs > nowMs) found = true
    }
    return found
  }

  #keep(passes: readonly Pass[]): void {
    const nowMs = this.#clock.now()
    this.#passes = passes.filter(({ untilMs }) => untilMs > nowMs)
    this.isOpen = this.#passes.length > 0
  }
}
