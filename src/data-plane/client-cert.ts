import type { ClientCertificate } from '#http/connection.ts'

/**
 * A client's certificate as API Gateway shows it. Developer guide, "API Gateway mapping template and access logging
 * variable reference": `identity.clientCert`.
 */
export interface ShownCertificate {
  readonly clientCertPem: string
  readonly subjectDN: string
  readonly issuerDN: string
  readonly serialNumber: string
  readonly validity: { readonly notBefore: string; readonly notAfter: string }
}

export function shownCertificate(certificate: ClientCertificate): ShownCertificate {
  const { pem, subject, issuer, serialNumber, notBefore, notAfter } = certificate
  return {
    // Without the line end behind it, as in events recorded on AWS.
    clientCertPem: pem.trimEnd(),
    subjectDN: subject,
    issuerDN: issuer,
    serialNumber,
    validity: { notBefore, notAfter },
  }
}

const members: Readonly<Record<string, (shown: ShownCertificate) => string>> = {
  clientCertPem: ({ clientCertPem }) => clientCertPem,
  subjectDN: ({ subjectDN }) => subjectDN,
  issuerDN: ({ issuerDN }) => issuerDN,
  serialNumber: ({ serialNumber }) => serialNumber,
  'validity.notBefore': ({ validity }) => validity.notBefore,
  'validity.notAfter': ({ validity }) => validity.notAfter,
}

/** `identity.clientCert.*`, without value where no certificate was asked for. */
export function clientCertVariables<Of>(
  certificateOf: (of: Of) => ClientCertificate | undefined,
): Record<string, (of: Of) => string | undefined> {
  return Object.fromEntries(
    Object.entries(members).map(([member, read]) => [
      `identity.clientCert.${member}`,
      (of: Of) => {
        const certificate = certificateOf(of)
        return certificate && read(shownCertificate(certificate))
      },
    ]),
  )
}
