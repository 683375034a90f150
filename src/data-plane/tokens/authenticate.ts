import type { KeyObject } from 'node:crypto'
import type { Token } from '#languages/jwt/token.ts'
import type { TokenIssuer } from './token-issuers.ts'

/**
 * Whether a token's signature is by the issuer's key that the token names; undefined where there is no such key.
 * @returns what `next` gives; a promise only where keys have to be fetched
 * @throws KeysUnavailable
 */
export function authenticate<Verdict>(
  token: Token,
  { keys }: Pick<TokenIssuer, 'keys'>,
  next: (isAuthentic: boolean | undefined) => Verdict,
): Verdict | Promise<Verdict> {
  const { algorithm, signed, signature } = token
  const verify = (key: KeyObject | undefined): Verdict =>
    next(key && algorithm.verify(signed, signature, key))
  const key = keys.find(token)
  return key instanceof Promise ? key.then(verify) : verify(key)
}
