/** What a backend does when a request's head is here: sends bytes, closes, resets, or nothing. */
export type Script = (connection: BackendConnection, request: string) => unknown

/** A connection as the backend sees it. */
export class BackendConnection {
  readonly #socket: Bun.Socket<BackendConnection>
  /** Everything received, latin1. */
  received = ''
  /** How many requests were scripted. */
  requests = 0
  #scripted = 0
  #watch: (() => void) | undefined
  closed = false

  constructor(socket: Bun.Socket<BackendConnection>) {
    this.#socket = socket
  }

  /** How many bytes the kernel took. */
  send(text: string): number {
    return this.#socket.write(Buffer.from(text, 'latin1'))
  }

  /** Sends each piece as a segment of its own. */
  async sendPieces(pieces: readonly string[]): Promise<void> {
    for (const piece of pieces) {
      this.send(piece)
      if (pieces.length > 1) await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** FIN. */
  finish(): void {
    this.#socket.end()
  }

  /** RST. */
  reset(): void {
    this.#socket.terminate()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Resolves once what was received satisfies `test`, or the connection is gone. */
  async until(test: (received: string) => boolean): Promise<void> {
    while (!this.closed && !test(this.received)) await new Promise<void>((resolve) => (this.#watch = resolve))
  }

  took(bytes: Buffer, script: Script): void {
    this.received += bytes.toString('latin1')
    // The heads of the requests here hold no bodies that could look like the end of a head.
    while (this.#scripted !== Infinity) {
      const end = this.received.indexOf('\r\n\r\n', this.#scripted)
      if (end === -1) break
      const head = this.received.slice(this.#scripted, end)
      this.#scripted = /^(?:Content-Length: [1-9]|Transfer-Encoding)/im.test(head) ? Infinity : end + 4
      this.requests++
      void script(this, head)
    }
    this.#watch?.()
  }

  gone(): void {
    this.closed = true
    this.#watch?.()
  }
}

/** A backend that speaks bytes. */
export class RawBackend {
  readonly connections: BackendConnection[] = []
  script: Script
  readonly #listener: Bun.TCPSocketListener<BackendConnection>

  constructor(script: Script) {
    this.script = script
    this.#listener = Bun.listen<BackendConnection>({
      hostname: '127.0.0.1',
      port: 0,
      allowHalfOpen: true,
      socket: {
        open: (socket) => {
          socket.data = new BackendConnection(socket)
          socket.setNoDelay(true)
          this.connections.push(socket.data)
        },
        data: (socket, bytes) => socket.data.took(bytes, this.script),
        end: (socket) => void socket.end(),
        close: (socket) => socket.data.gone(),
        error: () => {},
      },
    })
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#listener.port}`
  }

  stop(): void {
    this.#listener.stop(true)
  }
}
