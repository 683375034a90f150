import { createSign, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto'
import { bitString, der, integer, nullValue, oid, sequence } from '#base/der.ts'

/** A certificate and its key, PEM. */
export interface Certificate {
  readonly certificate: string
  readonly key: string
}

export interface CertificateRequest {
  readonly commonName: string
  readonly dnsNames?: readonly string[]
  /** IPv4. */
  readonly addresses?: readonly string[]
  /** Whether it may vouch for others. */
  readonly authority?: boolean
  /** Years from now that it is valid; from the past to the past for one that has expired. */
  readonly years?: readonly [from: number, to: number]
  readonly algorithm?: 'ec' | 'rsa'
}

/** Issues X.509 v3 certificates: EC P-256 or RSA 2048, SHA-256. */
export class Authority implements Certificate {
  readonly certificate: string
  readonly key: string
  readonly #name: Buffer
  readonly #privateKey: KeyObject
  #serial = 0x10

  private constructor(commonName: string, own: Issued) {
    this.certificate = own.certificate
    this.key = own.key
    this.#name = nameOf(commonName)
    this.#privateKey = own.privateKey
  }

  /** A root. */
  static create(commonName: string): Authority {
    return new Authority(
      commonName,
      issue({ commonName, authority: true }, nameOf(commonName), undefined, 0x0a),
    )
  }

  /** An authority between this one and others. */
  intermediate(commonName: string): Authority {
    return new Authority(commonName, this.#issue({ commonName, authority: true }))
  }

  issue(request: CertificateRequest): Certificate {
    const { certificate, key } = this.#issue(request)
    return { certificate, key }
  }

  /** A list, PEM, that takes these certificates back; it is of RFC 5280's version 2. */
  revoke(...certificates: readonly Pick<Certificate, 'certificate'>[]): string {
    const now = der(0x18, Buffer.from(`${new Date().getUTCFullYear()}0102030405Z`))
    const signedWith = sequence(oid('2a8648ce3d040302'))
    const entries = certificates.map(({ certificate }) => {
      const serial = Buffer.from(new X509Certificate(certificate).serialNumber, 'hex')
      return sequence(integer(serial), now)
    })
    const body = sequence(der(0x02, Buffer.of(1)), signedWith, this.#name, now, now, sequence(...entries))
    const signature = createSign('sha256').update(body).sign(this.#privateKey)
    const lines = sequence(body, signedWith, bitString(signature)).toString('base64')
    return `-----BEGIN X509 CRL-----\n${lines}\n-----END X509 CRL-----\n`
  }

  #issue(request: CertificateRequest): Issued {
    return issue(request, this.#name, this.#privateKey, this.#serial++)
  }
}

/** A certificate of a server that vouches for itself. */
export function serverCertificate(...dnsNames: readonly [string, ...string[]]): Certificate {
  const request = { commonName: dnsNames[0], dnsNames }
  const { certificate, key } = issue(request, nameOf(dnsNames[0]), undefined, 1)
  return { certificate, key }
}

interface Issued extends Certificate {
  readonly privateKey: KeyObject
}

function issue(
  request: CertificateRequest,
  issuer: Buffer,
  signer: KeyObject | undefined,
  serial: number,
): Issued {
  const {
    commonName,
    dnsNames = [],
    addresses = [],
    authority = false,
    years = [-1, 2],
    algorithm = 'ec',
  } = request
  const { publicKey, privateKey } =
    algorithm === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const signingKey = signer ?? privateKey
  const signedWith =
    signingKey.asymmetricKeyType === 'ec'
      ? sequence(oid('2a8648ce3d040302'))
      : sequence(oid('2a864886f70d01010b'), nullValue)
  const year = new Date().getUTCFullYear()
  const dates = years.map((offset) => der(0x18, Buffer.from(`${year + offset}0102030405Z`)))
  const extensions = [extension('551d13', sequence(...(authority ? [der(0x01, Buffer.from([0xff]))] : [])))]
  const names = [
    ...dnsNames.map((name) => der(0x82, Buffer.from(name))),
    ...addresses.map((address) => der(0x87, Buffer.from(address.split('.').map(Number)))),
  ]
  if (names.length > 0) extensions.push(extension('551d11', sequence(...names)))
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([serial])),
    signedWith,
    issuer,
    sequence(...dates),
    nameOf(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  )
  const signature = createSign('sha256').update(body).sign(signingKey)
  const encoded = sequence(body, signedWith, bitString(signature))
  const lines = encoded.toString('base64').replace(/.{64}(?=.)/g, '$&\n')
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    privateKey,
  }
}

/** `O=Example`, then the common name. */
function nameOf(commonName: string): Buffer {
  return sequence(attribute('55040a', 'Example'), attribute('550403', commonName))
}

function attribute(id: string, value: string): Buffer {
  return der(0x31, sequence(oid(id), der(0x0c, Buffer.from(value))))
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(oid(id), der(0x04, value))
}
