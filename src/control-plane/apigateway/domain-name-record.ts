import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import type { Call } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { newId } from '#base/ids.ts'
import { domainNameRecordId, type DomainName, type UploadedCertificate } from '#model/domain-name.ts'
import { regionalHostedZoneId } from './regional-hosted-zone.ts'
import { endpointTypes } from './endpoint-configuration.ts'
import { badRequest } from './errors.ts'
import { patchText } from './patch.ts'
import { checkedPolicy } from './rest-api-record.ts'

type Operations = ApiGatewayOperations
export type DomainNameInput = Operations['CreateDomainName']['input']
export type DomainNameOutput = Operations['GetDomainName']['output']

/** Where a domain name lives: parts of its ARNs and of the names that it gets from API Gateway. */
export type Owner = Pick<Call, 'account' | 'region'> & { readonly partition: string }

/** The hosted zone of every CloudFront distribution (API reference, DomainName). */
const distributionHostedZoneId = 'Z2FDTNDATAQYW2'
const domainNameCharactersMax = 253
const domainNameForm =
  /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const certificateArnForm = /^arn:[^:]+:(?:acm:[^:]*:\d{12}:certificate|iam::\d{12}:server-certificate)\/.+$/
const truststoreForm = /^s3:\/\/[^/]+\/.+$/

/** @param now epoch milliseconds @throws BadRequestException */
export function newDomainName(input: DomainNameInput, owner: Owner, now: number): DomainName {
  if (!domainNameForm.test(input.domainName) || input.domainName.length > domainNameCharactersMax) {
    throw badRequest(
      `Invalid domain name specified: ${input.domainName}. Expected a fully qualified name in lower case, the first label may be *`,
    )
  }
  const types = input.endpointConfiguration?.types ?? ['EDGE']
  if (types.length !== 1) throw badRequest('Cannot create a domain name with multiple Endpoint Types.')
  const isPrivate = types.includes('PRIVATE')
  const domainNameId = isPrivate ? newId(8) : undefined
  const certificateArn = patchText(input.certificateArn)
  const certificateName = patchText(input.certificateName)
  const hasCertificate = certificateArn !== undefined || certificateName !== undefined
  return checkedDomainName({
    domainName: input.domainName,
    domainNameId,
    certificateName,
    certificateArn,
    certificateUploadDate: hasCertificate ? now : undefined,
    regionalCertificateName: patchText(input.regionalCertificateName),
    regionalCertificateArn: patchText(input.regionalCertificateArn),
    endpointConfiguration: {
      types,
      ipAddressType: input.endpointConfiguration?.ipAddressType ?? (isPrivate ? 'dualstack' : 'ipv4'),
    },
    securityPolicy: input.securityPolicy ?? 'TLS_1_2',
    endpointAccessMode: input.endpointAccessMode,
    mutualTlsAuthentication:
      patchText(input.mutualTlsAuthentication?.truststoreUri) === undefined
        ? undefined
        : {
            truststoreUri: input.mutualTlsAuthentication?.truststoreUri ?? '',
            truststoreVersion: patchText(input.mutualTlsAuthentication?.truststoreVersion),
          },
    ownershipVerificationCertificateArn: patchText(input.ownershipVerificationCertificateArn),
    policy: domainPolicy(input.policy, input.domainName, domainNameId, owner),
    routingMode: input.routingMode ?? 'BASE_PATH_MAPPING_ONLY',
    tags: input.tags,
  })
}

/** The policy as compact JSON, its `execute-api:/…` resources written out as ARNs. @throws BadRequestException */
export function domainPolicy(
  text: string | undefined,
  domainName: string,
  domainNameId: string | undefined,
  owner: Owner,
): string | undefined {
  const arn = `arn:${owner.partition}:execute-api:${owner.region}:${owner.account}:/domainnames/${domainNameRecordId(domainName, domainNameId)}`
  return checkedPolicy(text)?.replaceAll(/"execute-api:\/[^"]*"/g, () => JSON.stringify(arn))
}

