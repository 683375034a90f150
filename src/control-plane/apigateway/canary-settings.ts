import type { CanarySettings, Stage } from '#model/rest-api.ts'
import { badRequest } from './errors.ts'
import { patchBoolean, patchText, withEntry, withoutEntry, type PatchRow } from './patch.ts'
import { checkStageVariable, checkStageVariables } from './stage-record.ts'

interface Given {
  readonly deploymentId?: string | undefined
  readonly percentTraffic?: number | undefined
  readonly stageVariableOverrides?: Readonly<Record<string, string>> | undefined
  readonly useStageCache?: boolean | undefined
}

/** @param deploymentId of the canary, when `given` names none @throws BadRequestException */
export function newCanary(given: Given, deploymentId: string): CanarySettings {
  checkStageVariables(given.stageVariableOverrides)
  const hasOverrides = Object.keys(given.stageVariableOverrides ?? {}).length > 0
  return {
    deploymentId: patchText(given.deploymentId) ?? deploymentId,
    percentTraffic: checkedPercent(given.percentTraffic ?? 0),
    stageVariableOverrides: hasOverrides ? given.stageVariableOverrides : undefined,
    useStageCache: given.useStageCache ?? false,
  }
}

/** What UpdateStage may change of a canary. The first change of a stage without one starts it, with no traffic. */
export const canaryRows: readonly PatchRow<Stage>[] = [
  row('/canarySettings/deploymentId', ['replace'], (canary, { value = '' }) => ({
    ...canary,
    deploymentId: value,
  })),
  row('/canarySettings/percentTraffic', ['replace'], (canary, { value = '' }) => ({
    ...canary,
    percentTraffic: checkedPercent(value.trim() === '' ? NaN : Number(value)),
  })),
  row('/canarySettings/useStageCache', ['replace'], (canary, { value }) => ({
    ...canary,
    useStageCache: patchBoolean(value),
  })),
  row(
    '/canarySettings/stageVariableOverrides/{name}',
    ['add', 'replace', 'remove'],
    (canary, { op, value = '', names: [name = ''] }) => {
      if (op !== 'remove') checkStageVariable(name, value)
      const known = canary.stageVariableOverrides
      const stageVariableOverrides =
        op === 'remove' ? withoutEntry(known, name) : withEntry(known, name, value)
      return { ...canary, stageVariableOverrides }
    },
  ),
  {
    path: '/canarySettings',
    ops: ['remove'],
    apply: (stage) => ({ ...stage, canarySettings: undefined }),
  },
]

type Change = Parameters<PatchRow<Stage>['apply']>[1]

function row(
  path: string,
  ops: PatchRow<Stage>['ops'],
  apply: (canary: CanarySettings, change: Change) => CanarySettings,
): PatchRow<Stage> {
  return {
    path,
    ops,
    apply: (stage, change) => ({
      ...stage,
      canarySettings: apply(stage.canarySettings ?? newCanary({}, stage.deploymentId), change),
    }),
  }
}

/** A part of the canary, by `{from} {path}`, over its like in the stage. The canary stays (recorded on AWS). */
export const promotions: Readonly<Record<string, (stage: Stage, canary: CanarySettings) => Stage>> = {
  '/canarySettings/deploymentId /deploymentId': (stage, { deploymentId }) => ({ ...stage, deploymentId }),
  '/canarySettings/stageVariableOverrides /variables': (stage, { stageVariableOverrides }) =>
    stageVariableOverrides === undefined
      ? stage
      : { ...stage, variables: { ...stage.variables, ...stageVariableOverrides } },
}

function checkedPercent(percent: number): number {
  if (!(percent >= 0 && percent <= 100)) {
    throw badRequest(`Invalid percentTraffic specified: ${percent}. Must be between 0.0 and 100.0`)
  }
  return percent
}
