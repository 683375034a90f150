import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How the next requests are answered; the body is the number of the request unless one is given. */
export interface CountedAnswer {
  readonly status?: number
  /** name, value, name, value … */
  readonly headers?: readonly string[]
  readonly body?: string | Buffer
  /** Without Content-Length. */
  readonly chunked?: boolean
  /** Sends a byte of the body every so many milliseconds. */
  readonly dripMs?: number
  /** Ends the connection in the middle of the body. */
  readonly cut?: boolean
  /** Ends the connection before any answer. */
  readonly reset?: boolean
}

/** A backend that counts, and that can be held up. */
export interface CountingBackend {
  readonly url: string
  /** Requests so far. */
  readonly count: number
  answer: CountedAnswer
  /** Requests that come are answered once the returned function is called. */
  hold(): () => void
  /** Resolves once so many have come in all. */
  reached(count: number): Promise<void>
  /** Resolves once so many have been given up by the gateway. */
  left(count: number): Promise<void>
  /** From 1 again. */
  reset(): void
  stop(): Promise<void>
}

export async function startCountingBackend(): Promise<CountingBackend> {
  let count = 0
  let leavers = 0
  let gate: Promise<void> | undefined
  const waiting = new Set<() => void>()
  const told = (): void => {
    for (const look of waiting) look()
  }
  const until = (met: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!met()) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  const server = createServer((request, response) => void answerTo(request, response))

  async function answerTo(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume()
    const number = ++count
    response.on('close', () => {
      if (response.writableEnded) return
      leavers++
      told()
    })
    told()
    await gate
    const { status = 200, headers = [], body = String(number), chunked, cut, reset, dripMs } = backend.answer
    if (reset === true) return void request.socket.destroy()
    const bytes = Buffer.from(body)
    response.sendDate = false
    const framing = chunked === true ? [] : ['Content-Length', String(bytes.length + (cut === true ? 1 : 0))]
    response.writeHead(status, [...headers, ...framing])
    for (const byte of dripMs === undefined ? [] : bytes) {
      response.write(Buffer.of(byte))
      await Bun.sleep(dripMs as number)
    }
    if (dripMs !== undefined) response.end()
    else if (cut === true) response.write(bytes, () => request.socket.destroy())
    else response.end(request.method === 'HEAD' ? undefined : bytes)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const backend: CountingBackend = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get count() {
      return count
    },
    answer: {},
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      return () => {
        gate = undefined
        resolve()
      }
    },
    reached: (wanted) => until(() => count >= wanted),
    left: (wanted) => until(() => leavers >= wanted),
    reset() {
      count = 0
      leavers = 0
      gate = undefined
      backend.answer = {}
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return backend
}
