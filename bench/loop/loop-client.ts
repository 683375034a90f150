import { silentLog } from '#base/log.ts'
import { defaultHttp2Limits } from '#http/http2/limits.ts'
import { defaultHttpLimits } from '#http/limits.ts'
import type { HttpHandler } from '#http/message.ts'
import { ServerConnection } from '#http/server-connection.ts'
import type { StreamSocket } from '#http/socket.ts'

const STATUS_AT = 'HTTP/1.1 '.length

/** One connection whose other end is this process: what is sent is there at once. */
export class LoopClient {
  readonly #connection: ServerConnection
  readonly #status: number
  #answered = false
  #waiting: (() => void) | undefined

  /** @param status of every answer */
  constructor(handler: HttpHandler, status: number) {
    this.#status = status
    const context = {
      handler,
      limits: defaultHttpLimits,
      log: silentLog,
      http2: false,
      http2Limits: defaultHttp2Limits,
      draining: false,
      retiring: false,
      refused() {},
      replace() {},
      forget() {},
    }
    this.#connection = new ServerConnection(context, this.#socket(), { address: '192.0.2.1', secure: false })
  }

  /** @returns a promise only where the answer is not there at once */
  send(request: Buffer): Promise<void> | undefined {
    this.#answered = false
    this.#connection.received(request)
    if (this.#answered) return undefined
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }

  #socket(): StreamSocket {
    return {
      write: (bytes, offset, length) => {
        this.#check(bytes)
        return length
      },
      pause() {},
      resume() {},
      finish() {},
      end() {},
      terminate() {},
      own() {},
    }
  }

  #check(bytes: Uint8Array): void {
    let status = 0
    for (let i = STATUS_AT; i < STATUS_AT + 3; i++) status = 10 * status + (bytes[i] as number) - 48
    if (status !== this.#status)
      throw new Error(`answered: ${Buffer.from(bytes.subarray(0, 1000)).toString()}`)
    this.#answered = true
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.()
  }
}
