/** Bounds of an HTTP/2 connection besides those that every request has. */
export interface Http2Limits {
  /** Requests under way at once: told to the client, further ones are refused (REFUSED_STREAM). */
  readonly concurrentStreamsMax: number
  /** What a client may send of one body before we have taken any of it. */
  readonly streamWindowBytes: number
  /** Likewise of all bodies of a connection together. */
  readonly connectionWindowBytes: number
  /** Encoded bytes of one header block, CONTINUATION frames included: the connection ends past it. */
  readonly headerBlockBytesMax: number
  /** CONTINUATION frames of one header block: the connection ends past it. */
  readonly continuationsMax: number
  /** Streams that a client may reset, or break, without waiting for their answers: the connection ends past it. */
  readonly resetsBurst: number
  readonly resetsPerSecond: number
  /** Frames that carry no request: SETTINGS, PING, PRIORITY, empty DATA, WINDOW_UPDATE of next to nothing. */
  readonly controlFramesBurst: number
  readonly controlFramesPerSecond: number
}

export const defaultHttp2Limits: Http2Limits = {
  concurrentStreamsMax: 128,
  streamWindowBytes: 256 * 1024,
  connectionWindowBytes: 4 * 1024 * 1024,
  headerBlockBytesMax: 32 * 1024,
  continuationsMax: 16,
  // As nghttp2 has it against "rapid reset" (CVE-2023-44487), a little less.
  resetsBurst: 500,
  resetsPerSecond: 33,
  controlFramesBurst: 1000,
  controlFramesPerSecond: 200,
}
