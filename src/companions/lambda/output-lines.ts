const NEWLINE = 10
/** As large as one event of CloudWatch Logs may be. */
const LINE_BYTES_MAX = 262_144

/** Cuts what a process prints into lines; what comes without an end of line is cut at a bound. */
export class OutputLines {
  readonly #line: (text: string) => void
  #parts: Uint8Array[] = []
  #partBytes = 0
  /** Bytes seen so far. */
  bytes = 0

  constructor(line: (text: string) => void) {
    this.#line = line
  }

  push(chunk: Uint8Array): void {
    this.bytes += chunk.length
    let at = 0
    for (;;) {
      const end = chunk.indexOf(NEWLINE, at)
      if (end < 0) break
      this.#keep(chunk.subarray(at, end))
      this.flush(true)
      at = end + 1
    }
    if (at < chunk.length) this.#keep(chunk.subarray(at))
  }

  /** Gives out what came without an end of line. */
  flush(empty = false): void {
    if (this.#partBytes === 0 && !empty) return
    const bytes = this.#parts.length === 1 ? (this.#parts[0] as Uint8Array) : Buffer.concat(this.#parts)
    this.#parts = []
    this.#partBytes = 0
    // Runtimes write a message of several lines as one line with carriage returns, as AWS's own do.
    this.#line(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').replaceAll('\r', '\n'),
    )
  }

  #keep(part: Uint8Array): void {
    let rest = part
    while (this.#partBytes + rest.length > LINE_BYTES_MAX) {
      const room = LINE_BYTES_MAX - this.#partBytes
      this.#parts.push(rest.subarray(0, room))
      this.#partBytes = LINE_BYTES_MAX
      this.flush()
      rest = rest.subarray(room)
    }
    if (rest.length === 0) return
    this.#parts.push(rest)
    this.#partBytes += rest.length
  }
}
