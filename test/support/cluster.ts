import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endGateways } from './gateway-process.ts'
import type { NodeNetwork } from './services/node-network.ts'
import { newSchema, sharedPostgres, type PostgresServer } from './services/postgres-server.ts'
import { startProxy, type Proxy } from './services/proxy.ts'
import { startRedis, type RedisServer } from './services/redis.ts'
import { TcpProxy } from './tcp-proxy.ts'
import { askAnew, startWorkerGateway, type WorkerGateway } from './worker-gateway.ts'

/** A gateway on an address of its own, with its own ways to what all share. */
export interface ClusterNode extends WorkerGateway {
  readonly database: TcpProxy
  readonly redisProxy: Proxy
  /** SIGKILL to it and to all that it has started. */
  kill(): Promise<void>
}

/** Gateways on one database and one Redis. */
export interface Cluster {
  readonly redis: RedisServer
  /** Of its tables. */
  readonly schema: string
  /** @param words further options @param place an address of this machine, or a network of its own */
  start(workers: number, words?: readonly string[], place?: string | NodeNetwork): Promise<ClusterNode>
  stop(): Promise<void>
}

const here = { database: '127.0.0.1', state: '127.0.0.1' }

/** @param own a database that is to be harmed; else the one of all tests */
export async function startCluster(own?: PostgresServer): Promise<Cluster> {
  const [server, redis] = await Promise.all([own ?? sharedPostgres(), startRedis()])
  const schema = newSchema()
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-cluster-'))
  const keyFile = join(folder, 'secret.key')
  writeFileSync(keyFile, randomBytes(32).toString('base64'))
  const ends: (() => unknown)[] = []
  let nodes = 0
  return {
    redis,
    schema,
    async start(workers, words = [], place = `127.0.0.${10 + ++nodes}`) {
      const network = typeof place === 'string' ? undefined : place
      const host = network?.host ?? (place as string)
      const { database: databaseHost, state: stateHost } = network?.hostOf ?? here
      const database = await TcpProxy.start(server.port, databaseHost)
      const redisProxy = startProxy(redis.socket, undefined, stateHost)
      ends.push(
        () => database.stop(),
        () => redisProxy.stop(),
      )
      const stores = [
        '--store',
        `${server.url(schema, database.port).replace('127.0.0.1', databaseHost)}&timeout=500`,
        '--secret-key-file',
        keyFile,
      ]
      // A busy machine does not meet the default.
      const states = ['--state', `redis://${stateHost}:${redisProxy.port}`, '--state-timeout', '1000']
      const shared = [...stores, ...states, '--host', host, '--allowed-hosts', host]
      const gateway = await startWorkerGateway(workers, [...shared, ...words], {
        within: network?.within ?? [],
      })
      return {
        ...gateway,
        database,
        redisProxy,
        async kill() {
          for (const pid of [gateway.child.pid, ...gateway.workerPids()]) killed(pid)
          await gateway.child.exited
        },
      }
    },
    async stop() {
      redis.resume()
      await endGateways()
      for (const end of ends) await end()
      await redis.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Resolves when nodes know of each other. */
export async function haveMet(nodes: readonly ClusterNode[]): Promise<void> {
  for (const node of nodes) {
    for (;;) {
      const health = (await (await askAnew(`${node.url}/_gatehouse/health`)).json()) as {
        store: { gateways: number }
        state?: { nodes: number }
      }
      if (health.store.gateways === nodes.length && health.state?.nodes === nodes.length) break
      await Bun.sleep(10)
    }
  }
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // gone
  }
}
