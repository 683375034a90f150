import type { Diagnostic } from '#base/diagnostic.ts'
import { configurationError } from '#data-plane/gateway-error.ts'
import { integrationTimeout, streamsAnswers } from '#data-plane/integration-timeout.ts'
import { integrationTypes } from '#data-plane/integrations/index.ts'
import { measured, type PhaseName } from '#data-plane/logs/phase.ts'
import { pipeline, type PipelineRow } from '#data-plane/pipeline.ts'
import type { RoutePlan, Step } from '#data-plane/plan.ts'
import {
  DefinitionError,
  type CompiledIntegration,
  type MethodDefinition,
  type RouteDefinition,
} from '#data-plane/route-definition.ts'
import { parameterNames } from '#languages/path-patterns/rest-router.ts'
import type { CompiledLogs } from './compile-logs.ts'
import { compileTraffic } from './compile-traffic.ts'
import { integrationBeyondAws } from './aws-limits.ts'

export interface MethodSource extends Omit<MethodDefinition, 'warn'> {
  readonly logs: CompiledLogs
  readonly report: (diagnostic: Diagnostic) => void
  /** Whether the steps that decide who may come in are left out. */
  readonly unguarded: boolean
  /** Whether all but the steps that say who may call are left out. */
  readonly decisionsOnly: boolean
}

/** A method as a route. What is broken in it is reported, and the route answers 500. */
export function compileMethod(source: MethodSource): RoutePlan {
  const { resource, method, report, logs } = source
  const methodLog = logs.method(resource.path, method.httpMethod)
  const place = `${resource.path}/${method.httpMethod}`
  const definition: MethodDefinition = {
    ...source,
    warn: (message, where, text) => {
      report({
        severity: 'warning',
        message,
        where: where === undefined ? place : `${place}/${where}`,
        ...text,
      })
    },
  }
  const traffic = compileTraffic(definition)
  return {
    resourceId: resource.id,
    resourcePath: resource.path,
    httpMethod: method.httpMethod,
    operationName: method.operationName,
    pathParameterNames: parameterNames(resource.path),
    failed: methodLog?.failed,
    ...compileSteps(
      {
        ...definition,
        compiledIntegration: compileIntegration({ ...definition, traffic }, place, report),
        methodLog,
      },
      logs.phases,
      pipeline.filter(isIn(source)),
      place,
      report,
    ),
  }
}

function isIn({ unguarded, decisionsOnly }: MethodSource): (row: PipelineRow) => boolean {
  return ({ guards, decides }) => (!unguarded || guards !== true) && (!decisionsOnly || decides === true)
}

type Report = MethodSource['report']

function compileSteps(
  route: RouteDefinition,
  phases: ReadonlySet<PhaseName>,
  rows: readonly PipelineRow[],
  place: string,
  report: Report,
): Pick<RoutePlan, 'steps' | 'stepNames'> {
  const steps: Step[] = []
  const stepNames: string[] = []
  const aroundNames: string[] = []
  for (const row of rows) {
    const around = compileSteps(route, phases, row.around ?? NO_ROWS, place, report)
    const step = guarded(() => row.rest(route, explained(around)), place, report, failing)
    if (step === undefined) {
      steps.push(...around.steps)
      stepNames.push(...around.stepNames)
      continue
    }
    steps.push(isMeasured(row, route, phases) ? measured(row.phase, step) : step)
    stepNames.push(row.step)
    aroundNames.push(...around.stepNames)
  }
  return { steps, stepNames: [...stepNames, ...aroundNames] }
}

/** Steps that another one stands around tell of themselves, where a request is explained. */
function explained({ steps, stepNames }: Pick<RoutePlan, 'steps' | 'stepNames'>): Step[] {
  return steps.map((step, at) => (exchange) => {
    const { explanation } = exchange
    return explanation === undefined
      ? step(exchange)
      : explanation.run(stepNames[at] as string, step, exchange)
  })
}

const NO_ROWS: readonly PipelineRow[] = []

/** MOCK calls nothing that could take time. */
function isMeasured(
  row: PipelineRow,
  { method }: RouteDefinition,
  phases: ReadonlySet<PhaseName>,
): row is PipelineRow & { phase: PhaseName } {
  if (row.phase === undefined || !phases.has(row.phase)) return false
  return row.phase !== 'integration' || method.integration?.type !== 'MOCK'
}

function compileIntegration(
  definition: MethodDefinition,
  place: string,
  report: Report,
): CompiledIntegration {
  const { method, limits } = definition
  return guarded(
    (): CompiledIntegration => {
      const { integration } = method
      if (integration === undefined) throw new DefinitionError('no integration is defined for the method')
      const { timeoutMs, cutFromMs } = integrationTimeout(integration, limits)
      if (cutFromMs !== undefined) {
        definition.warn(
          `a timeout of ${cutFromMs} ms is cut to the limit of ${timeoutMs} ms`,
          'integration/timeoutInMillis',
        )
      }
      for (const { message, where } of integrationBeyondAws(integration, limits)) {
        definition.warn(message, where)
      }
      if (integration.responseTransferMode === 'STREAM' && !streamsAnswers(integration)) {
        definition.warn(
          `${integration.type} answers are not streamed: HTTP_PROXY and AWS_PROXY can be`,
          'integration/responseTransferMode',
        )
      }
      return integrationTypes[integration.type]({ ...definition, integration, timeoutMs })
    },
    place,
    report,
    (reason): CompiledIntegration => ({ readsBody: false, invoke: failing(reason) }),
  )
}

/** What `compile` gives; when the owner's definition does not allow it, a report and what `otherwise` gives. */
function guarded<T>(compile: () => T, place: string, report: Report, otherwise: (reason: string) => T): T {
  try {
    return compile()
  } catch (error) {
    // Anything else is a fault of ours: it must not take the API's other methods with it either.
    const { message, where, line, column, logged } =
      error instanceof DefinitionError ? error : new DefinitionError(`cannot be compiled: ${String(error)}`)
    report({
      severity: 'error',
      message,
      where: where === undefined ? place : `${place}/${where}`,
      line,
      column,
    })
    return otherwise(logged ?? message)
  }
}

function failing(reason: string): Step {
  return () => {
    throw configurationError(reason)
  }
}
