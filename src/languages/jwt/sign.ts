import type { KeyObject } from 'node:crypto'
import { algorithms } from './algorithms.ts'
import type { JsonObject } from './strict-json.ts'

/** Makes a token (RFC 7515 §7.1). @throws RangeError for an algorithm that is not taken */
export function signToken(
  claims: JsonObject,
  key: { readonly id: string; readonly key: KeyObject },
  alg: string = 'RS256',
): string {
  const algorithm = algorithms.get(alg)
  if (algorithm === undefined) throw new RangeError(`no such algorithm: ${alg}`)
  const signed = `${encode({ kid: key.id, alg })}.${encode(claims)}`
  return `${signed}.${algorithm.sign(Buffer.from(signed, 'latin1'), key.key).toString('base64url')}`
}

function encode(part: JsonObject): string {
  return Buffer.from(JSON.stringify(part), 'utf8').toString('base64url')
}
