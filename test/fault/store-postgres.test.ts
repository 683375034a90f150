import { afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLog, silentLog } from '#base/log.ts'
import { kind, type Kind } from '#base/kind.ts'
import type { PostgresLimits } from '#store/postgres/limits.ts'
import { openPostgresStore, type PostgresStore } from '#store/postgres/postgres.ts'
import { StoreConflict, StoreUnavailable, type Change, type Key } from '#store/store.ts'
import { Authority } from '../support/certificates.ts'
import {
  newSchema,
  sharedPostgres,
  startPostgres,
  startStandby,
  type PostgresServer,
} from '../support/services/postgres-server.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'

const marks: Kind<{ by: string }> = kind('mark')
const sums: Kind<string[]> = kind('sum')
const at = (id: string): Key => ({ account: 'a', region: 'r', parent: '', id })

/** Nothing that should work comes near these; what should not is soon told. */
const limits: Partial<PostgresLimits> = {
  connectTimeoutMs: 1000,
  statementTimeoutMs: 1000,
  callTimeoutMs: 20_000,
  retryMsMin: 5,
  retryMsMax: 20,
  pollMs: 25,
}

let shared: PostgresServer
const ends: (() => unknown)[] = []
beforeAll(async () => {
  shared = await sharedPostgres()
}, 600_000)
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** A gateway's store, and the marks that it was told of. */
interface Node {
  readonly store: PostgresStore
  readonly told: string[]
  readonly operations: string[]
}

async function node(url: string, own: Partial<PostgresLimits> = {}): Promise<Node> {
  const store = await openPostgresStore({ url, log: silentLog, limits: { ...limits, ...own } })
  ends.push(() => store.close())
  const told: string[] = []
  const operations: string[] = []
  store.watch((changes: readonly Change[]) => {
    for (const { kind: name, key, operation } of changes) {
      operations.push(operation)
      if (name === marks.name) told.push(key.id)
    }
  })
  return { store, told, operations }
}

async function proxied(server: PostgresServer): Promise<TcpProxy> {
  const proxy = await TcpProxy.start(server.port)
  ends.push(() => proxy.stop())
  return proxy
}

async function ownServer(): Promise<PostgresServer> {
  const server = await startPostgres()
  ends.push(() => server.stop())
  return server
}

/** Adds a mark, and its name to a sum that all write to. */
function add({ store }: Node, id: string): Promise<void> {
  return store.transact(async (tx) => {
    const sum = (await tx.read(sums, at('sum')))?.value ?? []
    tx.write(sums, at('sum'), [...sum, id])
    tx.create(marks, at(id), { by: id })
  })
}

/** Adds marks one after the other until told to stop. @returns those that were acknowledged */
function addMany(to: Node, name: string): { stop(): Promise<string[]>; acknowledged: string[] } {
  const acknowledged: string[] = []
  let going = true
  const run = (async () => {
    for (let i = 0; going; i++) {
      const id = `${name}-${i}`
      await add(to, id).then(
        () => acknowledged.push(id),
        (error: unknown) => {
          // The two others may be so much faster that it never has its turn.
          if (error instanceof StoreConflict) expect(error.reason).toBe('changed')
          else expect(error).toBeInstanceOf(StoreUnavailable)
        },
      )
    }
    return acknowledged
  })()
  return {
    acknowledged,
    stop() {
      going = false
      return run
    },
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2))
}

/** Everything acknowledged is there, once; all nodes were told the same, in one order, nothing twice. */
async function expectExact(nodes: readonly Node[], acknowledged: readonly string[]): Promise<void> {
  for (const { store } of nodes) await store.caughtUp()
  const [first] = nodes as [Node]
  const sum = (await first.store.read(sums, at('sum')))?.value ?? []
  expect(new Set(sum).size).toBe(sum.length)
  expect(sum).toEqual(expect.arrayContaining([...acknowledged]))
  for (const { told } of nodes) expect(told).toEqual(sum)
}

