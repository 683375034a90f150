import { silentLog, type Log } from '#base/log.ts'
import { uploadedCertificatePlace } from '#control-plane/apigateway/domain-name-changes.ts'
import { portalArn } from '#control-plane/apigatewayv2/portal-record.ts'
import type { DomainName } from '#model/domain-name.ts'
import type { PortalDomain } from '#model/portal.ts'
import { records } from '#model/records.ts'
import { plainSealer, type Sealer } from '#store/sealing.ts'
import type { Change, Key, Store } from '#store/store.ts'
import type { DeployedDomain } from './served-domains.ts'
import type { CertificatePair } from './server-certificates.ts'

/** Certificates that domain names have by ARN. */
export interface CertificatesByArn {
  find(arn: string): Promise<CertificatePair | undefined>
  /** The ARN of the certificate that a change is about; undefined when it is about something else. */
  arnOf(change: Change): string | undefined
}

const noCertificates: CertificatesByArn = { find: async () => undefined, arnOf: () => undefined }

/** What the store holds of custom domain names, put together. */
export class DomainRecords {
  readonly #store: Store
  readonly #certificates: CertificatesByArn
  readonly #sealer: Sealer
  readonly #log: Log

  constructor(
    store: Store,
    certificates: CertificatesByArn = noCertificates,
    sealer: Sealer = plainSealer,
    log: Log = silentLog,
  ) {
    this.#store = store
    this.#certificates = certificates
    this.#sealer = sealer
    this.#log = log
  }

  async all(): Promise<Key[]> {
    const domains = await this.#store.scan(records.domainName)
    return [...domains, ...(await this.#portals())].map(({ key }) => key)
  }

  /** The domain names that a commit was about, each once. */
  async touched(changes: readonly Change[]): Promise<Key[]> {
    const keys = new Map<string, Key>()
    const arns = new Set<string>()
    for (const change of changes) {
      const key = keyOf[change.kind]?.(change.key)
      if (key !== undefined) keys.set(domainIdOf(key), key)
      const arn = this.#certificates.arnOf(change)
      if (arn !== undefined) arns.add(arn)
    }
    // Of one that is gone it is not known any more which domain name it was for.
    const associated = changes.some(({ kind }) => kind === records.domainNameAccessAssociation.name)
    if (arns.size > 0 || associated) {
      for (const { key, value } of await this.#store.scan(records.domainName)) {
        const isConcerned = associated && value.domainNameId !== undefined
        if (isConcerned || arns.has(certificateArnOf(value) ?? '')) keys.set(domainIdOf(key), key)
      }
      for (const { key, domain } of await this.#portals()) {
        if (arns.has(domain.certificateArn)) keys.set(domainIdOf(key), key)
      }
    }
    return [...keys.values()]
  }

  /** As it is now: a later commit may have changed or deleted it already. */
  async read(key: Key): Promise<DeployedDomain | undefined> {
    const domain = (await this.#store.read(records.domainName, key))?.value
    // Ids of portals are no domain names.
    if (domain === undefined) return this.#ofPortal(key)
    const below = { ...key, parent: key.id }
    const mappings = await this.#store.list(records.basePathMapping, below)
    const rules = await this.#store.list(records.routingRule, below)
    return {
      id: domainIdOf(key),
      domain,
      mappings: mappings.map(({ value }) => value),
      rules: rules.map(({ value }) => value),
      identity: await this.#identity(key, domain),
      trustStore: (await this.#store.read(records.trustStore, key))?.value.pem,
      associations: await this.#associations(key, domain),
    }
  }

  /** Portals with a domain name of their own, published or not. */
  async #portals(): Promise<{ readonly key: Key; readonly domain: PortalDomain }[]> {
    const all = await this.#store.scan(records.portal)
    return all.flatMap(({ key, value: { customDomain: domain } }) => (domain ? [{ key, domain }] : []))
  }

  async #ofPortal(key: Key): Promise<DeployedDomain | undefined> {
    const named = (await this.#store.read(records.portal, key))?.value.customDomain
    if (named === undefined) return undefined
    const { domainName, certificateArn } = named
    const domain: DomainName = {
      domainName,
      certificateArn,
      endpointConfiguration: { types: ['EDGE'], ipAddressType: 'ipv4' },
      securityPolicy: 'TLS_1_2',
      routingMode: 'BASE_PATH_MAPPING_ONLY',
    }
    const identity = await this.#identity(key, domain)
    return { id: domainIdOf(key), domain, mappings: [], rules: [], isPortal: true, identity }
  }

  /** VPC endpoints that their owners, of whatever account, have associated with a private domain name. */
  async #associations(
    { account, region, id }: Key,
    { domainNameId }: DomainName,
  ): Promise<string[] | undefined> {
    if (domainNameId === undefined) return undefined
    const arn = `:apigateway:${region}:${account}:/domainnames/${id}`
    const all = await this.#store.scan(records.domainNameAccessAssociation)
    return all
      .filter(({ value }) => value.domainNameArn.endsWith(arn))
      .map(({ value }) => value.accessAssociationSource)
  }

  /** A key that cannot be read holds up no other domain name: this one is served as if its certificate were unknown. */
  async #identity(key: Key, domain: DomainName): Promise<CertificatePair | undefined> {
    try {
      const arn = certificateArnOf(domain)
      if (arn !== undefined) return await this.#certificates.find(arn)
      const uploaded = (await this.#store.read(records.uploadedCertificate, key))?.value
      if (uploaded === undefined) return undefined
      const { certificateBody, certificateChain = '', certificatePrivateKey } = uploaded
      return {
        certificate: `${certificateBody.trimEnd()}\n${certificateChain}`,
        key: this.#sealer.open(certificatePrivateKey, uploadedCertificatePlace(key.id)),
      }
    } catch (error) {
      this.#log.error('the certificate of a domain name cannot be read', {
        domain: domain.domainName,
        reason: (error as Error).message,
      })
      return undefined
    }
  }
}

