import type { ClientCall } from './client-connection.ts'
import { HttpError } from './errors.ts'

/** Calls that wait for a connection, in the order in which they came. Waiting counts against the connect deadline. */
export class WaitingLine {
  readonly #calls = new Map<ClientCall, Timer>()
  readonly #callsMax: number

  constructor(callsMax: number) {
    this.#callsMax = callsMax
  }

  get length(): number {
    return this.#calls.size
  }

  add(call: ClientCall): void {
    if (this.#calls.size >= this.#callsMax) {
      call.reject(
        new HttpError(
          'busy',
          `${this.#callsMax} requests wait for a connection to ${call.authority} already`,
        ),
      )
      return
    }
    const { timeoutMs, timeouts, onCancel } = call.request
    const connectMs = timeouts?.connectMs ?? timeoutMs
    const totalMs = (timeouts?.totalMs ?? Infinity) + call.startedMs - call.seekingMs
    const limitMs = Math.min(connectMs, totalMs)
    const late = (): void =>
      this.#leave(
        call,
        new HttpError('connect-timeout', `no connection to the backend was free within ${limitMs} ms`),
      )
    this.#calls.set(call, setTimeout(late, limitMs))
    onCancel?.(() => this.#leave(call, new HttpError('aborted', 'the request was cancelled')))
  }

  /** Takes the first out of the line. */
  shift(): ClientCall | undefined {
    const [first] = this.#calls.keys()
    if (first !== undefined) this.#remove(first)
    return first
  }

  /** Nobody will be served any more. */
  clear(error: HttpError): void {
    for (const call of this.#calls.keys()) this.#leave(call, error)
  }

  #leave(call: ClientCall, error: HttpError): void {
    if (this.#remove(call)) call.reject(error)
  }

  #remove(call: ClientCall): boolean {
    clearTimeout(this.#calls.get(call))
    return this.#calls.delete(call)
  }
}
