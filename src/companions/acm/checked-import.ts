import { createPrivateKey, X509Certificate } from 'node:crypto'
import { AwsError } from '#aws/error.ts'
import { pemCertificates } from '#base/certificate-facts.ts'

/** PEM texts that belong together. */
export interface ImportedCertificate {
  readonly certificate: string
  readonly chain: string
  readonly key: string
}

/**
 * What ImportCertificate asks of its texts. ACM user guide, "Prerequisites for importing certificates".
 * @param now epoch milliseconds
 * @throws AwsError ValidationException, which never quotes the key
 */
export function checkedImport(
  certificateText: string,
  keyText: string,
  chainText: string,
  now: number,
): ImportedCertificate {
  const [pem, ...more] = pemCertificates(certificateText)
  if (pem === undefined) throw invalid('The certificate field must contain a valid PEM-encoded certificate.')
  if (more.length > 0) {
    throw invalid(
      'The certificate field contains more than one certificate. You can specify only one certificate in this field.',
    )
  }
  const certificate = parsed(pem, 'certificate')
  const chain = pemCertificates(chainText).map((text) => ({
    text,
    parsed: parsed(text, 'certificate chain'),
  }))
  if (chainText.trim() !== '' && chain.length === 0) {
    throw invalid('The certificate chain field must contain valid PEM-encoded certificates.')
  }
  if (!isOf(keyText, certificate)) {
    throw invalid('The private key must be PEM-encoded, not encrypted, and the one of the certificate.')
  }
  if (now < certificate.validFromDate.getTime()) throw invalid('The certificate is not valid yet.')
  if (now > certificate.validToDate.getTime()) throw invalid('The certificate has expired.')
  if (chain.length === 0 && !certificate.verify(certificate.publicKey)) {
    throw invalid(
      'Provided certificate is not a valid self signed. Please provide either a valid self-signed certificate or certificate chain.',
    )
  }
  let below = certificate
  for (const { parsed: above } of chain) {
    if (!below.checkIssued(above)) {
      throw invalid(
        'The certificate chain does not lead from the certificate upwards, each one vouching for the one before.',
      )
    }
    below = above
  }
  return { certificate: pem, chain: chain.map(({ text }) => text).join(''), key: keyText }
}

function parsed(pem: string, field: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch {
    throw invalid(`The ${field} field must contain a valid PEM-encoded certificate.`)
  }
}

function isOf(keyText: string, certificate: X509Certificate): boolean {
  try {
    return certificate.checkPrivateKey(createPrivateKey(keyText))
  } catch {
    // The cause may quote the key.
    return false
  }
}

export function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message)
}
