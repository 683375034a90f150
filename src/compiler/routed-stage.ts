import type { Diagnostic } from '#base/diagnostic.ts'
import type { ApiKind } from '#data-plane/api-kind.ts'
import type { HttpRouteDefinition } from '#data-plane/http-route-definition.ts'
import { awsLimits, type DataPlaneLimits } from '#data-plane/limits.ts'
import type { PhaseName } from '#data-plane/logs/phase.ts'
import type { Observer } from '#data-plane/plan.ts'
import type { ApiStage } from '#model/http-api.ts'
import type { RoutedApiSnapshot } from '#model/snapshot.ts'
import { compileStageAccessLog } from './compile-logs.ts'
import type { CompileOptions } from './compile.ts'
import { stageVariablesOf } from './stage-variables.ts'

/** What all routes of a stage of an HTTP or WebSocket API are compiled with. */
export interface RoutedStage {
  readonly snapshot: RoutedApiSnapshot
  readonly stage: ApiStage
  readonly stageVariables: Readonly<Record<string, string>>
  readonly limits: DataPlaneLimits
  readonly vpcLinks: CompileOptions['vpcLinks']
  readonly clientTls: HttpRouteDefinition['clientTls']
  readonly unguarded: boolean
  readonly decisionsOnly: boolean
  readonly phases: ReadonlySet<PhaseName>
  readonly report: (diagnostic: Diagnostic) => void
  /** However many routes say it, it is told once. */
  readonly warnOfApi: (message: string) => void
}

/** @param diagnostics what is reported is added to it */
export function routedStage(
  snapshot: RoutedApiSnapshot,
  stage: ApiStage,
  options: CompileOptions,
  kind: ApiKind,
  diagnostics: Diagnostic[],
): { readonly common: RoutedStage; readonly observers: readonly Observer[] } {
  const { logs, clientCertificate, limits = awsLimits, observers = [] } = options
  const { apiId } = snapshot.api
  const report = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic)
  const log =
    logs && compileStageAccessLog({ apiId, stage, isCanary: false, logs, report, kind, constants: {} })
  const common: RoutedStage = {
    snapshot,
    stage,
    stageVariables: stageVariablesOf(stage.stageVariables),
    limits,
    vpcLinks: options.vpcLinks,
    clientTls: clientCertificate && { cert: clientCertificate.certificate, key: clientCertificate.key },
    unguarded: options.unguarded ?? false,
    decisionsOnly: options.decisionsOnly ?? false,
    phases: log?.phases ?? new Set(),
    report,
    warnOfApi(message) {
      if (!diagnostics.some((told) => told.message === message)) report({ severity: 'warning', message })
    },
  }
  return { common, observers: log === undefined ? observers : [...observers, log.observer] }
}
