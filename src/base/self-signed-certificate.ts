import { generateKeyPair, randomBytes, sign, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { bitString, der, integer, nullValue, oid, sequence, utcTime } from './der.ts'

/** PEM both. */
export interface CertificateAndKey {
  readonly certificate: string
  /** PKCS #8. */
  readonly key: string
}

export interface SelfSignedOptions {
  /** Names that the certificate is for: it is version 3 then, with them as its alternative names. */
  readonly dnsNames?: readonly string[]
  /** An RSA key of 2048 bits unless said otherwise. */
  readonly keyType?: KeyType
}

export type KeyType = 'RSA_2048' | 'RSA_3072' | 'RSA_4096' | 'EC_prime256v1' | 'EC_secp384r1' | 'EC_secp521r1'

interface KeyKind {
  readonly generate: () => Promise<{ readonly publicKey: KeyObject; readonly privateKey: KeyObject }>
  /** AlgorithmIdentifier of its signatures. */
  readonly algorithm: Buffer
  readonly digest: string
}

const generate = promisify(generateKeyPair)
/** sha256WithRSAEncryption, RFC 8017 appendix C. */
const rsa = (modulusLength: number): KeyKind => ({
  generate: () => generate('rsa', { modulusLength }),
  algorithm: sequence(oid('2a864886f70d01010b'), nullValue),
  digest: 'sha256',
})
/** ecdsa-with-SHA256 and its like, RFC 5758 §3.2. */
const ec = (namedCurve: string, algorithm: string, digest: string): KeyKind => ({
  generate: () => generate('ec', { namedCurve }),
  algorithm: sequence(oid(algorithm)),
  digest,
})

const keyKinds: Readonly<Record<KeyType, KeyKind>> = {
  RSA_2048: rsa(2048),
  RSA_3072: rsa(3072),
  RSA_4096: rsa(4096),
  EC_prime256v1: ec('P-256', '2a8648ce3d040302', 'sha256'),
  EC_secp384r1: ec('P-384', '2a8648ce3d040303', 'sha384'),
  EC_secp521r1: ec('P-521', '2a8648ce3d040304', 'sha512'),
}

/**
 * An X.509 certificate (RFC 5280) of a new key, that it signs itself. Without names it is what API Gateway shows
 * backends, who are given it to compare: it vouches for nothing else, so it has no extensions and is version 1.
 * @param fromMs epoch milliseconds, as toMs; seconds count
 */
export async function selfSignedCertificate(
  commonName: string,
  fromMs: number,
  toMs: number,
  { dnsNames = [], keyType = 'RSA_2048' }: SelfSignedOptions = {},
): Promise<CertificateAndKey> {
  const { algorithm, digest, generate: newKeys } = keyKinds[keyType]
  const { publicKey, privateKey } = await newKeys()
  const name = sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(commonName)))))
  const body = sequence(
    ...(dnsNames.length > 0 ? [der(0xa0, integer(Buffer.of(2)))] : []),
    integer(randomBytes(16)),
    algorithm,
    name,
    sequence(utcTime(fromMs), utcTime(toMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(dnsNames.length > 0 ? [der(0xa3, sequence(alternativeNames(dnsNames)))] : []),
  )
  const certificate = sequence(body, algorithm, bitString(sign(digest, body, privateKey)))
  return {
    certificate: pem('CERTIFICATE', certificate),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/** subjectAltName, RFC 5280 §4.2.1.6. */
function alternativeNames(dnsNames: readonly string[]): Buffer {
  const names = sequence(...dnsNames.map((name) => der(0x82, Buffer.from(name))))
  return sequence(oid('551d11'), der(0x04, names))
}

/** RFC 7468. */
function pem(label: string, bytes: Uint8Array): string {
  const lines = Buffer.from(bytes)
    .toString('base64')
    .replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}
