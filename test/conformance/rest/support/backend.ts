import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a backend received. */
export interface Received {
  readonly method: string
  readonly target: string
  /** `Name: value`, as on the wire. */
  readonly headers: readonly string[]
  /** latin1 */
  readonly body: string
}

/** How a backend answers. */
export interface BackendAnswer {
  readonly status?: number
  readonly reason?: string
  /** name, value, name, value … */
  readonly headers?: readonly string[]
  /** Sent as it is before the answer: heads of interim ones. */
  readonly before?: string
  /** latin1; several pieces are sent chunked. */
  readonly body?: string | readonly string[]
  /** Answers nothing: drops the connection, or leaves it open. */
  readonly instead?: 'reset' | 'silence' | 'garbage'
}

export interface Backend {
  readonly port: number
  readonly received: Received[]
  /** What the next requests are answered with. */
  answer: BackendAnswer
  stop(): Promise<void>
}

/** A real HTTP server that records what it gets and answers as told. */
export async function startBackend(): Promise<Backend> {
  const server = createServer((request, response) => {
    // A request that ends before its body does is dropped.
    answerTo(request, response).catch(() => response.destroy())
  })
  const backend = {
    port: 0,
    received: [] as Received[],
    answer: {} as BackendAnswer,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }

  async function answerTo(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const raw = request.rawHeaders
    backend.received.push({
      method: request.method ?? '',
      target: request.url ?? '',
      headers: raw.flatMap((name, at) => (at % 2 === 0 ? [`${name}: ${raw[at + 1]}`] : [])),
      body: Buffer.concat(chunks).toString('latin1'),
    })
    const { status = 200, reason, headers = [], body = '', instead, before } = backend.answer
    if (instead === 'silence') return
    if (instead === 'reset') return void request.socket.destroy()
    if (instead === 'garbage') return void request.socket.end('this is not HTTP\r\n\r\n')
    if (before !== undefined) request.socket.write(before)
    const pieces = typeof body === 'string' ? [body] : body
    const framing = typeof body === 'string' ? ['Content-Length', String(body.length)] : []
    response.sendDate = false
    const list = [...headers, ...framing]
    const given = list.some(
      (name, at) => at % 2 === 0 && name.toLowerCase() === 'content-length' && at < headers.length,
    )
      ? [...headers]
      : list
    if (reason === undefined) response.writeHead(status, given)
    else response.writeHead(status, reason, given)
    for (const piece of pieces) response.write(Buffer.from(piece, 'latin1'))
    response.end()
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  backend.port = (server.address() as AddressInfo).port
  return backend
}
