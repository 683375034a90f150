// RESP3, the protocol of Redis and Valkey: https://redis.io/docs/latest/develop/reference/protocol-spec/

/** A value as it comes: bulk strings are bytes, maps are lists of names and values. */
export type Reply = string | number | boolean | null | Buffer | ReplyError | PushMessage | readonly Reply[]

/** The server refused a command: `NOSCRIPT …`. */
export class ReplyError {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

/** What the server tells unasked. */
export class PushMessage {
  readonly parts: readonly Reply[]
  constructor(parts: readonly Reply[]) {
    this.parts = parts
  }
}

/** The bytes are no RESP, or more than may be. */
export class RespError extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'RespError'
  }
}

/** Largest value that a server may send. */
export const valueBytesMax: number = 16 * 1024 * 1024
/** Longest line that is no value: errors, numbers. */
const LINE_BYTES_MAX = 64 * 1024
const ITEMS_MAX = 1_000_000
const DEPTH_MAX = 8

const INCOMPLETE = Symbol('incomplete')
type Found = Reply | typeof INCOMPLETE

/** Reads replies from bytes as they come. */
export class RespReader {
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  /** Nothing can be complete before there are so many. */
  #needed = 0
  #later: Buffer[] = []
  #laterBytes = 0

  /** @returns what is complete by now @throws RespError: the connection is of no use any more */
  read(chunk: Uint8Array): Reply[] {
    const replies: Reply[] = []
    this.#later.push(Buffer.from(chunk))
    this.#laterBytes += chunk.length
    if (this.#bytes.length + this.#laterBytes < this.#needed) return replies
    this.#bytes =
      this.#later.length === 1 && this.#bytes.length === 0
        ? (this.#later[0] as Buffer)
        : Buffer.concat([this.#bytes, ...this.#later])
    this.#later = []
    this.#laterBytes = 0
    this.#needed = 0
    let done = 0
    for (this.#at = 0; this.#at < this.#bytes.length; done = this.#at) {
      const found = this.#value(0)
      if (found === INCOMPLETE) break
      replies.push(found)
    }
    this.#bytes = this.#bytes.subarray(done)
    if (this.#needed > 0) this.#needed -= done
    return replies
  }

  #line(): string | undefined {
    const end = this.#bytes.indexOf('\r\n', this.#at, 'latin1')
    if ((end === -1 ? this.#bytes.length : end) - this.#at > LINE_BYTES_MAX) {
      throw new RespError(`a line of more than ${LINE_BYTES_MAX} bytes`)
    }
    if (end === -1) return undefined
    const line = this.#bytes.toString('utf8', this.#at, end)
    this.#at = end + 2
    return line
  }

  #value(depth: number): Found {
    const line = this.#line()
    if (line === undefined) return INCOMPLETE
    const rest = line.slice(1)
    switch (line[0]) {
      case '+':
        return rest
      case '-':
        return new ReplyError(rest)
      case ':':
        return wholeNumber(rest)
      case ',':
        return rest === 'inf' ? Infinity : rest === '-inf' ? -Infinity : Number(rest)
      case '(':
        return rest
      case '#':
        return rest === 't'
      case '_':
        return null
      case '$':
      case '=':
        return this.#bulk(wholeNumber(rest))
      case '!': {
        const error = this.#bulk(wholeNumber(rest))
        return error instanceof Buffer ? new ReplyError(error.toString('utf8')) : error
      }
      case '*':
      case '~':
        return this.#items(wholeNumber(rest), depth)
      case '%':
        return this.#items(2 * wholeNumber(rest), depth)
      case '>': {
        const parts = this.#items(wholeNumber(rest), depth)
        return Array.isArray(parts) ? new PushMessage(parts) : parts
      }
      default:
        throw new RespError(`found ${JSON.stringify(line.slice(0, 20))}, expected a reply of RESP3`)
    }
  }

  #bulk(bytes: number): Found {
    if (bytes === -1) return null
    if (bytes < 0 || bytes > valueBytesMax)
      throw new RespError(`a value of ${bytes} bytes, at most ${valueBytesMax}`)
    const end = this.#at + bytes
    if (this.#bytes.length < end + 2) {
      this.#needed = end + 2
      return INCOMPLETE
    }
    const value = this.#bytes.subarray(this.#at, end)
    this.#at = end + 2
    return value
  }

  #items(count: number, depth: number): Found {
    if (count === -1) return null
    if (count < 0 || count > ITEMS_MAX || depth >= DEPTH_MAX)
      throw new RespError(`a list of ${count} values at depth ${depth}`)
    const items: Reply[] = []
    for (let i = 0; i < count; i++) {
      const item = this.#value(depth + 1)
      if (item === INCOMPLETE) return INCOMPLETE
      items.push(item)
    }
    return items
  }
}

function wholeNumber(text: string): number {
  if (/^[+-]?\d{1,19}$/.test(text)) return Number(text)
  throw new RespError(`found ${JSON.stringify(text.slice(0, 20))}, expected a whole number`)
}

export type Argument = string | number | Uint8Array

/** Commands, written one after the other and sent as one. */
export class RespWriter {
  #text = ''
  #parts: Uint8Array[] = []

  add(command: readonly Argument[]): void {
    let text = `*${command.length}\r\n`
    for (const argument of command) {
      if (typeof argument === 'object') {
        this.#parts.push(Buffer.from(`${this.#text}${text}$${argument.length}\r\n`), argument)
        this.#text = ''
        text = '\r\n'
      } else {
        const plain = typeof argument === 'number' ? String(argument) : argument
        text += `$${Buffer.byteLength(plain)}\r\n${plain}\r\n`
      }
    }
    this.#text += text
  }

  take(): Buffer {
    const bytes = Buffer.concat([...this.#parts, Buffer.from(this.#text)])
    this.#text = ''
    this.#parts = []
    return bytes
  }
}
