/**
 * Values by path segment, found by the segment's place in a request-target. A `Map` would need the segment as a text
 * of its own, which costs more than all the rest of a match; this is a hash table with open addressing that reads the
 * characters where they are.
 */
export class SegmentTable<Value> {
  #segments: (string | undefined)[] = [undefined]
  #values: (Value | undefined)[] = [undefined]
  #mask = 0
  #size = 0

  get(segment: string): Value | undefined {
    return this.find(segment, 0, segment.length)
  }

  /** The value for the segment that stands in `target` from `at` to `end`. */
  find(target: string, at: number, end: number): Value | undefined {
    if (this.#size === 0) return undefined
    const length = end - at
    const mask = this.#mask
    for (let slot = hash(target, at, end) & mask; ; slot = (slot + 1) & mask) {
      const segment = this.#segments[slot]
      if (segment === undefined) return undefined
      if (segment.length === length && target.startsWith(segment, at)) return this.#values[slot]
    }
  }

  set(segment: string, value: Value): void {
    // At most half full: probing always meets a free slot, and soon.
    if ((this.#size + 1) * 2 > this.#segments.length) this.#grow()
    this.#size++
    this.#place(segment, value)
  }

  #grow(): void {
    const segments = this.#segments
    const values = this.#values
    const slots = segments.length * 2
    this.#segments = Array.from({ length: slots }, () => undefined)
    this.#values = Array.from({ length: slots }, () => undefined)
    this.#mask = slots - 1
    for (let slot = 0; slot < segments.length; slot++) {
      const segment = segments[slot]
      if (segment !== undefined) this.#place(segment, values[slot] as Value)
    }
  }

  #place(segment: string, value: Value): void {
    let slot = hash(segment, 0, segment.length) & this.#mask
    while (this.#segments[slot] !== undefined) slot = (slot + 1) & this.#mask
    this.#segments[slot] = segment
    this.#values[slot] = value
  }
}

/** FNV-1a over UTF-16 units. */
function hash(text: string, at: number, end: number): number {
  let sum = 0x811c9dc5
  for (let i = at; i < end; i++) sum = Math.imul(sum ^ text.charCodeAt(i), 0x01000193)
  // The low bits choose the slot: let the high ones take part.
  return sum ^ (sum >>> 15)
}
