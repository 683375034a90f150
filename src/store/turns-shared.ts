import { writeFileSync } from 'node:fs'
import { OwnTurns, type Turns } from '#base/turns.ts'
import { SharedLock } from './shared-lock.ts'

// A file that every process maps: a header, then slots in open addressing.
//
//   header  Int32 × 16: format, slots, columns, lock
//   slot    Int32 × 4 identity · Int32 for each process: how many turns it has
//
// A process writes in its own column alone, so that what a dead one had is taken back by emptying its column. It adds
// first and looks at the sum then: of any two that ask at once, one at least sees both. A slot changes hands under the
// lock, and only while all its columns are 0: its identity is taken away before they are looked at, and who adds looks
// at the identity afterwards.

const FORMAT = 0x6754_0001
const HEADER_WORDS = 16
const FIELD = { format: 0, slots: 1, columns: 2, lock: 3 } as const
const IDENTITY_WORDS = 4
const PROBES = 16
const SLOTS = 16_381
const NOBODY = new Int32Array(IDENTITY_WORDS)

interface Place {
  /** Where the slot begins. */
  readonly at: number
  readonly identity: Int32Array
  /** Turns that this process has there. */
  taken: number
}

/** Turns that processes of one machine share, in memory. */
export class SharedTurns implements Turns {
  readonly lookMs = 5
  readonly #words: Int32Array
  readonly #slots: number
  readonly #columns: number
  readonly #own: number
  readonly #lock: SharedLock
  readonly #places = new Map<string, Place>()
  /** For what has no place: exact for this process alone. */
  readonly #rest = new OwnTurns()
  readonly #onFull: () => void

  /** Makes the file that `new SharedTurns` maps. @param processes that will share it */
  static create(file: string, processes: number, slots: number = SLOTS): void {
    const words = new Int32Array(HEADER_WORDS + slots * (IDENTITY_WORDS + processes))
    words[FIELD.format] = FORMAT
    words[FIELD.slots] = slots
    words[FIELD.columns] = processes
    writeFileSync(file, new Uint8Array(words.buffer), { mode: 0o600 })
  }

  /**
   * @param process its number, from 1: whoever had it before has ended, and has no turns any more
   * @param onFull called whenever a key finds no place: its limit is kept by each process for itself then
   * @throws Error when the file is not one that `create` made
   */
  constructor(file: string, process: number, onFull: () => void = () => {}) {
    this.#words = new Int32Array(Bun.mmap(file, { shared: true }).buffer)
    this.#slots = this.#words[FIELD.slots] ?? 0
    this.#columns = this.#words[FIELD.columns] ?? 0
    const length = HEADER_WORDS + this.#slots * (IDENTITY_WORDS + this.#columns)
    if (this.#words[FIELD.format] !== FORMAT || this.#words.length !== length || process > this.#columns) {
      throw new Error(`${file} does not hold turns of this version for process ${process}`)
    }
    this.#own = IDENTITY_WORDS + process - 1
    this.#lock = new SharedLock(this.#words, FIELD.lock)
    this.#onFull = onFull
    for (let slot = 0; slot < this.#slots; slot++) Atomics.store(this.#words, this.#at(slot) + this.#own, 0)
  }

  take(key: string, limit: number): boolean {
    let place = this.#places.get(key)
    for (;;) {
      if (place === undefined) {
        const settled = this.#settle(key)
        // Whoever has the lock stands still: rather none than one too many.
        if (settled === 'locked') return false
        if (settled === 'full') return this.#rest.take(key, limit)
        place = settled
      }
      Atomics.add(this.#words, place.at + this.#own, 1)
      if (this.#holds(place.at, place.identity)) {
        if (this.#taken(place.at) <= limit) {
          place.taken++
          return true
        }
        Atomics.sub(this.#words, place.at + this.#own, 1)
        return false
      }
      // Another key has the slot by now, or somebody looks whether it may; we were counted for an instant.
      Atomics.sub(this.#words, place.at + this.#own, 1)
      place = undefined
    }
  }

  release(key: string): void {
    const place = this.#places.get(key)
    if (place === undefined || place.taken === 0) return this.#rest.release(key)
    Atomics.sub(this.#words, place.at + this.#own, 1)
    place.taken--
  }

  #taken(at: number): number {
    let sum = 0
    for (let i = 0; i < this.#columns; i++) sum += Atomics.load(this.#words, at + IDENTITY_WORDS + i)
    return sum
  }

  /** Where it is, by now or from now on. */
  #settle(key: string): Place | 'full' | 'locked' {
    const known = this.#places.get(key)
    const identity = known?.identity ?? identityOf(key)
    const slots = Array.from({ length: PROBES }, (_, i) =>
      this.#at((((identity[0] as number) >>> 0) + i) % this.#slots),
    )
    const holding = (): number | undefined => slots.find((at) => this.#holds(at, identity))
    const isOurs = known !== undefined && known.taken > 0
    const found = isOurs ? undefined : holding()
    if (found !== undefined) return this.#know(key, found, identity)
    if (!this.#lock.take(() => {})) return 'locked'
    try {
      if (isOurs) {
        // Its name is only missing where somebody died who was looking whether the slot is free.
        this.#name(known.at, identity)
        return known
      }
      const at = holding() ?? slots.find((each) => this.#claim(each, identity))
      if (at !== undefined) return this.#know(key, at, identity)
      this.#onFull()
      return 'full'
    } finally {
      this.#lock.release()
    }
  }

  #know(key: string, at: number, identity: Int32Array): Place {
    const place = { at, identity, taken: 0 }
    if (this.#places.size >= this.#slots) this.#forgetIdle()
    this.#places.set(key, place)
    return place
  }

  #claim(at: number, identity: Int32Array): boolean {
    if (this.#taken(at) > 0) return false
    const before = this.#words.slice(at, at + IDENTITY_WORDS)
    this.#name(at, NOBODY)
    const isIdle = this.#taken(at) === 0
    this.#name(at, isIdle ? identity : before)
    return isIdle
  }

  #name(at: number, identity: Int32Array): void {
    for (let i = 0; i < IDENTITY_WORDS; i++) Atomics.store(this.#words, at + i, identity[i] as number)
  }

  #holds(at: number, identity: Int32Array): boolean {
    for (let i = 0; i < IDENTITY_WORDS; i++) {
      if (Atomics.load(this.#words, at + i) !== identity[i]) return false
    }
    return true
  }

  #forgetIdle(): void {
    for (const [key, { taken }] of this.#places) if (taken === 0) this.#places.delete(key)
  }

  #at(slot: number): number {
    return HEADER_WORDS + slot * (IDENTITY_WORDS + this.#columns)
  }
}

/** 128 bits of SHA-256: no two keys share them, however they were chosen. */
function identityOf(key: string): Int32Array {
  const digest = new Bun.CryptoHasher('sha256').update(key).digest()
  return new Int32Array(digest.buffer, digest.byteOffset, IDENTITY_WORDS)
}
