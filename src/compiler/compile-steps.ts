import type { Diagnostic } from '#base/diagnostic.ts'
import { configurationError } from '#data-plane/gateway-error.ts'
import { measured, type PhaseName } from '#data-plane/logs/phase.ts'
import { pipeline, type PipelineRow } from '#data-plane/pipeline.ts'
import type { RoutePlan, Step } from '#data-plane/plan.ts'
import { DefinitionError } from '#data-plane/route-definition.ts'

type Report = (diagnostic: Diagnostic) => void

export interface StepsSource {
  readonly rows: readonly PipelineRow[]
  /** A row's step for the route, by its kind of API. @param around the steps of the rows that it stands around */
  readonly compile: (row: PipelineRow, around: readonly Step[]) => Step | undefined
  /** What an access log wants measured. */
  readonly phases: ReadonlySet<PhaseName>
  /** Of the route, for diagnostics. */
  readonly place: string
  readonly report: Report
}

/** The steps that a route needs, in the pipeline's order. */
export function compileSteps(source: StepsSource): Pick<RoutePlan, 'steps' | 'stepNames'> {
  const { rows, compile, phases, place, report } = source
  const steps: Step[] = []
  const stepNames: string[] = []
  const aroundNames: string[] = []
  for (const row of rows) {
    const around = compileSteps({ ...source, rows: row.around ?? NO_ROWS })
    const step = guarded(() => compile(row, explained(around)), place, report, failing)
    if (step === undefined) {
      steps.push(...around.steps)
      stepNames.push(...around.stepNames)
      continue
    }
    steps.push(row.phase !== undefined && phases.has(row.phase) ? measured(row.phase, step) : step)
    stepNames.push(row.step)
    aroundNames.push(...around.stepNames)
  }
  return { steps, stepNames: [...stepNames, ...aroundNames] }
}

const NO_ROWS: readonly PipelineRow[] = []

/** Steps that another one stands around tell of themselves, where a request is explained. */
function explained({ steps, stepNames }: Pick<RoutePlan, 'steps' | 'stepNames'>): Step[] {
  return steps.map((step, at) => (exchange) => {
    const { explanation } = exchange
    return explanation === undefined
      ? step(exchange)
      : explanation.run(stepNames[at] as string, step, exchange)
  })
}

/** The rows that a plan needs: all of them, or without those that guard, or those alone that say who may call. */
export function rowsFor({
  unguarded,
  decisionsOnly,
}: {
  readonly unguarded: boolean
  readonly decisionsOnly: boolean
}): readonly PipelineRow[] {
  return pipeline.filter(
    ({ guards, decides }) => (!unguarded || guards !== true) && (!decisionsOnly || decides === true),
  )
}

/** What `compile` gives; when the owner's definition does not allow it, a report and what `otherwise` gives. */
export function guarded<T>(
  compile: () => T,
  place: string,
  report: Report,
  otherwise: (reason: string) => T,
): T {
  try {
    return compile()
  } catch (error) {
    // Anything else is a fault of ours: it must not take the API's other routes with it either.
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

export function failing(reason: string): Step {
  return () => {
    throw configurationError(reason)
  }
}
