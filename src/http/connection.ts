import type { SocketOwner } from './socket.ts'

/** Who is at the other end, and what the handshakes before the first request said. */
export interface Peer {
  /**
   * Address without port; the client's own, where a trusted proxy told it in the PROXY protocol; `unix:` for a client
   * of a Unix domain socket.
   */
  readonly address: string
  /** True when the client's bytes came over TLS. */
  readonly secure: boolean
  /** The name that the client asked for in its TLS handshake, in lower case. */
  readonly serverName?: string | undefined
  /** The certificate that the client showed, where one was asked for. */
  readonly certificate?: ClientCertificate | undefined
  /** Why that certificate is not to be trusted; undefined: it is valid. */
  readonly certificateFault?: string | undefined
}

/** A client's certificate. Names and serial as `$context.identity.clientCert.*` shows them. */
export interface ClientCertificate {
  readonly pem: string
  /** RFC 2253, `CN=client,O=Example`. */
  readonly subject: string
  readonly issuer: string
  /** `a1:a1:a1:…` */
  readonly serialNumber: string
  /** `May 28 12:30:02 2019 GMT` */
  readonly notBefore: string
  readonly notAfter: string
}

/**
 * One client connection, in whatever it speaks at the moment. A server sweeps its connections now and then, and
 * drains or terminates them when it stops.
 */
export interface Connection extends SocketOwner {
  /** Ends what has taken too long. @param nowMs `eventTimeMs()` */
  sweep(nowMs: number): void
  /** Ends the connection: now when idle, else after what is under way. */
  drain(): void
  /** Drops the connection. */
  terminate(): void
  /** Of one that its client would open anew at once: when it was last used, epoch milliseconds. Such are drained one by one. */
  readonly lastActiveAtMs?: number | undefined
}
