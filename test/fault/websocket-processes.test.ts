import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endGateways } from '../support/gateway-process.ts'
import { newSchema, sharedPostgres } from '../support/services/postgres-server.ts'
import { RedisClients } from '../support/services/redis-clients.ts'
import { startRedis } from '../support/services/redis.ts'
import {
  connectClient,
  createWebSocketApi,
  tells,
  whoAmI,
  type TestClient,
} from '../support/websocket-api.ts'
import { startWorkerGateway, type WorkerGateway } from '../support/worker-gateway.ts'

// What becomes of WebSockets, and of what is told of their ends, when a process that holds them ends as it should or not.

/** What the backend is told: ids of connections whose `$disconnect` came, in order. */
let ends: string[] = []
let backend: Bun.Server<undefined>
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-websockets-'))
const stops: (() => unknown)[] = []

beforeAll(() => {
  backend = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const { event, id } = (await request.json()) as { event: string; id: string }
      if (event === 'DISCONNECT') ends.push(id)
      return new Response('{}')
    },
  })
})
afterAll(async () => {
  await backend.stop(true)
  rmSync(folder, { recursive: true })
})
afterEach(async () => {
  await endGateways()
  for (const stop of stops.splice(0).toReversed()) await stop()
  ends = []
})

const deploy = ({ caller }: WorkerGateway): Promise<string> =>
  createWebSocketApi(caller, { whoami: whoAmI, $disconnect: tells(backend.url.href) })

/** A client, and how it ended. */
interface Held extends TestClient {
  end: CloseEvent | undefined
}

async function connect({ port }: WorkerGateway, apiId: string, count: number): Promise<Held[]> {
  const url = `ws://127.0.0.1:${port}/_aws/execute-api/${apiId}/dev`
  const clients = await Promise.all(Array.from({ length: count }, () => connectClient(url)))
  return clients.map((client) => {
    const held: Held = { ...client, end: undefined }
    void client.closed.then((event) => (held.end = event))
    return held
  })
}

async function push({ caller }: WorkerGateway, apiId: string, client: Held): Promise<void> {
  const target = `/_aws/execute-api/${apiId}/dev/@connections/${encodeURIComponent(client.id)}`
  await caller.call('execute-api', 'POST', target, Buffer.from(`to ${client.id}`))
  expect(await client.next()).toBe(`to ${client.id}`)
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await Bun.sleep(5)
}

const idsOf = (clients: readonly Held[]): string[] => clients.map(({ id }) => id).toSorted()

/** What is left after some have ended: told once each, and the others are reached. */
async function endedAlone(
  gone: readonly Held[],
  left: readonly Held[],
  by: () => Promise<void>,
): Promise<void> {
  await until(() => ends.length >= gone.length)
  await by()
  expect(ends.toSorted()).toEqual(idsOf(gone))
  expect(left.filter(({ end }) => end !== undefined)).toEqual([])
}

test('a worker killed: its clients see a close, another worker tells of their ends, once', async () => {
  const gateway = await startWorkerGateway(3)
  const apiId = await deploy(gateway)
  const clients = await connect(gateway, apiId, 30)
  process.kill(gateway.workerPids()[0] as number, 'SIGKILL')
  await gateway.haveServed(4)
  const gone = clients.filter(({ end }) => end !== undefined)
  const left = clients.filter(({ end }) => end === undefined)
  expect(gone.length).toBeGreaterThan(0)
  await endedAlone(gone, left, async () => {
    for (const client of left) await push(gateway, apiId, client)
  })
  // The one in its place takes part.
  for (const client of await connect(gateway, apiId, 10)) await push(gateway, apiId, client)
}, 60_000)

test('pushes while a worker is killed: all to the living arrive, all to its clients end with 410', async () => {
  const gateway = await startWorkerGateway(3)
  const apiId = await deploy(gateway)
  const clients = await connect(gateway, apiId, 15)
  /** By client: what its pushes came to, one after the other. */
  const outcomes = clients.map((): string[] => [])
  let ended = false
  const pushers = clients.map(async ({ id }, i) => {
    const target = `/_aws/execute-api/${apiId}/dev/@connections/${encodeURIComponent(id)}`
    while (!ended) {
      const beganMs = performance.now()
      const outcome = await gateway.caller.call('execute-api', 'POST', target, Buffer.from('hello')).then(
        () => 'sent',
        // Without a code of the gateway: the worker that was asked is the one that ended.
        ({ code }: { code?: string }) => (code?.endsWith('Exception') === true ? code : 'lost'),
      )
      outcomes[i]?.push(performance.now() - beganMs > 4000 ? 'late' : outcome)
    }
  })
  const all = (come: number): Promise<void> => until(() => outcomes.every(({ length }) => length >= come))
  await all(3)
  process.kill(gateway.workerPids()[0] as number, 'SIGKILL')
  await gateway.haveServed(4)
  const before = Math.max(...outcomes.map(({ length }) => length))
  await all(before + 3)
  ended = true
  await Promise.all(pushers)
  const seen = new Map(
    [...outcomes.keys()].map((i) => [i, outcomes[i]?.filter((one) => one !== 'lost') ?? []]),
  )
  for (const [i, { end }] of clients.entries()) {
    const came = seen.get(i) as string[]
    const sent = came.lastIndexOf('sent') + 1
    expect(came.slice(0, sent).filter((one) => one !== 'sent')).toEqual([])
    expect(new Set(came.slice(sent))).toEqual(new Set(end === undefined ? [] : ['GoneException']))
  }
  expect(clients.filter(({ end }) => end !== undefined).length).toBeGreaterThan(0)
}, 60_000)