/** @throws BadRequestException */
export function checkedDomainName(domain: DomainName): DomainName {
  const { types, ipAddressType } = domain.endpointConfiguration
  const { mutualTlsAuthentication: mutualTls, securityPolicy } = domain
  const isPrivate = types.includes('PRIVATE')
  const isEdge = types.includes('EDGE')
  if (types.length === 0) throw badRequest('A domain name needs an Endpoint Type.')
  for (const type of types) {
    const [name, arn] =
      type === 'REGIONAL'
        ? [domain.regionalCertificateName, domain.regionalCertificateArn]
        : [domain.certificateName, domain.certificateArn]
    if (name === undefined && arn === undefined) {
      throw badRequest(`A certificate was not provided for the endpoint type ${type}.`)
    }
  }
  for (const arn of [
    domain.certificateArn,
    domain.regionalCertificateArn,
    domain.ownershipVerificationCertificateArn,
  ]) {
    if (arn !== undefined && !certificateArnForm.test(arn)) {
      throw badRequest(`Invalid certificate ARN specified: ${arn}. Expected the ARN of a certificate`)
    }
  }
  if (isPrivate && types.length > 1) {
    throw badRequest('A private domain name cannot have another Endpoint Type.')
  }
  if (isPrivate && ipAddressType !== 'dualstack') {
    throw badRequest('Only dualstack ipAddressType is supported for Private domain names.')
  }
  if (!isPrivate && (domain.policy !== undefined || domain.managementPolicy !== undefined)) {
    throw badRequest('A policy can only be specified for private domain names.')
  }
  if (mutualTls !== undefined) {
    if (!types.every((type) => type === 'REGIONAL')) {
      throw badRequest('Mutual TLS authentication is only supported for regional domain names.')
    }
    if (!truststoreForm.test(mutualTls.truststoreUri)) {
      throw badRequest(
        `Invalid truststoreUri specified: ${mutualTls.truststoreUri}. Expected s3://bucket/key`,
      )
    }
  }
  if (isEdge !== securityPolicy.endsWith('_EDGE') && securityPolicy.startsWith('SecurityPolicy_')) {
    throw badRequest(
      `The security policy ${securityPolicy} does not fit the endpoint type ${types.join(', ')}.`,
    )
  }
  if (domain.endpointAccessMode !== undefined && !securityPolicy.startsWith('SecurityPolicy_')) {
    throw badRequest(
      `An endpoint access mode needs a security policy that begins with SecurityPolicy_; found ${securityPolicy}.`,
    )
  }
  return domain
}

/** The certificate that came with a call, if one did. @throws BadRequestException */
export function uploadedCertificate(input: DomainNameInput): UploadedCertificate | undefined {
  const certificateBody = patchText(input.certificateBody)
  const certificatePrivateKey = patchText(input.certificatePrivateKey)
  const certificateChain = patchText(input.certificateChain)
  if (certificateBody === undefined && certificatePrivateKey === undefined) return undefined
  if (certificateBody === undefined || certificatePrivateKey === undefined) {
    throw badRequest('An uploaded certificate needs certificateBody and certificatePrivateKey.')
  }
  let fits: boolean
  try {
    fits = new X509Certificate(certificateBody).checkPrivateKey(createPrivateKey(certificatePrivateKey))
  } catch {
    // The cause may quote the key.
    throw badRequest('The certificate or its private key cannot be read: expected PEM texts.')
  }
  if (!fits) throw badRequest('The private key does not belong to the certificate.')
  return { certificateBody, certificatePrivateKey, certificateChain }
}

/** A domain name as clients see it: available at once, with names that stay the same for the same domain. */
export function domainNameOutput(domain: DomainName, owner: Owner): DomainNameOutput {
  const { types } = domain.endpointConfiguration
  const stable = stableId(`${owner.account}/${owner.region}/${domain.domainName}`)
  const regional = types.includes('REGIONAL') && {
    regionalDomainName: `d-${stable.slice(0, 10)}.execute-api.${owner.region}.${urlSuffix(owner)}`,
    regionalHostedZoneId: regionalHostedZoneId(owner.region),
  }
  const edge = types.includes('EDGE') && {
    distributionDomainName: `d${stable.slice(0, 13)}.cloudfront.net`,
    distributionHostedZoneId,
  }
  return {
    ...domain,
    // What the store holds went in through the same enumerations.
    securityPolicy: domain.securityPolicy as DomainNameOutput['securityPolicy'],
    domainNameArn: domainNameArn(domain, owner),
    domainNameStatus: 'AVAILABLE',
    ...regional,
    ...edge,
  }
}

/** Private domain names name their account, public ones do not. */
export function domainNameArn({ domainName, domainNameId }: DomainName, owner: Owner): string {
  const account = domainNameId === undefined ? '' : owner.account
  const id = domainNameRecordId(domainName, domainNameId)
  return `arn:${owner.partition}:apigateway:${owner.region}:${account}:/domainnames/${id}`
}

export function isEndpointType(text: string): text is (typeof endpointTypes)[number] {
  return (endpointTypes as readonly string[]).includes(text)
}

function urlSuffix({ partition }: Owner): string {
  return partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'
}

/** Letters and digits made of the text: the same for the same. */
function stableId(text: string): string {
  return BigInt(`0x${createHash('sha256').update(text).digest('hex')}`)
    .toString(36)
    .padStart(50, '0')
}
