import { steadyMs } from '#base/clock.ts'
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import type { AnswerClaim } from '#base/answer-cache.ts'
import { AnswerBlocks, blocksOf } from './answer-blocks.ts'
import { AnswerChain, type ChainHead } from './answer-chain.ts'
import {
  answerTableLayout,
  BLOCK_BYTES,
  blocksWithin,
  ENTRY,
  FORMAT,
  HEADER,
  IDENTITY_WORDS,
  LEASE,
  LEASES,
  STAGE,
  STAGES,
  type AnswerTableLayout,
} from './answer-table-layout.ts'
import type { FlushNumbers } from './flush-numbers.ts'
import { isGone, SharedLock } from './shared-lock.ts'

/** A new answer has to be asked for again before it has been through a queue of this share. */
const SMALL_SHARE = 0.1
/** So many that are in use are passed over before one goes that is. */
const PASSED_OVER_MAX = 256
/** Entries of one bucket that are looked at: there are two on average. */
const CHAIN_MAX = 64
/** Stages whose places are known without hashing. */
const STAGES_KNOWN_MAX = 10_000

/** An answer of some 10 KB is written meanwhile. */
const SPINS = 4000
/** Whoever asks is waited for no longer. */
const CLAIM_MS_MAX = 600_000

const USED = 1
const IN_MAIN = 2

const SMALL: ChainHead = { oldest: HEADER.small, newest: HEADER.small + 1, blocks: HEADER.small + 2 }
const MAIN: ChainHead = { oldest: HEADER.main, newest: HEADER.main + 1, blocks: HEADER.main + 2 }

/** A stage and a key, as the table knows them. */
export interface AnswerIdentity {
  readonly stage: string
  /** SHA-256 of both. */
  readonly digest: Int32Array
}

/** An answer in the table, which may have been replaced or have gone since. */
export interface AnswerPlace {
  readonly entry: number
  readonly version: number
}

export interface FoundAnswer {
  readonly place: AnswerPlace
  /** Of their own memory. */
  readonly bytes: Uint8Array
  readonly expiresMs: number
}

export interface TableKeeping {
  /** Of the stage, when the answer was asked for. */
  readonly flushes: number
  readonly nowMs: number
  readonly expiresMs: number
  readonly stageBytesMax: number
}

/**
 * Answers as bytes in memory that processes share. Which of them go first is chosen as `S3Fifo` does. Found without a
 * lock, kept under one; a flush is one number that all look at.
 */
export class SharedAnswerTable implements FlushNumbers {
  readonly #words: Int32Array
  readonly #times: Float64Array
  readonly #layout: AnswerTableLayout
  readonly #blocks: AnswerBlocks
  readonly #queue: AnswerChain
  readonly #ofStage: AnswerChain
  readonly #lock: SharedLock
  readonly #fd: number
  readonly #stagesKnown = new Map<string, number>()

  /**
   * Makes the file that `new SharedAnswerTable` maps.
   * @param bytes that it may come to take
   * @throws Error when there is no room for an empty one
   */
  static create(file: string, bytes: number): void {
    const layout = answerTableLayout(Math.max(1, blocksWithin(bytes)))
    const head = new Uint8Array(layout.nexts * 4)
    new Int32Array(head.buffer).set([FORMAT, layout.blocksMax])
    new Float64Array(head.buffer, HEADER.baseByte, 1)[0] = steadyMs()
    const fd = openSync(file, 'w', 0o600)
    try {
      if (writeSync(fd, head) < head.length) throw new Error(`no room for ${file}`)
      ftruncateSync(fd, layout.bytes)
    } finally {
      closeSync(fd)
    }
  }

