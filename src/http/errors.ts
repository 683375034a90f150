/** What went wrong between us and a backend, or inside a body, by kind: the layer above decides the answer. */
export type HttpFailure =
  | 'dns' // the name does not resolve
  | 'connect' // refused, unreachable
  | 'connect-timeout'
  | 'busy' // all connections are in use, and enough wait for one
  | 'tls' // handshake or certificate refused
  | 'reset' // connection lost before or within the answer
  | 'first-byte-timeout' // no answer head in time
  | 'idle-timeout' // the answer stalled
  | 'malformed' // not HTTP, or HTTP that breaks its own framing
  | 'too-large' // a named limit was passed
  | 'aborted' // our side gave up

export class HttpError extends Error {
  readonly failure: HttpFailure
  constructor(failure: HttpFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'HttpError'
    this.failure = failure
  }
}

/** A body passed the reader's limit. */
export class BodyTooLarge extends HttpError {
  constructor(bytesMax: number) {
    super('too-large', `body larger than ${bytesMax} bytes`)
    this.name = 'BodyTooLarge'
  }
}
