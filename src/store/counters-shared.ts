import { steadyMs } from '#base/clock.ts'
import { writeFileSync } from 'node:fs'
import { countMax, type Counters, type Span, type TokenRate } from '#base/counters.ts'
import { MemoryCounters } from './counters-memory.ts'
import { SharedLock } from './shared-lock.ts'
import { flowOf, takeTokens } from './token-bucket.ts'

// A file that every process maps: a header, then slots of 32 bytes in open addressing.
//
//   header  Int32 × 16: format, slots, lock, slot in hand, generation, tries; from byte 32 the base time (Float64)
//   slot    Int32 × 4 identity · BigInt64 state · Int32 end of a count (seconds from the base) · Uint32 flow of a bucket
//
// The state is all that changes in use, by compare-and-swap; so a process may die at any instruction. Which key has a
// slot changes under a lock, and only through a state that nobody can swap against: `IN_HAND` first, then a value that
// was never there before.

const FORMAT = 0x6748_0001
const HEADER_BYTES = 64
const SLOT_BYTES = 32
const FIELD = { format: 0, slots: 1, lock: 2, inHand: 3, generation: 4, tries: 5 } as const
const BASE_BYTE = 32

/** State of a slot that was never used. */
const UNUSED = 0n
const IN_HAND = -1n
/** Slots in which a key may be, from the one that its identity says. */
const PROBES = 16
/** 2 MiB. */
const SLOTS = 65_535
/** The clock may be set back so far and buckets still fill. */
const BASE_BEFORE_START_MS = 86_400_000

/** What a slot is for: the bucket of a key and a flow, or the count of a key and a span. */
interface Subject {
  readonly key: string
  /** 0 for a count. */
  readonly flow: number
  readonly startMs: number
  /** Seconds from the base; 0 for a bucket. */
  readonly end: number
}

/** Where a subject is. */
interface Place {
  readonly slot: number
  readonly subject: Subject
  readonly identity: Int32Array
}

/** Counters that processes of one machine share, in memory. */
export class SharedCounters implements Counters {
  readonly #words: Int32Array
  readonly #states: BigInt64Array
  readonly #slots: number
  readonly #baseMs: number
  readonly #lock: SharedLock
  readonly #buckets = new Map<string, Place>()
  readonly #counts = new Map<string, Place>()
  /** For what has no place: exact for this process alone. */
  readonly #own = new MemoryCounters()
  readonly #onFull: () => void

  /** Makes the file that `new SharedCounters` maps. */
  static create(file: string, slots: number = SLOTS): void {
    const bytes = new Uint8Array(HEADER_BYTES + slots * SLOT_BYTES)
    const words = new Int32Array(bytes.buffer)
    words[FIELD.format] = FORMAT
    words[FIELD.slots] = slots
    new Float64Array(bytes.buffer, BASE_BYTE, 1)[0] = steadyMs() - BASE_BEFORE_START_MS
    writeFileSync(file, bytes, { mode: 0o600 })
  }

  /**
   * @param onFull called whenever a key finds no place: its limit is kept by each process for itself then
   * @throws Error when the file is not one that `create` made
   */
  constructor(file: string, onFull: () => void = () => {}) {
    const { buffer } = Bun.mmap(file, { shared: true })
    this.#words = new Int32Array(buffer)
    this.#states = new BigInt64Array(buffer)
    this.#slots = this.#words[FIELD.slots] ?? 0
    if (
      this.#words[FIELD.format] !== FORMAT ||
      buffer.byteLength !== HEADER_BYTES + this.#slots * SLOT_BYTES
    ) {
      throw new Error(`${file} does not hold counters of this version`)
    }
    this.#baseMs = new Float64Array(buffer, BASE_BYTE, 1)[0] as number
    this.#lock = new SharedLock(this.#words, FIELD.lock)
    this.#onFull = onFull
  }

