import { createHash } from 'node:crypto'
import type { LatinBuffer } from '#http/latin1.ts'

const SCOPE_BYTES = 32
/** Longer values are rare, and get memory of their own. */
const SCRATCH_BYTES = 16_384

/** What is hashed; nothing else runs meanwhile. */
const scratch = Buffer.alloc(SCRATCH_BYTES) as LatinBuffer
/** The scope that stands at its start. */
let present: Buffer | undefined
const result = new Int32Array(SCOPE_BYTES / 4)
const resultBytes = new Uint8Array(result.buffer)

/**
 * Under what is kept that an authorizer said of a value that a client sent, such as a token: the SHA-256 of both, as no
 * two have it. What is kept so is of no use to who reads memory, and the value need not be made a text to look it up.
 */
export class IdentityDigests {
  readonly #scope: Buffer

  /** @param scope what an answer depends on beside the value */
  constructor(scope: string) {
    this.#scope = createHash('sha256').update(`identity ${scope}`).digest()
  }

  /** Of what `bytes` hold from `from` to `to`. */
  ofBytes(bytes: Buffer, from: number, to: number): Int32Array {
    const end = SCOPE_BYTES + to - from
    const room = this.#room(end)
    bytes.copy(room, SCOPE_BYTES, from, to)
    return digest(room, end)
  }

  /** Of the same as text. @param text latin1, as values of headers are */
  ofLatin1(text: string): Int32Array {
    const end = SCOPE_BYTES + text.length
    const room = this.#room(end)
    room.latin1Write(text, SCOPE_BYTES)
    return digest(room, end)
  }

  /** Begins with the scope. */
  #room(bytes: number): LatinBuffer {
    if (bytes > SCRATCH_BYTES) {
      const room = Buffer.alloc(bytes) as LatinBuffer
      room.set(this.#scope)
      return room
    }
    if (present !== this.#scope) {
      scratch.set(this.#scope)
      present = this.#scope
    }
    return scratch
  }
}

function digest(bytes: Buffer, end: number): Int32Array {
  Bun.SHA256.hash(bytes.subarray(0, end), resultBytes)
  const own = new Int32Array(SCOPE_BYTES / 4)
  for (let i = 0; i < own.length; i++) own[i] = result[i] as number
  return own
}
