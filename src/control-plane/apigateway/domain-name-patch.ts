import type { DomainName } from '#model/domain-name.ts'
import { securityPolicies } from '#model/security-policy.ts'
import { domainPolicy, isEndpointType, type Owner } from './domain-name-record.ts'
import { endpointTypes } from './endpoint-configuration.ts'
import { badRequest } from './errors.ts'
import { checkedPolicy } from './rest-api-record.ts'
import { patchText, plainDialect, type PatchRow, type PatchTable } from './patch.ts'

type Row = PatchRow<DomainName>

/** What UpdateDomainName may change. @param now epoch milliseconds: when a certificate is exchanged */
export function domainNamePatch(owner: Owner, now: number): PatchTable<DomainName> {
  const certificate = (member: 'certificateArn' | 'certificateName'): Row => ({
    path: `/${member}`,
    ops: ['replace'],
    apply: (domain, { value }) => ({ ...domain, [member]: patchText(value), certificateUploadDate: now }),
  })
  return {
    dialect: plainDialect,
    rows: [
      certificate('certificateArn'),
      certificate('certificateName'),
      {
        path: '/policy',
        ops: ['replace'],
        apply: (domain, { value }) => ({
          ...domain,
          policy: domainPolicy(value, domain.domainName, domain.domainNameId, owner),
        }),
      },
      ...rows,
    ],
  }
}

const rows: readonly Row[] = [
  text('regionalCertificateArn'),
  text('regionalCertificateName'),
  text('ownershipVerificationCertificateArn'),
  oneOf('securityPolicy', securityPolicies),
  oneOf('routingMode', [
    'BASE_PATH_MAPPING_ONLY',
    'ROUTING_RULE_ONLY',
    'ROUTING_RULE_THEN_BASE_PATH_MAPPING',
  ]),
  {
    path: '/endpointAccessMode',
    ops: ['replace'],
    apply: (domain, { value }) => ({
      ...domain,
      endpointAccessMode:
        patchText(value) === undefined
          ? undefined
          : chosen('endpointAccessMode', value, ['BASIC', 'STRICT'] as const),
    }),
  },
  {
    path: '/managementPolicy',
    ops: ['replace'],
    apply: (domain, { value }) => ({ ...domain, managementPolicy: checkedPolicy(value) }),
  },
  {
    path: '/endpointConfiguration/ipAddressType',
    ops: ['replace'],
    apply: (domain, { value }) => {
      if (value !== 'ipv4' && value !== 'dualstack') {
        throw badRequest('ipAddressType must be either ipv4 or dualstack.')
      }
      return {
        ...domain,
        endpointConfiguration: { ...domain.endpointConfiguration, ipAddressType: value },
      }
    },
  },
  {
    // Adding the other type and then removing the old one moves a domain name without a gap.
    path: '/endpointConfiguration/types',
    ops: ['add'],
    apply: (domain, { value }) => withTypes(domain, [...domain.endpointConfiguration.types, typeOf(value)]),
  },
  {
    path: '/endpointConfiguration/types/{which}',
    ops: ['add', 'replace', 'remove'],
    apply: (domain, { op, value, names: [which = ''] }) => {
      const { types } = domain.endpointConfiguration
      if (op === 'add') return withTypes(domain, [...types, typeOf(value ?? which)])
      const at = isEndpointType(which) ? types.indexOf(which) : Number(which)
      if (types[at] === undefined) {
        throw badRequest(`Invalid patch path /endpointConfiguration/types/${which}`)
      }
      return withTypes(
        domain,
        op === 'remove' ? types.filter((_, index) => index !== at) : types.with(at, typeOf(value)),
      )
    },
  },
  {
    path: '/mutualTlsAuthentication/truststoreUri',
    ops: ['replace'],
    apply: (domain, { value }) => {
      const truststoreUri = patchText(value)
      // An empty one turns mutual TLS off.
      const mutualTlsAuthentication =
        truststoreUri === undefined ? undefined : { ...domain.mutualTlsAuthentication, truststoreUri }
      return { ...domain, mutualTlsAuthentication }
    },
  },
  {
    path: '/mutualTlsAuthentication/truststoreVersion',
    ops: ['replace'],
    apply: (domain, { value }) => {
      const { mutualTlsAuthentication: known } = domain
      if (known === undefined) throw badRequest('A truststoreVersion needs a truststoreUri.')
      return { ...domain, mutualTlsAuthentication: { ...known, truststoreVersion: patchText(value) } }
    },
  },
]

function withTypes(domain: DomainName, types: DomainName['endpointConfiguration']['types']): DomainName {
  const kept = [...new Set(types)]
  if (kept.includes('PRIVATE') !== (domain.domainNameId !== undefined)) {
    throw badRequest('A domain name cannot become private, nor a private one public: create another one.')
  }
  return { ...domain, endpointConfiguration: { ...domain.endpointConfiguration, types: kept } }
}

function typeOf(value: string | undefined): (typeof endpointTypes)[number] {
  if (value === undefined || !isEndpointType(value)) {
    throw badRequest(`Invalid EndpointTypes specified. Valid options are ${endpointTypes.join(',')}`)
  }
  return value
}

function text(
  member: 'regionalCertificateArn' | 'regionalCertificateName' | 'ownershipVerificationCertificateArn',
): Row {
  return {
    path: `/${member}`,
    ops: ['replace'],
    apply: (domain, { value }) => ({ ...domain, [member]: patchText(value) }),
  }
}

function oneOf(member: 'securityPolicy' | 'routingMode', names: readonly string[]): Row {
  return {
    path: `/${member}`,
    ops: ['replace'],
    apply: (domain, { value }) => ({ ...domain, [member]: chosen(member, value, names) }),
  }
}

function chosen<T extends string>(member: string, value: string | undefined, names: readonly T[]): T {
  const found = names.find((name) => name === value)
  if (found === undefined) {
    throw badRequest(`Invalid ${member} specified. Valid options are ${names.join(',')}`)
  }
  return found
}
