import type { X509Certificate } from 'node:crypto'
import type { ClientCertificate } from '../connection.ts'

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
