import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { PlainResponse, ResponseHead, SealedResponse } from './kept-response.ts'

const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const LENGTH_BYTES = 4

/**
 * Seals answers with a key that only this process has, and that ends with it, or that all nodes have:
 * `caching/dataEncrypted`. The key that an answer is kept under and its time are sealed with it, so none can be passed off as another's or as fresh.
 */
export class ResponseSealer {
  readonly #key: Uint8Array

  /** @param key 32 bytes */
  constructor(key: Uint8Array = randomBytes(32)) {
    this.#key = key
  }

  seal({ head, body, freshUntilMs }: PlainResponse, name: string): SealedResponse {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(CIPHER, this.#key, nonce).setAAD(about(name, freshUntilMs))
    const text = Buffer.from(JSON.stringify(head), 'utf8')
    const length = Buffer.alloc(LENGTH_BYTES)
    length.writeUInt32BE(text.length)
    const parts = [cipher.update(length), cipher.update(text), cipher.update(body), cipher.final()]
    return { freshUntilMs, sealed: Buffer.concat([nonce, ...parts, cipher.getAuthTag()]) }
  }

  /** Undefined when it was not sealed here under this name. */
  open({ sealed, freshUntilMs }: SealedResponse, name: string): PlainResponse | undefined {
    const end = sealed.length - TAG_BYTES
    if (end < NONCE_BYTES + LENGTH_BYTES) return undefined
    const decipher = createDecipheriv(CIPHER, this.#key, sealed.subarray(0, NONCE_BYTES))
      .setAAD(about(name, freshUntilMs))
      .setAuthTag(sealed.subarray(end))
    let plain: Buffer
    try {
      plain = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, end)), decipher.final()])
    } catch {
      return undefined
    }
    const bodyAt = LENGTH_BYTES + plain.readUInt32BE(0)
    const head = JSON.parse(plain.toString('utf8', LENGTH_BYTES, bodyAt)) as ResponseHead
    return { freshUntilMs, head, body: plain.subarray(bodyAt) }
  }
}

function about(name: string, freshUntilMs: number): Buffer {
  return Buffer.from(`${freshUntilMs} ${name}`, 'utf8')
}
