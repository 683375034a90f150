import type { AddressInfo } from 'node:net'
import { createServer, type Server, type TlsOptions, type TLSSocket } from 'node:tls'

/** Answers every request with what it knows of the connection. */
export class TlsBackend {
  readonly #server: Server
  readonly #sockets = new Set<TLSSocket>()
  /** TLS connections that were made. */
  handshakes = 0

  private constructor(options: TlsOptions) {
    this.#server = createServer(options, (socket) => {
      this.handshakes++
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.on('error', () => {})
      socket.on('data', () => {
        const { CN = null } = socket.getPeerCertificate().subject ?? {}
        const said = { name: socket.servername || null, client: CN, version: socket.getProtocol() }
        const body = JSON.stringify(said)
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
      })
    })
    this.#server.on('tlsClientError', () => {})
  }

  static async start(options: TlsOptions): Promise<TlsBackend> {
    const backend = new TlsBackend(options)
    await new Promise<void>((resolve) => backend.#server.listen(0, '127.0.0.1', resolve))
    return backend
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sockets.size
  }

  stop(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }
}
