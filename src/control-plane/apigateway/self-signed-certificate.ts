import { generateKeyPair, randomBytes, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { bitString, der, integer, nullValue, oid, sequence, utcTime } from '#base/der.ts'

/** PEM both. */
export interface CertificateAndKey {
  readonly certificate: string
  /** PKCS #8. */
  readonly key: string
}

/** sha256WithRSAEncryption, RFC 8017 appendix C. */
const algorithm = sequence(oid('2a864886f70d01010b'), nullValue)

/**
 * An X.509 certificate (RFC 5280) of a new RSA key of 2048 bits, that it signs itself: what API Gateway shows
 * backends, who are given it to compare. It vouches for nothing else, so it has no extensions and is version 1.
 * @param fromMs epoch milliseconds, as toMs; seconds count
 */
export async function selfSignedCertificate(
  commonName: string,
  fromMs: number,
  toMs: number,
): Promise<CertificateAndKey> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  const name = sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(commonName)))))
  const body = sequence(
    integer(randomBytes(16)),
    algorithm,
    name,
    sequence(utcTime(fromMs), utcTime(toMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  )
  const certificate = sequence(body, algorithm, bitString(sign('sha256', body, privateKey)))
  return {
    certificate: pem('CERTIFICATE', certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/** RFC 7468. */
function pem(label: string, bytes: Uint8Array): string {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}
