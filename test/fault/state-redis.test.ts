import { afterEach, expect, test } from 'bun:test'
import { endGateways } from '../support/gateway-process.ts'
import { startProxy, type Proxy } from '../support/services/proxy.ts'
import { startRedis, type RedisServer } from '../support/services/redis.ts'
import { askAnew, mock, startWorkerGateway, type WorkerGateway } from '../support/worker-gateway.ts'

// Two nodes, three processes that serve, one limit: that of the account, which does not fill again in the time of a test.

const BURST = 60
const NODES = 2

let redis: RedisServer
const proxies: Proxy[] = []
const gateways: WorkerGateway[] = []
afterEach(async () => {
  redis.resume()
  await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()))
  await endGateways()
  for (const proxy of proxies.splice(0)) proxy.stop()
  await redis.stop()
})

interface Node {
  readonly proxy: Proxy
  readonly gateway: WorkerGateway
  readonly url: string
}

async function startNodes(failure: 'fail-open' | 'fail-closed'): Promise<readonly [Node, Node]> {
  redis = await startRedis(['--requirepass', 'secret'])
  const start = async (workers: number): Promise<Node> => {
    const proxy = startProxy(redis.socket)
    proxies.push(proxy)
    const state = [
      '--state',
      `redis://:secret@127.0.0.1:${proxy.port}/2`,
      '--state-failure',
      failure,
      '--state-timeout',
      '1000',
    ]
    const limits = ['--state-nodes', String(NODES), '--account-throttle', `0.001:${BURST}`]
    const gateway = await startWorkerGateway(workers, [...state, ...limits])
    gateways.push(gateway)
    return { proxy, gateway, url: gateway.urlOf(await gateway.deploy(mock('in'))) }
  }
  return [await start(1), await start(2)]
}

/** @returns how many of so many requests got which status */
async function ask({ url }: Node, times: number): Promise<Record<number, number>> {
  const statuses: Record<number, number> = {}
  for (let i = 0; i < times; i++) {
    const response = await askAnew(url)
    await response.text()
    statuses[response.status] = (statuses[response.status] ?? 0) + 1
  }
  return statuses
}

/** Resolves once every process of a node has said something so often. */
async function said({ gateway }: Node, pattern: RegExp, times: number): Promise<void> {
  while ([...gateway.errors().matchAll(pattern)].length < times) await Bun.sleep(2)
}

const AWAY = /state: Redis does not answer/g
const BACK = /state: Redis answers again/g

test('a limit is one over all nodes and their workers, and the password is nowhere in the log', async () => {
  const [one, other] = await startNodes('fail-open')
  const parts = await Promise.all([ask(one, BURST), ask(other, BURST)])
  expect((parts[0][200] ?? 0) + (parts[1][200] ?? 0)).toBe(BURST)
  expect((parts[0][429] ?? 0) + (parts[1][429] ?? 0)).toBe(BURST)
  expect(parts.every((part) => (part[200] ?? 0) > 0)).toBe(true)
  for (const { gateway } of [one, other]) {
    expect(gateway.errors() + gateway.output()).not.toContain('secret')
  }
}, 60_000)

const faults: readonly [what: string, begin: (node: Node) => Promise<void> | void][] = [
  ['is killed', () => redis.kill()],
  ['hangs', () => redis.pause()],
  ['is cut off from a node', ({ proxy }) => proxy.cut()],
]

for (const [what, begin] of faults) {
  test(`a Redis that ${what}: fail-open lets in a node's share, and no request waits for long`, async () => {
    const [one] = await startNodes('fail-open')
    expect(await ask(one, 5)).toEqual({ 200: 5 })
    await begin(one)
    const startMs = performance.now()
    const statuses = await ask(one, BURST)
    expect(performance.now() - startMs).toBeLessThan(10_000)
    expect(statuses).toEqual({ 200: BURST / NODES, 429: BURST / 2 })
    await said(one, AWAY, 1)
  }, 60_000)

  test(`a Redis that ${what}: fail-closed answers 503, and says why`, async () => {
    const [one] = await startNodes('fail-closed')
    expect(await ask(one, 5)).toEqual({ 200: 5 })
    await begin(one)
    expect(await ask(one, 20)).toEqual({ 503: 20 })
    expect(one.gateway.errors()).toMatch(/rates and quotas cannot be asked: Redis does not answer/)
  }, 60_000)
}

test('a Redis that comes back is asked again by every process; what it knew still holds', async () => {
  const nodes = await startNodes('fail-closed')
  const [one, other] = nodes
  const before = await ask(one, 30)
  expect(before).toEqual({ 200: 30 })
  redis.pause()
  await Promise.all([said(one, AWAY, 1), said(other, AWAY, 2)])
  redis.resume()
  await Promise.all([said(one, BACK, 1), said(other, BACK, 2)])
  const after = await Promise.all(nodes.map((node) => ask(node, BURST)))
  const admitted = after.reduce((sum, part) => sum + (part[200] ?? 0), 0)
  expect(admitted).toBe(BURST - 30)
  expect(after.every((part) => part[503] === undefined)).toBe(true)
}, 60_000)