  take(key: string, { perSecond, burst }: TokenRate, tokens: number, nowMs: number): number {
    const flow = flowOf(perSecond)
    const elapsedMs = Math.max(1, Math.floor(nowMs) - this.#baseMs)
    let place = this.#buckets.get(key)
    if (place?.subject.flow !== flow) place = this.#find({ key, flow, startMs: 0, end: 0 })
    for (;;) {
      place ??= this.#settle({ key, flow, startMs: 0, end: 0 }, elapsedMs)
      if (place === undefined) return this.#own.take(key, { perSecond, burst }, tokens, nowMs)
      const at = stateAt(place.slot)
      const state = Atomics.load(this.#states, at)
      // Looked at after the state was read: what is swapped below is then known to have been this bucket's.
      if (state === IN_HAND || !this.#holds(place)) {
        place = undefined
        continue
      }
      const { full, waitMs } = takeTokens(Number(state), flow, burst, tokens, elapsedMs * flow)
      if (full === undefined) return waitMs
      if (Atomics.compareExchange(this.#states, at, state, BigInt(full)) === state) return waitMs
    }
  }

  add(key: string, amount: number, { startMs, endMs }: Span, nowMs: number): number {
    const end = Math.max(1, Math.ceil((endMs - this.#baseMs) / 1000))
    let place = this.#counts.get(key)
    if (place?.subject.startMs !== startMs) place = this.#find({ key, flow: 0, startMs, end })
    for (;;) {
      place ??= this.#settle({ key, flow: 0, startMs, end }, nowMs - this.#baseMs)
      if (place === undefined) return this.#own.add(key, amount, { startMs, endMs }, nowMs)
      const at = stateAt(place.slot)
      const state = Atomics.load(this.#states, at)
      if (state === IN_HAND || !this.#holds(place)) {
        place = undefined
        continue
      }
      const before = Number(BigInt.asUintN(COUNT_BITS, state))
      const count = Math.min(before + amount, countMax)
      if (count === before) return count
      const next = state + BigInt(count - before)
      if (Atomics.compareExchange(this.#states, at, state, next) === state) return count
    }
  }

  /** Adds to a number that all processes share: whether that is so, and exact, is to be seen when they start. */
  tryAdding(times: number): void {
    for (let i = 0; i < times; i++) Atomics.add(this.#words, FIELD.tries, 1)
  }

  /** What was added by `tryAdding`. */
  get tries(): number {
    return Atomics.load(this.#words, FIELD.tries)
  }

  #holds({ slot, identity }: Place): boolean {
    const at = wordAt(slot)
    for (let i = 0; i < IDENTITY_WORDS; i++) {
      if (Atomics.load(this.#words, at + i) !== identity[i]) return false
    }
    return true
  }

  /** Where it is, found without the lock. */
  #find(subject: Subject): Place | undefined {
    const identity = identityOf(subject)
    for (let i = 0; i < PROBES; i++) {
      const place = { slot: this.#probe(identity, i), subject, identity }
      if (Atomics.load(this.#states, stateAt(place.slot)) === UNUSED) return undefined
      if (this.#holds(place)) return this.#know(place)
    }
    return undefined
  }

  /**
   * Where it is, by now or from now on; undefined when there is no place for it.
   * @param elapsedMs since the base: what was over by then may be forgotten
   */
  #settle(subject: Subject, elapsedMs: number): Place | undefined {
    if (!this.#lock.take(() => this.#repair())) return undefined
    try {
      const identity = identityOf(subject)
      const places = Array.from({ length: PROBES }, (_, i) => ({
        slot: this.#probe(identity, i),
        subject,
        identity,
      }))
      const place =
        places.find((each) => this.#holds(each)) ?? places.find((each) => this.#claim(each, elapsedMs))
      if (place === undefined) this.#onFull()
      return place && this.#know(place)
    } finally {
      this.#lock.release()
    }
  }

  /** Takes a slot, if nothing that counts is in it. */
  #claim(place: Place, elapsedMs: number): boolean {
    const { slot } = place
    const state = Atomics.load(this.#states, stateAt(slot))
    const end = Atomics.load(this.#words, wordAt(slot) + END_WORD)
    const flow = Atomics.load(this.#words, wordAt(slot) + FLOW_WORD) >>> 0
    const over = end === 0 ? Number(state) <= elapsedMs * flow : end * 1000 <= elapsedMs
    if (!over) return false
    Atomics.store(this.#words, FIELD.inHand, slot + 1)
    const ours = Atomics.compareExchange(this.#states, stateAt(slot), state, IN_HAND) === state
    if (ours) this.#write(slot, place.identity, place.subject)
    Atomics.store(this.#words, FIELD.inHand, 0)
    return ours
  }

  #write(slot: number, identity: Int32Array, { flow, end }: Pick<Subject, 'flow' | 'end'>): void {
    const at = wordAt(slot)
    for (let i = 0; i < IDENTITY_WORDS; i++) Atomics.store(this.#words, at + i, identity[i] as number)
    Atomics.store(this.#words, at + END_WORD, end)
    Atomics.store(this.#words, at + FLOW_WORD, flow | 0)
    const generation = BigInt((Atomics.add(this.#words, FIELD.generation, 1) + 1) >>> 0)
    // Before every time there is, so that the bucket is full; or a count of nothing.
    const first = end === 0 ? IN_HAND - 1n - generation : COUNT_MARK | (generation << BigInt(COUNT_BITS))
    Atomics.store(this.#states, stateAt(slot), first)
  }

  /** What a process that died had in hand becomes a slot that anybody may claim. */
  #repair(): void {
    const slot = Atomics.load(this.#words, FIELD.inHand) - 1
    if (slot >= 0 && Atomics.load(this.#states, stateAt(slot)) === IN_HAND)
      this.#write(slot, NOBODY, { flow: 0, end: 0 })
    Atomics.store(this.#words, FIELD.inHand, 0)
  }

  #probe(identity: Int32Array, i: number): number {
    return (((identity[0] as number) >>> 0) + i) % this.#slots
  }

  #know(place: Place): Place {
    const known = place.subject.end === 0 ? this.#buckets : this.#counts
    if (known.size >= this.#slots) known.clear()
    known.set(place.subject.key, place)
    return place
  }
}

const IDENTITY_WORDS = 4
const END_WORD = 6
const FLOW_WORD = 7
/** A count is the lower half of a state; the upper one holds a generation, and a mark that no bucket's state has. */
const COUNT_BITS = 32
const COUNT_MARK = 1n << 62n
const NOBODY = new Int32Array(IDENTITY_WORDS)

const wordAt = (slot: number): number => (HEADER_BYTES + slot * SLOT_BYTES) / 4
const stateAt = (slot: number): number => (HEADER_BYTES + slot * SLOT_BYTES + 16) / 8

/** 128 bits of SHA-256: no two subjects share them, however their keys were chosen. */
function identityOf({ key, flow, startMs }: Subject): Int32Array {
  const digest = new Bun.CryptoHasher('sha256').update(`${flow} ${startMs} ${key}`).digest()
  return new Int32Array(digest.buffer, digest.byteOffset, IDENTITY_WORDS)
}
