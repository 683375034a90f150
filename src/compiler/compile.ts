import type { Diagnostic } from '#base/diagnostic.ts'
import { awsLimits, type DataPlaneLimits } from '#data-plane/limits.ts'
import type { StageLogs } from '#data-plane/logs/log-sink.ts'
import { compileBinaryTest } from '#data-plane/media-type.ts'
import type { ApiPlan, Observer, RoutePlan } from '#data-plane/plan.ts'
import { restApiKind } from '#data-plane/rest-api-kind.ts'
import { compileErrorRenderer } from '#data-plane/render-error.ts'
import { buildRestRouter, type RoutedResource } from '#languages/path-patterns/rest-router.ts'
import type { CertificateWithKey } from '#model/client-certificate.ts'
import type { Stage } from '#model/rest-api.ts'
import type { TrafficRule } from '#model/traffic-rule.ts'
import type { RestApiSnapshot } from '#model/snapshot.ts'
import { compileLogs } from './compile-logs.ts'
import { beyondAws } from './aws-limits.ts'
import { compileMethod } from './compile-method.ts'
import { stageVariablesOf } from './stage-variables.ts'

export interface CompileOptions {
  readonly limits?: DataPlaneLimits
  /** Told of every exchange once it is answered. */
  readonly observers?: readonly Observer[]
  /** Leaves out the steps that decide who may come in: for an owner who tests a method. */
  readonly unguarded?: boolean
  /** Only the steps that say who may call: a route ends without a reply. */
  readonly decisionsOnly?: boolean
  /** VPC link → what else it is known by: its targets' ARNs, its name. */
  readonly vpcLinks?: Readonly<Record<string, readonly string[]>> | undefined
  /** The stage's client certificate, with its private key. */
  readonly clientCertificate?: CertificateWithKey | undefined
  /** What the operator says of traffic, beside what documents say. */
  readonly trafficRules?: readonly TrafficRule[] | undefined
  /** What the stage's canary deploys. */
  readonly canary?: RestApiSnapshot | undefined
  /** Where the stage's logs go; undefined: it has none. */
  readonly logs?: StageLogs | undefined
}

export interface Compiled {
  readonly plan: ApiPlan
  /** What will not work as the owner wrote it. A method with an error answers 500; the rest of the API serves. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Makes a stage's plan from a deployment's snapshot. Never throws for what an owner wrote. */
export function compile(snapshot: RestApiSnapshot, stage: Stage, options: CompileOptions = {}): Compiled {
  const base = compileDeployment(snapshot, stage, options)
  const { canarySettings } = stage
  if (canarySettings === undefined) return base
  if (options.canary === undefined) {
    const message = `the deployment ${canarySettings.deploymentId} of the canary cannot be read: it has no traffic`
    return { ...base, diagnostics: [...base.diagnostics, { severity: 'error', message }] }
  }
  const variables = { ...stage.variables, ...canarySettings.stageVariableOverrides }
  const { percentTraffic, useStageCache } = canarySettings
  const cacheClusterEnabled = stage.cacheClusterEnabled && useStageCache
  const canary = compileDeployment(
    options.canary,
    { ...stage, variables, cacheClusterEnabled },
    options,
    true,
  )
  return {
    plan: {
      ...base.plan,
      isCanary: false,
      canary: { percentTraffic, plan: { ...canary.plan, isCanary: true } },
    },
    diagnostics: [
      ...base.diagnostics,
      ...canary.diagnostics.map((told) => ({ ...told, message: `canary: ${told.message}` })),
    ],
  }
}

function compileDeployment(
  snapshot: RestApiSnapshot,
  stage: Stage,
  options: CompileOptions,
  isCanary: boolean = false,
): Compiled {
  const { api } = snapshot
  const diagnostics: Diagnostic[] = []
  const report = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic)
  const logs = compileLogs({ snapshot, stage, isCanary, logs: options.logs, report })
  const common = {
    logs,
    snapshot,
    stage,
    stageVariables: stageVariablesOf(stage.variables),
    limits: options.limits ?? awsLimits,
    vpcLinks: options.vpcLinks,
    trafficRules: options.trafficRules,
    clientTls: options.clientCertificate && {
      cert: options.clientCertificate.certificate,
      key: options.clientCertificate.key,
    },
    unguarded: options.unguarded ?? false,
    decisionsOnly: options.decisionsOnly ?? false,
    isBinary: compileBinaryTest(api.binaryMediaTypes ?? []),
    report,
    warnOfApi: (message: string): void => {
      if (!diagnostics.some((told) => told.message === message))
        diagnostics.push({ severity: 'warning', message })
    },
  }
  for (const message of beyondAws(snapshot, stage)) common.warnOfApi(message)
  const resources: RoutedResource<RoutePlan>[] = []
  for (const resource of snapshot.resources) {
    const methods = new Map<string, RoutePlan>()
    for (const method of Object.values(resource.methods)) {
      methods.set(method.httpMethod, compileMethod({ ...common, resource, method }))
    }
    // A resource without methods only holds others: a request for it may still be for a greedy parameter above.
    if (methods.size > 0) resources.push({ path: resource.path, methods })
  }
  const plan: ApiPlan = {
    kind: restApiKind,
    account: snapshot.account,
    region: snapshot.region,
    apiId: api.id,
    deploymentId: snapshot.deploymentId,
    stage: stage.stageName,
    stageVariables: common.stageVariables,
    endpointDisabled: api.disableExecuteApiEndpoint,
    strict: api.endpointAccessMode === 'STRICT',
    vpcEndpointIds: api.endpointConfiguration.types.includes('PRIVATE')
      ? (api.endpointConfiguration.vpcEndpointIds ?? [])
      : undefined,
    match: buildRestRouter(resources),
    resources: snapshot.resources.map(({ path, methods }) => ({ path, methods: Object.keys(methods) })),
    renderError: compileErrorRenderer(snapshot.gatewayResponses, (message, where) => {
      diagnostics.push({ severity: 'warning', message, where })
    }),
    observers: [...(options.observers ?? []), ...logs.observers],
  }
  return { plan, diagnostics }
}
