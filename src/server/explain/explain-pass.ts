import { createHash, randomBytes } from 'node:crypto'

/** Lets requests with one token be explained. The token itself is its holder's alone. */
export interface ExplainPass {
  /** SHA-256 of the token, base64. */
  readonly digest: string
  /** Milliseconds since 1970. */
  readonly untilMs: number
}

export const passSecondsDefault = 60
export const passSecondsMax = 3600
/** At once; one more ends the oldest. */
export const passesMax = 100

const TOKEN_BYTES = 32

export function newPass(nowMs: number, seconds: number): { token: string; pass: ExplainPass } {
  const token = randomBytes(TOKEN_BYTES).toString('base64url')
  return { token, pass: { digest: digestOf(token).toString('base64'), untilMs: nowMs + 1000 * seconds } }
}

export function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
