import type { X509Certificate } from 'node:crypto'
import { DerError } from '#base/read-der.ts'
import { signatureAlgorithmOf } from '#base/certificate-facts.ts'
import type { ClientCertificate } from '../connection.ts'
import { revocationKey, type RevokedCertificates } from './revocation-list.ts'

/** What `$context.identity.clientCert` shows of a certificate. */
export function clientCertificate(certificate: X509Certificate): ClientCertificate {
  return {
    pem: certificate.toString(),
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    serialNumber: (certificate.serialNumber.toLowerCase().match(/../g) ?? []).join(':'),
    notBefore: certificate.validFrom,
    notAfter: certificate.validTo,
  }
}

/** One line, the most specific part first (RFC 2253 §2.1), of a line for each part, the most general first. */
function distinguishedName(lines: string): string {
  return lines.split('\n').toReversed().join(',').replaceAll(' + ', '+')
}

/** API Gateway's words for what the library says of a chain (AWS knowledge center, "403 errors", mutual TLS). */
const FAULTS: Readonly<Record<string, string>> = {
  UNABLE_TO_GET_ISSUER_CERT: 'Could not find issuer for certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'Could not find issuer for certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'Could not find issuer for certificate',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self signed certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'self signed certificate',
}
const INSECURE_SIGNATURE = /^(MD5|SHA1)WITH/

/** Why a certificate is not to be trusted. @param failure what the library found wrong with its chain */
export function certificateFault(
  certificate: X509Certificate,
  failure: Error | undefined,
  revoked: RevokedCertificates | undefined,
): string | undefined {
  if (failure !== undefined) return FAULTS[(failure as { code?: string }).code ?? ''] ?? failure.message
  try {
    if (INSECURE_SIGNATURE.test(signatureAlgorithmOf(certificate))) {
      return 'Client cert using an insecure Signature Algorithm'
    }
    return revoked?.has(revocationKey(certificate)) === true ? 'the certificate is revoked' : undefined
  } catch (error) {
    if (!(error instanceof DerError)) throw error
    return error.message
  }
}
