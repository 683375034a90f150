import { steadyMs } from '#base/clock.ts'
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { countMax } from '#base/counters.ts'
import {
  DIGEST_WORDS,
  FORMAT,
  HEADER,
  KEY_ID_BYTES_MAX,
  PLACE,
  usageLayout,
  type IndexPart,
} from './usage-layout.ts'
import { datedWord, firstCell, UsageTable, type DatedCount } from './usage-table.ts'

/** A key in a plan. */
export interface UsageMember {
  /** SHA-256 of the key's value. */
  readonly digest: Uint8Array
  /** ASCII, at most 16. */
  readonly keyId: string
  readonly plan: number
  readonly enabled: boolean
}

/** Pages are had from the system before they are touched: one that is not there would end the process. */
const GROWTH_BYTES = 262_144
/** Who has found a place uses it at once. It is given to somebody else no sooner than this after it was left. */
const REST_MS = 10_000
/** The clock may be set back so far and buckets still fill. */
const BASE_BEFORE_START_MS = 86_400_000

/** The one process's end of a `UsageTable`: which keys there are. */
export class UsageTableWriter {
  readonly table: UsageTable
  /** Undefined for memory of this process, which is there when it is touched. */
  readonly #fd: number | undefined
  /** Bytes of places that the system has given. */
  #given = 0
  /** Places that were ever used. */
  #used = 0
  /** Cells of the index that are not 0. */
  #cells = 0
  #left: { readonly place: number; readonly leftMs: number }[] = []

