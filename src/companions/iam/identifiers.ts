import { randomBytes } from 'node:crypto'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** IAM User Guide, "IAM identifiers": unique ids tell by their prefix what they name. */
export type IdPrefix = 'AIDA' | 'AGPA' | 'AROA' | 'ANPA' | 'AKIA' | 'ASIA'

/** `AIDA` and 17 characters, as AWS's. */
export function newUniqueId(prefix: Exclude<IdPrefix, 'AKIA' | 'ASIA'>): string {
  return prefix + base32(randomBytes(11)).slice(0, 17)
}

/** `AKIA` and 16 characters, the account among them as AWS's keys have it: 40 bits after the first one, which is set. */
export function newAccessKeyId(prefix: 'AKIA' | 'ASIA', account: string): string {
  const bytes = randomBytes(10)
  const head = (1n << 47n) | (BigInt(account) << 7n) | BigInt((bytes[5] as number) & 0x7f)
  bytes.writeUIntBE(Number(head), 0, 6)
  return prefix + base32(bytes)
}

/** @returns 12 digits; undefined for ids of another form */
export function accountOfAccessKey(accessKeyId: string): string | undefined {
  if (!/^A[KS]IA[Q-Z2-7][A-Z2-7]{15}$/.test(accessKeyId)) return undefined
  let bits = 0n
  for (const letter of accessKeyId.slice(4, 14)) bits = (bits << 5n) | BigInt(BASE32.indexOf(letter))
  // 50 bits were read, of which the first 48 are ours.
  const account = ((bits >> 2n) & 0x7fff_ffff_ff80n) >> 7n
  return account < 1_000_000_000_000n ? account.toString().padStart(12, '0') : undefined
}

/** 40 characters of base64, as AWS's secret access keys. */
export function newSecret(): string {
  return randomBytes(30).toString('base64')
}

function base32(bytes: Uint8Array): string {
  let text = ''
  let held = 0
  let bits = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += BASE32[(held >> bits) & 31]
    }
  }
  return text
}
