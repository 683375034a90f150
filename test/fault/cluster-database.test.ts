import { afterAll, beforeAll, expect, test } from 'bun:test'
import { AwsError } from '#aws/error.ts'
import { haveMet, startCluster, type Cluster, type ClusterNode } from '../support/cluster.ts'
import { startPostgres, startStandby, type PostgresServer } from '../support/services/postgres-server.ts'
import { askAnew, mock } from '../support/worker-gateway.ts'

// Two whole gateways whose database fails while both serve and both are told to change things: nobody who asks an API
// notices, calls are done or answered 503, what was acknowledged is there, once, at both.

let server: PostgresServer
let standby: PostgresServer | undefined
let cluster: Cluster
let nodes: readonly ClusterNode[]
beforeAll(async () => {
  server = await startPostgres()
  cluster = await startCluster(server)
  nodes = await Promise.all([cluster.start(1), cluster.start(2)])
  await haveMet(nodes)
}, 600_000)
afterAll(async () => {
  await cluster.stop()
  await standby?.stop()
  await server.stop()
})

interface Fault {
  readonly what: string
  readonly strike: () => void | Promise<void>
  readonly mend: () => void | Promise<void>
  /** Calls are only slower. */
  readonly isSlowness?: boolean
}

/** One after the other, to the same nodes. */
const faults: readonly Fault[] = [
  { what: 'is killed, and starts again', strike: () => server.kill(), mend: () => server.start() },
  {
    what: 'hangs for a moment',
    isSlowness: true,
    async strike() {
      server.pause()
      await Bun.sleep(HANGS_MS)
      server.resume()
    },
    mend() {},
  },
  {
    what: 'is far away',
    isSlowness: true,
    strike() {
      for (const { database } of nodes) database.delayMs = 25
    },
    mend() {
      for (const { database } of nodes) database.delayMs = 0
    },
  },
  {
    what: 'is killed, and its standby, which has all that it acknowledged, has its address',
    async strike() {
      standby = await startStandby(server)
      await server.sql(`ALTER SYSTEM SET synchronous_standby_names = '*'`, 'SELECT pg_reload_conf()')
      await server.kill()
    },
    async mend() {
      for (const { database } of nodes) database.target = (standby as PostgresServer).port
      await standby?.sql('SELECT pg_promote()')
    },
  },
]

/** Shorter than statements may take. */
const HANGS_MS = 700

/** API keys made at a node, one after the other, until told to stop. */
class Maker {
  readonly #node: ClusterNode
  readonly #name: string
  readonly acknowledged: string[] = []
  readonly refusals: unknown[] = []
  #isOver = false
  readonly #run: Promise<void>

  constructor(node: ClusterNode, name: string) {
    this.#node = node
    this.#name = name
    this.#run = this.#make()
  }

  /** Resolves when so many more were acknowledged. */
  async makes(more: number): Promise<void> {
    const until = this.acknowledged.length + more
    while (this.acknowledged.length < until) await Bun.sleep(5)
  }

  /** Resolves when a call was refused. */
  async isRefused(): Promise<void> {
    while (this.refusals.length === 0) await Bun.sleep(5)
  }

  stop(): Promise<void> {
    this.#isOver = true
    return this.#run
  }

  async #make(): Promise<void> {
    for (let i = 0; !this.#isOver; i++) {
      const name = `${this.#name} ${i}`
      await this.#node.caller.call('apigateway', 'POST', '/apikeys', { name, enabled: true }).then(
        () => this.acknowledged.push(name),
        (error: unknown) => this.refusals.push(error),
      )
      await Bun.sleep(5)
    }
  }
}

/** Asks an API at a node until told to stop. @returns how often it gave which answer */
function asking(node: ClusterNode, apiId: string): () => Promise<Record<string, number>> {
  const answers: Record<string, number> = {}
  let isOver = false
  const run = (async () => {
    while (!isOver) {
      const answer = await askAnew(node.urlOf(apiId)).then((response) => response.text(), String)
      answers[answer] = (answers[answer] ?? 0) + 1
      await Bun.sleep(5)
    }
    return answers
  })()
  return () => {
    isOver = true
    return run
  }
}

async function keyNames({ caller }: ClusterNode): Promise<string[]> {
  const { item } = (await caller.call('apigateway', 'GET', '/apikeys?limit=500')) as {
    item: { name: string }[]
  }
  return item.map(({ name }) => name)
}

for (const { what, strike, mend, isSlowness } of faults) {
  test(`a database that ${what}`, async () => {
    const [one, other] = nodes as [ClusterNode, ClusterNode]
    const apiId = await one.deploy(mock('before'))
    const asked = nodes.map((node) => asking(node, apiId))
    const makers = nodes.map((node, i) => new Maker(node, `${what}: node ${i}`))
    await Promise.all(makers.map((maker) => maker.makes(2)))

    await strike()
    if (isSlowness) await Promise.all(makers.map((maker) => maker.makes(1)))
    else await Promise.all(makers.map((maker) => maker.isRefused()))
    await mend()

    await Promise.all(makers.map((maker) => maker.makes(2)))
    await Promise.all(makers.map((maker) => maker.stop()))
    for (const stop of asked) expect(Object.keys(await stop())).toEqual(['before'])
    for (const { refusals } of makers) {
      if (isSlowness) expect(refusals).toEqual([])
      for (const refusal of refusals) {
        expect(refusal).toBeInstanceOf(AwsError)
        expect(refusal).toMatchObject({ status: 503, code: 'ServiceUnavailableException' })
      }
    }
    const made = makers.flatMap(({ acknowledged }) => acknowledged)
    for (const node of nodes) {
      const names = await keyNames(node)
      expect(new Set(names).size).toBe(names.length)
      expect(names).toEqual(expect.arrayContaining(made))
    }
    // Both follow each other again.
    await other.deploy(mock('after'), apiId)
    for (const node of nodes) {
      while ((await (await askAnew(node.urlOf(apiId))).text()) !== 'after') await Bun.sleep(10)
    }
  }, 60_000)
}
