/** Frame types (RFC 9113 §6). */
export const frames = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export const flags = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const

/** RFC 9113 §7. */
export const errorCodes = {
  none: 0x0,
  protocol: 0x1,
  internal: 0x2,
  flowControl: 0x3,
  settingsTimeout: 0x4,
  streamClosed: 0x5,
  frameSize: 0x6,
  refusedStream: 0x7,
  cancel: 0x8,
  compression: 0x9,
  enhanceYourCalm: 0xb,
} as const

/** RFC 9113 §6.5.2. */
export const settings = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const

export const FRAME_HEADER_BYTES = 9
/** The least that every peer must take, and all that we send or take (RFC 9113 §4.2). */
export const FRAME_BYTES_MAX = 16_384
export const WINDOW_BYTES_MAX = 0x7fff_ffff
/** Of every window before SETTINGS or WINDOW_UPDATE say otherwise (RFC 9113 §6.9.2). */
export const INITIAL_WINDOW_BYTES = 65_535

/** What a client begins with (RFC 9113 §3.4). */
export const PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/** The whole connection is at fault: it ends with GOAWAY. */
export class Http2ConnectionError extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.name = 'Http2ConnectionError'
    this.code = code
  }
}
