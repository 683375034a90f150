import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OrphanGuard } from '#base/orphan-guard.ts'
import { startCluster, type Cluster, type ClusterNode } from '../support/cluster.ts'
import { freePort } from '../support/services/free-port.ts'
import { installed } from '../support/services/installed.ts'
import { mock } from '../support/worker-gateway.ts'

// The load balancer of deploy/compose in front of nodes that are replaced, with the times that it has there.

const CONFIG = join(import.meta.dir, '..', '..', 'deploy', 'compose', 'haproxy.cfg')
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-haproxy-'))
const guard = new OrphanGuard()
let cluster: Cluster | undefined
let balancer: Bun.Subprocess | undefined
afterEach(async () => {
  balancer?.kill('SIGKILL')
  await balancer?.exited
  await cluster?.stop()
  rmSync(folder, { recursive: true })
})

/** With addresses of its own in the place of those in the network of containers. */
async function startBalancer(program: string, port: number, nodes: readonly ClusterNode[]): Promise<void> {
  const config = nodes
    .reduce(
      (text, { url }, i) =>
        text.replace(new RegExp(`(server node${i + 1}) node${i + 1}:4566.*`), `$1 ${new URL(url).host}`),
      readFileSync(CONFIG, 'utf8'),
    )
    .replace('bind :4566', `bind 127.0.0.1:${port}`)
    .replace(/^resolvers[^]*/m, '')
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(file, config)
  balancer = Bun.spawn([program, '-db', '-f', file], {
    stdio: ['ignore', 'ignore', 'ignore'],
    detached: true,
  })
  guard.add(balancer.pid)
}

test('a node that leaves, and one that comes in its place, cost no client of HAProxy a request', async () => {
  const program = await installed(['haproxy'], ['haproxy'])
  cluster = await startCluster()
  const words = ['--drain-delay', '1500']
  const [one, other] = (await Promise.all([cluster.start(1, words), cluster.start(2, words)])) as [
    ClusterNode,
    ClusterNode,
  ]
  const apiId = await one.deploy(mock('ok'))
  const port = await freePort()
  await startBalancer(program, port, [one, other])
  const url = one.urlOf(apiId).replace(one.url, `http://127.0.0.1:${port}`)
  const ask = (): Promise<string> =>
    fetch(url).then(
      async (response) => `${response.status} ${await response.text()}`,
      (error: Error) => error.message,
    )
  while ((await ask()) !== '200 ok') await Bun.sleep(10)

  const answers = new Map<string, number>()
  let isOver = false
  const clients = Array.from({ length: 8 }, async () => {
    while (!isOver) {
      const answer = await ask()
      answers.set(answer, (answers.get(answer) ?? 0) + 1)
      await Bun.sleep(5)
    }
  })
  const { hostname, port: place } = new URL(other.url)
  expect(await other.stop()).toBe(0)
  const heir = await cluster.start(2, [...words, '--port', place], hostname)
  expect(heir.url).toBe(other.url)
  // HAProxy sees it within its interval; then the first one goes.
  await Bun.sleep(1500)
  expect(await one.stop()).toBe(0)
  isOver = true
  await Promise.all(clients)
  expect([...answers.keys()]).toEqual(['200 ok'])
  expect(answers.get('200 ok')).toBeGreaterThan(100)
}, 60_000)
