import type { Log } from '#base/log.ts'
import { compile, type Compiled, type CompileOptions } from '#compiler/compile.ts'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import { compileWebSocketApi } from '#compiler/compile-websocket-api.ts'
import type { DataPlaneLimits } from '#data-plane/limits.ts'
import type { StageLogs } from '#data-plane/logs/log-sink.ts'
import type { PlanTable } from '#data-plane/plan-table.ts'
import type { Ports } from '#data-plane/ports.ts'
import type { ServedUsagePlan, UsagePlanTable } from '#data-plane/usage/usage-plan-table.ts'
import type { StageCache } from '#model/cache-flush.ts'
import type { DocumentationVersion } from '#model/documentation.ts'
import type { CertificateWithKey } from '#model/client-certificate.ts'
import type { ApiStage } from '#model/http-api.ts'
import type { Stage } from '#model/rest-api.ts'
import type { RestApiSnapshot, RoutedApiSnapshot } from '#model/snapshot.ts'
import type { TrafficRule } from '#model/traffic-rule.ts'
import type { DomainsHere, ServedDomains } from './served-domains.ts'

/** What stages of all kinds of API have. */
interface DeployedCommon {
  readonly apiId: string
  /** VPC links that there are when it is told, by id: what else they are known by, as targets' ARNs and names. */
  readonly vpcLinks?: Readonly<Record<string, readonly string[]>> | undefined
  /** What the stage shows HTTP backends. Never logged. */
  readonly clientCertificate?: CertificateWithKey | undefined
  /** What the operator says of its traffic. */
  readonly trafficRules?: readonly TrafficRule[] | undefined
}

/** A stage of an HTTP API and what it serves. */
export interface DeployedHttpStage extends DeployedCommon {
  readonly protocol: 'HTTP'
  readonly snapshot: RoutedApiSnapshot
  readonly stage: ApiStage
}

/** The same of a WebSocket API. */
export interface DeployedWebSocketStage extends DeployedCommon {
  readonly protocol: 'WEBSOCKET'
  readonly snapshot: RoutedApiSnapshot
  readonly stage: ApiStage
}

/** A stage of a REST API and what it serves. */
export interface DeployedRestStage extends DeployedCommon {
  readonly protocol: 'REST'
  readonly snapshot: RestApiSnapshot
  readonly stage: Stage
  /** What the stage's canary deploys. */
  readonly canary?: RestApiSnapshot | undefined
  /** What the stage shows people of its API. */
  readonly documentation?: DocumentationVersion | undefined
}

/** One variant a kind of API. */
export type DeployedStage = DeployedRestStage | DeployedHttpStage | DeployedWebSocketStage

/** Whether requests of a stage, or of its canary, may go through a VPC link. */
export function goesThroughLinks(deployed: DeployedStage): boolean {
  const isLink = (integration?: { readonly connectionType?: string | undefined }): boolean =>
    integration?.connectionType === 'VPC_LINK'
  if (deployed.protocol !== 'REST') return deployed.snapshot.integrations.some(isLink)
  return [deployed.snapshot, deployed.canary].some((snapshot) =>
    snapshot?.resources.some(({ methods }) =>
      Object.values(methods).some(({ integration }) => isLink(integration)),
    ),
  )
}

/** By kind of API. */
const compilers: {
  readonly [Protocol in DeployedStage['protocol']]: (
    deployed: Extract<DeployedStage, { protocol: Protocol }>,
    options: CompileOptions,
  ) => Compiled
} = {
  REST: ({ snapshot, stage, ...rest }, options) => compile(snapshot, stage, { ...rest, ...options }),
  HTTP: ({ snapshot, stage, ...rest }, options) => compileHttpApi(snapshot, stage, { ...rest, ...options }),
  WEBSOCKET: ({ snapshot, stage, ...rest }, options) =>
    compileWebSocketApi(snapshot, stage, { ...rest, ...options }),
}

function compileDeployed<Protocol extends DeployedStage['protocol']>(
  deployed: Extract<DeployedStage, { protocol: Protocol }>,
  options: CompileOptions,
): Compiled {
  const compileKind = compilers[deployed.protocol as Protocol]
  return compileKind(deployed, options)
}

/**
 * Where stages and custom domain names are served: this process, or others. What it returns settles when the change is
 * what serves.
 */
export interface ServedStages extends ServedDomains {
  put(deployed: DeployedStage): void | Promise<void>
  remove(apiId: string, stageName: string): void | Promise<void>
  /** Forgets what one of a stage's caches holds. */
  flush(apiId: string, stageName: string, cache: StageCache): void | Promise<void>
  putUsagePlan(plan: ServedUsagePlan): void | Promise<void>
  removeUsagePlan(number: number): void | Promise<void>
  /** Domain names and usage plans, too. */
  clear(): void | Promise<void>
}

/** What this process serves: stages, compiled into its plan table, and domain names. */
export function servedHere(
  planTable: PlanTable,
  domains: DomainsHere,
  limits: DataPlaneLimits,
  log: Log,
  ports: Pick<Ports, 'authorizerAnswers' | 'verifiedTokens' | 'responses'> = {},
  logs?: StageLogs,
  usagePlans?: UsagePlanTable,
): ServedStages {
  const ofAuthorizers = [ports.authorizerAnswers, ports.verifiedTokens]
  const responses = ports.responses?.answers
  const cached = new Set<string>()
  return {
    // A stage that does not compile goes on serving what it served, and holds up no other.
    put(deployed) {
      const { apiId, stage } = deployed
      const name = stage.stageName
      const id = `${apiId}/${name}`
      // A cache that is turned on again begins empty.
      if ('cacheClusterEnabled' in stage && stage.cacheClusterEnabled) cached.add(id)
      else if (cached.delete(id)) responses?.flush(id)
      try {
        const { plan, diagnostics } = compileDeployed(deployed, { limits, logs })
        planTable.swap(plan)
        domains.deployed(plan)
        for (const { severity, message, where } of diagnostics) {
          log.warn(`deployment ${severity}`, { api: apiId, stage: name, where, message })
        }
      } catch (error) {
        // Nothing that an owner can write comes here: it is a bug of ours, or a damaged record.
        const stack = (error as Error).stack
        log.error('a stage cannot be compiled', {
          api: apiId,
          stage: name,
          deployment: stage.deploymentId,
          stack,
        })
      }
    },
    remove(apiId, stageName) {
      planTable.remove(apiId, stageName)
      // Another stage of that name has nothing to do with this one.
      const id = `${apiId}/${stageName}`
      for (const answers of ofAuthorizers) answers?.flush(id)
      if (cached.delete(id)) responses?.flush(id)
    },
    flush(apiId, stageName, cache) {
      for (const answers of cache === 'authorizers' ? ofAuthorizers : [responses]) {
        answers?.flush(`${apiId}/${stageName}`)
      }
    },
    putDomain: (deployed) => domains.putDomain(deployed),
    removeDomain: (id) => domains.removeDomain(id),
    putUsagePlan: (plan) => usagePlans?.put(plan),
    removeUsagePlan: (number) => usagePlans?.remove(number),
    clear() {
      planTable.clear()
      domains.clear()
      for (const answers of [...ofAuthorizers, responses]) answers?.clear()
      cached.clear()
      usagePlans?.clear()
    },
  }
}
