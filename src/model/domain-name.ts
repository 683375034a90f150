import type { EndpointAccessMode, EndpointType, SecurityPolicy } from '#model/rest-api.ts'

/** A custom domain name as its owner defines it, in AWS's own words. */
export interface DomainName {
  readonly domainName: string
  /** Private domain names alone: several accounts may have one of the same name. */
  readonly domainNameId?: string | undefined
  readonly certificateName?: string | undefined
  readonly certificateArn?: string | undefined
  /** Epoch milliseconds. */
  readonly certificateUploadDate?: number | undefined
  readonly regionalCertificateName?: string | undefined
  readonly regionalCertificateArn?: string | undefined
  readonly endpointConfiguration: {
    /** One; two while a domain name moves from one to the other. */
    readonly types: readonly EndpointType[]
    readonly ipAddressType: 'ipv4' | 'dualstack'
  }
  readonly securityPolicy: SecurityPolicy
  readonly endpointAccessMode?: EndpointAccessMode | undefined
  readonly mutualTlsAuthentication?: MutualTlsAuthentication | undefined
  readonly ownershipVerificationCertificateArn?: string | undefined
  /** Who may call through a private domain name, JSON text. */
  readonly policy?: string | undefined
  /** Who may associate VPC endpoints with a private domain name, JSON text. */
  readonly managementPolicy?: string | undefined
  readonly routingMode: 'BASE_PATH_MAPPING_ONLY' | 'ROUTING_RULE_ONLY' | 'ROUTING_RULE_THEN_BASE_PATH_MAPPING'
  readonly tags?: Readonly<Record<string, string>> | undefined
}

export interface MutualTlsAuthentication {
  /** `s3://bucket/key` of a PEM file. */
  readonly truststoreUri: string
  readonly truststoreVersion?: string | undefined
  /** What was wrong with its certificates when it was read. */
  readonly truststoreWarnings?: readonly string[] | undefined
}

/** Certificates of the authorities whose clients may use a domain name, as they were when the URI was read. */
export interface TrustStore {
  /** PEM. */
  readonly pem: string
}

/** A certificate that came with the call rather than by ARN; PEM texts. */
export interface UploadedCertificate {
  readonly certificateBody: string
  /** Sealed, where there is a key to seal with. */
  readonly certificatePrivateKey: string
  readonly certificateChain?: string | undefined
}

/** Which API answers below a base path: a base path mapping of version 1, an API mapping of version 2. */
export interface BasePathMapping {
  /** One segment, or `(none)`; version 2 makes several: `orders/v1`. */
  readonly basePath: string
  /** Of an API of any kind. */
  readonly restApiId: string
  /** Undefined: a REST API's, which the path's first segment names. */
  readonly stage?: string | undefined
  /** Undefined: a REST API. */
  readonly protocolType?: 'HTTP' | 'WEBSOCKET' | undefined
  /** What version 2 names it by. Older stores have none. */
  readonly apiMappingId?: string | undefined
}

/** A VPC endpoint that may reach a private domain name. */
export interface DomainNameAccessAssociation {
  readonly domainNameAccessAssociationArn: string
  readonly domainNameArn: string
  readonly accessAssociationSourceType: 'VPCE'
  readonly accessAssociationSource: string
  readonly tags?: Readonly<Record<string, string>> | undefined
}

/** `api.example.com`, or `api.example.com+abcd1234` for a private one: what ARNs end in. */
export function domainNameRecordId(domainName: string, domainNameId: string | undefined): string {
  return domainNameId === undefined ? domainName : `${domainName}+${domainNameId}`
}
