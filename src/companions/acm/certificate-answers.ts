import { createHash, X509Certificate } from 'node:crypto'
import type {
  CertificateDetail,
  CertificateSummary,
  DomainValidation,
  KeyAlgorithm,
} from '#aws/tables/acm.ts'
import { hostNamesOf, keyAlgorithmOf, signatureAlgorithmOf } from '#base/certificate-facts.ts'
import type { StoredCertificate } from './certificate-record.ts'

/** A certificate as DescribeCertificate shows it. @param users ARNs of what has it */
export function certificateDetail(
  stored: StoredCertificate,
  users: readonly string[] = [],
  now: number,
): CertificateDetail {
  const { certificate, arn, type, request, createdAt, importedAt } = stored
  const x509 = new X509Certificate(certificate)
  const names = hostNamesOf(x509)
  return {
    CertificateArn: arn,
    DomainName: request?.domainName ?? names[0],
    SubjectAlternativeNames: names,
    DomainValidationOptions: request && names.map((name) => validation(name, arn, request.validationMethod)),
    Serial: (x509.serialNumber.toLowerCase().match(/../g) ?? []).join(':'),
    Subject: oneLine(x509.subject),
    Issuer: commonNameOf(x509.issuer),
    CreatedAt: createdAt,
    ImportedAt: importedAt,
    IssuedAt: type === 'AMAZON_ISSUED' ? createdAt : undefined,
    Status: statusOf(x509, now),
    NotBefore: x509.validFromDate.getTime(),
    NotAfter: x509.validToDate.getTime(),
    KeyAlgorithm: keyAlgorithmOf(x509) as KeyAlgorithm,
    SignatureAlgorithm: signatureAlgorithmOf(x509),
    InUseBy: users,
    Type: type,
    KeyUsages: [],
    ExtendedKeyUsages: [],
    RenewalEligibility: 'INELIGIBLE',
    Options: { CertificateTransparencyLoggingPreference: request?.transparencyLogging ?? 'DISABLED' },
  }
}

/** As ListCertificates shows it. */
export function certificateSummary(detail: CertificateDetail): CertificateSummary {
  return {
    CertificateArn: detail.CertificateArn,
    DomainName: detail.DomainName,
    SubjectAlternativeNameSummaries: detail.SubjectAlternativeNames,
    HasAdditionalSubjectAlternativeNames: false,
    Status: detail.Status,
    Type: detail.Type,
    KeyAlgorithm: detail.KeyAlgorithm,
    KeyUsages: [],
    ExtendedKeyUsages: [],
    InUse: (detail.InUseBy ?? []).length > 0,
    Exported: false,
    RenewalEligibility: detail.RenewalEligibility,
    NotBefore: detail.NotBefore,
    NotAfter: detail.NotAfter,
    CreatedAt: detail.CreatedAt,
    IssuedAt: detail.IssuedAt,
    ImportedAt: detail.ImportedAt,
  }
}

/** Nobody looks for the record: it is there because clients publish what they are told. */
function validation(name: string, arn: string, method: 'DNS' | 'EMAIL' | 'HTTP'): DomainValidation {
  const bare = name.replace(/^\*\./, '')
  const token = (of: string): string =>
    createHash('sha256').update(`${of} ${arn} ${bare}`).digest('hex').slice(0, 32)
  const record =
    method === 'DNS'
      ? {
          ResourceRecord: {
            Name: `_${token('name')}.${bare}.`,
            Type: 'CNAME' as const,
            Value: `_${token('value')}.acm-validations.aws.`,
          },
        }
      : {}
  return {
    DomainName: name,
    ValidationDomain: bare,
    ValidationStatus: 'SUCCESS',
    ValidationMethod: method,
    ...record,
  }
}

function statusOf({ validToDate }: X509Certificate, now: number): 'ISSUED' | 'EXPIRED' {
  return validToDate.getTime() < now ? 'EXPIRED' : 'ISSUED'
}

function oneLine(name: string): string {
  return name.split('\n').toReversed().join(',')
}

function commonNameOf(name: string): string {
  return /(?:^|\n)CN=(.+)/.exec(name)?.[1] ?? oneLine(name)
}
