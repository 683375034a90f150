import { kind, type Kind } from '#base/kind.ts'
import type { Key } from '#store/store.ts'
import type { KeyAlgorithm } from '#aws/tables/acm.ts'

/** A certificate as it is kept; its key is kept apart. Times are epoch milliseconds. */
export interface StoredCertificate {
  readonly arn: string
  readonly type: 'IMPORTED' | 'AMAZON_ISSUED'
  /** PEM. */
  readonly certificate: string
  /** Those that vouch for it, PEM; '' when it vouches for itself. */
  readonly chain: string
  readonly createdAt: number
  readonly importedAt?: number | undefined
  /** What was asked for, where a certificate was requested. */
  readonly request?: RequestedCertificate | undefined
  readonly tags: Readonly<Record<string, string>>
}

export interface RequestedCertificate {
  readonly domainName: string
  readonly validationMethod: 'DNS' | 'EMAIL' | 'HTTP'
  readonly keyAlgorithm: KeyAlgorithm
  readonly transparencyLogging: 'ENABLED' | 'DISABLED'
  readonly idempotencyToken?: string | undefined
}

export interface StoredCertificateKey {
  /** PEM, sealed where there is a key to seal with. */
  readonly key: string
}

/** The id is what the ARN ends in. */
export const certificateKind: Kind<StoredCertificate> = kind('acm-certificate')
/** Same id as its certificate. No operation shows it. */
export const certificateKeyKind: Kind<StoredCertificateKey> = kind('acm-certificate-key')

/** What a key is sealed for. */
export function keyPlace(id: string): string {
  return `acm-certificate-key/${id}`
}

const ARN = /^arn:[a-z-]+:acm:([a-z0-9-]+):(\d{12}):certificate\/([a-z0-9-]{1,64})$/i

/** Where the certificate of an ARN is kept; undefined when it is no such ARN. */
export function certificateKeyOf(arn: string): Key | undefined {
  const [, region, account, id] = ARN.exec(arn) ?? []
  if (region === undefined || account === undefined || id === undefined) return undefined
  return { account, region, parent: '', id }
}
