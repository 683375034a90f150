import { X509Certificate } from 'node:crypto'
import { keyAlgorithmOf, pemCertificates, signatureAlgorithmOf } from '#base/certificate-facts.ts'
import type { MutualTlsAuthentication } from '#model/domain-name.ts'
import { badRequest } from './errors.ts'
import {
  trustStoreBytesMax,
  trustStoreCertificatesMax,
  TrustStoreUnreadable,
  type TrustStoreReader,
} from './trust-store-reader.ts'

/** A trust store as it was found. */
export interface ReadTrustStore {
  /** The certificates alone, PEM. */
  readonly pem: string
  /** What keeps some clients out: mutual TLS is on all the same. */
  readonly warnings: readonly string[]
}

/** Longest chain (developer guide, "Configuring mutual TLS authentication for a REST API"). */
export const chainCertificatesMax = 4

/**
 * @param now epoch milliseconds
 * @throws BadRequestException
 */
export async function readTrustStore(
  reader: TrustStoreReader,
  { truststoreUri, truststoreVersion }: MutualTlsAuthentication,
  now: number,
): Promise<ReadTrustStore> {
  let text: string
  try {
    text = await reader.read(truststoreUri, truststoreVersion)
  } catch (error) {
    if (!(error instanceof TrustStoreUnreadable)) throw error
    throw badRequest(`The truststore ${truststoreUri} cannot be read: ${error.message}.`)
  }
  const pems = pemCertificates(text)
  if (pems.length === 0) throw badRequest(`The truststore ${truststoreUri} holds no PEM certificate.`)
  if (pems.length > trustStoreCertificatesMax || text.length > trustStoreBytesMax) {
    throw badRequest(
      `The truststore ${truststoreUri} is too large: at most ${trustStoreCertificatesMax} certificates and ${trustStoreBytesMax} bytes.`,
    )
  }
  const certificates = pems.map(parsed)
  const readable = certificates.flatMap((certificate) => certificate ?? [])
  if (readable.length === 0)
    throw badRequest(`The truststore ${truststoreUri} holds no certificate that can be read.`)
  const warnings = certificates.flatMap((certificate, at) =>
    certificate === undefined
      ? [`Certificate ${at + 1} of the truststore is no X.509 certificate.`]
      : faultsOf(certificate, readable, now).map((fault) => `${fault} Subject: ${subjectOf(certificate)}`),
  )
  return { pem: readable.map((certificate) => certificate.toString()).join(''), warnings }
}

function parsed(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

const WEAK_SIGNATURE = /^(MD5|SHA1)WITH/
const RSA_BITS_MIN = 2048

/** Same page: what a certificate of a trust store must be. */
function faultsOf(certificate: X509Certificate, all: readonly X509Certificate[], now: number): string[] {
  const faults: string[] = []
  if (certificate.validToDate.getTime() < now) faults.push('The certificate has expired.')
  if (certificate.validFromDate.getTime() > now) faults.push('The certificate is not valid yet.')
  const signature = signatureAlgorithmOf(certificate)
  if (WEAK_SIGNATURE.test(signature)) faults.push(`The signature algorithm ${signature} is not secure.`)
  const key = keyAlgorithmOf(certificate)
  if (key.startsWith('RSA_') && Number(key.slice(4)) < RSA_BITS_MIN)
    faults.push(`The key ${key} is too short.`)
  const length = chainLength(certificate, all)
  if (length === undefined) faults.push('The chain of trust does not end in a root certificate.')
  else if (length > chainCertificatesMax) {
    faults.push(`The chain of trust has more than ${chainCertificatesMax} certificates.`)
  }
  return faults
}

/** Certificates up to the root; undefined when the root is not there. */
function chainLength(certificate: X509Certificate, all: readonly X509Certificate[]): number | undefined {
  let current = certificate
  for (let length = 1; length <= chainCertificatesMax; length++) {
    if (current.checkIssued(current)) return length
    const issuer = all.find((other) => other !== current && current.checkIssued(other))
    if (issuer === undefined) return undefined
    current = issuer
  }
  return chainCertificatesMax + 1
}

function subjectOf({ subject }: X509Certificate): string {
  return subject.split('\n').toReversed().join(',')
}
