import type { Caller } from '#base/caller.ts'
import { SealError, type Sealer } from '#store/sealing.ts'

/** Temporary credentials, whole: what a session token says to those who can read it. */
export interface Session {
  readonly accessKeyId: string
  readonly secret: string
  readonly account: string
  /** Epoch milliseconds. */
  readonly issuedMs: number
  readonly expiresMs: number
  readonly of: SessionOwner
}

export type SessionOwner =
  | { readonly kind: 'root' }
  | { readonly kind: 'user'; readonly name: string; readonly id: string }
  | {
      readonly kind: 'role'
      readonly name: string
      readonly id: string
      readonly sessionName: string
      /** Documents; undefined: none were given. */
      readonly policies?: readonly string[] | undefined
      readonly tags: Readonly<Record<string, string>>
      readonly federated?: string | undefined
      readonly federatedKeys?: Caller['federatedKeys']
      readonly sourceIdentity?: string | undefined
    }

/** Nothing is remembered of sessions: the token is the session, sealed. */
export interface SessionTokens {
  seal(session: Session): string
  /** @returns undefined for what is no token of ours */
  open(token: string): Session | undefined
}

/** @param sealer with a key: one that keeps things plain would take anybody's word */
export function createSessionTokens(sealer: Sealer): SessionTokens {
  const mark = sealMark(sealer)
  return {
    seal: (session) => sealer.seal(JSON.stringify(session), PLACE).slice(mark.length),
    open(token) {
      try {
        return JSON.parse(sealer.open(mark + token, PLACE)) as Session
      } catch (error) {
        if (error instanceof SealError) return undefined
        throw error
      }
    },
  }
}

const PLACE = 'a session token'

/** What sealed texts begin with, which tokens leave out: what a caller sends is always taken for sealed. */
function sealMark(sealer: Sealer): string {
  const sealed = sealer.seal('', PLACE)
  const mark = sealed.slice(0, sealed.lastIndexOf(':') + 1)
  if (mark === '') throw new Error('session tokens need a key to be sealed with')
  return mark
}
