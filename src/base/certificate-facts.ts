import type { X509Certificate } from 'node:crypto'
import { readOid, readSequence } from './read-der.ts'

/** Names of signature algorithms by their identifiers as encoded: RFC 8017 appendix C, RFC 5758 §3.2, RFC 8410. */
const signatures: Readonly<Record<string, string>> = {
  '2a864886f70d010104': 'MD5WITHRSA',
  '2a864886f70d010105': 'SHA1WITHRSA',
  '2a864886f70d01010a': 'RSASSA-PSS',
  '2a864886f70d01010b': 'SHA256WITHRSA',
  '2a864886f70d01010c': 'SHA384WITHRSA',
  '2a864886f70d01010d': 'SHA512WITHRSA',
  '2a8648ce3d0401': 'SHA1WITHECDSA',
  '2a8648ce3d040302': 'SHA256WITHECDSA',
  '2a8648ce3d040303': 'SHA384WITHECDSA',
  '2a8648ce3d040304': 'SHA512WITHECDSA',
  '2b6570': 'ED25519',
}

/** How a certificate was signed: `SHA256WITHRSA`; the identifier's bytes when it is none of these. @throws DerError */
export function signatureAlgorithmOf(certificate: X509Certificate): string {
  const [, algorithm] = readSequence(certificate.raw)
  const [identifier] = readSequence(algorithm?.whole ?? new Uint8Array())
  const id = readOid(identifier)
  return signatures[id] ?? id
}

/** `RSA_2048`, `EC_prime256v1`, as ACM names them. */
export function keyAlgorithmOf({ publicKey }: X509Certificate): string {
  const { modulusLength, namedCurve } = publicKey.asymmetricKeyDetails ?? {}
  return publicKey.asymmetricKeyType === 'rsa' ? `RSA_${modulusLength}` : `EC_${namedCurve}`
}

/** The alternative names that are host names, else the common name. */
export function hostNamesOf({ subject, subjectAltName = '' }: X509Certificate): string[] {
  const alternative = [...subjectAltName.matchAll(/DNS:([^,\s]+)/g)].map(([, name = '']) => name)
  if (alternative.length > 0) return alternative
  const commonName = /(?:^|\n)CN=(.+)/.exec(subject)?.[1]
  return commonName === undefined ? [] : [commonName]
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g

/** The certificates of a text, PEM each; what stands between them is left out. */
export function pemCertificates(text: string): string[] {
  return [...text.matchAll(CERTIFICATE)].map(([pem]) => `${pem}\n`)
}
