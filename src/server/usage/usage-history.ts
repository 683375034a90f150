import { dayMs } from '#model/quota-period.ts'
import { records } from '#model/records.ts'
import type { MeteredPlan } from '#model/usage-meter.ts'
import {
  monthOf,
  USAGE_BUCKETS,
  usageBlockId,
  usageBlockOf,
  usageBucketOf,
  type UsageBlock,
} from '#model/usage-record.ts'
import { StoreConflict, type Key, type ParentKey, type Store, type Transaction } from '#store/store.ts'
import type { UsageLimits } from './limits.ts'
import { UsageNotes, type Place, type Use } from './usage-notes.ts'

/** Records that are deleted in one transaction. */
const PRUNED = 500
/** Notes that are put into blocks in one transaction. */
const FOLDED_NOTES = 64

/** Reads of what was being written or moved at that time, and how long that is waited for before each. */
const READS_MAX = 3
const MOVE_WAIT_MS = 100

/** Notes that one flush writes: the same ones again until they are known to be written. */
interface NotedFlush {
  readonly uses: UsageNotes
  readonly notes: readonly {
    readonly key: Key
    readonly note: ReturnType<UsageNotes['records']>[0]['note']
  }[]
}

/**
 * What keys have used on past days, and today up to some moment. It stays in blocks, each of some of a plan's keys. Where
 * many keys are used at once, a flush only writes notes, a few hundred for all of them; they are put into the blocks
 * later, bucket after bucket, each in one transaction: whenever the process ends, what was used is in a note or in its
 * block, and never in both. Any gateway that shares the store may do that with any notes.
 */
export class UsageHistory {
  readonly #store: Store
  readonly #limits: UsageLimits
  /** So that no two gateways give a note the same name. */
  readonly #writer = crypto.randomUUID()
  /** Yet to be written. */
  #waiting = new UsageNotes()
  /** On its way into blocks. */
  #writing = NOTHING
  #unwritten: NotedFlush | undefined
  #lastNote = 0
  /** How many notes were written to each bucket, and not yet put into blocks; by account and region. */
  readonly #notesKept = new Map<string, { readonly place: Place; readonly buckets: Uint32Array }>()
  /** A commit under way, until what is yet to be written says what it did; and how many there were. */
  #move: Promise<void> | undefined
  #moves = 0
  #gone: MeteredPlan[] = []
  #prunedMonth = ''
  /** The month that it is, and since when by the steady clock. */
  #present = { month: '', sinceMs: 0 }

  constructor(store: Store, limits: UsageLimits) {
    this.#store = store
    this.#limits = limits
  }

  /** Days of keys that are yet to be written. */
  get waiting(): number {
    return this.#waiting.size + this.#writing.size + (this.#unwritten?.uses.size ?? 0)
  }

  /** @param count what was used since the last note */
  note(plan: MeteredPlan, keyId: string, day: number, count: number): void {
    this.#waiting.add({ plan, day, keyId, count })
  }

  /**
   * Requests of keys on days. Those of all keys of a plan cost little more than reading its blocks.
   * @param tell is called for each key, by its place in the list, with a count a day; keys come in no order
   */
  async requests(
    plan: MeteredPlan,
    keyIds: readonly string[],
    firstDay: number,
    days: number,
    tell: (at: number, requests: readonly number[]) => void,
  ): Promise<void> {
    const buckets = new Map<number, Map<number, number[]>>()
    keyIds.forEach((keyId, at) => {
      const block = usageBlockOf(keyId)
      const blocks = entryOf(buckets, usageBucketOf(block), () => new Map<number, number[]>())
      entryOf(blocks, block, () => []).push(at)
    })
    const dates = Array.from({ length: days }, (_, i) => monthOf(firstDay + i))
    const months = [...new Set(dates.map(({ month }) => month))]
    for (const [bucket, blocks] of buckets) {
      const { notes, kept } = await this.#readBucket(plan, bucket, [...blocks.keys()], months)
      for (const [block, places] of blocks) {
        for (const at of places) {
          const keyId = keyIds[at] as string
          const requests = dates.map(({ month, at: date }, i) => {
            const day = firstDay + i
            const stays = kept.get(usageBlockId(month, block))?.[keyId]?.[date] ?? 0
            return stays + notes.count(plan, day, keyId) + this.#notWritten(plan, day, keyId)
          })
          tell(at, requests)
        }
      }
    }
  }

