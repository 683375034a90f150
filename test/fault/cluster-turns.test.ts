import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startCluster, type Cluster, type ClusterNode } from '../support/cluster.ts'
import { askAnew } from '../support/worker-gateway.ts'

// A concurrency limit over two nodes, three processes: it is never exceeded, what a killed node had is free again, and
// without Redis nobody begins where nobody may. docs/operating.md has the bounds.

const LIMIT = 3
let cluster: Cluster
let backend: Server
/** Requests that the backend has, oldest first. */
const inside: ServerResponse[] = []
let most = 0
let holds = false
let nodes: readonly [ClusterNode, ClusterNode]
let apiId: string

beforeAll(async () => {
  backend = createServer((_request, response) => {
    inside.push(response)
    most = Math.max(most, inside.length)
    response.on('close', () => void inside.splice(inside.indexOf(response), 1))
    if (!holds) setTimeout(() => response.end('in'), 3)
  })
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  cluster = await startCluster()
  const flags = ['--state-failure', 'fail-closed']
  nodes = (await Promise.all([cluster.start(1, flags), cluster.start(2, flags)])) as [
    ClusterNode,
    ClusterNode,
  ]
  const document = {
    openapi: '3.0.1',
    info: { title: 'limited', version: '1' },
    'x-gatehouse-traffic': { concurrency: { limit: LIMIT, queue: 100, queueMs: 60_000 } },
    paths: {
      '/': {
        get: {
          responses: { 200: { description: 'ok' } },
          'x-amazon-apigateway-integration': {
            type: 'http_proxy',
            httpMethod: 'GET',
            uri: `http://127.0.0.1:${(backend.address() as AddressInfo).port}/`,
          },
        },
      },
    },
  }
  const [{ caller }] = nodes
  const imported = await caller.call('apigateway', 'POST', '/restapis?mode=import', document)
  apiId = (imported as { id: string }).id
  await caller.call('apigateway', 'POST', `/restapis/${apiId}/deployments`, { stageName: 'dev' })
}, 600_000)

afterAll(async () => {
  backend.closeAllConnections()
  backend.close()
  await cluster.stop()
})

const ask = async (node: ClusterNode): Promise<number> => {
  const response = await askAnew(node.urlOf(apiId))
  await response.text()
  return response.status
}

const came = async (count: number): Promise<void> => {
  while (inside.length < count) await Bun.sleep(2)
}

test('at most so many are with the backend, whichever nodes they came to', async () => {
  const client = async (node: ClusterNode): Promise<number[]> => {
    const statuses: number[] = []
    for (let i = 0; i < 15; i++) statuses.push(await ask(node))
    return statuses
  }
  const statuses = (
    await Promise.all(nodes.flatMap((node) => Array.from({ length: 8 }, () => client(node))))
  ).flat()
  expect(statuses.filter((status) => status !== 200)).toEqual([])
  expect(most).toBe(LIMIT)
}, 60_000)

test('turns of a node that is killed are free again', async () => {
  holds = true
  const [one, other] = nodes
  const lost = Array.from({ length: LIMIT }, () => ask(other).catch(() => undefined))
  await came(LIMIT)
  const waiting = Array.from({ length: LIMIT + 2 }, () => ask(one))
  await other.kill()
  await Promise.all(lost)
  holds = false
  expect(await Promise.all(waiting)).toEqual(waiting.map(() => 200))
  expect(most).toBe(LIMIT)
}, 60_000)

test('without Redis nobody begins who has no turn, and all is well once it is back', async () => {
  const [one] = nodes
  cluster.redis.pause()
  const health = async (): Promise<string> => {
    const response = await askAnew(`${one.url}/_gatehouse/health`)
    return ((await response.json()) as { state: { status: string } }).state.status
  }
  while ((await health()) !== 'away') await Bun.sleep(5)
  expect(await ask(one)).toBe(503)
  cluster.redis.resume()
  while ((await health()) !== 'ok') await Bun.sleep(5)
  expect(await ask(one)).toBe(200)
}, 60_000)