  /** @throws Error when the file is not one that `create` made */
  constructor(file: string) {
    this.#fd = openSync(file, 'r+')
    const head = new Int32Array(HEADER.words)
    readSync(this.#fd, head, 0, head.byteLength, 0)
    const [format, blocksMax] = [head[HEADER.format], head[HEADER.blocksMax] as number]
    this.#layout = answerTableLayout(format === FORMAT ? blocksMax : 1)
    if (format !== FORMAT || fstatSync(this.#fd).size !== this.#layout.bytes) {
      closeSync(this.#fd)
      throw new Error(`${file} does not hold answers of this version`)
    }
    const { buffer } = Bun.mmap(file, { shared: true, size: this.#layout.blocks })
    this.#words = new Int32Array(buffer)
    this.#times = new Float64Array(buffer)
    const { entries } = this.#layout
    this.#blocks = new AnswerBlocks(buffer, this.#layout, this.#fd)
    this.#queue = new AnswerChain(this.#words, entries, ENTRY.older, ENTRY.newer)
    this.#ofStage = new AnswerChain(this.#words, entries, ENTRY.olderOfStage, ENTRY.newerOfStage)
    this.#lock = new SharedLock(this.#words, HEADER.lock, SPINS)
  }

  /** Nothing, too, when it was changed while it was looked at. */
  find(id: AnswerIdentity, nowMs: number): FoundAnswer | undefined {
    const words = this.#words
    const entry = this.#search(id.digest)
    if (entry === 0) return undefined
    const at = this.#at(entry)
    const version = Atomics.load(words, at + ENTRY.version)
    if ((version & 1) === 0 || !this.#isOf(at, id.digest)) return undefined
    const expiresMs = this.#times[(at + ENTRY.expires) / 2] as number
    if (!(expiresMs > nowMs) || words[at + ENTRY.flushes] !== this.of(id.stage)) return undefined
    const bytes = this.#blocks.copy(words[at + ENTRY.firstBlock] as number, words[at + ENTRY.bytes] as number)
    if (bytes === undefined || Atomics.load(words, at + ENTRY.version) !== version) return undefined
    this.#use(at)
    return { place: { entry, version }, bytes, expiresMs }
  }

  /** Whether an answer is in its place still; somebody is given it then. */
  has({ entry, version }: AnswerPlace): boolean {
    const at = this.#at(entry)
    if (Atomics.load(this.#words, at + ENTRY.version) !== version) return false
    this.#use(at)
    return true
  }

  /** Undefined: not kept, as the stage was flushed meanwhile, there is no room, or the lock is not to be had. */
  put(id: AnswerIdentity, bytes: Uint8Array, keeping: TableKeeping): AnswerPlace | undefined {
    const blocks = blocksOf(bytes.length)
    const stageBlocksMax = Math.floor(keeping.stageBytesMax / BLOCK_BYTES)
    if (blocks > Math.min(stageBlocksMax, this.#layout.blocksMax)) return undefined
    if (!this.#lock.take(() => this.#reset())) return undefined
    try {
      const stage = this.#stageHead(id.stage)
      const toMain = this.#leave(id.digest) || this.#takeGhost(id.digest)
      if (keeping.flushes !== this.of(id.stage)) return undefined
      for (let tries = 0; (this.#words[stage.blocks] as number) + blocks > stageBlocksMax; tries++) {
        this.#evictOfStage(stage, keeping.nowMs, tries)
      }
      while (!this.#blocks.has(blocks)) if (!this.#evict(keeping.nowMs)) return undefined
      return this.#enter(id, bytes, keeping, toMain)
    } catch {
      // The file cannot be written: what was begun is not there to be found.
      this.#reset()
      return undefined
    } finally {
      this.#lock.release()
    }
  }

  /** The number of the stage's last flush. */
  of(stage: string): number {
    return Atomics.load(this.#words, this.#stageAt(stage) + STAGE.flushes)
  }

  flush(stage: string): void {
    Atomics.add(this.#words, this.#stageAt(stage) + STAGE.flushes, 1)
  }

  clear(): void {
    for (let i = 0; i < STAGES; i++) {
      Atomics.add(this.#words, this.#layout.stages + i * STAGE.words + STAGE.flushes, 1)
    }
  }

  /** One claim at a time for keys of one hash: where it is another key's, nobody waits for this one. */
  claim({ digest }: AnswerIdentity, untilMs: number, nowMs: number): AnswerClaim | undefined {
    const words = this.#words
    const at = this.#leaseAt(digest)
    const owner = Atomics.load(words, at + LEASE.owner)
    const now = Math.floor(nowMs - this.#baseMs)
    // Of a number that wraps after weeks only the distance is used.
    const leftMs = (Atomics.load(words, at + LEASE.until) - now) | 0
    if (owner !== 0 && leftMs > 0 && leftMs <= CLAIM_MS_MAX) {
      // Another call of this process has it, or one that is of no use to us.
      if (owner === process.pid) return undefined
      if (!isGone(owner)) {
        const isSame = Atomics.load(words, at + LEASE.tag) === digest[1]
        return isSame ? { kind: 'held', untilMs: this.#baseMs + now + leftMs } : undefined
      }
    }
    if (Atomics.compareExchange(words, at + LEASE.owner, owner, process.pid) !== owner) return undefined
    const until = (now + Math.min(Math.ceil(untilMs - nowMs), CLAIM_MS_MAX)) | 0
    Atomics.store(words, at + LEASE.tag, digest[1] as number)
    Atomics.store(words, at + LEASE.until, until)
    const release = (): void => {
      if (Atomics.load(words, at + LEASE.until) !== until) return
      Atomics.compareExchange(words, at + LEASE.owner, process.pid, 0)
    }
    return { kind: 'ours', release }
  }

  /** Bytes of the blocks that answers are in, also of those whose time is over. */
  get bytes(): number {
    return this.#blocks.used * BLOCK_BYTES
  }

  /** Bytes of the blocks that the entries of both queues say they take: as many, whoever died. */
  get queuedBytes(): number {
    return ((this.#words[SMALL.blocks] as number) + (this.#words[MAIN.blocks] as number)) * BLOCK_BYTES
  }

  /** Bytes of the blocks that there are. */
  get bytesMax(): number {
    return this.#layout.blocksMax * BLOCK_BYTES
  }

  close(): void {
    closeSync(this.#fd)
  }

  #use(at: number): void {
    const flags = at + ENTRY.flags
    if (((this.#words[flags] as number) & USED) === 0) Atomics.or(this.#words, flags, USED)
  }

  #search(digest: Int32Array): number {
    const words = this.#words
    let entry = Atomics.load(words, this.#bucketAt(digest))
    for (let i = 0; i < CHAIN_MAX && entry >= 1 && entry <= this.#layout.blocksMax; i++) {
      const at = this.#at(entry)
      if (this.#isOf(at, digest) && ((words[at] as number) & 1) === 1) return entry
      entry = Atomics.load(words, at + ENTRY.nextInBucket)
    }
    return 0
  }

  #isOf(at: number, digest: Int32Array): boolean {
    for (let i = 0; i < IDENTITY_WORDS; i++) {
      if (this.#words[at + ENTRY.identity + i] !== digest[i]) return false
    }
    return true
  }

  #enter(
    { stage, digest }: AnswerIdentity,
    bytes: Uint8Array,
    keeping: TableKeeping,
    toMain: boolean,
  ): AnswerPlace {
    const words = this.#words
    const entry = this.#takeEntry()
    const at = this.#at(entry)
    const { first, last, blocks } = this.#blocks.fill(bytes)
    words.set(digest, at + ENTRY.identity)
    words[at + ENTRY.stage] = this.#stageAt(stage)
    words[at + ENTRY.flushes] = keeping.flushes
    words[at + ENTRY.bytes] = bytes.length
    words[at + ENTRY.blocks] = blocks
    words[at + ENTRY.firstBlock] = first
    words[at + ENTRY.lastBlock] = last
    words[at + ENTRY.flags] = toMain ? IN_MAIN : 0
    this.#times[(at + ENTRY.expires) / 2] = keeping.expiresMs
    this.#queue.append(toMain ? MAIN : SMALL, entry)
    this.#ofStage.append(this.#stageHead(stage), entry)
    const version = (Atomics.add(words, at + ENTRY.version, 1) + 1) | 0
    const bucket = this.#bucketAt(digest)
    Atomics.store(words, at + ENTRY.nextInBucket, words[bucket] as number)
    Atomics.store(words, bucket, entry)
    return { entry, version }
  }

  /** Lets go what is there under an identity. @returns whether that was in the main queue */
  #leave(digest: Int32Array): boolean {
    const entry = this.#search(digest)
    if (entry === 0) return false
    const wasInMain = ((this.#words[this.#at(entry) + ENTRY.flags] as number) & IN_MAIN) !== 0
    this.#remove(entry)
    return wasInMain
  }

  #remove(entry: number): void {
    const words = this.#words
    const at = this.#at(entry)
    Atomics.add(words, at + ENTRY.version, 1)
    let link = this.#layout.buckets + ((words[at + ENTRY.identity] as number) & this.#layout.bucketsMask)
    while (words[link] !== entry) link = this.#at(words[link] as number) + ENTRY.nextInBucket
    Atomics.store(words, link, words[at + ENTRY.nextInBucket] as number)
    const stage = words[at + ENTRY.stage] as number
    this.#ofStage.detach(headOf(stage), entry)
    this.#queue.detach(this.#queueOf(at), entry)
    this.#blocks.free(
      words[at + ENTRY.firstBlock] as number,
      words[at + ENTRY.lastBlock] as number,
      words[at + ENTRY.blocks] as number,
    )
    words[at + ENTRY.newer] = words[HEADER.freeEntry] as number
    words[HEADER.freeEntry] = entry
  }

  /** Lets one go. @returns false where there is none */
  #evict(nowMs: number): boolean {
    const words = this.#words
    for (let passedOver = 0; ; passedOver++) {
      const small = words[SMALL.blocks] as number
      const fromMain = small <= SMALL_SHARE * (small + (words[MAIN.blocks] as number))
      const entry = words[(fromMain ? MAIN : SMALL).oldest] as number
      if (entry === 0) return false
      const at = this.#at(entry)
      const isUsed = ((words[at + ENTRY.flags] as number) & USED) !== 0
      if (!isUsed || passedOver >= PASSED_OVER_MAX || this.#isOver(at, nowMs)) {
        if (!fromMain && !isUsed) this.#remember(at)
        this.#remove(entry)
        return true
      }
      this.#queue.detach(this.#queueOf(at), entry)
      words[at + ENTRY.flags] = IN_MAIN
      this.#queue.append(MAIN, entry)
    }
  }

  /** Lets the oldest of a stage go, or passes it over once when it is in use. */
  #evictOfStage(stage: ChainHead, nowMs: number, tries: number): void {
    const words = this.#words
    const entry = words[stage.oldest] as number
    const at = this.#at(entry)
    const flags = words[at + ENTRY.flags] as number
    if ((flags & USED) === 0 || tries >= PASSED_OVER_MAX || this.#isOver(at, nowMs)) {
      this.#remove(entry)
      return
    }
    words[at + ENTRY.flags] = flags & ~USED
    this.#ofStage.detach(stage, entry)
    this.#ofStage.append(stage, entry)
  }

  /** Whether nobody will be given it any more. */
  #isOver(at: number, nowMs: number): boolean {
    const words = this.#words
    const flushes = Atomics.load(words, (words[at + ENTRY.stage] as number) + STAGE.flushes)
    return (
      words[at + ENTRY.flushes] !== flushes || !((this.#times[(at + ENTRY.expires) / 2] as number) > nowMs)
    )
  }

  #remember(at: number): void {
    const words = this.#words
    words[this.#ghostAt(words[at + ENTRY.identity] as number)] = words[at + ENTRY.identity + 1] as number
  }

  /** Whether it went a while ago without having been asked for twice. */
  #takeGhost(digest: Int32Array): boolean {
    const at = this.#ghostAt(digest[0] as number)
    if (this.#words[at] !== digest[1] || digest[1] === 0) return false
    this.#words[at] = 0
    return true
  }

  #takeEntry(): number {
    const words = this.#words
    const free = words[HEADER.freeEntry] as number
    if (free === 0) {
      const fresh = (words[HEADER.freshEntry] as number) + 1
      words[HEADER.freshEntry] = fresh
      return fresh
    }
    words[HEADER.freeEntry] = words[this.#at(free) + ENTRY.newer] as number
    return free
  }

  /** Who had the lock died. Flushes stay known. */
  #reset(): void {
    const words = this.#words
    const { stages, buckets, ghosts, ghostsMask, entries } = this.#layout
    for (let entry = 1; entry <= (words[HEADER.grown] as number); entry++) {
      const at = entries + (entry - 1) * ENTRY.words + ENTRY.version
      if (((words[at] as number) & 1) === 1) Atomics.add(words, at, 1)
    }
    words.fill(0, HEADER.firstReset, HEADER.words)
    for (let i = 0; i < STAGES; i++) {
      const at = stages + i * STAGE.words
      words.fill(0, at + STAGE.flushes + 1, at + STAGE.words)
    }
    words.fill(0, buckets, ghosts + ghostsMask + 1)
  }

  get #baseMs(): number {
    return this.#times[HEADER.baseByte / 8] as number
  }

  #queueOf(at: number): ChainHead {
    return ((this.#words[at + ENTRY.flags] as number) & IN_MAIN) === 0 ? SMALL : MAIN
  }

  #stageHead(stage: string): ChainHead {
    return headOf(this.#stageAt(stage))
  }

  #stageAt(stage: string): number {
    let at = this.#stagesKnown.get(stage)
    if (at === undefined) {
      at = this.#layout.stages + (Bun.hash.crc32(stage) & (STAGES - 1)) * STAGE.words
      if (this.#stagesKnown.size >= STAGES_KNOWN_MAX) this.#stagesKnown.clear()
      this.#stagesKnown.set(stage, at)
    }
    return at
  }

  #at(entry: number): number {
    return this.#layout.entries + (entry - 1) * ENTRY.words
  }

  #bucketAt(digest: Int32Array): number {
    return this.#layout.buckets + ((digest[0] as number) & this.#layout.bucketsMask)
  }

  #ghostAt(first: number): number {
    return this.#layout.ghosts + (first & this.#layout.ghostsMask)
  }

  #leaseAt(digest: Int32Array): number {
    return this.#layout.leases + ((digest[2] as number) & (LEASES - 1)) * LEASE.words
  }
}

function headOf(stage: number): ChainHead {
  return { oldest: stage + STAGE.oldest, newest: stage + STAGE.newest, blocks: stage + STAGE.blocks }
}
