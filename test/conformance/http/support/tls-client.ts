import { connect, type ConnectionOptions } from 'node:tls'
import type { X509Certificate } from 'node:crypto'

/** What came of a connection to a TLS server. */
export interface TlsOutcome {
  /** Common name of the certificate that the server showed; undefined when there was no handshake. */
  readonly server: string | undefined
  readonly protocol: string | undefined
  readonly alpn: string | undefined
  readonly resumed: boolean
  /** All that the server sent, latin1. */
  readonly text: string
}

export const GET = 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

/** Shakes hands without verifying the server, sends `request`, and reads until the server closes. Never rejects. */
export function tlsRequest(
  port: number,
  options: ConnectionOptions = {},
  request: string = GET,
): Promise<TlsOutcome> {
  return new Promise((resolve) => {
    let text = ''
    let handshake: Omit<TlsOutcome, 'text'> = {
      server: undefined,
      protocol: undefined,
      alpn: undefined,
      resumed: false,
    }
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options }, () => {
      const certificate = socket.getPeerX509Certificate()
      handshake = {
        server: certificate === undefined ? undefined : commonName(certificate),
        protocol: socket.getProtocol() ?? undefined,
        alpn: socket.alpnProtocol || undefined,
        resumed: socket.isSessionReused(),
      }
      socket.write(request, 'latin1')
    })
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => (text += chunk))
    socket.on('error', () => {})
    socket.on('close', () => resolve({ ...handshake, text }))
  })
}

function commonName({ subject }: X509Certificate): string | undefined {
  return /CN=(.*)/.exec(subject)?.[1]
}

/** A session that the server offers to resume. */
export function tlsSession(port: number, options: ConnectionOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options }, () => {
      socket.write(GET)
    })
    let session: Buffer | undefined
    socket.on('session', (offered: Buffer) => (session = offered))
    socket.on('data', () => {})
    socket.on('error', reject)
    socket.on('close', () =>
      session === undefined ? reject(new Error('the server offered no session')) : resolve(session),
    )
  })
}
