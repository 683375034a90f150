import { newRequestId } from '#base/ids.ts'
import { StreamingBody, type BodyOwner } from '#http/streaming-body.ts'
import {
  FunctionFailed,
  type InvocationRequest,
  type InvocationResult,
  type LambdaInvokeError,
} from './definition.ts'

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
  #stream: StreamingBody | undefined

  constructor(request: InvocationRequest) {
    this.request = request
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  /**
   * The function begins to answer in pieces, and its caller wants them as they come.
   * @returns what takes the pieces; the end of the invocation ends it
   */
  beginStream(contentType: string, source: BodyOwner): StreamingBody {
    const body = (this.#stream = new StreamingBody(source, undefined, HELD_BYTES_MAX))
    this.request.onStream?.({ contentType, body })
    return body
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
    if (result.functionError === undefined) this.#stream?.finish()
    else this.#stream?.fail(new FunctionFailed(result.payload))
  }
}

/** Bytes of an answer that wait for a slow reader before its function has to wait. */
const HELD_BYTES_MAX = 262_144

/** A failure that Lambda itself reports of a function, in the shape and order that AWS prints (recorded on AWS). */
export function platformFailure(errorType: string, errorMessage: string): Uint8Array {
  return Buffer.from(JSON.stringify({ errorType, errorMessage }))
}
