import { afterEach, beforeEach, expect, test } from 'bun:test'
import { createLog } from '#base/log.ts'
import { awsLimits } from '#data-plane/limits.ts'
import { Address } from '#data-plane/address.ts'
import { parseHost } from '#data-plane/host-name.ts'
import { DomainTable } from '#data-plane/domains/domain-table.ts'
import { PlanTable } from '#data-plane/plan-table.ts'
import { cacheFlushId, type StageCache } from '#model/cache-flush.ts'
import { records } from '#model/records.ts'
import type { Api, ApiStage } from '#model/http-api.ts'
import type { RestApi, Stage } from '#model/rest-api.ts'
import type { RestApiSnapshot, RoutedApiSnapshot } from '#model/snapshot.ts'
import type { VpcLink } from '#model/vpc-link.ts'
import type { AuthorizerAnswer } from '#data-plane/authorizers/lambda-authorizer-answer.ts'
import { MemoryAnswerCache } from '#store/answer-cache-memory.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Key, Store } from '#store/store.ts'
import { startDeployments } from './deployments.ts'
import { DomainsHere } from './served-domains.ts'
import { ServerCertificates } from './server-certificates.ts'
import { servedHere, type DeployedStage, type ServedStages } from './served-stages.ts'

let store: Store
let planTable: PlanTable
let domainTable: DomainTable
let told: string[]
let stop: () => void
let answers: MemoryAnswerCache<AuthorizerAnswer>

const log = createLog('warn', 'text', (line) => told.push(line))

beforeEach(async () => {
  told = []
  planTable = new PlanTable()
  answers = new MemoryAnswerCache()
  store = openSqliteStore({ path: ':memory:', log })
  stop = await start()
})

async function start(): Promise<() => void> {
  domainTable = new DomainTable()
  const domains = new DomainsHere(domainTable, new ServerCertificates(log), planTable, log)
  const deployments = await startDeployments(
    store,
    servedHere(planTable, domains, awsLimits, log, { authorizerAnswers: answers }),
  )
  return () => deployments.stop()
}

afterEach(async () => {
  stop()
  await store.close()
})

const keyOf = (id: string, api = 'api1'): Key => ({ account: 'a', region: 'r', parent: api, id })

const snapshotOf = (deploymentId: string, api = 'api1'): RestApiSnapshot => ({
  protocol: 'REST',
  account: 'a',
  region: 'r',
  deploymentId,
  api: { id: api, name: api, endpointConfiguration: { types: ['REGIONAL'] } } as unknown as RestApi,
  resources: [],
  models: [],
  requestValidators: [],
  gatewayResponses: [],
  authorizers: [],
})

const stageOf = (stageName: string, deploymentId: string): Stage => ({ stageName, deploymentId }) as Stage

/** What a deployment commits, its snapshot being any text or value. */
async function deploy(stage: string, deploymentId: string, snapshot: unknown, api = 'api1'): Promise<void> {
  await store.transact(async (tx) => {
    tx.write(records.snapshot, keyOf(deploymentId, api), snapshot as RestApiSnapshot)
    tx.write(records.stage, keyOf(stage, api), stageOf(stage, deploymentId))
  })
}

const serving = (): string[] =>
  [...planTable].map(({ apiId, stage, deploymentId }) => `${apiId}/${stage}:${deploymentId}`).sort()

test('a commit is acknowledged once its stage serves', async () => {
  await deploy('dev', 'd1', snapshotOf('d1'))
  expect(serving()).toEqual(['api1/dev:d1'])
  await deploy('dev', 'd2', snapshotOf('d2'))
  expect(serving()).toEqual(['api1/dev:d2'])
})

