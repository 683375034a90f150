// The file that the processes of a gateway map to keep answers in.
//
//   header   Int32 × 32: see HEADER; all that the lock guards is from `firstReset` on
//   stages   Int32 × 4 each, found by hash: number of its last flush; blocks that its entries take, the oldest, the newest
//   leases   Int32 × 4 each, found by hash: process that is asking, key, until when (milliseconds from the base)
//   buckets  Int32 each: first entry
//   ghosts   Int32 each, found by hash: a key that has gone without having been asked for twice
//   nexts    Int32 a block: the block that follows it, in an entry or among those that are free
//   entries  96 bytes each: see ENTRY
//   blocks   4096 bytes each: an answer lies in as many as it needs, wherever they are
//
// All but the blocks is mapped; they are read and written. What is mapped counts as memory that a process uses when it
// works out how rarely to collect garbage, so it has to be little.
//
// Entries and blocks are numbered from 1, so that 0 is none, and a file of zeros an empty table. Stages of one hash are
// flushed together, and share the room of one.
//
// Who reads takes no lock: an entry's version is odd while what it says holds. It is made even before anything of it
// is changed or given away, so what was copied between two looks at one odd version is whole. Who writes has the lock.
// When a process dies with it, nobody asks what it had in hand: the table becomes empty.

export const FORMAT = 0x6748_0301
export const HEADER = {
  format: 0,
  blocksMax: 1,
  lock: 2,
  /** Float64. */
  baseByte: 16,
  /** Blocks, and entries as many, that the system has given memory for. */
  grown: 6,
  firstReset: 8,
  freeBlock: 8,
  freeBlocks: 9,
  /** Those before it were used. */
  freshBlock: 10,
  freeEntry: 11,
  freshEntry: 12,
  /** Oldest, newest, blocks. */
  small: 16,
  main: 20,
  words: 32,
} as const

export const BLOCK_BYTES = 4096
export const IDENTITY_WORDS = 8
export const STAGES = 8192
export const STAGE = { flushes: 0, blocks: 1, oldest: 2, newest: 3, words: 4 } as const
export const LEASES = 4096
export const LEASE = { owner: 0, tag: 1, until: 2, words: 4 } as const

/** Words of an entry. */
export const ENTRY = {
  version: 0,
  /** SHA-256 of stage and key. */
  identity: 1,
  stage: 9,
  flushes: 10,
  bytes: 11,
  blocks: 12,
  firstBlock: 13,
  lastBlock: 14,
  flags: 15,
  /** In its queue; among free entries `newer` is the next. */
  older: 16,
  newer: 17,
  olderOfStage: 18,
  newerOfStage: 19,
  nextInBucket: 20,
  /** Float64. */
  expires: 22,
  words: 24,
} as const

export interface AnswerTableLayout {
  readonly blocksMax: number
  /** Words. */
  readonly stages: number
  readonly leases: number
  readonly buckets: number
  readonly ghosts: number
  readonly nexts: number
  readonly entries: number
  /** Bytes. */
  readonly blocks: number
  readonly bytes: number
  /** Powers of two, less one. */
  readonly bucketsMask: number
  readonly ghostsMask: number
}

/** What a block takes, with its share of all that there is beside it. */
const BLOCK_COST = BLOCK_BYTES + 4 + ENTRY.words * 4 + 4 + 1
const PAGE_BYTES = 4096

/** Blocks for which there is room in so many bytes. */
export function blocksWithin(bytes: number): number {
  const fixed = (HEADER.words + STAGES * STAGE.words + LEASES * LEASE.words) * 4 + 3 * PAGE_BYTES
  return Math.min(Math.max(0, Math.floor((bytes - fixed) / BLOCK_COST)), 2 ** 30)
}

export function answerTableLayout(blocksMax: number): AnswerTableLayout {
  // At most one for each block, so that what there is beside blocks is as small as it is said to be.
  const buckets = 2 ** Math.max(4, Math.floor(Math.log2(blocksMax)))
  const ghosts = Math.max(16, buckets / 4)
  const stages = HEADER.words
  const leases = stages + STAGES * STAGE.words
  const bucketsAt = leases + LEASES * LEASE.words
  const ghostsAt = bucketsAt + buckets
  const nexts = wholePages((ghostsAt + ghosts) * 4) / 4
  const entries = wholePages((nexts + blocksMax) * 4) / 4
  const blocks = wholePages((entries + blocksMax * ENTRY.words) * 4)
  return {
    blocksMax,
    stages,
    leases,
    buckets: bucketsAt,
    ghosts: ghostsAt,
    nexts,
    entries,
    blocks,
    bytes: blocks + blocksMax * BLOCK_BYTES,
    bucketsMask: buckets - 1,
    ghostsMask: ghosts - 1,
  }
}

const wholePages = (bytes: number): number => Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES
