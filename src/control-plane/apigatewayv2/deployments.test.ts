import { expect, test } from 'bun:test'
import { silentLog } from '#base/log.ts'
import type { Kind } from '#base/kind.ts'
import type { Api } from '#model/http-api.ts'
import { records } from '#model/records.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Store } from '#store/store.ts'
import { account, now, region, type PlayedCall } from '../../../test/support/play-calls.ts'
import {
  playV2Calls,
  playV2CallsOn,
  withHttpApi,
  withWebSocketApi,
} from '../../../test/support/play-v2-calls.ts'
import { spareDeploymentsMax } from './auto-deploy.ts'

const bad = 'BadRequestException'
const missing = 'NotFoundException'
const noRoutes = 'Unable to deploy API because no routes exist in this API'
const following = 'Deployment ID cannot be set on this stage because AutoDeploy is enabled'
const api = { ApiId: '$api.ApiId' }
const route = (RouteKey: string, as = 'route'): PlayedCall => ({
  call: 'CreateRoute',
  with: { ...api, RouteKey },
  as,
})
const stage = (more: object = {}): PlayedCall => ({
  call: 'CreateStage',
  with: { ...api, StageName: 'dev', ...more },
  as: 'stage',
})
const show = (has: object, as = 'shown'): PlayedCall => ({
  call: 'GetStage',
  with: { ...api, StageName: 'dev' },
  has,
  as,
})
const deploy = (more: object = {}, as = 'made'): PlayedCall => ({
  call: 'CreateDeployment',
  with: { ...api, ...more },
  as,
})
const one = { ...api, DeploymentId: '$made.DeploymentId' }
const deployment = {
  DeploymentId: '$made.DeploymentId',
  AutoDeployed: false,
  CreatedDate: now,
  DeploymentStatus: 'DEPLOYED',
}

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a deployment from creation to deletion': [
    ...withHttpApi,
    route('GET /pets'),
    deploy({ Description: 'first' }),
    { call: 'GetDeployment', with: one, gives: { ...deployment, Description: 'first' } },
    { call: 'GetDeployments', with: api, gives: { Items: [{ ...deployment, Description: 'first' }] } },
    {
      call: 'UpdateDeployment',
      with: { ...one, Description: 'again' },
      gives: { ...deployment, Description: 'again' },
    },
    { call: 'UpdateDeployment', with: { ...one, Description: '' }, gives: deployment },
    { call: 'DeleteDeployment', with: one, gives: {} },
    {
      call: 'GetDeployment',
      with: one,
      fails: [missing, 'Invalid Deployment identifier specified $made.DeploymentId'],
    },
  ],
  'an API without routes is not deployed': [
    ...withHttpApi,
    { ...deploy(), fails: [bad, noRoutes] },
    ...withWebSocketApi,
    { ...deploy(), fails: [bad, 'At least one route is required before deploying the Api.'] },
    { call: 'GetDeployments', with: api, gives: { Items: [] } },
  ],
  'a deployment moves the stage that it names': [
    ...withHttpApi,
    route('GET /pets'),
    { ...deploy({ StageName: 'dev' }), fails: [missing, 'Invalid stage identifier specified dev'] },
    stage(),
    deploy({ StageName: 'dev' }),
    show({ DeploymentId: '$made.DeploymentId' }),
    {
      call: 'DeleteDeployment',
      with: one,
      fails: [bad, 'Active stages pointing to this deployment must be moved or deleted'],
    },
    deploy({}, 'second'),
    {
      call: 'UpdateStage',
      with: { ...api, StageName: 'dev', DeploymentId: '$second.DeploymentId' },
      has: { DeploymentId: '$second.DeploymentId' },
    },
    { call: 'DeleteDeployment', with: one, gives: {} },
  ],
  'a stage that follows its API is deployed by every change': [
    ...withHttpApi,
    {
      ...stage({ AutoDeploy: true }),
      has: { AutoDeploy: true, LastDeploymentStatusMessage: `Deployment attempt failed: ${noRoutes}` },
    },
    route('GET /pets'),
    show({}, 'first'),
    show({
      LastDeploymentStatusMessage: "Successfully deployed stage with deployment ID '$first.DeploymentId'",
    }),
    {
      call: 'GetDeployments',
      with: api,
      gives: {
        Items: [
          {
            DeploymentId: '$first.DeploymentId',
            AutoDeployed: true,
            CreatedDate: now,
            DeploymentStatus: 'DEPLOYED',
            Description: 'Automatic deployment triggered by changes to the Api configuration',
          },
        ],
      },
    },
    { call: 'UpdateApi', with: { ...api, Description: 'of all kinds' } },
    show({}, 'second'),
    // Both are there: nothing was deployed in the place of the first.
    { call: 'GetDeployment', with: { ...api, DeploymentId: '$first.DeploymentId' } },
    { call: 'GetDeployment', with: { ...api, DeploymentId: '$second.DeploymentId' } },
    { call: 'DeleteRoute', with: { ...api, RouteId: '$route.RouteId' } },
    show({
      DeploymentId: '$second.DeploymentId',
      LastDeploymentStatusMessage: `Deployment attempt failed: ${noRoutes}`,
    }),
  ],
  'a stage that follows its API is not moved by hand': [
    ...withHttpApi,
    route('GET /pets'),
    deploy(),
    { ...stage({ AutoDeploy: true, DeploymentId: '$made.DeploymentId' }), fails: [bad, following] },
    stage({ DeploymentId: '$made.DeploymentId' }),
    {
      call: 'UpdateStage',
      with: { ...api, StageName: 'dev', AutoDeploy: true },
      as: 'now',
      has: { AutoDeploy: true },
    },
    { ...deploy({ StageName: 'dev' }, 'other'), fails: [bad, following] },
    {
      call: 'UpdateStage',
      with: { ...api, StageName: 'dev', DeploymentId: '$made.DeploymentId' },
      fails: [bad, following],
    },
    {
      call: 'UpdateStage',
      with: { ...api, StageName: 'dev', DeploymentId: '$made.DeploymentId', AutoDeploy: false },
      has: { DeploymentId: '$made.DeploymentId' },
    },
    route('GET /more', 'more'),
    show({ DeploymentId: '$made.DeploymentId' }),
  ],
}