test('a worker that is told to end ends its clients one by one, and another is in its place', async () => {
  const gateway = await startWorkerGateway(2)
  const apiId = await deploy(gateway)
  const clients = await connect(gateway, apiId, 40)
  const endedMs: number[] = []
  for (const { closed } of clients) void closed.then(() => endedMs.push(performance.now()))
  process.kill(gateway.workerPids()[0] as number, 'SIGTERM')
  await gateway.haveServed(3)
  const gone = clients.filter(({ end }) => end !== undefined)
  const left = clients.filter(({ end }) => end === undefined)
  expect(new Set(gone.map(({ end }) => `${end?.code} ${end?.reason}`))).toEqual(new Set(['1001 Going away']))
  // One each 10 ms, where they are few.
  expect((endedMs.at(-1) ?? 0) - (endedMs[0] ?? 0)).toBeGreaterThan(5 * (gone.length - 1))
  await endedAlone(gone, left, async () => {
    for (const client of [...left, ...(await connect(gateway, apiId, 6))]) await push(gateway, apiId, client)
  })
}, 60_000)

test('a gateway that stops tells its clients so, and tells of each end before it is gone', async () => {
  for (const workers of [1, 2]) {
    ends = []
    const gateway = await startWorkerGateway(workers)
    const apiId = await deploy(gateway)
    const clients = await connect(gateway, apiId, 20)
    expect(await gateway.stop()).toBe(0)
    expect(ends.toSorted()).toEqual(idsOf(clients))
    await Promise.all(clients.map(({ closed }) => closed))
    expect(clients.map(({ end }) => `${end?.code} ${end?.reason}`)).toEqual(
      clients.map(() => '1001 Going away'),
    )
  }
}, 60_000)

test('two nodes: any client is reached from either; of a node that is killed nothing is left within 10 s', async () => {
  const redis = await startRedis()
  stops.push(() => redis.stop())
  const registry = new RedisClients()
  const client = await registry.connect(redis.url)
  stops.push(() => registry.stop())
  const keyFile = join(folder, 'secret.key')
  writeFileSync(keyFile, randomBytes(32).toString('base64'))
  const store = (await sharedPostgres()).url(newSchema())
  const words = ['--store', store, '--secret-key-file', keyFile, '--state', redis.url]
  const [one, other] = [await startWorkerGateway(2, words), await startWorkerGateway(1, words)]
  const apiId = await deploy(one)
  const there = `${other.url}/_aws/execute-api/${apiId}/dev`
  await until(async () => (await fetch(there)).status === 426)
  const [ofOne, ofOther] = [await connect(one, apiId, 10), await connect(other, apiId, 10)]
  for (const each of [...ofOne, ...ofOther]) {
    await push(one, apiId, each)
    await push(other, apiId, each)
  }
  const heldMs = performance.now()
  other.child.kill('SIGKILL')
  await Promise.all(ofOther.map(({ closed }) => closed))
  await until(async () => ((await client.call(['KEYS', 'gh:conn:*'])) as unknown[]).length === ofOne.length)
  expect(performance.now() - heldMs).toBeLessThan(10_000)
  await endedAlone(ofOther, ofOne, async () => {
    for (const each of ofOne) await push(one, apiId, each)
  })
  const [lost] = ofOther as [Held]
  expect(push(one, apiId, lost)).rejects.toMatchObject({ code: 'GoneException' })
  expect(await one.stop()).toBe(0)
  expect(await client.call(['KEYS', 'gh:conn:*'])).toEqual([])
}, 600_000)

test('Redis gone: clients stay, their process reaches them; back again, so do others', async () => {
  const redis = await startRedis()
  stops.push(() => redis.stop())
  const gateway = await startWorkerGateway(2, ['--state', redis.url, '--state-timeout', '200'])
  const apiId = await deploy(gateway)
  const clients = await connect(gateway, apiId, 8)
  // At once, so over several connections: either worker may be asked.
  const ask = async ({ id }: Held): Promise<string[]> => {
    const target = `/_aws/execute-api/${apiId}/dev/@connections/${encodeURIComponent(id)}`
    const tries = Array.from({ length: 8 }, () => gateway.caller.call('execute-api', 'GET', target))
    const results = await Promise.allSettled(tries)
    return results.map((result) =>
      result.status === 'fulfilled' ? 'reached' : (result.reason as { code: string }).code,
    )
  }
  await redis.kill()
  for (const client of clients) {
    const seen = new Set<string>()
    await until(async () => {
      for (const answer of await ask(client)) seen.add(answer)
      return seen.has('reached')
    })
    seen.delete('ServiceUnavailableException')
    expect([...seen]).toEqual(['reached'])
  }
  await redis.restart()
  for (const client of clients) await until(async () => (await ask(client)).every((one) => one === 'reached'))
  expect(clients.filter(({ end }) => end !== undefined)).toEqual([])
}, 60_000)