  /**
   * @param placesMax a power of two, from 1024
   * @param file to be made, in memory that processes share; undefined: this one has it alone
   * @throws Error when there is no room for it
   */
  constructor(placesMax: number, file?: string) {
    const { bytes, places, indexes } = usageLayout(placesMax)
    const [first] = indexes as [IndexPart]
    const head = new Uint8Array(
      file === undefined ? bytes : Math.min(places, (first.at + first.mask + 1) * 4),
    )
    new Int32Array(head.buffer).set([FORMAT, placesMax, 0])
    new Float64Array(head.buffer, HEADER.baseByte, 1)[0] = steadyMs() - BASE_BEFORE_START_MS
    if (file === undefined) {
      this.table = new UsageTable(head.buffer)
      return
    }
    this.#fd = openSync(file, 'wx+', 0o600)
    writeSync(this.#fd, head, 0, head.length, 0)
    ftruncateSync(this.#fd, bytes)
    this.table = new UsageTable(file)
  }

  /** Keys that are in plans. */
  get size(): number {
    return this.#used - this.#left.length
  }

  /**
   * Puts a key into a plan, or changes whether it is enabled there.
   * @param enabledAlready of one that is in it already, if it is another
   * @returns its place, and whether that is new
   * @throws Error when there is no room
   */
  put(
    { digest, keyId, plan, enabled }: UsageMember,
    enabledAlready: boolean = enabled,
  ): { readonly place: number; readonly isNew: boolean } {
    const { table } = this
    const words = digestWords(digest)
    const known = table.locate(words, plan)
    if (known !== undefined) {
      this.#set(known, PLACE.enabled, enabledAlready ? 1 : 0)
      return { place: known, isNew: false }
    }
    if (keyId.length > KEY_ID_BYTES_MAX) throw new Error(`id of an API key: ${keyId} is too long`)
    this.#makeCells()
    const place = this.#newPlace()
    for (let word = 0; word < PLACE.bytes / 4; word++) this.#set(place, word, 0)
    words.forEach((word, i) => this.#set(place, PLACE.digest + i, word))
    const id = new Uint8Array(KEY_ID_BYTES_MAX)
    id.set(Buffer.from(keyId, 'ascii'))
    new Int32Array(id.buffer).forEach((word, i) => this.#set(place, PLACE.keyId + i, word))
    this.#set(place, PLACE.plan, plan)
    this.#set(place, PLACE.enabled, enabled ? 1 : 0)
    this.#enter(this.#index, words, plan, place)
    return { place, isNew: true }
  }

  enable(place: number): void {
    this.#set(place, PLACE.enabled, 1)
  }

  /** @returns where it was */
  remove(digest: Uint8Array, plan: number): number | undefined {
    const words = digestWords(digest)
    const place = this.table.locate(words, plan)
    if (place === undefined) return undefined
    this.#set(place, PLACE.enabled, 0)
    const { at, mask } = this.#index
    for (let cell = firstCell(words, plan); ; cell++) {
      if (Atomics.load(this.table.words, at + (cell & mask)) !== place + 1) continue
      Atomics.store(this.table.words, at + (cell & mask), -1)
      break
    }
    this.#set(place, PLACE.plan, 0)
    this.#left.push({ place, leftMs: performance.now() })
    return place
  }

  /** Every place in use: of a plan, or all. */
  *places(plan?: number): Generator<number> {
    for (let place = 0; place < this.#used; place++) {
      const of = this.table.word(place, PLACE.plan)
      if (of !== 0 && (plan === undefined || of === plan)) yield place
    }
  }

  digestOf(place: number): Uint8Array {
    const words = new Int32Array(DIGEST_WORDS)
    for (let i = 0; i < DIGEST_WORDS; i++) words[i] = this.table.word(place, PLACE.digest + i)
    return new Uint8Array(words.buffer)
  }

  /** A bucket that is full: its rate is another one from now on. */
  fill(place: number): void {
    Atomics.store(this.table.counts, this.table.countAt(place, PLACE.bucket), 0n)
  }

  /** @param count PLACE.period, or PLACE.days and 0 or 1 */
  setDated(place: number, count: number, value: DatedCount): void {
    Atomics.store(this.table.counts, this.table.countAt(place, count), datedWord(value))
  }

  grant(place: number, day: number, limit: number): void {
    this.#set(place, PLACE.grantDay, 0)
    this.#set(place, PLACE.grantLimit, Math.min(limit, countMax) | 0)
    this.#set(place, PLACE.grantDay, day)
  }

  /** Places that counted since the last call. What is counted from then on is for the next one. */
  takeChanged(): number[] {
    const { words, layout } = this.table
    const changed: number[] = []
    for (let i = 0; i < Math.ceil(this.#used / 32); i++) {
      if (Atomics.load(words, layout.changed + i) === 0) continue
      let bits = Atomics.exchange(words, layout.changed + i, 0)
      for (; bits !== 0; bits &= bits - 1) changed.push(i * 32 + 31 - Math.clz32(bits & -bits))
    }
    return changed
  }

  /** The memory stays until nobody has it mapped. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
  }

  /** Makes memory empty that nobody looks at. @throws Error when the system has none left */
  #clear(at: number, bytes: number): void {
    const { words } = this.table
    if (this.#fd === undefined) words.fill(0, at / 4, (at + bytes) / 4)
    else writeSync(this.#fd, new Uint8Array(bytes), 0, bytes, at)
  }

  get #index(): IndexPart {
    return this.table.layout.indexes[Atomics.load(this.table.words, HEADER.index)] as IndexPart
  }

  #set(place: number, word: number, value: number): void {
    Atomics.store(this.table.words, this.table.wordAt(place, word), value)
  }

  #newPlace(): number {
    const [oldest] = this.#left
    const rests = oldest !== undefined && performance.now() - oldest.leftMs < REST_MS
    const { placesMax, places } = this.table.layout
    if (oldest !== undefined && (!rests || this.#used === placesMax)) {
      this.#left.shift()
      return oldest.place
    }
    if (this.#used === placesMax) throw new Error(`more than ${placesMax} API keys in usage plans`)
    const needed = (this.#used + 1) * PLACE.bytes
    if (needed > this.#given) {
      const bytes = Math.min(GROWTH_BYTES, placesMax * PLACE.bytes - this.#given)
      this.#clear(places + this.#given, bytes)
      this.#given += bytes
    }
    return this.#used++
  }

  #enter({ at, mask }: IndexPart, digest: Int32Array, plan: number, place: number): void {
    let cell = firstCell(digest, plan)
    while (Atomics.load(this.table.words, at + (cell & mask)) !== 0) cell++
    Atomics.store(this.table.words, at + (cell & mask), place + 1)
    this.#cells++
  }

  /** Half of the cells are 0: searches are short. Otherwise an index is written that nobody reads yet. */
  #makeCells(): void {
    const { words, layout } = this.table
    if (this.#cells < (this.#index.mask + 1) / 2) return
    const current = Atomics.load(words, HEADER.index)
    const next = layout.indexes.findIndex(({ mask }, i) => i !== current && mask + 1 >= 4 * (this.size + 1))
    const index = layout.indexes[next] as IndexPart
    this.#clear(index.at * 4, (index.mask + 1) * 4)
    this.#cells = 0
    for (const place of this.places()) {
      this.#enter(index, digestWords(this.digestOf(place)), this.table.word(place, PLACE.plan), place)
    }
    Atomics.store(words, HEADER.index, next)
  }
}

function digestWords(digest: Uint8Array): Int32Array {
  return new Int32Array(digest.slice(0, DIGEST_WORDS * 4).buffer)
}
