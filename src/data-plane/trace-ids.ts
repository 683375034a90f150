import { randomFillSync } from 'node:crypto'

/** Bun and Node have these; their types do not. They cost less than `toString`, which looks its encoding up. */
interface SlicedBuffer extends Buffer {
  latin1Slice(from: number, to: number): string
  hexSlice(from: number, to: number): string
}

const POOL_BYTES = 8192
const pool = Buffer.alloc(POOL_BYTES) as SlicedBuffer
let used = POOL_BYTES

/** Where `length` fresh random bytes of the pool begin: one system call serves hundreds of ids. */
function take(length: number): number {
  if (used + length > POOL_BYTES) {
    randomFillSync(pool)
    used = 0
  }
  const start = used
  used += length
  return start
}

/** Base64 for URLs. */
const ALPHABET = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_', 'latin1')
const extendedId = Buffer.alloc(16, '=') as SlicedBuffer

/** `x-amz-apigw-id`: 15 characters of base64 for URLs and `=` (recorded on AWS). */
export function newExtendedRequestId(): string {
  const at = take(15)
  for (let i = 0; i < 15; i++) extendedId[i] = ALPHABET[(pool[at + i] as number) & 63] as number
  return extendedId.latin1Slice(0, 16)
}

/** An X-Ray root, `1-{8 hex digits of the time in seconds}-{24 hex digits}`. */
export function newTraceRoot(nowMs: number): string {
  const at = take(12)
  const seconds = Math.floor(nowMs / 1000)
  if (seconds !== rootSecond) {
    rootSecond = seconds
    rootStart = `1-${seconds.toString(16).padStart(8, '0')}-`
  }
  return rootStart + pool.hexSlice(at, at + 12)
}

/** What the roots of one second begin with. */
let rootSecond = -1
let rootStart = ''

/** An X-Ray segment id, 16 hex digits. */
export function newSegmentId(): string {
  const at = take(8)
  return pool.hexSlice(at, at + 8)
}
