import type { AnswerIdentity } from '#store/answer-table.ts'

export const KEYS = 60

export function identityOf(key: number): AnswerIdentity {
  const digest = new Bun.CryptoHasher('sha256').update(`key ${key}`).digest()
  return { stage: `api/${key % 3}`, digest: new Int32Array(digest.buffer, digest.byteOffset, 8) }
}

/** All of one byte, which says the key and the variant; and these, how many there are. */
export function textOf(key: number, variant: number): Buffer {
  return Buffer.alloc(1 + ((key * 7919 + variant * 104_729) % 12_000), (key * 4 + variant) & 0xff)
}

export function isWhole(key: number, bytes: Uint8Array): boolean {
  for (let variant = 0; variant < 8; variant++) {
    const text = textOf(key, variant)
    if (text.length === bytes.length && text.equals(bytes)) return true
  }
  return false
}
