import { holderMessageBytesMax } from '#base/connection-registry.ts'
import type { ShownConnection } from './open-connection.ts'

/** What one process asks of another that holds connections. `stage` is `{apiId}/{stage}`. */
export type Question =
  /** The payload is the data. @param ids undefined: all of the stage */
  | {
      readonly ask: 'push'
      readonly stage: string
      readonly ids: readonly string[] | undefined
      readonly text: boolean
    }
  | { readonly ask: 'describe'; readonly stage: string; readonly id: string }
  | { readonly ask: 'close'; readonly stage: string; readonly id: string }
  /** The first so many after an id, by id. */
  | { readonly ask: 'list'; readonly stage: string; readonly after: string; readonly max: number }

export interface Answers {
  /** `reached`, and `full`, whose clients read too slowly: where ids were asked for. */
  readonly push: {
    readonly sent: number
    readonly reached?: readonly string[] | undefined
    readonly full?: readonly string[] | undefined
  }
  readonly describe: { readonly found?: ShownConnection | undefined }
  readonly close: { readonly found: boolean }
  readonly list: { readonly connections: readonly ShownConnection[] }
}

/**
 * A message between holders, or a part of one:
 *
 *     0  u8   1: answers a question; 0: is one
 *     1  u8   1: more parts follow
 *     2  u32  number of the question among its asker's, little-endian
 *     6  u16  bytes of the sender's name
 *     8       the sender's name, then the part
 *
 * All parts together: u32 bytes of JSON, the JSON (a question, or what answers it), then the payload.
 */
export interface HolderMessage {
  readonly isAnswer: boolean
  readonly number: number
  readonly sender: string
  readonly content: unknown
  readonly payload: Uint8Array
}

interface Part extends Omit<HolderMessage, 'content' | 'payload'> {
  readonly more: boolean
  readonly bytes: Uint8Array
}

const HEAD_BYTES = 8
const LENGTH_BYTES = 4

/** @param bytesMax of each part */
export function encodeHolderMessage(
  { isAnswer, number, sender, content, payload }: HolderMessage,
  bytesMax: number = holderMessageBytesMax,
): Uint8Array[] {
  const name = Buffer.from(sender)
  const json = Buffer.from(JSON.stringify(content))
  const whole = Buffer.allocUnsafe(LENGTH_BYTES + json.length + payload.length)
  whole.writeUInt32LE(json.length, 0)
  whole.set(json, LENGTH_BYTES)
  whole.set(payload, LENGTH_BYTES + json.length)
  const room = bytesMax - HEAD_BYTES - name.length
  const parts: Uint8Array[] = []
  for (let at = 0; at < whole.length; at += room) {
    const part = whole.subarray(at, at + room)
    const message = Buffer.allocUnsafe(HEAD_BYTES + name.length + part.length)
    message[0] = isAnswer ? 1 : 0
    message[1] = at + room < whole.length ? 1 : 0
    message.writeUInt32LE(number, 2)
    message.writeUInt16LE(name.length, 6)
    message.set(name, HEAD_BYTES)
    message.set(part, HEAD_BYTES + name.length)
    parts.push(message)
  }
  return parts
}

/** Puts the messages of other holders together. */
export class HolderMessages {
  readonly #bytesMax: number
  /** By sender and number: what has come of a message. */
  readonly #begun = new Map<string, { parts: Uint8Array[]; bytes: number; sinceMs: number }>()
  #held = 0

  /** @param bytesMax of what is held in part; what is more is lost, as if it had never come */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  /** @returns the message, when this is the last of it; undefined, too, for what is none */
  received(bytes: Uint8Array, nowMs: number): HolderMessage | undefined {
    const part = readPart(bytes)
    if (part === undefined) return undefined
    const key = `${part.isAnswer} ${part.number} ${part.sender}`
    const begun = this.#begun.get(key)
    if (!part.more && begun === undefined) return wholeOf(part, part.bytes)
    const parts = begun?.parts ?? []
    const before = begun?.bytes ?? 0
    this.#held += part.bytes.length
    parts.push(part.bytes)
    if (part.more && this.#held <= this.#bytesMax) {
      this.#begun.set(key, { parts, bytes: before + part.bytes.length, sinceMs: nowMs })
      return undefined
    }
    this.#begun.delete(key)
    this.#held -= before + part.bytes.length
    return part.more ? undefined : wholeOf(part, Buffer.concat(parts))
  }

  /** Forgets messages of which nothing has come since then: their sender is gone. */
  forget(sinceMs: number): void {
    for (const [key, begun] of this.#begun) {
      if (begun.sinceMs > sinceMs) continue
      this.#begun.delete(key)
      this.#held -= begun.bytes
    }
  }
}

function readPart(bytes: Uint8Array): Part | undefined {
  if (bytes.length < HEAD_BYTES) return undefined
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const nameEnd = HEAD_BYTES + buffer.readUInt16LE(6)
  if (nameEnd > bytes.length) return undefined
  return {
    isAnswer: buffer[0] === 1,
    more: buffer[1] === 1,
    number: buffer.readUInt32LE(2),
    sender: buffer.toString('utf8', HEAD_BYTES, nameEnd),
    bytes: buffer.subarray(nameEnd),
  }
}

function wholeOf({ isAnswer, number, sender }: Part, bytes: Uint8Array): HolderMessage | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (buffer.length < LENGTH_BYTES) return undefined
  const end = LENGTH_BYTES + buffer.readUInt32LE(0)
  if (end > buffer.length) return undefined
  try {
    const content: unknown = JSON.parse(buffer.toString('utf8', LENGTH_BYTES, end))
    return { isAnswer, number, sender, content, payload: buffer.subarray(end) }
  } catch {
    return undefined
  }
}
