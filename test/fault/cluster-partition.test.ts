import { afterEach, expect, test } from 'bun:test'
import { defaultRedisLimits } from '#store/redis/limits.ts'
import { haveMet, startCluster, type Cluster, type ClusterNode } from '../support/cluster.ts'
import { askMetered, deployMetered } from '../support/metered-api.ts'
import {
  newNodeNetwork,
  nodeNetworkRefusal,
  type Backing,
  type NodeNetwork,
} from '../support/services/node-network.ts'
import { askAnew, mock } from '../support/worker-gateway.ts'

// A node whose network is silent: clients reach it, it reaches nobody. It serves what it knew and lets nobody past a limit;
// the others go on, and what they change is answered in time; when it is back it knows what they know.

const QUOTA = 240
/** What a process may hold ahead, and lose. */
const AHEAD = Math.floor(QUOTA / defaultRedisLimits.leaseShare)
/** A call waits for so long for a node that is gone: docs/operating.md says 4 s. */
const GONE_MS = 4000

let cluster: Cluster
let network: NodeNetwork | undefined
afterEach(async () => {
  network?.heal()
  await cluster.stop()
  network?.remove()
  network = undefined
})

/** A way to cut a node off. */
interface Cable {
  cut(node: ClusterNode, backings: readonly Backing[]): void
  mend(node: ClusterNode): void
}

/** What is between passes nothing on, and says nothing of it. */
const byProxy: Cable = {
  cut({ database, redisProxy }, backings) {
    if (backings.includes('database')) database.hold()
    if (backings.includes('state')) redisProxy.cut()
  },
  mend({ database, redisProxy }) {
    database.release()
    redisProxy.heal()
  },
}

/** No packet goes either way. */
const byNetwork: Cable = {
  cut: (_node, backings) => network?.cut(...backings),
  mend: () => network?.heal(),
}

const refusal = nodeNetworkRefusal()
if (refusal !== undefined) console.warn(`no test cuts a network itself, proxies do alone: ${refusal}`)

const cuts: readonly (readonly [from: string, backings: readonly Backing[]])[] = [
  ['Redis', ['state']],
  ['the database and Redis, and so from all other nodes', ['database', 'state']],
]

for (const [from, backings] of cuts) {
  test(`nodes that are cut off from ${from}`, async () => {
    cluster = await startCluster()
    // Nobody listens beyond this machine without credentials.
    const words = ['--state-failure', 'fail-closed', '--credentials', 'test:test-secret']
    network = refusal === undefined ? newNodeNetwork() : undefined
    const nodes = await Promise.all([
      cluster.start(1, words),
      cluster.start(2, words),
      ...(network === undefined ? [] : [cluster.start(1, words, network)]),
    ])
    const [whole, ...cutOff] = nodes as [ClusterNode, ...ClusterNode[]]
    const cables = [byProxy, byNetwork]
    await haveMet(nodes)
    const changing = await whole.deploy(mock('before'))
    const { apiId } = await deployMetered(whole, { quota: { limit: QUOTA, period: 'MONTH' } })
    const ask = async (): Promise<number> => {
      const each = await Promise.all(nodes.map((node) => askMetered(node, apiId, QUOTA / 8)))
      return each.reduce((sum, count) => sum + count)
    }
    const text = async (node: ClusterNode): Promise<string> => (await askAnew(node.urlOf(changing))).text()
    let admitted = await ask()
    expect(admitted).toBe((nodes.length * QUOTA) / 8)

    for (const [i, node] of cutOff.entries()) cables[i]?.cut(node, backings)
    const losesDatabase = backings.includes('database')
    const startMs = performance.now()
    const [during] = await Promise.all([ask(), whole.deploy(mock('after'), changing)])
    admitted += during
    if (losesDatabase) expect(performance.now() - startMs).toBeLessThan(2 * GONE_MS)
    expect(await text(whole)).toBe('after')
    for (const node of cutOff) {
      expect(await text(node)).toBe(losesDatabase ? 'before' : 'after')
      expect((await askAnew(`${node.url}/_gatehouse/ready`)).status).toBe(200)
    }

    for (const [i, node] of cutOff.entries()) cables[i]?.mend(node)
    // They make up for it, and all their processes may ask again.
    for (const node of cutOff) while ((await text(node)) !== 'after') await Bun.sleep(20)
    await haveMet(nodes)
    for (const node of nodes) admitted += await askMetered(node, apiId, QUOTA)
    expect(admitted).toBeLessThanOrEqual(QUOTA)
    // A process has one of every so many of what is left ahead, and may lose it.
    const processes = nodes.length + 1
    expect(admitted).toBeGreaterThanOrEqual(QUOTA - processes * AHEAD)
  }, 60_000)
}
