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
 * @throws StoreUnavailable when what is deployed cannot be read
 */
export async function startDeployments(options: DeploymentsOptions): Promise<() => void> {
  const { store, planTable } = options
  const stop = store.watch((changes) => applyAll(options, changes))
  for (const { key } of await store.scan(records.stage)) await apply(options, key)
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
  const snapshot = stage && (await store.read(records.snapshot, { ...key, id: stage.deploymentId }))?.value
  if (stage === undefined || snapshot === undefined) planTable.remove(key.parent, key.id)
  else put(options, key, snapshot, stage)
}

/** A stage that does not compile goes on serving what it served, and holds up no other. */
function put(options: DeploymentsOptions, { parent, id }: Key, snapshot: ApiSnapshot, stage: Stage): void {
  const { planTable, log, limits } = options
  try {
    const { plan, diagnostics } = compile(snapshot, stage, { limits })
    planTable.swap(plan)
    for (const { severity, message, where } of diagnostics) {
      log.warn(`deployment ${severity}`, { api: parent, stage: id, where, message })
    }
  } catch (error) {
    // Nothing that an owner can write comes here: it is a bug of ours, or a damaged record.
    const stack = (error as Error).stack
    log.error('a stage cannot be compiled', { api: parent, stage: id, deployment: stage.deploymentId, stack })
  }
}