describe('several gateways on one database', () => {
  test('write what no other loses, and are told the same in the same order', async () => {
    const url = shared.url(newSchema())
    const nodes = await Promise.all([node(url), node(url), node(url)])
    const adding = nodes.flatMap((each, i) => [addMany(each, `a${i}`), addMany(each, `b${i}`)])
    await until(() => adding.every(({ acknowledged }) => acknowledged.length >= 10))
    const acknowledged = (await Promise.all(adding.map((each) => each.stop()))).flat()
    await expectExact(nodes, acknowledged)
  })

  test('are told at once, without looking', async () => {
    const url = shared.url(newSchema())
    const [writer, reader] = [await node(url), await node(url, { pollMs: 3_600_000 })]
    await add(writer, 'one')
    await until(() => reader.told.length === 1)
  })

  test('look, where nothing is notified', async () => {
    const schema = newSchema()
    const reader = await node(shared.url(schema))
    // As a commit of another gateway, without its notification.
    await shared.sql(
      `UPDATE ${schema}.clock SET sequence = 1, number = 1`,
      `INSERT INTO ${schema}.change VALUES (1, 1, 'token', 'mark', 'a', 'r', '', 'silent', 'write')`,
    )
    await until(() => reader.told.length === 1)
    expect(reader.told).toEqual(['silent'])
  })

  test('that start at once make one schema', async () => {
    const url = shared.url(newSchema())
    const nodes = await Promise.all(Array.from({ length: 6 }, () => node(url, { connectionsMax: 2 })))
    await add(nodes[0] as Node, 'one')
    await expectExact(nodes, ['one'])
  })

  test('count a blob together', async () => {
    const url = shared.url(newSchema())
    const [a, b] = await Promise.all([
      node(url, { blobPieceBytes: 1000 }),
      node(url, { blobPieceBytes: 1000 }),
    ])
    const bytes = new Uint8Array(2500).map((_, i) => i)
    const sha256 = new Bun.CryptoHasher('sha256').update(bytes).digest('hex')
    await Promise.all([a, b].map(({ store }) => store.transact(async (tx) => tx.writeBlob(sha256, bytes))))
    await a.store.transact(async (tx) => tx.deleteBlob(sha256))
    expect(await a.store.readBlob(sha256)).toEqual(bytes)
    await b.store.transact(async (tx) => tx.deleteBlob(sha256))
    expect(await a.store.readBlob(sha256)).toBeUndefined()
  })
})

describe('a connection that breaks', () => {
  for (const [when, verdict] of [
    ['after a commit was sent', 'pass-and-cut'],
    ['before a commit is sent', 'cut'],
  ] as const) {
    test(`${when}: it is done once`, async () => {
      const schema = newSchema()
      const proxy = await proxied(shared)
      const cutOff = await node(shared.url(schema, proxy.port))
      const other = await node(shared.url(schema))
      await add(cutOff, 'before')
      let cuts = 0
      proxy.judge = (sent) => {
        if (cuts > 0 || !sent.includes('COMMIT')) return 'pass'
        cuts++
        return verdict
      }
      await add(cutOff, 'cut')
      expect(cuts).toBe(1)
      await add(other, 'after')
      await expectExact([cutOff, other], ['before', 'cut', 'after'])
    })
  }

  test('again and again: nothing acknowledged is lost, nothing is done twice', async () => {
    const schema = newSchema()
    const proxy = await proxied(shared)
    const nodes = [await node(shared.url(schema, proxy.port)), await node(shared.url(schema))]
    const adding = nodes.map((each, i) => addMany(each, String(i)))
    for (let cut = 1; cut <= 8; cut++) {
      const before = adding[0]?.acknowledged.length ?? 0
      await until(() => (adding[0]?.acknowledged.length ?? 0) >= before + (cut % 3))
      proxy.cut()
    }
    const acknowledged = (await Promise.all(adding.map((each) => each.stop()))).flat()
    await expectExact(nodes, acknowledged)
  })

  test('a network that is silent holds up others only for so long', async () => {
    const schema = newSchema()
    const proxy = await proxied(shared)
    const cutOff = await node(shared.url(schema, proxy.port))
    const other = await node(shared.url(schema))
    await add(cutOff, 'before')
    // In the middle of a commit, with the lock.
    proxy.judge = (sent) => {
      if (sent.includes('WITH put')) proxy.hold()
      return 'pass'
    }
    const held = add(cutOff, 'held')
    await add(other, 'other')
    proxy.judge = () => 'pass'
    proxy.cut()
    proxy.release()
    await held
    await expectExact([cutOff, other], ['before', 'other', 'held'])
  })

  test('a slow network is only slow', async () => {
    const schema = newSchema()
    const proxy = await proxied(shared)
    const slow = await node(shared.url(schema, proxy.port))
    const other = await node(shared.url(schema))
    proxy.delayMs = 15
    const ids: string[] = []
    for (let i = 0; i < 3; i++) {
      ids.push(`slow-${i}`, `other-${i}`)
      await Promise.all([add(slow, `slow-${i}`), add(other, `other-${i}`)])
    }
    await expectExact([slow, other], ids)
  })
})

