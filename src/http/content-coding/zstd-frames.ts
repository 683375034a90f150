import type { Completeness } from './codings.ts'

type Field = 'magic' | 'skippable-size' | 'descriptor' | 'header' | 'block-header' | 'content' | 'checksum'

const MAGIC = 0xfd2fb528
const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const

/** Follows the frames of a zstd stream (RFC 8878 §3.1) without decoding them, to know whether the last one ended. */
export class ZstdFrames implements Completeness {
  #field: Field = 'magic'
  /** Bytes of the field that are still to come. */
  #missing = 4
  /** The field's bytes so far, little-endian. */
  #value = 0
  #shift = 0
  #descriptor = 0
  /** The block under way is the frame's last. */
  #last = false
  #broken = false
  /** A frame, or a run of skippable bytes, was read to its end. */
  #any = false

  /** True between two frames. */
  get complete(): boolean {
    return !this.#broken && this.#any && this.#field === 'magic' && this.#missing === 4
  }

  read(bytes: Uint8Array): void {
    let at = 0
    while (at < bytes.length && !this.#broken) {
      if (this.#field === 'header' || this.#field === 'content' || this.#field === 'checksum') {
        const passed = Math.min(this.#missing, bytes.length - at)
        this.#missing -= passed
        at += passed
      } else {
        this.#value += (bytes[at++] as number) * 2 ** this.#shift
        this.#shift += 8
        this.#missing--
      }
      while (this.#missing === 0 && !this.#broken) this.#next()
    }
  }

  /** A field is here whole. */
  #next(): void {
    const value = this.#value
    switch (this.#field) {
      case 'magic':
        if (value === MAGIC) this.#expect('descriptor', 1)
        else if (value >= 0x184d2a50 && value <= 0x184d2a5f) this.#expect('skippable-size', 4)
        else this.#broken = true
        break
      case 'skippable-size':
        this.#descriptor = 0
        this.#last = true
        this.#expect('content', value)
        break
      case 'descriptor':
        this.#descriptor = value
        this.#expect('header', headerBytes(value))
        break
      case 'header':
        this.#expect('block-header', 3)
        break
      case 'block-header': {
        const type = (value >> 1) & 3
        this.#last = (value & 1) === 1
        this.#expect('content', type === 1 ? 1 : value >> 3)
        break
      }
      case 'content':
        if (!this.#last) this.#expect('block-header', 3)
        else this.#expect('checksum', (this.#descriptor & 4) === 0 ? 0 : 4)
        break
      case 'checksum':
        this.#any = true
        this.#expect('magic', 4)
    }
  }

  #expect(field: Field, bytes: number): void {
    this.#field = field
    this.#missing = bytes
    this.#value = 0
    this.#shift = 0
  }
}

/** What follows the frame's descriptor: window, dictionary, content size (RFC 8878 §3.1.1.1). */
function headerBytes(descriptor: number): number {
  const single = (descriptor & 32) !== 0
  const sizeFlag = descriptor >> 6
  const sizeBytes = sizeFlag === 0 ? Number(single) : 2 ** sizeFlag
  return (single ? 0 : 1) + (DICTIONARY_ID_BYTES[descriptor & 3] as number) + sizeBytes
}
