import type { X509Certificate } from 'node:crypto'
import { DerError, readDer, readSequence, type DerValue } from '#base/read-der.ts'

/** Certificates that are not to be trusted any more, by `revocationKey`. */
export type RevokedCertificates = ReadonlySet<string>

const LIST = /-----BEGIN X509 CRL-----([A-Za-z0-9+/=\s]+)-----END X509 CRL-----/g
const INTEGER = 0x02
const TIMES: ReadonlySet<number> = new Set([0x17, 0x18])
const SEQUENCE = 0x30

/**
 * The certificates that the lists of a text, PEM each, revoke (RFC 5280 §5.1). The lists are taken at their word: who
 * gives them has looked at their signatures.
 * @throws DerError
 */
export function readRevocationLists(text: string): Set<string> {
  const revoked = new Set<string>()
  for (const [, base64 = ''] of text.matchAll(LIST)) {
    const [body] = readSequence(Buffer.from(base64, 'base64'))
    const fields = partsOf(body)
    // version, where there is one; signature; issuer; thisUpdate; nextUpdate, where there is one; then the list.
    if (fields[0]?.tag === INTEGER) fields.shift()
    const issuer = fields[1]
    const list = fields.slice(2).find(({ tag }) => !TIMES.has(tag))
    if (issuer === undefined) throw new DerError('a revocation list names its issuer')
    if (list?.tag !== SEQUENCE) continue
    for (const entry of readDer(list.content)) {
      const [serial] = partsOf(entry)
      if (serial?.tag !== INTEGER) throw new DerError('expected the serial number of a revoked certificate')
      revoked.add(keyOf(issuer, serial))
    }
  }
  return revoked
}

/** What a certificate is called in revocation lists: its issuer's name and its serial number. @throws DerError */
export function revocationKey({ raw }: X509Certificate): string {
  const [body] = readSequence(raw)
  const fields = partsOf(body)
  // version, where it is not 1; serialNumber; signature; issuer.
  if (fields[0]?.tag !== INTEGER) fields.shift()
  const [serial, , issuer] = fields
  if (serial === undefined || issuer === undefined) throw new DerError('expected a certificate')
  return keyOf(issuer, serial)
}

function partsOf(value: DerValue | undefined): DerValue[] {
  if (value?.tag !== SEQUENCE) throw new DerError('expected a sequence')
  return readDer(value.content)
}

function keyOf(issuer: DerValue, serial: DerValue): string {
  return `${Buffer.from(issuer.whole).toString('base64')} ${Buffer.from(serial.content).toString('hex')}`
}
