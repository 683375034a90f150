import type { Diagnostic } from '#base/diagnostic.ts'
import type { ApiKind } from '#data-plane/api-kind.ts'
import { compileAccessLog } from '#data-plane/logs/access-log.ts'
import { phasesOf } from '#data-plane/logs/access-log-variables.ts'
import type { StageLogs } from '#data-plane/logs/log-sink.ts'
import { compileMethodLog, endExecutionLog, type MethodLog } from '#data-plane/logs/method-log.ts'
import type { PhaseName } from '#data-plane/logs/phase.ts'
import type { Observer } from '#data-plane/plan.ts'
import { restApiKind } from '#data-plane/rest-api-kind.ts'
import { checkLogFormat } from '#languages/log-format/check.ts'
import { logFormatNames } from '#languages/log-format/compile.ts'
import type { ApiStage } from '#model/http-api.ts'
import { methodSettingOf } from '#model/method-settings.ts'
import type { Stage } from '#model/rest-api.ts'
import type { RestApiSnapshot } from '#model/snapshot.ts'
import { logGroupOf } from './log-group.ts'

export interface LogsSource {
  readonly snapshot: RestApiSnapshot
  readonly stage: Stage
  readonly isCanary: boolean
  readonly logs: StageLogs | undefined
  readonly report: (diagnostic: Diagnostic) => void
}

export interface CompiledLogs {
  readonly observers: readonly Observer[]
  /** What an access log wants measured. */
  readonly phases: ReadonlySet<PhaseName>
  /** @param httpMethod as defined: a verb, or `ANY` */
  method(resourcePath: string, httpMethod: string): MethodLog | undefined
}

const NONE: CompiledLogs = { observers: [], phases: new Set(), method: () => undefined }

/** A canary's requests are told in groups of its own (developer guide, "Canary release deployment in API Gateway"). */
const CANARY = '/Canary'

/** The access log and the execution logs of a stage. */
export function compileLogs(source: LogsSource): CompiledLogs {
  const { snapshot, stage, isCanary, logs, report } = source
  if (logs === undefined) return NONE
  const observers: Observer[] = []
  const access = compileStageAccessLog({
    apiId: snapshot.api.id,
    stage,
    isCanary,
    logs,
    report,
    kind: restApiKind,
    constants: { endpointType: snapshot.api.endpointConfiguration.types[0] ?? 'EDGE' },
  })
  if (access !== undefined) observers.push(access.observer)
  const group = `API-Gateway-Execution-Logs_${snapshot.api.id}/${stage.stageName}${isCanary ? CANARY : ''}`
  const sink = logs.execution(group)
  return {
    observers,
    phases: access?.phases ?? NONE.phases,
    method(resourcePath, httpMethod) {
      const setting = methodSettingOf(stage, resourcePath, httpMethod)
      const level = setting?.loggingLevel ?? (logs.tellsFaults ? 'FAULT' : 'OFF')
      if (level === 'OFF' || sink === undefined) return undefined
      const dataTrace = level !== 'FAULT' && setting?.dataTraceEnabled === true
      const log = compileMethodLog({ level, dataTrace, sink })
      if (log.begin !== undefined && !observers.includes(endExecutionLog)) observers.push(endExecutionLog)
      return log
    },
  }
}

export interface AccessLogSource extends Pick<LogsSource, 'report'> {
  readonly apiId: string
  readonly stage: Pick<ApiStage, 'stageName' | 'accessLogSettings'>
  readonly isCanary: boolean
  readonly logs: StageLogs
  readonly kind: ApiKind
  /** Variables that are the same for every request. */
  readonly constants: Readonly<Record<string, string>>
}

export interface CompiledAccessLog {
  readonly observer: Observer
  /** What it wants measured. */
  readonly phases: ReadonlySet<PhaseName>
}

/** Of any kind of API; undefined where the stage writes none. */
export function compileStageAccessLog(source: AccessLogSource): CompiledAccessLog | undefined {
  const { apiId, stage, isCanary, logs, report, kind, constants } = source
  const { destinationArn, format = logs.accessLogFormat } = stage.accessLogSettings ?? {}
  if (format === undefined) return undefined
  const tell = (severity: Diagnostic['severity'], message: string): void =>
    report({ severity, message, where: 'accessLogSettings' })
  let group = `API-Gateway-Access-Logs_${apiId}/${stage.stageName}`
  if (destinationArn !== undefined) {
    const named = logGroupOf(destinationArn)
    if (named === undefined) {
      tell(
        'error',
        `${destinationArn} names no log group and no Firehose stream amazon-apigateway-…: no access log`,
      )
      return undefined
    }
    group = named
  } else if (logs.accessLogFormat === undefined) return undefined
  for (const { severity, message, line, column } of checkLogFormat(format, kind.protocol)) {
    report({ severity, message, where: 'accessLogSettings/format', line, column })
  }
  const sink = logs.access(isCanary ? group + CANARY : group)
  if (sink === undefined) return undefined
  const observer = compileAccessLog(format, kind.contextVariables, constants, sink)
  return { observer, phases: phasesOf(logFormatNames(format)) }
}
