import { constants, sign, verify, type KeyObject } from 'node:crypto'

/** A way to sign that is taken. All are asymmetric: nobody can make a token of what is public. */
export interface Algorithm {
  /** Of a JWK. */
  readonly keyType: 'RSA' | 'EC'
  /** Of an EC key, as JWK and as Node name it. */
  readonly curve?: { readonly jwk: string; readonly node: string } | undefined
  readonly verify: (signed: Uint8Array, signature: Uint8Array, key: KeyObject) => boolean
  readonly sign: (signed: Uint8Array, key: KeyObject) => Buffer
}

function rsa(hash: string): Algorithm {
  return {
    keyType: 'RSA',
    verify: (signed, signature, key) => verify(hash, signed, key, signature),
    sign: (signed, key) => sign(hash, signed, key),
  }
}

/** The salt is as long as the hash. */
function pss(hash: string, saltLength: number): Algorithm {
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return {
    keyType: 'RSA',
    verify: (signed, signature, key) => verify(hash, signed, { key, padding, saltLength }, signature),
    sign: (signed, key) => sign(hash, signed, { key, padding, saltLength }),
  }
}

/** Signatures are R and S side by side, of fixed length. */
function ecdsa(hash: string, curve: Algorithm['curve'], signatureBytes: number): Algorithm {
  const dsaEncoding = 'ieee-p1363'
  return {
    keyType: 'EC',
    curve,
    verify: (signed, signature, key) =>
      signature.length === signatureBytes && verify(hash, signed, { key, dsaEncoding }, signature),
    sign: (signed, key) => sign(hash, signed, { key, dsaEncoding }),
  }
}

/** By the header's `alg` (RFC 7518 §3.1). `none` and HS256, HS384, HS512 are not there, and never will be. */
export const algorithms: ReadonlyMap<string, Algorithm> = new Map([
  ['RS256', rsa('sha256')],
  ['RS384', rsa('sha384')],
  ['RS512', rsa('sha512')],
  ['PS256', pss('sha256', 32)],
  ['PS384', pss('sha384', 48)],
  ['PS512', pss('sha512', 64)],
  ['ES256', ecdsa('sha256', { jwk: 'P-256', node: 'prime256v1' }, 64)],
  ['ES384', ecdsa('sha384', { jwk: 'P-384', node: 'secp384r1' }, 96)],
])
