import { COLON, CR, isBlank } from '#http/characters.ts'
import { Cork } from '#http/cork.ts'
import { FIELD_NUMBERS, fieldNumberIn } from '#http/field-names.ts'
import { STATIC_TABLE } from './static-table.ts'

/**
 * The header block of an answer or its trailers (RFC 7541), made of the lines that HTTP/1.1 would have: no text is made
 * of them. Names of the static table are told by their number; nothing is put into the dynamic table, so the client
 * keeps no state for us and no two streams depend on each other. No Huffman coding: it costs more than it saves.
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
    const index = indexOfStatus[status] as number
    if (index > 0) {
      this.#byte(0x80 | index)
      return
    }
    this.#integer(4, STATUS_INDEX)
    this.#byte(3)
    this.#cork.number(status)
  }

  /** @param lines `Name: value\r\n` …, well-formed */
  lines({ bytes, length }: Cork): void {
    for (let at = 0; at < length;) at = this.#line(bytes, at)
  }

  /** A literal without indexing (RFC 7541 §6.2.2), its texts as they are. @returns the index after the line */
  #line(bytes: Buffer, from: number): number {
    let nameEnd = from
    while (bytes[nameEnd] !== COLON) nameEnd++
    const index = indexOfName[fieldNumberIn(bytes, from, nameEnd)] as number
    this.#integer(4, index)
    if (index === 0) this.#name(bytes, from, nameEnd)
    let start = nameEnd + 1
    let end = start
    while (bytes[end] !== CR) end++
    const next = end + 2
    // Blanks at its ends are no part of a value, and make it malformed (RFC 9113 §8.2.1).
    while (start < end && isBlank(bytes[start] as number)) start++
    while (end > start && isBlank(bytes[end - 1] as number)) end--
    this.#integer(7, end - start)
    this.#cork.copy(bytes, start, end)
    return next
  }

  #name(bytes: Buffer, from: number, to: number): void {
    this.#integer(7, to - from)
    for (let i = from; i < to; i++) {
      const byte = bytes[i] as number
      this.#byte(byte >= 65 && byte <= 90 ? byte | 32 : byte)
    }
  }

  /** RFC 7541 §5.1, with zeros above its first bits. @param prefix how many bits of the first byte it has */
  #integer(prefix: number, value: number): void {
    const limit = (1 << prefix) - 1
    if (value < limit) {
      this.#byte(value)
      return
    }
    this.#byte(limit)
    let rest = value - limit
    for (; rest >= 0x80; rest >>= 7) this.#byte((rest & 0x7f) | 0x80)
    this.#byte(rest)
  }

  #byte(value: number): void {
    const cork = this.#cork
    cork.bytes[cork.length++] = value
  }
}

/** No more bytes than this come of a status and lines of so many bytes. */
export function blockBytesMax(linesBytes: number): number {
  // A line's colon and end make room for its pattern and lengths, unless one of these is 127 or more.
  return linesBytes + Math.ceil(linesBytes / 128) * 8 + STATUS_BYTES_MAX
}

const USUAL_BYTES = 8192
/** What a larger block took is given back. */
const KEPT_BYTES_MAX = 65_536
/** A change of the table's size, an index, a length, three digits. */
const STATUS_BYTES_MAX = 6

/** By field number, the first entry of that name in the static table; 0 where there is none. */
const indexOfName = new Uint8Array(FIELD_NUMBERS)
/** By status, the entry that has it; 0 where there is none. */
const indexOfStatus = new Uint8Array(1000)
for (let i = STATIC_TABLE.length; i > 0; i--) {
  const field = STATIC_TABLE[i - 1]
  if (field === undefined) continue
  if (field.name === ':status') indexOfStatus[Number(field.value)] = i
  else if (field.number > 0) indexOfName[field.number] = i
}
const STATUS_INDEX = STATIC_TABLE.findIndex(({ name }) => name === ':status') + 1
