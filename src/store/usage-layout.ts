// The file that every process of a gateway maps: which API keys are in which usage plans, and what they have used.
//
//   header   Int32 × 8: format, places there may be, index in use; from byte 32 the base of times (Float64)
//   changed  a bit a place: used since it was last looked at
//   indexes  Int32 a cell, in open addressing: 0 never used, -1 left, else the place + 1; one is in use
//   places   80 bytes each, given in order: identity, then what is counted
//
// One process writes headers, indexes and identities. All of them count, each number by compare-and-swap.

export const FORMAT = 0x6748_0101
export const HEADER = { format: 0, placesMax: 1, index: 2, baseByte: 32, bytes: 64 } as const

/** Offsets within a place. */
export const PLACE = {
  bytes: 80,
  /** Int32 words: 128 bits of the SHA-256 of the key's value, the number of the plan, whether the key is enabled. */
  digest: 0,
  plan: 4,
  enabled: 5,
  /** What UpdateUsage granted: first day of the period (0: nothing), requests in it (Uint32). */
  grantDay: 6,
  grantLimit: 7,
  /** ASCII, NUL to its end. */
  keyId: 8,
  /** BigInt64 words: a token bucket, the requests of the quota's period, those of even and of odd days. */
  bucket: 6,
  period: 7,
  days: 8,
} as const

export const DIGEST_WORDS = 4
export const KEY_ID_BYTES_MAX = 16
/** Cells of the smallest index. */
const CELLS_MIN = 4096
const CELLS_GROWTH = 8

export interface IndexPart {
  /** Int32 word of its first cell. */
  readonly at: number
  /** Cells, less one: a power of two, less one. */
  readonly mask: number
}

export interface UsageLayout {
  readonly placesMax: number
  /** Int32 word. */
  readonly changed: number
  /** Each size twice, so that one that is full of cells that were left can be written anew beside itself. */
  readonly indexes: readonly IndexPart[]
  /** Byte. */
  readonly places: number
  readonly bytes: number
}

/** @param placesMax a power of two, from 1024 */
export function usageLayout(placesMax: number): UsageLayout {
  const changed = HEADER.bytes / 4
  let at = changed + placesMax / 32
  const indexes: IndexPart[] = []
  for (let cells = CELLS_MIN; ; cells = Math.min(cells * CELLS_GROWTH, 4 * placesMax)) {
    for (let twice = 0; twice < 2; twice++) {
      indexes.push({ at, mask: cells - 1 })
      at += cells
    }
    if (cells === 4 * placesMax) break
  }
  const places = at * 4
  return { placesMax, changed, indexes, places, bytes: places + placesMax * PLACE.bytes }
}