test('a stage serves its canary beside its deployment, until it is removed', async () => {
  await deploy('other', 'd2', snapshotOf('d2'))
  await store.transact(async (tx) => {
    tx.write(records.snapshot, keyOf('d1'), snapshotOf('d1'))
    tx.write(records.stage, keyOf('dev'), {
      ...stageOf('dev', 'd1'),
      canarySettings: { deploymentId: 'd2', percentTraffic: 40, useStageCache: false },
    })
  })
  const dev = new Address('api1', parseHost('localhost'), '/dev/pets', 0)
  expect(planTable.find(dev)).toMatchObject({
    deploymentId: 'd1',
    isCanary: false,
    canary: { percentTraffic: 40, plan: { deploymentId: 'd2', isCanary: true } },
  })
  await deploy('dev', 'd1', snapshotOf('d1'))
  expect(planTable.find(dev)?.canary).toBeUndefined()
})

test('only the stages that a commit touched are compiled anew', async () => {
  await deploy('dev', 'd1', snapshotOf('d1'))
  await deploy('prod', 'd1', snapshotOf('d1'))
  const prod = new Address('api1', parseHost('localhost'), '/prod/pets', 0)
  const before = planTable.find(prod)
  await deploy('dev', 'd2', snapshotOf('d2'))
  expect(planTable.find(prod)).toBe(before as NonNullable<typeof before>)
})

test('deleted stages and APIs serve no more, nor does anything after a reset', async () => {
  await deploy('dev', 'd1', snapshotOf('d1'))
  await deploy('prod', 'd1', snapshotOf('d1'))
  await deploy('dev', 'd3', snapshotOf('d3', 'api2'), 'api2')
  await store.transact(async (tx) => tx.delete(records.stage, keyOf('dev')))
  expect(serving()).toEqual(['api1/prod:d1', 'api2/dev:d3'])
  await store.transact(async (tx) => tx.deleteAll(records.stage, keyOf('', 'api1')))
  expect(serving()).toEqual(['api2/dev:d3'])
  await store.clear()
  expect(serving()).toEqual([])
})

test('who begins to serve is told of what there is, and not of all that was ever deleted', async () => {
  const toldOf: string[] = []
  const served = {
    put: ({ stage }: DeployedStage) => void toldOf.push(`put ${stage.stageName}`),
    remove: (_: string, stage: string) => void toldOf.push(`remove ${stage}`),
  } as Partial<ServedStages> as ServedStages
  const deployments = await startDeployments(store, served)
  for (const stage of ['gone', 'stays']) await deploy(stage, 'd1', snapshotOf('d1'))
  await store.transact(async (tx) => tx.delete(records.stage, keyOf('gone')))
  toldOf.length = 0
  await deployments.tellAll(served)
  expect(toldOf).toEqual(['put stays'])
  deployments.stop()
})

test('a stage that cannot be compiled is told and serves what it served; others are not held up', async () => {
  await deploy('dev', 'd1', snapshotOf('d1'))
  await store.transact(async (tx) => {
    tx.write(records.snapshot, keyOf('d2'), { damaged: true } as never)
    tx.write(records.stage, keyOf('dev'), stageOf('dev', 'd2'))
    tx.write(records.stage, keyOf('prod'), stageOf('prod', 'd1'))
  })
  expect(serving()).toEqual(['api1/dev:d1', 'api1/prod:d1'])
  expect(told.join('')).toMatch(/error a stage cannot be compiled api=api1 stage=dev deployment=d2/)

  // A start with it leaves that stage out.
  stop()
  planTable = new PlanTable()
  stop = await start()
  expect(serving()).toEqual(['api1/prod:d1'])
})

