import { newRequestId } from '#base/ids.ts'
import type { InvocationRequest, InvocationResult, LambdaInvokeError } from './definition.ts'

/** One run of a function on its way: waiting, then running, then settled, once. */
export class Invocation {
  readonly id: string = newRequestId()
  readonly request: InvocationRequest
  readonly result: Promise<InvocationResult>
  /** performance.now() when it began to wait. */
  readonly waitingSinceMs: number = performance.now()
  settled = false
  #resolve!: (result: InvocationResult) => void
  #reject!: (error: Error) => void

  constructor(request: InvocationRequest) {
    this.request = request
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /** The function's answer. */
  succeed(payload: Uint8Array, logTail?: string): void {
    this.#settle({ payload, logTail, requestId: this.id })
  }

  /** The function failed: what its caller gets instead of an answer. */
  fail(payload: Uint8Array, logTail?: string): void {
    this.#settle({ payload, logTail, functionError: 'Unhandled', requestId: this.id })
  }

  /** The function was not run. */
  refuse(error: LambdaInvokeError): void {
    if (this.settled) return
    this.settled = true
    this.#reject(error)
  }

  #settle(result: InvocationResult): void {
    if (this.settled) return
    this.settled = true
    this.#resolve(result)
  }
}

/** A failure that Lambda itself reports of a function, in the shape and order that AWS prints (recorded on AWS). */
export function platformFailure(errorType: string, errorMessage: string): Uint8Array {
  return Buffer.from(JSON.stringify({ errorType, errorMessage }))
}
