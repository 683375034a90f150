import type { Log } from '#base/log.ts'
import { compileDomain, type DomainDefinition } from '#data-plane/domains/domain-plan.ts'
import type { DomainTable } from '#data-plane/domains/domain-table.ts'
import type { ApiPlan } from '#data-plane/plan.ts'
import type { PlanTable } from '#data-plane/plan-table.ts'
import type { ServerCertificates } from './server-certificates.ts'

/** A custom domain name, where it leads, and how it shows itself. */
export interface DeployedDomain extends DomainDefinition {
  /** PEM; undefined when the certificate that the domain name has is not known here. */
  readonly identity?: { readonly certificate: string; readonly key: string } | undefined
  /** Certificates of the authorities whose clients may come in, PEM; undefined lets nobody in. */
  readonly trustStore?: string | undefined
}

/** Where custom domain names are served: this process, or others. */
export interface ServedDomains {
  putDomain(deployed: DeployedDomain): void | Promise<void>
  /** @param id that of its definition */
  removeDomain(id: string): void | Promise<void>
}

/** Custom domain names that this process serves. */
export class DomainsHere implements ServedDomains {
  readonly #table: DomainTable
  readonly #certificates: ServerCertificates
  readonly #plans: PlanTable
  readonly #log: Log
  /** Those that ask clients for a certificate. */
  readonly #mutual = new Map<string, DeployedDomain>()

  constructor(table: DomainTable, certificates: ServerCertificates, plans: PlanTable, log: Log) {
    this.#table = table
    this.#certificates = certificates
    this.#plans = plans
    this.#log = log
  }

  putDomain(deployed: DeployedDomain): void {
    // Before the name leads anywhere: a client that must show a certificate is asked for one from the first request on.
    this.#certificates.putDomain(deployed)
    this.#table.put(compileDomain(deployed))
    this.#mutual.delete(deployed.id)
    if (deployed.domain.mutualTlsAuthentication === undefined) return
    this.#mutual.set(deployed.id, deployed)
    const open = [...this.#plans].filter(({ endpointDisabled }) => !endpointDisabled)
    for (const apiId of new Set(open.map((plan) => plan.apiId))) this.#warn(deployed, apiId)
  }

  /** Told of each stage that begins to be served. */
  deployed({ apiId, endpointDisabled }: ApiPlan): void {
    if (endpointDisabled) return
    for (const domain of this.#mutual.values()) this.#warn(domain, apiId)
  }

  removeDomain(id: string): void {
    this.#table.remove(id)
    this.#mutual.delete(id)
    this.#certificates.removeDomain(id)
  }

  clear(): void {
    this.#table.clear()
    this.#mutual.clear()
    this.#certificates.clearDomains()
  }

  /** Developer guide, "Configuring mutual TLS authentication for a REST API": disable the default endpoint. */
  #warn({ domain, mappings }: DeployedDomain, apiId: string): void {
    if (!mappings.some(({ restApiId }) => restApiId === apiId)) return
    this.#log.warn(
      'clients without a certificate reach this API by its own address: set disableExecuteApiEndpoint and deploy it',
      { domain: domain.domainName, api: apiId },
    )
  }
}
