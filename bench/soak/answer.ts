/** An answer as a client sees it. */
export interface Answer {
  readonly status: number
  readonly body: Buffer
  /** The server will close the connection. */
  readonly close: boolean
  /** Bytes that it took. */
  readonly bytes: number
}

/**
 * Reads one answer, interim ones aside; a reader of its own, so that the engine is not judged by itself.
 * @param bodiless the answer is to a HEAD request
 * @returns undefined while it is not here whole
 * @throws Error when it is not HTTP/1.1
 */
export function readAnswer(bytes: Buffer, bodiless: boolean): Answer | undefined {
  let start = 0
  for (;;) {
    const end = bytes.indexOf('\r\n\r\n', start)
    if (end < 0) return undefined
    const lines = bytes.toString('latin1', start, end).split('\r\n')
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(lines[0] as string)?.[1])
    if (Number.isNaN(status)) throw new Error(`not a status line: ${JSON.stringify(lines[0])}`)
    start = end + 4
    if (status < 200) continue
    const field = (name: string): string | undefined =>
      lines
        .find((line) => line.toLowerCase().startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .trim()
    const close = field('connection')?.toLowerCase() === 'close'
    if (bodiless || status === 204 || status === 304) {
      return { status, body: Buffer.alloc(0), close, bytes: start }
    }
    const length = field('content-length')
    if (length !== undefined) {
      const last = start + Number(length)
      return bytes.length < last
        ? undefined
        : { status, body: bytes.subarray(start, last), close, bytes: last }
    }
    const read = readChunks(bytes, start)
    return read === undefined ? undefined : { status, body: read.body, close, bytes: read.end }
  }
}

function readChunks(bytes: Buffer, start: number): { body: Buffer; end: number } | undefined {
  const chunks: Buffer[] = []
  for (let at = start; ;) {
    const lineEnd = bytes.indexOf('\r\n', at)
    if (lineEnd < 0) return undefined
    const line = bytes.toString('latin1', at, lineEnd)
    if (!/^[0-9a-fA-F]+$/.test(line)) throw new Error(`not a chunk size: ${JSON.stringify(line)}`)
    const size = Number.parseInt(line, 16)
    const next = lineEnd + 2 + size + 2
    if (bytes.length < next) return undefined
    if (bytes.toString('latin1', next - 2, next) !== '\r\n')
      throw new Error('a chunk is not followed by CRLF')
    if (size === 0) return { body: Buffer.concat(chunks), end: next }
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size))
    at = next
  }
}
