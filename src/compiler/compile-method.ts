import type { Diagnostic } from '#base/diagnostic.ts'
import { integrationTimeout, streamsAnswers } from '#data-plane/integration-timeout.ts'
import { integrationTypes } from '#data-plane/integrations/index.ts'
import type { PhaseName } from '#data-plane/logs/phase.ts'
import type { RoutePlan } from '#data-plane/plan.ts'
import {
  DefinitionError,
  type CompiledIntegration,
  type MethodDefinition,
  type RouteDefinition,
} from '#data-plane/route-definition.ts'
import { parameterNames } from '#languages/path-patterns/rest-router.ts'
import type { IntegrationType } from '#model/rest-api.ts'
import type { CompiledLogs } from './compile-logs.ts'
import { compileSteps, failing, guarded, rowsFor } from './compile-steps.ts'
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
  const route: RouteDefinition = {
    ...definition,
    compiledIntegration: compileIntegration({ ...definition, traffic }, place, report),
    methodLog,
  }
  return {
    resourceId: resource.id,
    resourcePath: resource.path,
    httpMethod: method.httpMethod,
    operationName: method.operationName,
    pathParameterNames: parameterNames(resource.path),
    failed: methodLog?.failed,
    ...compileSteps({
      rows: rowsFor(source),
      compile: (row, around) => row.rest?.(route, around),
      phases: measuredPhases(logs.phases, method.integration?.type),
      place,
      report,
    }),
  }
}

/** MOCK calls nothing that could take time. */
function measuredPhases(
  phases: ReadonlySet<PhaseName>,
  type: IntegrationType | undefined,
): ReadonlySet<PhaseName> {
  return type === 'MOCK' ? new Set([...phases].filter((phase) => phase !== 'integration')) : phases
}

function compileIntegration(
  definition: MethodDefinition,
  place: string,
  report: MethodSource['report'],
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
