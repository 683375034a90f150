import { latin1 } from '#http/latin1.ts'
import { huffmanDecode } from './huffman.ts'
import { HeaderField } from './header-field.ts'
import { STATIC_TABLE } from './static-table.ts'

/** The header block cannot be decoded: the compression state of the connection is lost (RFC 7541 §2.2). */
export class HpackError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'HpackError'
  }
}

/** Told of each field of a header block, in order. */
export interface FieldSink {
  field(field: HeaderField): void
}

/** Decodes the header blocks of one connection (RFC 7541). */
export class HpackDecoder {
  readonly #tableBytesMax: number
  /** As the peer set it, up to the maximum. */
  #tableBytesLimit: number
  #tableBytes = 0
  /** The newest entry is last. */
  readonly #table: HeaderField[] = []
  /** Entries of the array's front that were evicted. */
  #evicted = 0

  #bytes: Buffer = NO_BYTES
  #at = 0
  #end = 0

  /** @param tableBytesMax what SETTINGS_HEADER_TABLE_SIZE told the peer */
  constructor(tableBytesMax: number) {
    this.#tableBytesMax = tableBytesMax
    this.#tableBytesLimit = tableBytesMax
  }

  /**
   * Decodes a whole header block.
   * @throws HpackError
   */
  decode(bytes: Buffer, from: number, to: number, sink: FieldSink): void {
    this.#bytes = bytes
    this.#at = from
    this.#end = to
    let fields = 0
    while (this.#at < to) {
      const first = bytes[this.#at] as number
      if ((first & 0x80) !== 0) {
        sink.field(this.#entry(this.#integer(7)))
      } else if ((first & 0xc0) === 0x40) {
        this.#literal(6, true, sink)
      } else if ((first & 0xe0) === 0x20) {
        // Allowed at the beginning of a block alone (RFC 7541 §4.2).
        if (fields > 0) throw new HpackError('a size update within a header block')
        this.#resize(this.#integer(5))
        continue
      } else {
        this.#literal(4, false, sink)
      }
      fields++
    }
    this.#bytes = NO_BYTES
  }

  /** @param prefix bits of the first byte that belong to the index of the name */
  #literal(prefix: number, kept: boolean, sink: FieldSink): void {
    const index = this.#integer(prefix)
    const name = index === 0 ? this.#text() : this.#entry(index).name
    const field = new HeaderField(name, this.#text())
    if (kept) this.#add(field)
    sink.field(field)
  }

  #entry(index: number): HeaderField {
    if (index === 0) throw new HpackError('index 0')
    if (index <= STATIC_TABLE.length) return STATIC_TABLE[index - 1] as HeaderField
    const place = this.#table.length - (index - STATIC_TABLE.length)
    if (place < this.#evicted) throw new HpackError(`index ${index} is beyond the table`)
    return this.#table[place] as HeaderField
  }

  #add(field: HeaderField): void {
    const size = field.tableBytes
    this.#evictTo(this.#tableBytesLimit - size)
    // An entry larger than the table empties it, and is no error (RFC 7541 §4.4).
    if (size > this.#tableBytesLimit) return
    this.#table.push(field)
    this.#tableBytes += size
  }

  #resize(bytes: number): void {
    if (bytes > this.#tableBytesMax) throw new HpackError(`a table of ${bytes} bytes`)
    this.#tableBytesLimit = bytes
    this.#evictTo(bytes)
  }

  #evictTo(bytes: number): void {
    const table = this.#table
    while (this.#tableBytes > bytes && this.#evicted < table.length) {
      this.#tableBytes -= (table[this.#evicted] as HeaderField).tableBytes
      table[this.#evicted++] = NO_FIELD
    }
    if (this.#evicted === table.length || this.#evicted > EVICTED_KEPT_MAX) {
      table.splice(0, this.#evicted)
      this.#evicted = 0
    }
  }

  /** @param prefix bits of the present byte that the integer begins with (RFC 7541 §5.1) */
  #integer(prefix: number): number {
    const limit = (1 << prefix) - 1
    let value = (this.#byte() as number) & limit
    if (value < limit) return value
    for (let shift = 0; ; shift += 7) {
      // No index, length or size is as large as this.
      if (shift > 21) throw new HpackError('an integer of more than four bytes')
      const byte = this.#byte()
      value += (byte & 0x7f) << shift
      if ((byte & 0x80) === 0) return value
    }
  }

  #text(): string {
    if (this.#at >= this.#end) throw new HpackError('a header block that ends early')
    const coded = ((this.#bytes[this.#at] as number) & 0x80) !== 0
    const length = this.#integer(7)
    const from = this.#at
    this.#at += length
    if (this.#at > this.#end) throw new HpackError('a text beyond the header block')
    if (!coded) return latin1(this.#bytes, from, this.#at)
    const text = huffmanDecode(this.#bytes, from, this.#at)
    if (text === undefined) throw new HpackError('a malformed Huffman code')
    return text
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new HpackError('a header block that ends early')
    return this.#bytes[this.#at++] as number
  }
}

const NO_BYTES = Buffer.alloc(0)
/** In the place of one that was evicted. */
const NO_FIELD = new HeaderField('', '')
/** The array's front is cut off now and then, not with each entry. */
const EVICTED_KEPT_MAX = 128
