import { BunStreamSocket, type StreamSocket } from '#http/socket.ts'
import { SocketWriter } from '#http/socket-writer.ts'

/**
 * Frames over a socket between processes of one machine:
 *
 *     0  u32  bytes of content, little-endian
 *     4  u8   kind
 *     5  u32  number
 *     9       content
 */
export interface LinkFrame {
  readonly kind: number
  readonly number: number
  /** Stays valid and unchanged. */
  readonly content: Buffer
}

const HEAD_BYTES = 9

export interface LinkFramesOwner {
  received(frame: LinkFrame): void
  /** The other end is gone; nothing follows. */
  closed(): void
}

/** One end: frames in order, those of one turn in one write. */
export class LinkFrames {
  readonly #owner: LinkFramesOwner
  readonly #contentBytesMax: number
  #socket: StreamSocket | undefined
  #writer: SocketWriter | undefined
  #parts: Buffer[] = []
  #held = 0
  /** How many bytes it takes until there is something to read. */
  #wanted = HEAD_BYTES

  /** @param contentBytesMax of one frame; who sends more is not who we think */
  constructor(owner: LinkFramesOwner, contentBytesMax: number) {
    this.#owner = owner
    this.#contentBytesMax = contentBytesMax
  }

  opened(socket: Bun.Socket<LinkFrames>): void {
    this.#socket = new BunStreamSocket(socket as unknown as ConstructorParameters<typeof BunStreamSocket>[0])
    this.#writer = new SocketWriter(this.#socket)
  }

  /** Bytes that the other end has not taken yet. */
  get unsent(): number {
    return this.#writer?.unsent ?? 0
  }

  /** @param content one after the other; must stay unchanged */
  send(kind: number, number: number, ...content: readonly Uint8Array[]): void {
    const writer = this.#writer
    if (writer === undefined) return
    if (writer.cork()) setImmediate(() => writer.uncork())
    const head = Buffer.allocUnsafe(HEAD_BYTES)
    let length = 0
    for (const part of content) length += part.length
    head.writeUInt32LE(length, 0)
    head[4] = kind
    head.writeUInt32LE(number, 5)
    writer.write(head)
    for (const part of content) if (part.length > 0) writer.write(part)
  }

  end(): void {
    this.#writer?.uncork()
    this.#socket?.end()
  }

  // Socket events

  received(bytes: Buffer): void {
    this.#parts.push(bytes)
    this.#held += bytes.length
    if (this.#held < this.#wanted) return
    const whole = this.#parts.length === 1 ? bytes : Buffer.concat(this.#parts)
    let at = 0
    for (;;) {
      this.#wanted = HEAD_BYTES
      if (whole.length - at < HEAD_BYTES) break
      const length = whole.readUInt32LE(at)
      if (length > this.#contentBytesMax) {
        this.#socket?.terminate()
        return
      }
      this.#wanted = HEAD_BYTES + length
      if (whole.length - at < this.#wanted) break
      const content = whole.subarray(at + HEAD_BYTES, at + this.#wanted)
      this.#owner.received({ kind: whole[at + 4] as number, number: whole.readUInt32LE(at + 5), content })
      at += this.#wanted
    }
    this.#parts = at === whole.length ? [] : [whole.subarray(at)]
    this.#held = whole.length - at
  }

  drained(): void {
    this.#writer?.drain()
  }

  closed(): void {
    this.#writer?.abandon()
    this.#owner.closed()
  }
}

/** What a Bun socket whose data is one end tells it. */
export const linkSocketEvents = {
  data: (socket: Bun.Socket<LinkFrames>, bytes: Buffer): void => socket.data.received(bytes),
  drain: (socket: Bun.Socket<LinkFrames>): void => socket.data.drained(),
  close: (socket: Bun.Socket<LinkFrames>): void => socket.data.closed(),
  // A `close` follows.
  error: (): void => {},
} as const
