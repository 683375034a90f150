import type { Log } from '#base/log.ts'
import {
  CertificateError,
  CertificateTable,
  type ServerIdentities,
  type ServerIdentity,
} from '#http/tls/certificate-table.ts'
import type { RevokedCertificates } from '#http/tls/revocation-list.ts'
import type { SecurityPolicy } from '#http/tls/security-policy.ts'
import type { DeployedDomain } from './served-domains.ts'

/** A certificate chain and its key, PEM. */
export type CertificatePair = Pick<ServerIdentity, 'certificate' | 'key'>

/** What the configuration gives. */
export interface ConfiguredCertificates {
  /** For names that have none. */
  readonly fallback?: CertificatePair | undefined
  /** `api.example.com`, `*.example.com` */
  readonly byName: ReadonlyMap<string, CertificatePair>
  /** Client certificates that were taken back. */
  readonly revoked?: RevokedCertificates | undefined
}

/** What a custom domain name asks of its connections. */
type Demands = Pick<ServerIdentity, 'securityPolicy' | 'trustStore' | 'revoked'>

/**
 * Which certificate is shown to whom: that of the custom domain name, else what the configuration has for the name, else
 * its default. What a domain name asks of clients holds whichever certificate it has.
 */
export class ServerCertificates {
  /** What handshakes read. */
  readonly table: CertificateTable = new CertificateTable()
  readonly #domains = new Map<string, DeployedDomain>()
  readonly #log: Log
  #configured: ConfiguredCertificates = { byName: new Map() }

  constructor(log: Log) {
    this.#log = log
  }

  /** @throws CertificateError and keeps what there was */
  configure(configured: ConfiguredCertificates): void {
    const before = this.#configured
    this.#configured = configured
    try {
      this.#apply()
    } catch (error) {
      this.#configured = before
      throw error
    }
  }

  /** A certificate that cannot be used is told and left out: it holds up no other domain name. */
  putDomain(deployed: DeployedDomain): void {
    this.#domains.set(deployed.id, deployed)
    try {
      this.#apply()
    } catch (error) {
      if (!(error instanceof CertificateError)) throw error
      this.#log.error('the certificate of a domain name cannot be used', {
        domain: deployed.domain.domainName,
        reason: error.message,
      })
      const { identity: _identity, trustStore: _trustStore, ...rest } = deployed
      this.#domains.set(deployed.id, rest)
      this.#apply()
    }
  }

  removeDomain(id: string): void {
    if (this.#domains.delete(id)) this.#apply()
  }

  clearDomains(): void {
    this.#domains.clear()
    this.#apply()
  }

  #apply(): void {
    this.table.swap(identitiesOf([...this.#domains.values()], this.#configured))
  }
}

function identitiesOf(
  domains: readonly DeployedDomain[],
  { fallback, byName: configured, revoked }: ConfiguredCertificates,
): ServerIdentities {
  // As the table of domain names chooses among those of one name: public before private, then the first id.
  const chosen = new Map<string, DeployedDomain>()
  for (const deployed of domains.toSorted(inOrder)) {
    const { domainName } = deployed.domain
    if (!chosen.has(domainName)) chosen.set(domainName, deployed)
  }
  const byName = new Map<string, ServerIdentity>()
  for (const [name, pair] of configured) {
    byName.set(name, { ...pair, ...demandsOf(chosen.get(name) ?? chosen.get(wildcardOf(name)), revoked) })
  }
  for (const [name, deployed] of chosen) {
    const wildcard = wildcardOf(name)
    const pair =
      deployed.identity ??
      configured.get(name) ??
      chosen.get(wildcard)?.identity ??
      configured.get(wildcard) ??
      fallback
    if (pair !== undefined) byName.set(name, { ...pair, ...demandsOf(deployed, revoked) })
  }
  return { byName, fallback }
}

function inOrder(one: DeployedDomain, other: DeployedDomain): number {
  const [first, second] = [one, other].map(({ domain, id }) => `${domain.domainNameId ? 1 : 0}${id}`)
  return (first ?? '') < (second ?? '') ? -1 : 1
}

/** What the store holds of policies went in through the same enumeration. */
function demandsOf(deployed: DeployedDomain | undefined, revoked?: RevokedCertificates): Demands {
  if (deployed === undefined) return {}
  return {
    securityPolicy: deployed.domain.securityPolicy as SecurityPolicy,
    // Without one nobody is asked for a certificate, and so nobody comes in.
    revoked,
    trustStore: deployed.domain.mutualTlsAuthentication && deployed.trustStore,
  }
}

function wildcardOf(name: string): string {
  return `*${name.slice(name.indexOf('.'))}`
}
