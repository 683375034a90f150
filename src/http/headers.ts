/**
 * An HTTP field list as it was on the wire: order, spelling and duplicates kept; look-ups ignore case.
 * Values are latin1 strings (one character a byte).
 */
export class Headers {
  /** name, value, name, value … */
  readonly raw: string[]

  constructor(raw: string[] = []) {
    this.raw = raw
  }

  /** The first value of `name`, or undefined. */
  get(name: string): string | undefined {
    const { raw } = this
    for (let i = 0; i < raw.length; i += 2) {
      if (sameName(raw[i] as string, name)) return raw[i + 1]
    }
    return undefined
  }

  /** Every value of `name`, in wire order. */
  getAll(name: string): string[] {
    const { raw } = this
    const values: string[] = []
    for (let i = 0; i < raw.length; i += 2) {
      if (sameName(raw[i] as string, name)) values.push(raw[i + 1] as string)
    }
    return values
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  /** Adds a line at the end, whatever is there already. */
  add(name: string, value: string): void {
    this.raw.push(name, value)
  }

  /** Replaces every line of `name` by one, at the place of the first (or at the end). */
  set(name: string, value: string): void {
    const { raw } = this
    for (let i = 0; i < raw.length; i += 2) {
      if (!sameName(raw[i] as string, name)) continue
      raw[i] = name
      raw[i + 1] = value
      this.#removeFrom(name, i + 2)
      return
    }
    raw.push(name, value)
  }

  delete(name: string): void {
    this.#removeFrom(name, 0)
  }

  #removeFrom(name: string, start: number): void {
    const { raw } = this
    let kept = start
    for (let i = start; i < raw.length; i += 2) {
      if (sameName(raw[i] as string, name)) continue
      raw[kept] = raw[i] as string
      raw[kept + 1] = raw[i + 1] as string
      kept += 2
    }
    raw.length = kept
  }

  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    const { raw } = this
    for (let i = 0; i < raw.length; i += 2) yield [raw[i] as string, raw[i + 1] as string]
  }
}

/** ASCII case-insensitive equality of two field names. */
export function sameName(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  // Most names of one length differ in their first letter.
  if (((a.charCodeAt(0) ^ b.charCodeAt(0)) & ~32) !== 0) return false
  if (a === b) return true
  for (let i = 0; i < a.length; i++) {
    let x = a.charCodeAt(i)
    let y = b.charCodeAt(i)
    if (x === y) continue
    if (x >= 65 && x <= 90) x |= 32
    if (y >= 65 && y <= 90) y |= 32
    if (x !== y) return false
  }
  return true
}
