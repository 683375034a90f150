/** How a byte string reaches the peer: every message must mean the same however it is cut. */
export type Delivery = 'whole' | 'by line' | 'by byte'

export const deliveries: readonly Delivery[] = ['whole', 'by line', 'by byte']

/** The pieces of `text` that are sent one after the other. */
export function segments(text: string, delivery: Delivery): string[] {
  if (delivery === 'whole') return [text]
  return delivery === 'by line' ? text.split(/(?<=\n)/) : text.split('')
}

/** A connection that sends latin1 text and gathers what comes back. */
export class RawClient {
  /** Everything received so far, latin1. */
  received = ''
  #socket: Bun.Socket<undefined> | undefined
  readonly #closed = Promise.withResolvers<void>()
  #watch: (() => void) | undefined

  /** @param place a port of 127.0.0.1, or the path of a unix socket */
  static async open(place: number | string): Promise<RawClient> {
    const client = new RawClient()
    const shared = {
      allowHalfOpen: true,
      socket: {
        data: (_: unknown, bytes: Buffer) => {
          client.received += bytes.toString('latin1')
          client.#watch?.()
        },
        end: (socket: Bun.Socket<undefined>) => void socket.end(),
        close: () => {
          client.#closed.resolve()
          client.#watch?.()
        },
        error: () => {},
      },
    }
    client.#socket =
      typeof place === 'number'
        ? await Bun.connect<undefined>({ ...shared, hostname: '127.0.0.1', port: place })
        : await Bun.connect<undefined>({ ...shared, unix: place })
    client.#socket.setNoDelay(true)
    return client
  }

  /** Sends each piece as a segment of its own. */
  async send(...pieces: readonly string[]): Promise<void> {
    for (const piece of pieces) {
      this.#socket?.write(Buffer.from(piece, 'latin1'))
      // The server runs in this process: a turn of the event loop lets it take the piece alone.
      if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** How much of `bytes` the kernel takes. */
  write(bytes: Uint8Array): number {
    return this.#socket?.write(bytes) ?? -1
  }

  /** FIN: nothing more will be sent. */
  finish(): void {
    this.#socket?.shutdown()
  }

  /** RST. */
  reset(): void {
    this.#socket?.terminate()
  }

  pause(): void {
    this.#socket?.pause()
  }

  resume(): void {
    this.#socket?.resume()
  }

  /** Resolves once what was received satisfies `test`, or the connection is gone. */
  async until(test: (received: string) => boolean): Promise<string> {
    let gone = false
    void this.#closed.promise.then(() => (gone = true))
    while (!gone && !test(this.received)) {
      await new Promise<void>((resolve) => (this.#watch = resolve))
      await Promise.resolve()
    }
    return this.received
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<string> {
    await this.#closed.promise
    return this.received
  }
}

/** Sends `text`, then FIN; gives all that comes back until the server closes. */
export async function converse(port: number, text: string, delivery: Delivery): Promise<string> {
  const client = await RawClient.open(port)
  await client.send(...segments(text, delivery))
  client.finish()
  return client.rest()
}
