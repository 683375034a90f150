import { exportApi } from '#control-plane/openapi/export/export-api.ts'
import { openapi30, swagger20, type ExportDialect } from '#control-plane/openapi/export/export-dialect.ts'
import { exportOptions } from '#control-plane/openapi/export/export-options.ts'
import type { Address } from '#data-plane/address.ts'
import type { ServedUsagePlan } from '#data-plane/usage/usage-plan-table.ts'
import { textBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import type { StageCache } from '#model/cache-flush.ts'
import type { DeployedDomain } from '../served-domains.ts'
import type { DeployedRestStage, DeployedStage, ServedStages } from '../served-stages.ts'
import { referencePage } from './reference-page.ts'

/** Where a stage shows what it serves, below its own address. */
const referencePath = '/_reference'

/** What each stage of a REST API serves, for people to read: an OpenAPI document, and a page made of it. */
export class StageReferences implements ServedStages {
  readonly #served: ServedStages
  readonly #deployed = new Map<string, DeployedRestStage>()

  /** @param served told as well */
  constructor(served: ServedStages) {
    this.#served = served
  }

  put(deployed: DeployedStage): void | Promise<void> {
    if (deployed.protocol === 'REST') {
      this.#deployed.set(nameOf(deployed.apiId, deployed.stage.stageName), deployed)
    }
    return this.#served.put(deployed)
  }

  remove(apiId: string, stageName: string): void | Promise<void> {
    this.#deployed.delete(nameOf(apiId, stageName))
    return this.#served.remove(apiId, stageName)
  }

  flush(apiId: string, stageName: string, cache: StageCache): void | Promise<void> {
    return this.#served.flush(apiId, stageName, cache)
  }

  putDomain(deployed: DeployedDomain): void | Promise<void> {
    return this.#served.putDomain(deployed)
  }

  removeDomain(id: string): void | Promise<void> {
    return this.#served.removeDomain(id)
  }

  putUsagePlan(plan: ServedUsagePlan): void | Promise<void> {
    return this.#served.putUsagePlan(plan)
  }

  removeUsagePlan(number: number): void | Promise<void> {
    return this.#served.removeUsagePlan(number)
  }

  clear(): void | Promise<void> {
    this.#deployed.clear()
    return this.#served.clear()
  }

  /** @returns undefined when the request is for something else, a resource of the API's own among it */
  answer({ method }: HttpRequest, address: Address): HttpReply | undefined {
    const { path } = address
    if (!path.startsWith(referencePath) || (method !== 'GET' && method !== 'HEAD')) return undefined
    const write = representations[path.slice(referencePath.length)]
    const deployed = this.#deployed.get(nameOf(address.apiId, address.stage))
    if (write === undefined || deployed === undefined || hasResource(deployed, path)) return undefined
    return isClosed(deployed, address) ? undefined : write(deployed)
  }
}

/** By what follows the path. */
const representations: Readonly<Record<string, (deployed: DeployedRestStage) => HttpReply>> = {
  '': page,
  '/': page,
  '/openapi.json': (deployed) => json(documentOf(deployed, openapi30)),
  '/swagger.json': (deployed) => json(documentOf(deployed, swagger20)),
}

/** A page runs nothing and loads nothing. */
function page(deployed: DeployedRestStage): HttpReply {
  return {
    status: 200,
    headers: new Headers([
      'Content-Type',
      'text/html; charset=utf-8',
      'Content-Security-Policy',
      "default-src 'none'; style-src 'unsafe-inline'",
      'X-Content-Type-Options',
      'nosniff',
    ]),
    body: textBody(referencePage(documentOf(deployed, openapi30))),
  }
}

/** Other origins may read it: tools that show such documents are pages of their own. */
function json(document: object): HttpReply {
  return {
    status: 200,
    headers: new Headers(['Content-Type', 'application/json', 'Access-Control-Allow-Origin', '*']),
    body: textBody(JSON.stringify(document, null, 2)),
  }
}

/** Without extensions: how the API is built is its owner's affair. */
function documentOf(deployed: DeployedRestStage, dialect: ExportDialect): Readonly<Record<string, unknown>> {
  return exportApi(deployed, dialect, exportOptions({}))
}

function hasResource({ snapshot }: DeployedRestStage, path: string): boolean {
  return snapshot.resources.some(
    (resource) => resource.path === path && Object.keys(resource.methods).length > 0,
  )
}

function nameOf(apiId: string, stageName: string): string {
  return `${apiId}/${stageName}`
}

/** Whoever may not reach the stage this way is not told of it. */
function isClosed({ snapshot: { api } }: DeployedRestStage, { domain }: Address): boolean {
  if (api.endpointConfiguration.types.includes('PRIVATE')) return true
  return api.disableExecuteApiEndpoint && domain === undefined
}