for (const [title, calls] of Object.entries(cases)) test(title, () => playV2Calls(calls))

/** Runs with an empty store, and the way to read what the only API has of a kind. */
async function withStore(
  work: (store: Store, all: <T>(kind: Kind<T>) => Promise<readonly T[]>) => Promise<void>,
): Promise<void> {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  const place = { account, region }
  try {
    await work(store, async (kind) => {
      const [first] = await store.list<Api>(records.api, { ...place, parent: '' })
      const parent = first?.id ?? ''
      return (await store.list(kind, { ...place, parent })).map(({ value }) => value)
    })
  } finally {
    await store.close()
  }
}

test('a deployment is what the API was', () =>
  withStore(async (store, all) => {
    await playV2CallsOn(store, [
      ...withHttpApi,
      route('GET /a'),
      deploy(),
      { call: 'UpdateRoute', with: { ...api, RouteId: '$route.RouteId', RouteKey: 'GET /b' } },
    ])
    const [snapshot] = await all(records.apiSnapshot)
    expect(snapshot).toMatchObject({ protocol: 'HTTP', account, region })
    expect(snapshot?.routes.map(({ routeKey }) => routeKey)).toEqual(['GET /a'])
  }))

test('stages that follow an API share a deployment', () =>
  withStore(async (store, all) => {
    await playV2CallsOn(store, [
      ...withHttpApi,
      stage({ AutoDeploy: true }),
      stage({ AutoDeploy: true, StageName: '$default' }),
      stage({ StageName: 'still' }),
      route('GET /a'),
    ])
    const [deployed] = await all(records.apiDeployment)
    const stages = await all(records.apiStage)
    expect(stages.map(({ stageName, deploymentId }) => [stageName, deploymentId])).toEqual([
      ['$default', deployed?.deploymentId],
      ['dev', deployed?.deploymentId],
      ['still', undefined],
    ])
  }))

test('automatic deployments do not pile up; those by hand stay', () =>
  withStore(async (store, all) => {
    let at = now
    const clock = { now: () => at++ }
    const routes = Array.from({ length: spareDeploymentsMax + 5 }, (_, index) => route(`GET /${index}`))
    await playV2CallsOn(store, [...withHttpApi, stage({ AutoDeploy: true }), ...routes, deploy()], { clock })
    const deployments = await all(records.apiDeployment)
    const [stages] = await all(records.apiStage)
    const automatic = deployments.filter(({ autoDeployed }) => autoDeployed)
    const newest = automatic.toSorted((one, other) => other.createdDate - one.createdDate)[0]
    expect(deployments).toHaveLength(spareDeploymentsMax + 2)
    expect(await all(records.apiSnapshot)).toHaveLength(spareDeploymentsMax + 2)
    expect(stages?.deploymentId).toBe(newest?.deploymentId as string)
  }))
