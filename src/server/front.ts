import { systemClock } from '#base/clock.ts'
import { IpRanges } from '#base/ip-range.ts'
import type { Log } from '#base/log.ts'
import type { UsageKeys } from '#base/usage-keys.ts'
import { ConnectionDirectory } from '#data-plane/connections/connection-directory.ts'
import { DomainTable } from '#data-plane/domains/domain-table.ts'
import { PlanTable } from '#data-plane/plan-table.ts'
import type { Ports } from '#data-plane/ports.ts'
import { UsagePlanTable } from '#data-plane/usage/usage-plan-table.ts'
import { createDataPlane } from '#data-plane/serve.ts'
import type { CacheCounts } from '#data-plane/stage-cache/response-calls.ts'
import type { Connections } from '#data-plane/websocket/connections.ts'
import type { WebSocketTotals } from '#data-plane/websocket/websocket-counts.ts'
import { readFacts } from '#data-plane/websocket/connection-facts.ts'
import { closeCodes } from '#http/websocket/close-codes.ts'
import type { HttpHandler } from '#http/message.ts'
import type { TrustedProxies } from '#http/trusted-proxies.ts'
import { StageReferences } from './api-reference/stage-references.ts'
import { createAwsAccess, createBackendClient, dataPlaneLimits } from './backend-settings.ts'
import type { Config } from './config.ts'
import { createDispatch } from './dispatch.ts'
import { Explainer } from './explain/explainer.ts'
import type { ExplainPass } from './explain/explain-pass.ts'
import { LogFiles } from './logs/log-files.ts'
import { DomainsHere } from './served-domains.ts'
import { LoadShedder } from './load-shedder.ts'
import { ServerCertificates } from './server-certificates.ts'
import { trafficLimits } from './traffic-limits.ts'
import { vpcEndpointsOf } from './vpc-endpoint-settings.ts'
import { FollowedTargets } from './targets/followed-targets.ts'
import { servedHere, type ServedStages } from './served-stages.ts'

/** What clients meet: the data plane, and the way to the office. */
export interface Front {
  readonly handler: HttpHandler
  /** What HTTPS clients are shown. */
  readonly certificates: ServerCertificates
  readonly stages: ServedStages
  readonly forgetCallers: () => void
  /** Lets requests that carry a token be explained. */
  readonly allowExplain: (pass: ExplainPass) => void
  /** Stages served at present. */
  readonly stageCount: () => number
  /** Lines of logs that this process has lost. */
  readonly lostLogLines: () => number
  /** Requests for which this process had no time. */
  readonly turnedAway: () => number
  /** Of clients of WebSocket APIs in this process. */
  readonly webSocketTotals: () => WebSocketTotals
  /** Of the stage cache in this process. */
  readonly cacheCounts: () => CacheCounts
  /** Takes part among those that hold WebSockets. To be called before clients are let in. */
  start(): Promise<void>
  /** To be called once everything is answered. */
  stop(): Promise<void>
}

export interface FrontOptions {
  readonly config: Config
  /** Whether any signature is accepted where Gatehouse itself is called. */
  readonly anySignature: boolean
  readonly ports: Omit<Ports, 'aws' | 'targets' | 'usage'> & {
    readonly usageKeys: (plans: UsagePlanTable) => UsageKeys
  }
  /** Answers what is for no API. */
  readonly office: HttpHandler
  readonly log: Log
  /** Told what the compiler found. */
  readonly compilerLog: Log
}

export function createFront(options: FrontOptions): Front {
  const { config, anySignature, ports: given, office, log, compilerLog } = options
  const { usageKeys, ...ports } = given
  const usagePlans = new UsagePlanTable()
  const limits = dataPlaneLimits(config)
  const planTable = new PlanTable()
  const httpClient = createBackendClient(config, log)
  const targets =
    config.targets === undefined
      ? undefined
      : new FollowedTargets({ file: config.targets, client: httpClient, log })
  const surroundings = { trustedProxies: trustedProxiesOf(config), vpcEndpoints: vpcEndpointsOf(config) }
  const directory = new ConnectionDirectory({
    registry: ports.connections,
    log,
    limits: { connectionsMax: config.websocketConnections },
  })
  const dataPlane = createDataPlane({
    planTable,
    ports: {
      ...ports,
      aws: createAwsAccess(config, httpClient),
      targets,
      usage: { plans: usagePlans, keys: usageKeys(usagePlans) },
    },
    standIns: config.userPool,
    directory,
    connectionWatcher: directory,
    management: { anySignature, extensions: config.websocketExtensions },
    httpClient,
    log,
    clock: systemClock,
    ...surroundings,
  })
  const logs = new LogFiles(config, log)
  const domainTable = new DomainTable()
  const certificates = new ServerCertificates(compilerLog)
  const domains = new DomainsHere(domainTable, certificates, planTable, compilerLog)
  const served = endingConnections(
    servedHere(planTable, domains, limits, compilerLog, ports, logs, usagePlans),
    planTable,
    dataPlane.connections,
    directory,
  )
  const explainer = new Explainer()
  const shedder = new LoadShedder({ waitMsMax: trafficLimits(config).waitMsMax, log })
  const references = config.apiReference ? new StageReferences(served) : undefined
  return {
    handler: createDispatch({
      dataPlane,
      domains: domainTable,
      counters: ports.counters,
      office,
      explainer,
      references,
      shedder,
      surroundings,
      log,
    }),
    certificates,
    allowExplain: (pass) => explainer.allow(pass),
    stages: references ?? served,
    forgetCallers: () => dataPlane.forgetCallers(),
    stageCount: () => [...planTable].length,
    lostLogLines: () => logs.dropped,
    turnedAway: () => shedder.turnedAway,
    webSocketTotals: () => dataPlane.connections.counts,
    cacheCounts: () => dataPlane.cacheCounts,
    start: () =>
      directory.start({
        here: dataPlane.connections,
        orphaned: async ({ facts }) => dataPlane.disconnected(readFacts(facts), PROCESS_GONE),
      }),
    async stop() {
      await dataPlane.connections.settled()
      await directory.stop()
      shedder.stop()
      targets?.stop()
      httpClient.close()
      await logs.close()
    },
  }
}

/** Clients of a stage that is no more are told so. */
function endingConnections(
  served: ServedStages,
  planTable: PlanTable,
  connections: Connections,
  directory: ConnectionDirectory,
): ServedStages {
  return {
    ...served,
    remove(apiId, stageName) {
      const plan = planTable.get(apiId, stageName)
      const removed = served.remove(apiId, stageName)
      if (plan?.webSocket !== undefined) connections.leave(plan)
      return removed
    },
    clear() {
      const cleared = served.clear()
      directory.end()
      return cleared
    },
  }
}

/** How connections end whose process did. */
const PROCESS_GONE = { code: closeCodes.lost, reason: 'connection lost' }

function trustedProxiesOf({ trustedProxies, forwardedHeader }: Config): TrustedProxies | undefined {
  if (trustedProxies.length === 0) return undefined
  return { ranges: new IpRanges(trustedProxies), header: forwardedHeader }
}
