import type {
  ApiGatewayV2Operations,
  DomainNameConfiguration,
  DomainName as DomainNameOutput,
  RoutingMode,
} from '#aws/tables/apigatewayv2.ts'
import type { DomainName } from '#model/domain-name.ts'
import {
  domainNameOutput as shownByVersion1,
  newDomainName,
  type Owner,
} from '../apigateway/domain-name-record.ts'
import { badRequest } from '../apigateway/errors.ts'
import { givenText, merged } from './merge.ts'
import { checkRegional } from './regional-domain.ts'
import { capitalized } from './wire-names.ts'

type Operations = ApiGatewayV2Operations
type Mode = DomainName['routingMode']

/** Version 1 says base path mapping for what is an API mapping here. */
const modes: Readonly<Record<RoutingMode, Mode>> = {
  API_MAPPING_ONLY: 'BASE_PATH_MAPPING_ONLY',
  ROUTING_RULE_ONLY: 'ROUTING_RULE_ONLY',
  ROUTING_RULE_THEN_API_MAPPING: 'ROUTING_RULE_THEN_BASE_PATH_MAPPING',
}
const shownModes = Object.fromEntries(
  Object.entries(modes).map(([shown, mode]) => [mode, shown]),
) as Readonly<Record<Mode, RoutingMode>>

/** @param now epoch milliseconds @throws BadRequestException */
export function regionalDomainName(
  input: Operations['CreateDomainName']['input'],
  owner: Owner,
  now: number,
): DomainName {
  const configuration = oneConfiguration(input.DomainNameConfigurations)
  const { TruststoreUri, TruststoreVersion } = input.MutualTlsAuthentication ?? {}
  const domain = newDomainName(
    {
      domainName: input.DomainName,
      regionalCertificateArn: configuration.CertificateArn,
      regionalCertificateName: configuration.CertificateName,
      ownershipVerificationCertificateArn: configuration.OwnershipVerificationCertificateArn,
      endpointConfiguration: { types: ['REGIONAL'], ipAddressType: configuration.IpAddressType },
      securityPolicy: configuration.SecurityPolicy ?? 'TLS_1_2',
      mutualTlsAuthentication: { truststoreUri: TruststoreUri, truststoreVersion: TruststoreVersion },
      routingMode: input.RoutingMode && modes[input.RoutingMode],
      tags: input.Tags,
    },
    owner,
    now,
  )
  checkRegional(domain)
  return domain
}

/** What a call leaves out stays; an empty URI turns mutual TLS off. @throws BadRequestException */
export function changedDomainName(
  known: DomainName,
  input: Operations['UpdateDomainName']['input'],
): DomainName {
  checkRegional(known)
  const { DomainNameConfigurations, MutualTlsAuthentication: mutualTls, RoutingMode } = input
  const configuration = DomainNameConfigurations && oneConfiguration(DomainNameConfigurations)
  const changed: DomainName = {
    ...merged(known, {
      regionalCertificateArn: configuration?.CertificateArn,
      regionalCertificateName: configuration?.CertificateName,
      ownershipVerificationCertificateArn: configuration?.OwnershipVerificationCertificateArn,
      securityPolicy: configuration?.SecurityPolicy,
      routingMode: RoutingMode && modes[RoutingMode],
    }),
    endpointConfiguration: {
      ...known.endpointConfiguration,
      ipAddressType: configuration?.IpAddressType ?? known.endpointConfiguration.ipAddressType,
    },
    mutualTlsAuthentication: changedMutualTls(known.mutualTlsAuthentication, mutualTls),
  }
  checkRegional(changed)
  return changed
}

function changedMutualTls(
  known: DomainName['mutualTlsAuthentication'],
  given: Operations['UpdateDomainName']['input']['MutualTlsAuthentication'],
): DomainName['mutualTlsAuthentication'] {
  if (given === undefined) return known
  const truststoreUri = given.TruststoreUri ?? known?.truststoreUri
  if (truststoreUri === undefined) throw badRequest('A truststoreVersion needs a truststoreUri.')
  if (truststoreUri === '') return undefined
  const version = given.TruststoreVersion ?? known?.truststoreVersion
  return { ...known, truststoreUri, truststoreVersion: givenText(version) }
}

/** As AWS says it; whatever else the endpoint's type is, the domain name is regional. @throws BadRequestException */
function oneConfiguration(configurations: readonly DomainNameConfiguration[] = []): DomainNameConfiguration {
  const [configuration] = configurations
  if (configuration === undefined || configurations.length > 1) {
    throw badRequest('Invalid input. Expected one domain name configuration')
  }
  if (configuration.EndpointType === 'EDGE') {
    throw badRequest('EDGE endpoint type is not supported for APIGatewayV2 domainName')
  }
  return configuration
}

/** A public domain name as version 2 shows it, whichever version made it. */
export function domainNameOutput(domain: DomainName, owner: Owner): DomainNameOutput {
  const shown = shownByVersion1(domain, owner)
  const configurations = domain.endpointConfiguration.types.map((type): DomainNameConfiguration => {
    const isEdge = type === 'EDGE'
    return {
      ApiGatewayDomainName: isEdge ? shown.distributionDomainName : shown.regionalDomainName,
      HostedZoneId: isEdge ? shown.distributionHostedZoneId : shown.regionalHostedZoneId,
      CertificateArn: isEdge ? domain.certificateArn : domain.regionalCertificateArn,
      CertificateName: isEdge ? domain.certificateName : domain.regionalCertificateName,
      CertificateUploadDate: isEdge ? domain.certificateUploadDate : undefined,
      DomainNameStatus: 'AVAILABLE',
      EndpointType: isEdge ? 'EDGE' : 'REGIONAL',
      IpAddressType: domain.endpointConfiguration.ipAddressType,
      // Version 1 has more of them than version 2 can ask for.
      SecurityPolicy: domain.securityPolicy as DomainNameConfiguration['SecurityPolicy'],
      OwnershipVerificationCertificateArn: domain.ownershipVerificationCertificateArn,
    }
  })
  return {
    ApiMappingSelectionExpression: '$request.basepath',
    DomainName: domain.domainName,
    DomainNameArn: shown.domainNameArn,
    DomainNameConfigurations: configurations,
    MutualTlsAuthentication: domain.mutualTlsAuthentication && capitalized(domain.mutualTlsAuthentication),
    RoutingMode: shownModes[domain.routingMode],
    Tags: domain.tags ?? {},
  }
}
