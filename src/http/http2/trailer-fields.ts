import { mayTrail } from '#http/trailers.ts'
import { fieldKinds, type HeaderField } from './header-field.ts'
import type { FieldSink } from './hpack-decoder.ts'

/** The fields of a trailer section, without those that mean harm there. */
export class TrailerFields implements FieldSink {
  /** name, value, name, value … */
  readonly raw: string[] = []
  malformed = false
  #bytes = 0

  field({ kind, name, value }: HeaderField): void {
    if (this.malformed) return
    this.#bytes += name.length + value.length
    const pseudo = kind >= fieldKinds.method && kind <= fieldKinds.authority
    if (pseudo || kind === fieldKinds.malformed || this.#bytes > TRAILER_BYTES_MAX) this.malformed = true
    else if (mayTrail(name)) this.raw.push(name, value)
  }
}

const TRAILER_BYTES_MAX = 8192
