/** Words of a SHA-256. */
export const DIGEST_WORDS = 8
const FIRST_PLACES = 16

/** Nobody outside knows them, so that nobody can choose digests whose places are the same. */
const factors: Int32Array = crypto.getRandomValues(new Int32Array(DIGEST_WORDS)).map((factor) => factor | 1)

/**
 * Slots by digest, as numbers alone: a look-up touches one place and one digest, and who collects garbage has nothing
 * to look through. Digests are compared whole.
 */
export class DigestIndex {
  /** At a digest's place or soon behind it its slot plus one; 0: nothing. A power of two, at least half of them free. */
  #places = new Int32Array(FIRST_PLACES)
  #shift = shiftOf(FIRST_PLACES)
  /** By slot. */
  #digests = new Int32Array(FIRST_PLACES * DIGEST_WORDS)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** @returns its slot, or -1 */
  find(digest: Int32Array): number {
    const places = this.#places
    const mask = places.length - 1
    for (let place = placeOf(digest, 0) >>> this.#shift; ; place = (place + 1) & mask) {
      const slot = (places[place] as number) - 1
      if (slot === -1 || this.#is(slot, digest)) return slot
    }
  }

  /** @param digest that has no slot yet */
  add(digest: Int32Array, slot: number): void {
    if (2 * ++this.#size > this.#places.length) this.#spread(2 * this.#places.length)
    const needed = (slot + 1) * DIGEST_WORDS
    if (needed > this.#digests.length) {
      const grown = new Int32Array(Math.max(needed, 2 * this.#digests.length))
      grown.set(this.#digests)
      this.#digests = grown
    }
    this.#digests.set(digest, slot * DIGEST_WORDS)
    this.#enter(slot)
  }

  delete(slot: number): void {
    const places = this.#places
    const mask = places.length - 1
    let hole = this.#home(slot)
    while (places[hole] !== slot + 1) hole = (hole + 1) & mask
    this.#size--
    // What stands behind it, and not where it belongs, moves up: a search ends at the first free place.
    for (let place = (hole + 1) & mask; places[place] !== 0; place = (place + 1) & mask) {
      const home = this.#home((places[place] as number) - 1)
      if (((place - home) & mask) < ((place - hole) & mask)) continue
      places[hole] = places[place] as number
      hole = place
    }
    places[hole] = 0
  }

  /** The digest of a slot: a view, of use until something is added. */
  at(slot: number): Int32Array {
    return this.#digests.subarray(slot * DIGEST_WORDS, (slot + 1) * DIGEST_WORDS)
  }

  #is(slot: number, digest: Int32Array): boolean {
    const digests = this.#digests
    const at = slot * DIGEST_WORDS
    for (let i = 0; i < DIGEST_WORDS; i++) if (digests[at + i] !== digest[i]) return false
    return true
  }

  #home(slot: number): number {
    return placeOf(this.#digests, slot * DIGEST_WORDS) >>> this.#shift
  }

  #enter(slot: number): void {
    const places = this.#places
    const mask = places.length - 1
    let place = this.#home(slot)
    while (places[place] !== 0) place = (place + 1) & mask
    places[place] = slot + 1
  }

  #spread(length: number): void {
    const before = this.#places
    this.#places = new Int32Array(length)
    this.#shift = shiftOf(length)
    for (const entry of before) if (entry !== 0) this.#enter(entry - 1)
  }
}

/** The upper bits of a product are as good as all of the factors. */
function placeOf(words: Int32Array, at: number): number {
  let sum = 0
  for (let i = 0; i < DIGEST_WORDS; i++) {
    sum = (sum + Math.imul(words[at + i] as number, factors[i] as number)) | 0
  }
  return sum
}

function shiftOf(length: number): number {
  return 32 - Math.log2(length)
}