/** Domain names by the ARN of the certificate that they have. */
export async function usersOfCertificates(store: Store): Promise<Map<string, string[]>> {
  const users = new Map<string, string[]>()
  for (const { key, value } of await store.scan(records.domainName)) {
    const { certificateArn, regionalCertificateArn, ownershipVerificationCertificateArn } = value
    const arn = `arn:aws:apigateway:${key.region}::/domainnames/${key.id}`
    for (const used of new Set([
      certificateArn,
      regionalCertificateArn,
      ownershipVerificationCertificateArn,
    ])) {
      if (used !== undefined) users.set(used, [...(users.get(used) ?? []), arn])
    }
  }
  for (const { key, value } of await store.scan(records.portal)) {
    const used = value.customDomain?.certificateArn
    const arn = portalArn('aws', key, key.id)
    if (used !== undefined) users.set(used, [...(users.get(used) ?? []), arn])
  }
  return users
}

/** One among all accounts and regions: `DomainDefinition.id`. */
export function domainIdOf({ account, region, id }: Key): string {
  return `${account}/${region}/${id}`
}

const itself = (key: Key): Key => key
const parent = (key: Key): Key => ({ ...key, parent: '', id: key.parent })

/** The domain name that a change of each kind of record is about. */
const keyOf: Readonly<Record<string, (key: Key) => Key>> = {
  [records.domainName.name]: itself,
  [records.portal.name]: itself,
  [records.uploadedCertificate.name]: itself,
  [records.trustStore.name]: itself,
  [records.basePathMapping.name]: parent,
  [records.routingRule.name]: parent,
}

/** What the regional endpoint shows, where there is one. */
function certificateArnOf(domain: DomainName): string | undefined {
  const { types } = domain.endpointConfiguration
  const regional = types.includes('REGIONAL') ? domain.regionalCertificateArn : undefined
  return regional ?? domain.certificateArn
}
