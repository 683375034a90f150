import { closeFrame, frame, handshakeText, serverFrames, utf8 } from '../../http/support/websocket.ts'
import { RawClient } from '../../http/support/raw-client.ts'

/** A client that sends and sees frames as text: `text hello`, `binary 00ff`, `close 1000 bye`, `ping`. */
export class FrameClient {
  readonly #raw: RawClient
  #seen = 0

  private constructor(raw: RawClient) {
    this.#raw = raw
  }

  /** Resolves once the handshake is answered. */
  static async open(
    port: number,
    target: string,
    fields: Readonly<Record<string, string | undefined>>,
  ): Promise<FrameClient> {
    const raw = await RawClient.open(port)
    await raw.send(handshakeText(fields, `GET ${target} HTTP/1.1`))
    const client = new FrameClient(raw)
    await raw.until((received) => received.includes('\r\n\r\n'))
    if (client.status !== 101) {
      const length = Number(client.header('Content-Length') ?? 0)
      await raw.until((received) => received.length >= received.indexOf('\r\n\r\n') + 4 + length)
    }
    return client
  }

  get status(): number {
    return Number(this.#raw.received.slice(9, 12))
  }

  header(name: string): string | undefined {
    const head = this.#raw.received.split('\r\n\r\n')[0] ?? ''
    const line = head.split('\r\n').find((each) => each.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    return line?.slice(line.indexOf(':') + 1).trim()
  }

  /** Of an answer that is no WebSocket. */
  get body(): string {
    return this.#raw.received.slice(this.#raw.received.indexOf('\r\n\r\n') + 4)
  }

  send(...frames: readonly string[]): Promise<void> {
    return this.#raw.send(frames.map(frameOf).join(''))
  }

  /** The next frame; what became of the connection when none comes. */
  async next(): Promise<string> {
    const at = this.#seen++
    await this.#raw.until((received) => serverFrames(received).length > at)
    return serverFrames(this.#raw.received)[at] ?? 'gone'
  }

  finish(how: 'FIN' | 'RST'): void {
    if (how === 'FIN') this.#raw.finish()
    else this.#raw.reset()
  }

  get raw(): RawClient {
    return this.#raw
  }
}

const frames: Readonly<Record<string, (rest: string) => string>> = {
  text: (rest) => frame(1, utf8(rest)),
  binary: (rest) => frame(2, Buffer.from(rest, 'hex')),
  ping: (rest) => frame(9, rest),
  close: (rest) => {
    const [, code = '', reason = ''] = /^(\d*) ?(.*)$/s.exec(rest) ?? []
    return code === '' ? frame(8) : closeFrame(Number(code), reason)
  },
}

function frameOf(text: string): string {
  const [, kind = '', rest = ''] = /^(\w+) ?(.*)$/s.exec(text) ?? []
  const make = frames[kind]
  if (make === undefined)
    throw new Error(`${kind} is no kind of frame: expected ${Object.keys(frames).join(', ')}`)
  return make(rest)
}
