import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { startCountingBackend, type CountingBackend } from '../conformance/rest/support/counting-backend.ts'
import { endGateways } from '../support/gateway-process.ts'
import { askAnew, startWorkerGateway, type WorkerGateway } from '../support/worker-gateway.ts'

let gateway: WorkerGateway
let backend: CountingBackend

beforeAll(async () => {
  backend = await startCountingBackend()
  gateway = await startWorkerGateway(2, ['--cache-bytes', '8000000', '--cache-errors'])
}, 60_000)

afterAll(async () => {
  try {
    expect(await gateway.stop()).toBe(0)
  } finally {
    await endGateways()
    await backend.stop()
  }
})

beforeEach(() => backend.reset())

async function deployCached(): Promise<string> {
  const id = await gateway.deploy({ type: 'http_proxy', httpMethod: 'GET', uri: `${backend.url}/` })
  await patch(id, { '/cacheClusterEnabled': 'true', '/*/*/caching/enabled': 'true' })
  return id
}

async function patch(id: string, values: Readonly<Record<string, string>>): Promise<void> {
  const patchOperations = Object.entries(values).map(([path, value]) => ({ op: 'replace', path, value }))
  await gateway.caller.call('apigateway', 'PATCH', `/restapis/${id}/stages/dev`, { patchOperations })
}

/** Bodies of many requests over connections of their own: both workers are met. */
async function ask(id: string): Promise<Set<string>> {
  const bodies = new Set<string>()
  for (let round = 0; round < 4; round++) {
    const asked = Array.from({ length: 10 }, async () => (await askAnew(gateway.urlOf(id))).text())
    for (const body of await Promise.all(asked)) bodies.add(body)
  }
  return bodies
}

test('what one worker has kept, all give', async () => {
  const id = await deployCached()
  expect(await (await askAnew(gateway.urlOf(id))).text()).toBe('1')
  expect([...(await ask(id))]).toEqual(['1'])
  expect(backend.count).toBe(1)
})

test('what one worker has sealed, all open', async () => {
  const id = await deployCached()
  await patch(id, { '/*/*/caching/dataEncrypted': 'true' })
  expect(await (await askAnew(gateway.urlOf(id))).text()).toBe('1')
  expect([...(await ask(id))]).toEqual(['1'])
})

test('a fresh answer takes the place of the kept one in every worker', async () => {
  const id = await deployCached()
  await patch(id, { '/*/*/caching/requireAuthorizationForCacheControl': 'false' })
  await ask(id)
  const fresh = await askAnew(gateway.urlOf(id), { 'Cache-Control': 'max-age=0' })
  const body = await fresh.text()
  expect(body).toBe(String(backend.count))
  expect([...(await ask(id))]).toEqual([body])
})

test('once a flush is answered nobody gives what was kept', async () => {
  const id = await deployCached()
  for (let round = 0; round < 5; round++) {
    await ask(id)
    const before = backend.count
    await gateway.caller.call('apigateway', 'DELETE', `/restapis/${id}/stages/dev/cache/data`)
    for (const body of await ask(id)) expect(Number(body)).toBeGreaterThan(before)
  }
})

test('turned off and on, it begins empty', async () => {
  const id = await deployCached()
  await ask(id)
  const before = backend.count
  await patch(id, { '/cacheClusterEnabled': 'false' })
  expect((await ask(id)).size).toBe(40)
  await patch(id, { '/cacheClusterEnabled': 'true' })
  expect((await ask(id)).size).toBeLessThanOrEqual(2)
  expect(backend.count).toBeLessThanOrEqual(before + 42)
})

test('with --cache-errors it keeps answers of any status', async () => {
  const id = await deployCached()
  backend.answer = { status: 404 }
  expect((await ask(id)).size).toBeLessThanOrEqual(2)
})

test('health counts what came from it, in all workers', async () => {
  const counts = async (): Promise<{ hits: number; misses: number }> => {
    const { stageCache } = (await (await askAnew(`${gateway.url}/_gatehouse/health`)).json()) as {
      stageCache: { hits: number; misses: number }
    }
    return stageCache
  }
  // Any order has workers report.
  const id = await deployCached()
  const before = await counts()
  await ask(id)
  await patch(id, { '/description': 'told' })
  const after = await counts()
  expect(after.misses - before.misses).toBe(backend.count)
  expect(after.hits - before.hits).toBe(40 - backend.count)
})

test('workers that are asked for the same at once make one call', async () => {
  const id = await deployCached()
  const release = backend.hold()
  const asking = ask(id)
  await backend.reached(1)
  await Promise.race([backend.reached(2), Bun.sleep(150)])
  release()
  expect([...(await asking)]).toEqual(['1'])
  expect(backend.count).toBe(1)
})

test('what must not be kept is waited for once, then asked for', async () => {
  const id = await deployCached()
  backend.answer = { headers: ['Set-Cookie', 'a=b'] }
  expect((await ask(id)).size).toBe(40)
  expect(backend.count).toBe(40)
})

test('what was kept outlives the workers', async () => {
  const id = await deployCached()
  await ask(id)
  expect(backend.count).toBe(1)
  const pids = gateway.workerPids()
  for (const pid of pids.slice(-2)) process.kill(pid, 'SIGKILL')
  await gateway.haveServed(pids.length + 2)
  expect([...(await ask(id))]).toEqual(['1'])
})
