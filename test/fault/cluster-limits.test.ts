import { afterEach, beforeEach, expect, test } from 'bun:test'
import { defaultRedisLimits } from '#store/redis/limits.ts'
import { startCluster, type Cluster, type ClusterNode } from '../support/cluster.ts'
import { askMetered, deployMetered, type MeteredApi } from '../support/metered-api.ts'
import { askAnew } from '../support/worker-gateway.ts'

// One key, hammered at all nodes while something fails: nobody is let past a limit beyond the stated bound, and what was
// used is not forgotten. docs/operating.md has the bounds.

let cluster: Cluster
beforeEach(async () => {
  cluster = await startCluster()
}, 600_000)
afterEach(() => cluster.stop())

const QUOTA = 240
const PROCESSES = 3

interface Metered extends MeteredApi {
  readonly nodes: readonly [ClusterNode, ClusterNode]
}

const words = ['--state-failure', 'fail-closed']

/** Two nodes, three processes, a key. */
async function startMetered(plan: object, flags: readonly string[] = words): Promise<Metered> {
  const nodes = (await Promise.all([cluster.start(1, flags), cluster.start(2, flags)])) as [
    ClusterNode,
    ClusterNode,
  ]
  return { nodes, ...(await deployMetered(nodes[0], plan)) }
}

const askAll = async ({ nodes, apiId }: Metered, times: number): Promise<number> =>
  (await Promise.all(nodes.map((node) => askMetered(node, apiId, times)))).reduce((sum, each) => sum + each)

/** Resolves when Redis answers every process of a node again. */
async function isBack(node: ClusterNode): Promise<void> {
  const health = async (): Promise<string | undefined> => {
    const response = await askAnew(`${node.url}/_gatehouse/health`)
    return ((await response.json()) as { state?: { status: string } }).state?.status
  }
  while ((await health()) !== 'ok') await Bun.sleep(20)
}

const count = (node: ClusterNode, pattern: RegExp): number => [...node.errors().matchAll(pattern)].length

/** Requests of a quota that a process may hold ahead, and takes with it when it is killed. */
const ahead = Math.floor(QUOTA / defaultRedisLimits.leaseShare)

interface Fault {
  readonly what: string
  /** Strikes after a third of the quota was asked for. */
  readonly strike: (metered: Metered) => Promise<void> | void
  /** Ends it, and resolves when limits are known again. @returns the nodes that are left */
  readonly mend: (metered: Metered) => Promise<readonly ClusterNode[]>
  /** How many requests fewer than the quota may be let in. */
  readonly fewerMax: number
}

const AWAY = /state: Redis does not answer/g
const BACK = /state: Redis answers again/g

/** Every process has seen that Redis went away, and that it is back. */
async function cameBack(nodes: readonly ClusterNode[]): Promise<void> {
  for (const [i, node] of nodes.entries()) {
    while (count(node, BACK) < i + 1) await Bun.sleep(5)
    await isBack(node)
  }
}

async function wentAway(nodes: readonly ClusterNode[]): Promise<void> {
  for (const [i, node] of nodes.entries()) while (count(node, AWAY) < i + 1) await Bun.sleep(5)
}

const faults: readonly Fault[] = [
  { what: 'nothing fails', strike: () => {}, mend: async ({ nodes }) => nodes, fewerMax: 0 },
  {
    what: 'a node is killed',
    strike: ({ nodes }) => nodes[1].kill(),
    mend: async ({ nodes }) => [nodes[0]],
    fewerMax: (PROCESSES - 1) * ahead,
  },
  {
    what: 'Redis is killed and comes back empty',
    async strike({ nodes }) {
      await cluster.redis.kill()
      await wentAway(nodes)
    },
    async mend({ nodes }) {
      await cluster.redis.restart()
      await cameBack(nodes)
      return nodes
    },
    fewerMax: PROCESSES * ahead,
  },
  {
    what: 'Redis hangs',
    async strike({ nodes }) {
      cluster.redis.pause()
      await wentAway(nodes)
    },
    async mend({ nodes }) {
      cluster.redis.resume()
      await cameBack(nodes)
      return nodes
    },
    fewerMax: PROCESSES * ahead,
  },
  {
    what: 'a node is cut off from Redis',
    strike: ({ nodes }) => nodes[1].redisProxy.cut(),
    async mend({ nodes }) {
      nodes[1].redisProxy.heal()
      while (count(nodes[1], AWAY) < 2) await Bun.sleep(5)
      while (count(nodes[1], BACK) < 2) await Bun.sleep(5)
      return nodes
    },
    fewerMax: PROCESSES * ahead,
  },
  {
    what: 'the database is away',
    strike: ({ nodes }) => nodes.forEach(({ database }) => database.refuse()),
    async mend({ nodes }) {
      for (const { database } of nodes) database.accept()
      return nodes
    },
    fewerMax: 0,
  },
]

