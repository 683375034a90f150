import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** What a proxy does with bytes that a client has sent: pass them on; that, and then break; break at once. */
export type Verdict = 'pass' | 'pass-and-cut' | 'cut'

/** Stands between a client and a server, and does what networks do. */
export class TcpProxy {
  /** Where connections go from now on. */
  target: number
  /** Of everything in both directions. */
  delayMs = 0
  /** Asked about all that clients send. */
  judge: (sent: Buffer) => Verdict = () => 'pass'
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #refusing = false
  #held: (() => void)[] | undefined

  private constructor(target: number) {
    this.target = target
    this.#server = createServer((client) => this.#accept(client))
  }

  /** @param host where it is met; what it leads to is on the loopback */
  static async start(target: number, host = '127.0.0.1'): Promise<TcpProxy> {
    const proxy = new TcpProxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(0, host, resolve))
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Breaks all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Breaks all connections, and takes no others. */
  refuse(): void {
    this.#refusing = true
    this.cut()
  }

  accept(): void {
    this.#refusing = false
  }

  /** Takes connections and bytes, and passes nothing on: a cable that was pulled. */
  hold(): void {
    this.#held ??= []
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const pass of held) pass()
  }

  async stop(): Promise<void> {
    this.cut()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #accept(client: Socket): void {
    if (this.#refusing) {
      client.destroy()
      return
    }
    const server = connect(this.target, '127.0.0.1')
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from)
      from.setNoDelay(true)
      from.on('error', () => {})
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
      from.on('data', (bytes: Buffer) => {
        const verdict = from === client ? this.judge(bytes) : 'pass'
        if (verdict === 'cut') {
          client.destroy()
          return
        }
        this.#pass(() => {
          to.write(bytes)
          if (verdict === 'pass-and-cut') {
            // What was passed on is to arrive.
            to.end()
            client.destroy()
          }
        })
      })
    }
  }

  #pass(write: () => void): void {
    if (this.#held !== undefined) this.#held.push(write)
    else if (this.delayMs > 0) setTimeout(write, this.delayMs)
    else write()
  }
}
