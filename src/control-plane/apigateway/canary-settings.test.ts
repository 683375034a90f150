import { test } from 'bun:test'
import { now, playCalls, withIntegration, type PlayedCall } from '../../../test/support/play-calls.ts'

const bad = 'BadRequestException'
const stage = {
  stageName: 'dev',
  deploymentId: '$first.id',
  cacheClusterEnabled: false,
  cacheClusterStatus: 'NOT_AVAILABLE',
  methodSettings: {},
  tracingEnabled: false,
  createdDate: now,
  lastUpdatedDate: now,
}
const deploy = (more: object, as?: string): PlayedCall => ({
  call: 'CreateDeployment',
  with: { restApiId: '$api.id', ...more },
  ...(as === undefined ? {} : { as }),
})
const patch = (...patchOperations: readonly object[]): PlayedCall => ({
  call: 'UpdateStage',
  with: { restApiId: '$api.id', stageName: 'dev', patchOperations },
})
const deployed: readonly PlayedCall[] = [
  ...withIntegration,
  deploy({ stageName: 'dev', variables: { v: 'base', w: 'base' } }, 'first'),
]
const withCanary: readonly PlayedCall[] = [
  ...deployed,
  deploy(
    {
      stageName: 'dev',
      canarySettings: { percentTraffic: 40, stageVariableOverrides: { v: 'canary', n: 'new' } },
    },
    'second',
  ),
]
const canary = {
  deploymentId: '$second.id',
  percentTraffic: 40,
  stageVariableOverrides: { v: 'canary', n: 'new' },
  useStageCache: false,
}
const variables = { v: 'base', w: 'base' }
const getStage: PlayedCall = { call: 'GetStage', with: { restApiId: '$api.id', stageName: 'dev' } }

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a canary deployment leaves the stage where it is': [
    ...withCanary,
    { ...getStage, gives: { ...stage, variables, canarySettings: canary } },
  ],
  'a stage is created with a canary': [
    ...deployed,
    deploy({}, 'second'),
    {
      call: 'CreateStage',
      with: {
        restApiId: '$api.id',
        stageName: 'other',
        deploymentId: '$first.id',
        canarySettings: { deploymentId: '$second.id', percentTraffic: 12.5, useStageCache: true },
      },
      has: { canarySettings: { deploymentId: '$second.id', percentTraffic: 12.5, useStageCache: true } },
    },
  ],
  'promotion copies; the canary stays until it is removed': [
    ...withCanary,
    {
      ...patch(
        { op: 'copy', from: '/canarySettings/deploymentId', path: '/deploymentId' },
        { op: 'copy', from: '/canarySettings/stageVariableOverrides', path: '/variables' },
      ),
      gives: {
        ...stage,
        deploymentId: '$second.id',
        variables: { v: 'canary', w: 'base', n: 'new' },
        canarySettings: canary,
      },
    },
    {
      ...patch({ op: 'remove', path: '/canarySettings' }),
      gives: { ...stage, deploymentId: '$second.id', variables: { v: 'canary', w: 'base', n: 'new' } },
    },
    { call: 'DeleteDeployment', with: { restApiId: '$api.id', deploymentId: '$first.id' }, gives: {} },
  ],
  'the first change starts a canary without traffic': [
    ...deployed,
    {
      ...patch({ op: 'replace', path: '/canarySettings/useStageCache', value: 'true' }),
      gives: {
        ...stage,
        variables,
        canarySettings: { deploymentId: '$first.id', percentTraffic: 0, useStageCache: true },
      },
    },
    {
      ...patch(
        { op: 'add', path: '/canarySettings/stageVariableOverrides/a', value: 'x' },
        { op: 'replace', path: '/canarySettings/stageVariableOverrides/b', value: 'y' },
        { op: 'remove', path: '/canarySettings/stageVariableOverrides/a' },
        { op: 'replace', path: '/canarySettings/percentTraffic', value: '100.0' },
      ),
      has: { canarySettings: { percentTraffic: 100, stageVariableOverrides: { b: 'y' } } },
    },
  ],
  'a deployment that a canary serves stays': [
    ...withCanary,
    {
      call: 'DeleteDeployment',
      with: { restApiId: '$api.id', deploymentId: '$second.id' },
      fails: [bad, 'Active stages pointing to this deployment must be moved or deleted'],
    },
  ],
  'canaries that are refused': [
    ...deployed,
    {
      ...deploy({ canarySettings: {} }),
      fails: [
        bad,
        'Invalid deployment content specified.Non null and non empty stageName must be provided for canary deployment. Provided value is null',
      ],
    },
    {
      ...deploy({ stageName: 'none', canarySettings: {} }),
      fails: [
        bad,
        'Invalid deployment content specified.Stage none must already be created before making a canary release deployment',
      ],
    },
    {
      ...deploy({ stageName: 'dev', canarySettings: { percentTraffic: 101 } }),
      fails: [bad, 'Invalid percentTraffic specified: 101. Must be between 0.0 and 100.0'],
    },
    {
      call: 'CreateStage',
      with: {
        restApiId: '$api.id',
        stageName: 'other',
        deploymentId: '$first.id',
        canarySettings: { deploymentId: 'nowhere' },
      },
      fails: [bad, 'Deployment id does not exist'],
    },
    {
      ...patch({ op: 'copy', from: '/canarySettings/deploymentId', path: '/deploymentId' }),
      fails: [bad, 'Promotion not available. Canary does not exist.'],
    },
    deploy({ stageName: 'dev', canarySettings: {} }),
    {
      ...deploy({ stageName: 'dev' }),
      fails: [
        bad,
        'Stage dev has a canary: promote it or delete it before making a deployment that is no canary release',
      ],
    },
    {
      ...patch({ op: 'add', path: '/canarySettings/deploymentId', value: '$first.id' }),
      fails: [bad, 'Invalid add operation with path: /canarySettings/deploymentId'],
    },
    {
      ...patch({ op: 'replace', path: '/canarySettings/deploymentId', value: 'nowhere' }),
      fails: [bad, 'Deployment id does not exist'],
    },
    {
      ...patch({ op: 'remove', path: '/canarySettings/stageVariableOverrides' }),
      fails: [
        bad,
        'Cannot remove method setting canarySettings/stageVariableOverrides because there is no method setting for this method ',
      ],
    },
    {
      ...patch({ op: 'copy', from: '/canarySettings/percentTraffic', path: '/variables' }),
      fails: [
        bad,
        'Invalid copy operation with path: /variables and from /canarySettings/percentTraffic. Valid copy:path are [/deploymentId, /variables] and valid copy:from are [/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]',
      ],
    },
    {
      ...patch({ op: 'replace', path: '/canarySettings/percentTraffic', value: '' }),
      fails: [bad, 'Invalid percentTraffic specified: NaN. Must be between 0.0 and 100.0'],
    },
  ],
}

for (const [name, calls] of Object.entries(cases)) test(name, () => playCalls(calls))