test('what authorizers answered is forgotten when its stage is flushed or deleted, before that is acknowledged', async () => {
  const stages = ['dev', 'prod', 'gone']
  for (const stage of stages) await deploy(stage, 'd1', snapshotOf('d1'))
  const keep = (): void => {
    for (const stage of stages.map((name) => `api1/${name}`)) {
      const keeping = { generation: answers.generation(stage), nowMs: 0, expiresMs: 1, bytes: 1 }
      answers.set(stage, stage, {} as AuthorizerAnswer, keeping)
    }
  }
  const kept = (): string[] =>
    stages.filter((name) => answers.get(`api1/${name}`, `api1/${name}`, 0) !== undefined)
  const flush = (stageName: string, cache: StageCache): Promise<void> =>
    store.transact(async (tx) =>
      tx.write(records.cacheFlush, keyOf(cacheFlushId(stageName, cache)), {
        stageName,
        cache,
        flushedDate: 0,
      }),
    )
  keep()
  await flush('prod', 'responses')
  expect(kept()).toEqual(stages)
  await flush('dev', 'authorizers')
  expect(kept()).toEqual(['prod', 'gone'])
  await store.transact(async (tx) => tx.delete(records.stage, keyOf('gone')))
  expect(kept()).toEqual(['prod'])
  keep()
  await store.clear()
  expect(kept()).toEqual([])
})

const routedStage = (deploymentId?: string): ApiStage => ({
  stageName: '$default',
  deploymentId,
  autoDeploy: false,
  defaultRouteSettings: {},
  routeSettings: {},
  createdDate: 0,
  lastUpdatedDate: 0,
})

const routedSnapshot = (deploymentId: string): RoutedApiSnapshot => ({
  protocol: 'HTTP',
  account: 'a',
  region: 'r',
  deploymentId,
  api: { apiId: 'v2', name: 'v2', protocolType: 'HTTP', disableExecuteApiEndpoint: false } as Api,
  routes: [],
  integrations: [],
  models: [],
  authorizers: [],
})

test('a stage of an HTTP API serves once it is deployed, and until it is deleted', async () => {
  const place = keyOf('$default', 'v2')
  await store.transact(async (tx) => tx.write(records.apiStage, place, routedStage()))
  expect(serving()).toEqual([])
  await store.transact(async (tx) => {
    tx.write(records.apiSnapshot, keyOf('d1', 'v2'), routedSnapshot('d1'))
    tx.write(records.apiStage, place, routedStage('d1'))
  })
  expect(serving()).toEqual(['v2/$default:d1'])
  stop()
  planTable.clear()
  stop = await start()
  expect(serving()).toEqual(['v2/$default:d1'])
  await store.transact(async (tx) => tx.delete(records.apiStage, place))
  expect(serving()).toEqual([])
})

test('links that are made, named anew or gone are those of the stages that go through links, at once', async () => {
  const puts: string[] = []
  let links: DeployedStage['vpcLinks']
  const served = {
    put: (deployed: DeployedStage) => {
      puts.push(deployed.apiId)
      links = deployed.vpcLinks
    },
  } as unknown as ServedStages
  stop()
  const deployments = await startDeployments(store, served)
  stop = () => deployments.stop()
  const integration = {
    type: 'HTTP_PROXY',
    connectionType: 'VPC_LINK',
    connectionId: '${stageVariables.link}',
  }
  const resource = { id: 'r', path: '/', methods: { GET: { httpMethod: 'GET', integration } } }
  await deploy('prod', 'd1', snapshotOf('d1'))
  await deploy('prod', 'd1', { ...snapshotOf('d1', 'linked'), resources: [resource] }, 'linked')
  puts.length = 0
  const key: Key = { account: 'a', region: 'r', parent: '', id: 'l1' }
  const link = (name: string): VpcLink => ({ id: 'l1', name, targetArns: ['arn:nlb'] })
  await store.transact(async (tx) => tx.create(records.vpcLink, key, link('one')))
  expect([puts.splice(0), links]).toEqual([['linked'], { l1: ['arn:nlb', 'one'] }])
  await store.transact(async (tx) => tx.write(records.vpcLink, key, link('two')))
  expect([puts.splice(0), links]).toEqual([['linked'], { l1: ['arn:nlb', 'two'] }])
  await store.transact(async (tx) => tx.delete(records.vpcLink, key))
  expect([puts, links]).toEqual([['linked'], undefined])
})
