import { createSign, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto'
import { isIPv4 } from 'node:net'

/** A certificate and its key, PEM. */
export interface SelfSigned {
  readonly cert: string
  readonly key: string
}

export interface CertificateOptions {
  /** A DNS name or an IPv4 address. */
  readonly name: string
  /** Who signs; itself, when absent: an authority then. */
  readonly issuer?: SelfSigned
  /** From the start of the first to the start of the second; this year and the next when absent. */
  readonly years?: readonly [from: number, to: number]
}

/** Makes a self-signed certificate (X.509 v3, ECDSA P-256) for a DNS name, valid this year and the next. */
export function selfSigned(dnsName: string): SelfSigned {
  return issueCertificate({ name: dnsName })
}

/** Makes a certificate (X.509 v3, ECDSA P-256). */
export function issueCertificate({ name, issuer, years }: CertificateOptions): SelfSigned {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const thisYear = new Date().getUTCFullYear()
  const validity = sequence(
    ...(years ?? [thisYear, thisYear + 2]).map((year) => der(0x18, Buffer.from(`${year}0101000000Z`))),
  )
  const signedWith = sequence(oid('2a8648ce3d040302'))
  const alternative = isIPv4(name)
    ? der(0x87, Buffer.from(name.split('.').map(Number)))
    : der(0x82, Buffer.from(name))
  const authority = issuer === undefined ? [der(0x01, Buffer.from([0xff]))] : []
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1, ...randomBytes(8)])),
    signedWith,
    commonName(
      issuer === undefined ? name : (/CN=(.+)/.exec(new X509Certificate(issuer.cert).subject)?.[1] ?? ''),
    ),
    validity,
    commonName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      sequence(extension('551d11', sequence(alternative)), extension('551d13', sequence(...authority))),
    ),
  )
  const signature = createSign('sha256')
    .update(body)
    .sign(issuer?.key ?? privateKey)
  const certificate = sequence(body, signedWith, der(0x03, Buffer.concat([Buffer.from([0]), signature])))
  const lines = certificate.toString('base64').replace(/.{64}/g, '$&\n')
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function commonName(name: string): Buffer {
  return sequence(set(sequence(oid('550403'), der(0x0c, Buffer.from(name)))))
}

/** One tag, length, value of DER (X.690 §8.1). */
function der(tag: number, value: Buffer): Buffer {
  const { length } = value
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), value])
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

function set(part: Buffer): Buffer {
  return der(0x31, part)
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'))
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), der(0x04, value))
}