describe('a database that is away', () => {
  test('is told to callers in time, and at once when it has been away for longer', async () => {
    const proxy = await proxied(shared)
    const callTimeoutMs = 250
    const { store } = await node(shared.url(newSchema(), proxy.port), { callTimeoutMs })
    proxy.refuse()
    const failure = (): Promise<Error> =>
      store.read(marks, at('a')).then(
        () => expect.unreachable(),
        (error: Error) => error,
      )
    const first = await failure()
    expect(first).toBeInstanceOf(StoreUnavailable)
    expect(first.message).toContain(`postgres://127.0.0.1:${proxy.port}/postgres: the database is away`)
    const begun = performance.now()
    const times = 40
    for (let i = 0; i < times; i++) await failure()
    expect(performance.now() - begun).toBeLessThan((times / 2) * callTimeoutMs)
    proxy.accept()
    while ((await store.read(marks, at('a')).catch(() => 'away')) === 'away') await Bun.sleep(5)
  })

  test('at the start is waited for, with a line in the log', async () => {
    const proxy = await proxied(shared)
    proxy.refuse()
    const lines: string[] = []
    const log = createLog('info', 'text', (line) => lines.push(line))
    const opening = openPostgresStore({ url: shared.url(newSchema(), proxy.port), log, limits })
    await until(() => lines.length > 0)
    expect(lines[0]).toContain('the database is away: trying again until it is back')
    proxy.accept()
    const store = await opening
    await store.close()
    expect(lines.at(-1)).toContain('the database is back')
    expect(lines.length).toBe(2)
  })

  test('and is killed while gateways write: nothing acknowledged is lost', async () => {
    const server = await ownServer()
    const url = server.url('gatehouse')
    const nodes = [await node(url), await node(url)]
    const adding = nodes.map((each, i) => addMany(each, String(i)))
    for (let kill = 0; kill < 2; kill++) {
      const before = adding.map(({ acknowledged }) => acknowledged.length)
      await until(() => adding.every(({ acknowledged }, i) => acknowledged.length > (before[i] ?? 0) + 3))
      await server.kill()
      await server.start()
    }
    const acknowledged = (await Promise.all(adding.map((each) => each.stop()))).flat()
    await expectExact(nodes, acknowledged)
  })

  test('and hangs: calls go on when it does', async () => {
    const server = await ownServer()
    const url = server.url('gatehouse')
    const nodes = [await node(url, { statementTimeoutMs: 100, connectTimeoutMs: 100 }), await node(url)]
    await add(nodes[0] as Node, 'before')
    server.pause()
    const during = (nodes as Node[]).map((each, i) => add(each, `during-${i}`))
    await Bun.sleep(300)
    server.resume()
    await Promise.all(during)
    await expectExact(nodes, ['before', 'during-0', 'during-1'])
  })

  test('and fails over to its standby: nothing acknowledged is lost', async () => {
    const primary = await ownServer()
    const standby = await startStandby(primary)
    ends.push(() => standby.stop())
    await primary.sql(`ALTER SYSTEM SET synchronous_standby_names = '*'`, 'SELECT pg_reload_conf()')
    const url = primary.url('gatehouse').replace('/postgres?', `,127.0.0.1:${standby.port}/postgres?`)
    const nodes = [await node(url), await node(url)]
    const adding = nodes.map((each, i) => addMany(each, String(i)))
    await until(() => adding.every(({ acknowledged }) => acknowledged.length > 5))
    await primary.kill()
    await standby.sql('SELECT pg_promote()')
    const before = adding.map(({ acknowledged }) => acknowledged.length)
    await until(() => adding.every(({ acknowledged }, i) => acknowledged.length > (before[i] ?? 0) + 3))
    const acknowledged = (await Promise.all(adding.map((each) => each.stop()))).flat()
    await expectExact(nodes, acknowledged)
  })
})