  /** What the store has of some blocks of a bucket, in one view: what moves from notes to blocks is in one of them. */
  async #readBucket(
    plan: MeteredPlan,
    bucket: number,
    blocks: readonly number[],
    months: readonly string[],
  ): Promise<{ notes: UsageNotes; kept: ReadonlyMap<string, UsageBlock | undefined> }> {
    const ids = blocks.flatMap((block) => months.map((month) => usageBlockId(month, block)))
    for (let reads = 1; ; reads++) {
      // Not for long: who writes may wait for us.
      if (this.#move !== undefined) await Promise.race([this.#move, Bun.sleep(MOVE_WAIT_MS)])
      const moves = this.#moves
      const found = await this.#store.transact(async (tx) => {
        const notes = await notesOf(tx, plan, bucket)
        const read = ids.map((id) => tx.read(records.usageBlock, { ...blocksOf(plan), id }))
        const values = (await Promise.all(read)).map((record) => record?.value)
        return { notes, kept: new Map(ids.map((id, i) => [id, values[i]])) }
      })
      if (reads === READS_MAX || (this.#move === undefined && moves === this.#moves)) return found
    }
  }

  /** Does what commits, and says in memory what was committed, as one move to who reads. */
  async #moving(work: () => Promise<void>): Promise<void> {
    const move = work()
    this.#move = move.catch(() => {})
    try {
      await move
    } finally {
      this.#moves++
      this.#move = undefined
    }
  }

  /** Writes what is noted. @throws StoreUnavailable: the rest stays noted */
  async write(): Promise<void> {
    const isBusy = this.waiting > this.#limits.usageDirectKeys
    if (this.#unwritten !== undefined || isBusy) await this.#moving(() => this.#writeNotes())
    else if (this.waiting > 0) await this.#moving(() => this.#writeBlocks())
    await this.#fold(isBusy ? this.#limits.usageNotesKept : 1)
    for (const plan of this.#gone.splice(0)) {
      await this.#store.transact(async (tx) => tx.deleteAll(records.usageBlock, blocksOf(plan)))
    }
  }

  /** Puts all notes of some accounts and regions into blocks, whoever wrote them. @throws StoreUnavailable */
  async foldAll(places: Iterable<Place>): Promise<void> {
    for (const place of places) {
      for (let bucket = 0; bucket < USAGE_BUCKETS; bucket++) await this.#foldBucket(place, bucket)
    }
  }

  async #writeBlocks(): Promise<void> {
    const uses = this.#waiting
    this.#waiting = new UsageNotes()
    this.#writing = uses
    try {
      await this.#store.transact((tx) => addToBlocks(tx, uses))
    } catch (error) {
      this.#waiting.addAll(uses)
      throw error
    } finally {
      this.#writing = NOTHING
    }
  }

  async #writeNotes(): Promise<void> {
    const { notes } = (this.#unwritten ??= this.#takeWaiting())
    try {
      await this.#store.transact(async (tx) => {
        for (const { key, note } of notes) tx.create(records.usageNote, key, note)
      })
    } catch (error) {
      // The time before it was not clear whether they were written: they were.
      if (!(error instanceof StoreConflict && error.reason === 'exists')) throw error
    }
    this.#unwritten = undefined
    for (const { key } of notes) {
      const name = `${key.account} ${key.region}`
      const { buckets } = entryOf(this.#notesKept, name, () => {
        return { place: key, buckets: new Uint32Array(USAGE_BUCKETS) }
      })
      const bucket = Number(key.parent)
      buckets[bucket] = (buckets[bucket] as number) + 1
    }
  }

  #takeWaiting(): NotedFlush {
    const uses = this.#waiting
    this.#waiting = new UsageNotes()
    const notes = uses.records().map(({ place, bucket, note }) => {
      return { key: { ...bucketOf(place, bucket), id: `${this.#writer}/${++this.#lastNote}` }, note }
    })
    return { uses, notes }
  }

  /** Puts the notes of those buckets into blocks that have the most. @param from what it takes to be among them */
  async #fold(from: number): Promise<void> {
    const folded: { place: Place; buckets: Uint32Array; bucket: number }[] = []
    for (const { place, buckets } of this.#notesKept.values()) {
      buckets.forEach((kept, bucket) => {
        if (kept >= from) folded.push({ place, buckets, bucket })
      })
    }
    folded.sort((a, b) => (b.buckets[b.bucket] as number) - (a.buckets[a.bucket] as number))
    for (const { place, buckets, bucket } of folded.slice(0, this.#limits.usageFoldsPerFlush)) {
      await this.#foldBucket(place, bucket)
      buckets[bucket] = 0
    }
  }

  async #foldBucket(place: Place, bucket: number): Promise<void> {
    const parent = bucketOf(place, bucket)
    for (let found = FOLDED_NOTES; found === FOLDED_NOTES;) {
      const page = await this.#store.list(records.usageNote, parent, { limit: FOLDED_NOTES })
      found = page.length
      if (found === 0) return
      await this.#store.transact(async (tx) => {
        const uses = new UsageNotes()
        await Promise.all(
          page.map(async ({ id }) => {
            const key = { ...parent, id }
            // Another gateway may have been at it.
            const note = await tx.read(records.usageNote, key)
            if (note === undefined) return
            uses.addNote(place, note.value)
            tx.delete(records.usageNote, key)
          }),
        )
        await addToBlocks(tx, uses)
      })
    }
  }

  #notWritten(plan: MeteredPlan, day: number, keyId: string): number {
    const unwritten = this.#unwritten?.uses.count(plan, day, keyId) ?? 0
    return unwritten + this.#writing.count(plan, day, keyId) + this.#waiting.count(plan, day, keyId)
  }

  /**
   * Deletes months that are too old, once a month.
   * @param nowMs `steadyMs()`
   */
  async prune(plans: readonly MeteredPlan[], today: number, nowMs: number): Promise<void> {
    const { month } = monthOf(today)
    if (month !== this.#present.month) this.#present = { month, sinceMs: nowMs }
    if (month === this.#prunedMonth || nowMs - this.#present.sinceMs < this.#limits.usagePruneAfterMs) return
    this.#prunedMonth = month
    const date = new Date(today * dayMs)
    const oldestMs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() - this.#limits.usageMonthsKept)
    const oldest = monthOf(oldestMs / dayMs).month
    for (const plan of plans) {
      const parent = blocksOf(plan)
      for (let found = PRUNED; found === PRUNED;) {
        const page = await this.#store.list(records.usageBlock, parent, { limit: PRUNED })
        const old = page.filter(({ id }) => id < oldest)
        found = old.length
        if (found === 0) break
        await this.#store.transact(async (tx) => {
          for (const { id } of old) tx.delete(records.usageBlock, { ...parent, id })
        })
      }
    }
  }

  /** A plan is gone, and what its keys have used of it. */
  forget(plan: MeteredPlan): void {
    this.#gone.push(plan)
    this.#waiting.forget(plan)
  }

  clear(): void {
    this.#waiting = new UsageNotes()
    this.#unwritten = undefined
    this.#notesKept.clear()
    this.#gone = []
  }
}

