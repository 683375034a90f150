import type { Log } from '#base/log.ts'
import { compile } from '#compiler/compile.ts'
import type { DataPlaneLimits } from '#data-plane/limits.ts'
import type { PlanTable } from '#data-plane/plan-table.ts'
import { records } from '#model/records.ts'
import type { Stage } from '#model/rest-api.ts'
import type { ApiSnapshot } from '#model/snapshot.ts'
import type { Change, Key, Store } from '#store/store.ts'

export interface DeploymentsOptions {
  readonly store: Store
  readonly planTable: PlanTable
  readonly log: Log
  readonly limits: DataPlaneLimits
}

/**
 * Keeps the plan table true to the store: every stage at start, and after each commit the stages that it touched.
 * Snapshots never change, so a stage's record is all there is to watch. A commit is acknowledged after this has run:
 * what a client was told is deployed is served.
 * @returns the way to stop
 */
export async function startDeployments(options: DeploymentsOptions): Promise<() => void> {
  const { store, planTable } = options
  const stop = store.watch((changes) => applyAll(options, changes))
  const snapshots = new Map(
    (await store.scan(records.snapshot)).map(({ key, value }) => [idOf(key, key.id), value]),
  )
  for (const { key, value: stage } of await store.scan(records.stage)) {
    const snapshot = snapshots.get(idOf(key, stage.deploymentId))
    if (snapshot !== undefined) put(options, snapshot, stage)
  }
  return () => {
    stop()
    planTable.clear()
  }
}

async function applyAll(options: DeploymentsOptions, changes: readonly Change[]): Promise<void> {
  for (const { kind, key, operation } of changes) {
    if (operation === 'clear') options.planTable.clear()
    else if (kind !== records.stage.name) continue
    else if (operation === 'delete') options.planTable.remove(key.parent, key.id)
    else await apply(options, key)
  }
}

/** The stage as it is now: a later commit may have changed or deleted it already. */
async function apply(options: DeploymentsOptions, key: Key): Promise<void> {
  const { store, planTable } = options
  const stage = (await store.read(records.stage, key))?.value
  const snapshot =
    stage === undefined
      ? undefined
      : (await store.read(records.snapshot, { ...key, id: stage.deploymentId }))?.value
  if (stage === undefined || snapshot === undefined) planTable.remove(key.parent, key.id)
  else put(options, snapshot, stage)
}

function put({ planTable, log, limits }: DeploymentsOptions, snapshot: ApiSnapshot, stage: Stage): void {
  const { plan, diagnostics } = compile(snapshot, stage, { limits })
  planTable.swap(plan)
  for (const { severity, message, where } of diagnostics) {
    log.warn(`deployment ${severity}`, { api: plan.apiId, stage: plan.stage, where, message })
  }
}

function idOf({ parent }: Key, deploymentId: string): string {
  return `${parent}/${deploymentId}`
}
