import { algorithms, type Algorithm } from './algorithms.ts'
import { decodeBase64Url } from './base64url.ts'
import { readJsonObject, type JsonObject } from './strict-json.ts'

/** A signed token as it says of itself. Nothing of it is known to be true before its signature was verified. */
export interface Token {
  readonly algorithm: Algorithm
  readonly algorithmName: string
  /** Which of the issuer's keys; keys that a header brings along (`jwk`, `jku`, `x5u`, `x5c`) are never looked at. */
  readonly keyId: string | undefined
  readonly claims: JsonObject
  /** What the signature is of. */
  readonly signed: Uint8Array
  readonly signature: Uint8Array
}

/** Longer ones are no tokens: a request's head has some 10 kB at most. */
export const tokenCharactersMax = 16_384
const keyIdCharactersMax = 256

/**
 * Reads a JWS in compact form (RFC 7515 §3.1, RFC 7519, RFC 8725).
 * @returns undefined for what is none, or asks for what is not supported
 */
export function readToken(text: string): Token | undefined {
  if (text.length > tokenCharactersMax) return undefined
  const headerEnd = text.indexOf('.')
  const claimsEnd = text.indexOf('.', headerEnd + 1)
  if (headerEnd < 1 || claimsEnd === -1 || text.includes('.', claimsEnd + 1)) return undefined
  const header = readPart(text.slice(0, headerEnd))
  if (header === undefined) return undefined
  const { alg, kid, crit } = header
  // Extensions that must be understood are not: among them `b64`, which changes what is signed.
  if (typeof alg !== 'string' || crit !== undefined) return undefined
  const algorithm = algorithms.get(alg)
  if (algorithm === undefined) return undefined
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > keyIdCharactersMax)) return undefined
  const claims = readPart(text.slice(headerEnd + 1, claimsEnd))
  const signature = decodeBase64Url(text.slice(claimsEnd + 1))
  if (claims === undefined || signature === undefined || signature.length === 0) return undefined
  return {
    algorithm,
    algorithmName: alg,
    keyId: kid,
    claims,
    signed: Buffer.from(text.slice(0, claimsEnd), 'latin1'),
    signature,
  }
}

function readPart(text: string): JsonObject | undefined {
  const bytes = decodeBase64Url(text)
  return bytes === undefined ? undefined : readJsonObject(bytes)
}