const NOTHING: UsageNotes = new UsageNotes()

async function notesOf(tx: Transaction, plan: MeteredPlan, bucket: number): Promise<UsageNotes> {
  const uses = new UsageNotes()
  for (const { value } of await tx.list(records.usageNote, bucketOf(plan, bucket))) {
    const ofPlan = value.plans[plan.usagePlanId]
    if (ofPlan !== undefined) uses.addNote(plan, { ...value, plans: { [plan.usagePlanId]: ofPlan } })
  }
  return uses
}

function entryOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

/** Adds what was used to the blocks of plans that are still there. */
async function addToBlocks(tx: Transaction, uses: UsageNotes): Promise<void> {
  const blocks = new Map<string, { readonly key: Key; readonly uses: { at: number; use: Use }[] }>()
  const months = new Map<number, ReturnType<typeof monthOf>>()
  for (const use of uses) {
    const { plan, day, keyId } = use
    const date = entryOf(months, day, () => monthOf(day))
    const key = blockKey(plan, date.month, usageBlockOf(keyId))
    const name = `${key.account} ${key.region} ${key.parent} ${key.id}`
    entryOf(blocks, name, () => ({ key, uses: [] as { at: number; use: Use }[] })).uses.push({
      at: date.at,
      use,
    })
  }
  await Promise.all(
    [...blocks.values()].map(async ({ key, uses }) => {
      const plan = await tx.read(records.usagePlan, { ...key, parent: '', id: key.parent })
      if (plan === undefined) return
      const block: Record<string, readonly number[]> = { ...(await tx.read(records.usageBlock, key))?.value }
      for (const { at, use } of uses) block[use.keyId] = added(block[use.keyId] ?? [], at, use.count)
      tx.write(records.usageBlock, key, block)
    }),
  )
}

/** @param at which of the counts it is added to: those before it may be missing */
function added(counts: readonly number[], at: number, more: number): number[] {
  const sums = Array.from({ length: Math.max(counts.length, at + 1) }, (_, i) => counts[i] ?? 0)
  sums[at] = (sums[at] as number) + more
  return sums
}

function bucketOf({ account, region }: Place, bucket: number): ParentKey {
  return { account, region, parent: String(bucket) }
}

function blocksOf({ account, region, usagePlanId }: MeteredPlan): ParentKey {
  return { account, region, parent: usagePlanId }
}

function blockKey(plan: MeteredPlan, month: string, block: number): Key {
  return { ...blocksOf(plan), id: usageBlockId(month, block) }
}
