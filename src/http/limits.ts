/** Bounds of the HTTP engine, each with the answer that passing it gets. */
export interface HttpLimits {
  /** Method, target and version: 414 past it. */
  readonly requestLineBytesMax: number
  /** All header lines together: 431 past it. */
  readonly headerBytesMax: number
  /** Header lines: 431 past it. */
  readonly headerCountMax: number
  /** Bytes of further requests held while one is answered; reading pauses past it. */
  readonly pipelinedBytesMax: number
  /** An unread request body up to this size is read and dropped to keep the connection; past it, it is closed. */
  readonly discardedBodyBytesMax: number
  /** Bytes waiting for a slow reader before its source is paused. */
  readonly unsentBytesMax: number
  /** TLS ClientHello with its record headers: refused past it. */
  readonly clientHelloBytesMax: number
  /** From the accept to the end of the TLS handshake, PROXY protocol included: cut past it. */
  readonly handshakeTimeoutMs: number
  /** From the first byte of a request to the end of its headers: 408 past it. */
  readonly headersTimeoutMs: number
  /** Between two pieces of a request body: 408 past it. */
  readonly bodyTimeoutMs: number
  /** Between requests on a kept connection: closed past it. */
  readonly idleTimeoutMs: number
  /** How long a client may take none of an answer: cut past it. */
  readonly writeTimeoutMs: number
  /** How long a closed connection waits for the client to close its side: cut past it. */
  readonly lingerTimeoutMs: number
}

export const defaultHttpLimits: HttpLimits = {
  // What Amazon API Gateway allows: developer guide, "Quotas for configuring and running a REST API": a URL of 10,240
  // characters, and of as many bytes "all header values". HTTP APIs have one such quota for both.
  requestLineBytesMax: 10_240,
  headerBytesMax: 10_240,
  headerCountMax: 200,
  pipelinedBytesMax: 16 * 1024,
  discardedBodyBytesMax: 256 * 1024,
  unsentBytesMax: 256 * 1024,
  // With post-quantum key shares a ClientHello has some 1,800 bytes.
  clientHelloBytesMax: 16_384,
  handshakeTimeoutMs: 10_000,
  headersTimeoutMs: 10_000,
  bodyTimeoutMs: 30_000,
  idleTimeoutMs: 75_000,
  writeTimeoutMs: 60_000,
  lingerTimeoutMs: 5000,
}