test('TLS: the certificate is verified as asked, and the password is', async () => {
  const authority = Authority.create('of the test')
  const { certificate, key } = authority.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
  const server = await startPostgres({
    files: { 'server.crt': certificate, 'server.key': key },
    configuration: 'ssl = on\n',
  })
  ends.push(() => server.stop())
  await server.sql(`CREATE ROLE gate SUPERUSER LOGIN PASSWORD 'p@ss'`)
  writeFileSync(join(server.folder, 'data', 'pg_hba.conf'), 'hostssl all gate all scram-sha-256\n')
  await server.sql('SELECT pg_reload_conf()')
  const ca = join(server.folder, 'ca.pem')
  writeFileSync(ca, authority.certificate)
  const opened = (host: string, query: string, password = 'p%40ss'): Promise<string> =>
    openPostgresStore({
      url: `postgres://gate:${password}@${host}:${server.port}/postgres?${query}`,
      log: silentLog,
      limits,
    }).then(
      async (store) => {
        await store.close()
        return 'opened'
      },
      (error: Error) => error.message,
    )
  expect(await opened('localhost', `sslmode=verify-full&sslrootcert=${ca}`)).toBe('opened')
  expect(await opened('localhost', 'sslmode=require')).toBe('opened')
  expect(await opened('127.0.0.1', `sslmode=verify-full&sslrootcert=${ca}`)).toContain('is not trusted')
  expect(await opened('localhost', 'sslmode=verify-full')).toContain('is not trusted')
  expect(await opened('localhost', 'sslmode=disable')).toContain('refuses this user or password')
  const refused = await opened('localhost', 'sslmode=require', 'wrong-secret')
  expect(refused).toContain('refuses this user or password')
  expect(refused).not.toContain('wrong-secret')
})

describe('who was away for too long', () => {
  test('is told that changes were missed, once, and goes on from there', async () => {
    const schema = newSchema()
    const proxy = await proxied(shared)
    const away = await node(shared.url(schema, proxy.port))
    const other = await node(shared.url(schema), { changesKeptMax: 4, compactionCommits: 2 })
    await add(other, 'first')
    await until(() => away.told.length === 1)
    proxy.refuse()
    for (let i = 0; i < 10; i++) await add(other, String(i))
    proxy.accept()
    await until(() => away.operations.includes('missed'))
    await add(other, 'last')
    await until(() => away.told.includes('last'))
    expect(away.operations.filter((each) => each === 'missed').length).toBe(1)
    expect(away.told).toEqual(['first', 'last'])
  })

  test('of a server that was set back and has gone on, too', async () => {
    const schema = newSchema()
    const proxy = await proxied(shared)
    const one = await node(shared.url(schema, proxy.port))
    await add(one, 'lost')
    proxy.refuse()
    // As a backup of before, and other commits since.
    await shared.sql(
      `UPDATE ${schema}.clock SET sequence = 0, number = 0`,
      `TRUNCATE ${schema}.change, ${schema}.record, ${schema}.collection`,
    )
    const other = await node(shared.url(schema))
    await add(other, 'kept')
    await add(other, 'more')
    proxy.accept()
    await until(() => one.operations.includes('missed'))
    expect(one.store.sequence).toBe(2)
  })
})