for (const { what, strike, mend, fewerMax } of faults) {
  test(`a quota is neither exceeded nor lost when ${what}`, async () => {
    const metered = await startMetered({ quota: { limit: QUOTA, period: 'MONTH' } })
    const { apiId } = metered
    let admitted = await askAll(metered, QUOTA / 6)
    expect(admitted).toBe(QUOTA / 3)
    const [during] = await Promise.all([askAll(metered, QUOTA / 8), strike(metered)])
    admitted += during
    for (const node of await mend(metered)) admitted += await askMetered(node, apiId, QUOTA)
    expect(admitted).toBeLessThanOrEqual(QUOTA)
    expect(admitted).toBeGreaterThanOrEqual(QUOTA - fewerMax)
  }, 60_000)
}

test('a quota outlives all nodes and Redis, killed at once: its counts are in the database', async () => {
  const metered = await startMetered({ quota: { limit: QUOTA, period: 'MONTH' } })
  const { nodes, apiId, planId, keyId } = metered
  const first = await askAll(metered, QUOTA / 6)
  const day = new Date().toISOString().slice(0, 10)
  const path = `/usageplans/${planId}/usage?startDate=${day}&endDate=${day}`
  // What the one that is asked has not written is told, too: both tell the whole once both have written.
  for (const { caller } of nodes) {
    for (;;) {
      const { values } = (await caller.call('apigateway', 'GET', path)) as {
        values: Record<string, number[][]>
      }
      if (values[keyId]?.[0]?.[0] === first) break
      await Bun.sleep(20)
    }
  }
  await Promise.all([...nodes.map((node) => node.kill()), cluster.redis.kill()])
  await cluster.redis.restart()
  const anew = await Promise.all([cluster.start(1, words), cluster.start(2, words)])
  const then = await Promise.all(anew.map((node) => askMetered(node, apiId, QUOTA)))
  expect(then.reduce((sum, each) => sum + each, first)).toBe(QUOTA)
}, 60_000)

test('a rate is one over all nodes, within the stated bound', async () => {
  const rate = { rateLimit: 100, burstLimit: 40 }
  const metered = await startMetered({ throttle: rate })
  const leased = Math.floor(
    Math.min(
      defaultRedisLimits.leaseTokensMax,
      rate.burstLimit / defaultRedisLimits.leaseShare,
      (rate.rateLimit * defaultRedisLimits.leaseMs) / 1000,
    ),
  )
  const startMs = performance.now()
  const admitted = await askAll(metered, 250)
  const elapsed = (performance.now() - startMs) / 1000
  expect(admitted).toBeLessThanOrEqual(rate.rateLimit * elapsed + rate.burstLimit + PROCESSES * leased)
  // Who asks more often than that gets it, but for what others hold ahead.
  const offered = Math.min(500, rate.rateLimit * elapsed + rate.burstLimit)
  expect(admitted).toBeGreaterThanOrEqual(Math.floor(0.8 * offered))
}, 60_000)

test('without Redis each node keeps its part of a rate: as many as were counted', async () => {
  const metered = await startMetered({ throttle: { rateLimit: 0.001, burstLimit: 60 } }, [
    '--state-failure',
    'fail-open',
  ])
  const { nodes, apiId } = metered
  for (const node of nodes) {
    for (;;) {
      const { state } = (await (await askAnew(`${node.url}/_gatehouse/health`)).json()) as {
        state: { nodes: number }
      }
      if (state.nodes === 2) break
      await Bun.sleep(10)
    }
  }
  // Each process is asked for it once.
  await Promise.all(nodes.map((node) => askMetered(node, apiId, 20)))
  await cluster.redis.kill()
  await wentAway(nodes)
  const admitted = await Promise.all(nodes.map((node) => askMetered(node, apiId, 100)))
  expect(admitted).toEqual([30, 30])
}, 60_000)
