import { Cork } from '#http/cork.ts'
import { isOwnName } from '#http/own-fields.ts'
import { STATIC_TABLE, staticIndexOf } from './static-table.ts'

/**
 * The header block of an answer or its trailers (RFC 7541). Names of the static table are told by their number; nothing
 * is put into the dynamic table, so the client keeps no state for us and no two streams depend on each other.
 */
export class AnswerBlock {
  #cork = new Cork(USUAL_BYTES)

  get bytes(): Buffer {
    return this.#cork.bytes
  }

  get length(): number {
    return this.#cork.length
  }

  /**
   * Begins another block.
   * @param size no more bytes than this will be written
   * @param first whether it is the connection's first: it says that the dynamic table is of size 0, for a client that
   * wants it smaller than it is at the start must be told of a size (RFC 7541 §4.2)
   */
  begin(size: number, first: boolean): void {
    if (this.#cork.bytes.length < size || this.#cork.bytes.length > KEPT_BYTES_MAX) {
      this.#cork = new Cork(Math.max(size, USUAL_BYTES))
    }
    this.#cork.length = 0
    if (first) this.#byte(0x20)
  }

  status(status: number): void {
    const text = String(status)
    const index = STATUSES.get(text)
    if (index === undefined) this.#literal(STATUS, ':status', text)
    else this.#byte(0x80 | index)
  }

  /**
   * Writes all fields but those that are the engine's own.
   * @param raw name, value, name, value …
   * @throws Error naming the field that cannot be written
   */
  fields(raw: readonly string[]): void {
    for (let i = 0; i < raw.length; i += 2) {
      const name = raw[i] as string
      if (isOwnName(name)) continue
      this.field(name.toLowerCase(), raw[i + 1] as string)
    }
  }

  /**
   * @param name in lower case
   * @throws Error naming the field when it cannot be written
   */
  field(name: string, value: string): void {
    const first = value.charCodeAt(0)
    const last = value.charCodeAt(value.length - 1)
    const blank = first === 32 || first === 9 || last === 32 || last === 9
    this.#literal(staticIndexOf(name), name, blank ? value.trim() : value)
  }

  /** A literal without indexing (RFC 7541 §6.2.2), its texts as they are. */
  #literal(index: number, name: string, value: string): void {
    const cork = this.#cork
    this.#integer(0x00, 4, index)
    if (index === 0) {
      this.#integer(0x00, 7, name.length)
      if (!cork.fieldName(name)) throw new Error(`header name ${JSON.stringify(name)} is not a token`)
    }
    this.#integer(0x00, 7, value.length)
    // ':status' has digits alone, and every value may be empty.
    if (!cork.fieldValue(value)) {
      throw new Error(`header ${name} has a value with control or non-latin1 characters`)
    }
  }

  #integer(pattern: number, prefix: number, value: number): void {
    const limit = (1 << prefix) - 1
    if (value < limit) {
      this.#byte(pattern | value)
      return
    }
    this.#byte(pattern | limit)
    let rest = value - limit
    while (rest >= 0x80) {
      this.#byte((rest & 0x7f) | 0x80)
      rest >>= 7
    }
    this.#byte(rest)
  }

  #byte(value: number): void {
    const cork = this.#cork
    cork.bytes[cork.length++] = value
  }
}

/** No more bytes than this come of these fields. */
export function blockBytesMax(raw: readonly string[]): number {
  let size = BLOCK_MARGIN
  // A length takes up to five bytes, an index up to two.
  for (let i = 0; i < raw.length; i++) size += (raw[i] as string).length + 7
  return size
}

const USUAL_BYTES = 8192
/** What a larger block took is given back. */
const KEPT_BYTES_MAX = 65_536
/** Room for status, date and content-length. */
const BLOCK_MARGIN = 256
const STATUS = staticIndexOf(':status')
const STATUSES = new Map<string, number>()
for (let i = 0; i < STATIC_TABLE.length; i += 2) {
  if (STATIC_TABLE[i] === ':status') STATUSES.set(STATIC_TABLE[i + 1] as string, i / 2 + 1)
}
