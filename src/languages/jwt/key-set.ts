import { createPublicKey, type JsonWebKeyInput, type KeyObject } from 'node:crypto'
import type { Algorithm } from './algorithms.ts'
import { readJsonObject, type JsonObject } from './strict-json.ts'
import type { Token } from './token.ts'

/** The public keys of an issuer (RFC 7517 §5). */
export interface KeySet {
  /** The key that a token names; of a token that names none, the one key that there is for its algorithm. */
  find(token: Pick<Token, 'keyId' | 'algorithm' | 'algorithmName'>): KeyObject | undefined
}

/** Further keys of a set are not read. */
export const keysMax = 100
/** Shorter ones can be broken (RFC 7518 §3.3). */
const rsaBitsMin = 2048
/** Longer ones cost more than a request should. */
const rsaBitsMax = 8192

interface KnownKey {
  readonly key: KeyObject
  readonly keyId: string | undefined
  readonly type: Algorithm['keyType']
  readonly curve: string | undefined
  /** When the key is for this one algorithm. */
  readonly algorithm: string | undefined
}

/**
 * Reads a JWK set. Keys that are not for verifying signatures of an algorithm that is taken are left out.
 * @returns undefined for what is no key set
 */
export function readKeySet(bytes: Uint8Array): KeySet | undefined {
  const list = readJsonObject(bytes)?.['keys']
  if (!Array.isArray(list)) return undefined
  const keys = list.slice(0, keysMax).flatMap((jwk: unknown) => readKey(jwk) ?? [])
  return {
    find({ keyId, algorithm, algorithmName }) {
      const fitting = keys.filter(
        (known) =>
          known.type === algorithm.keyType &&
          known.curve === algorithm.curve?.node &&
          (known.algorithm === undefined || known.algorithm === algorithmName) &&
          (keyId === undefined || known.keyId === keyId),
      )
      // Which of several is meant is not for the token's sender to try out.
      return fitting.length === 1 ? fitting[0]?.key : undefined
    },
  }
}

function readKey(value: unknown): KnownKey | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { kty, kid, alg, use, key_ops: operations } = value as JsonObject
  if (kty !== 'RSA' && kty !== 'EC') return undefined
  if (use !== undefined && use !== 'sig') return undefined
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    return undefined
  const key = publicKey(value as JsonWebKeyInput['key'])
  const { modulusLength = 0, namedCurve } = key?.asymmetricKeyDetails ?? {}
  if (key === undefined || (kty === 'RSA' && (modulusLength < rsaBitsMin || modulusLength > rsaBitsMax))) {
    return undefined
  }
  return {
    key,
    keyId: typeof kid === 'string' ? kid : undefined,
    type: kty,
    curve: namedCurve,
    algorithm: typeof alg === 'string' ? alg : undefined,
  }
}

/** Of a JWK that happens to hold a private key, the public one. */
function publicKey({ kty, n, e, crv, x, y }: JsonWebKeyInput['key']): KeyObject | undefined {
  try {
    const key = kty === 'RSA' ? { kty, n, e } : { kty, crv, x, y }
    return createPublicKey({ key: key as JsonWebKeyInput['key'], format: 'jwk' })
  } catch {
    return undefined
  }
}
