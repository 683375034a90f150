import type { Diagnostic } from '#base/diagnostic.ts'
import { compileAccessLog } from '#data-plane/logs/access-log.ts'
import { phasesOf } from '#data-plane/logs/access-log-variables.ts'
import type { StageLogs } from '#data-plane/logs/log-sink.ts'
import { compileMethodLog, endExecutionLog, type MethodLog } from '#data-plane/logs/method-log.ts'
import type { PhaseName } from '#data-plane/logs/phase.ts'
import type { Observer } from '#data-plane/plan.ts'
import { checkLogFormat } from '#languages/log-format/check.ts'
import { logFormatNames } from '#languages/log-format/compile.ts'
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
  const { snapshot, stage, isCanary, logs } = source
  if (logs === undefined) return NONE
  const observers: Observer[] = []
  const access = accessLog(source, logs)
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

function accessLog(
  { snapshot: { api }, stage, isCanary, report }: LogsSource,
  logs: StageLogs,
): { readonly observer: Observer; readonly phases: ReadonlySet<PhaseName> } | undefined {
  const { destinationArn, format = logs.accessLogFormat } = stage.accessLogSettings ?? {}
  if (format === undefined) return undefined
  const tell = (severity: Diagnostic['severity'], message: string): void =>
    report({ severity, message, where: 'accessLogSettings' })
  let group = `API-Gateway-Access-Logs_${api.id}/${stage.stageName}`
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
  for (const { severity, message, line, column } of checkLogFormat(format, 'REST')) {
    report({ severity, message, where: 'accessLogSettings/format', line, column })
  }
  const sink = logs.access(isCanary ? group + CANARY : group)
  if (sink === undefined) return undefined
  const constants = { endpointType: api.endpointConfiguration.types[0] ?? 'EDGE' }
  return { observer: compileAccessLog(format, constants, sink), phases: phasesOf(logFormatNames(format)) }
}
