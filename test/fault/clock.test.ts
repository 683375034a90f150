import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { endGateways } from '../support/gateway-process.ts'
import { startRedis, type RedisServer } from '../support/services/redis.ts'
import { shiftedClock, type ShiftedClock } from '../support/services/shifted-clock.ts'
import { connectClient, createWebSocketApi, whoAmI, type TestClient } from '../support/websocket-api.ts'
import { askAnew, startWorkerGateway, type WorkerGateway } from '../support/worker-gateway.ts'

// The wall clock of a gateway is set while it serves: what is a duration goes on, what is a moment follows.
// docs/operating.md has the table.

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Far from midnight: a jump of an hour stays within the day. */
const NOON_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS / 2

const KEYS = { throttled: 'the-value-of-the-throttled-key', counted: 'the-value-of-the-counted-key' }
const BURST = 20
const QUOTA = 20

let backend: Server
/** Answers that are held back, and who waits for one to be. */
const held: ServerResponse[] = []
let arrived = Promise.withResolvers<void>()
let calls = 0
beforeAll(async () => {
  backend = createServer((request, response) => {
    calls++
    if (request.url !== '/slow') return void response.end(String(calls))
    held.push(response)
    arrived.resolve()
  })
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  backend.closeAllConnections()
  backend.close()
})

const http = (path: string): object => ({
  type: 'http_proxy',
  httpMethod: 'GET',
  uri: `http://127.0.0.1:${(backend.address() as { port: number }).port}${path}`,
})

interface Setting {
  readonly gateway: WorkerGateway
  readonly apiId: string
  readonly webSocketUrl: string
}

/** An API whose paths are slow, cached or want a key; plans that fill in days; a WebSocket API. */
async function startSetting(words: readonly string[], clock: ShiftedClock): Promise<Setting> {
  const gateway = await startWorkerGateway(2, words, { environment: clock.environment })
  const { caller } = gateway
  const call = (method: string, path: string, body: object): Promise<{ id: string }> =>
    caller.call('apigateway', method, path, body) as Promise<{ id: string }>
  const responses = { 200: { description: 'ok' } }
  const get = (path: string, more: object = {}): object => ({
    get: { responses, 'x-amazon-apigateway-integration': http(path), ...more },
  })
  const { id: apiId } = await call('POST', '/restapis?mode=import', {
    openapi: '3.0.1',
    info: { title: 'clock', version: '1' },
    paths: {
      '/slow': get('/slow'),
      '/cached': get('/cached'),
      '/key': get('/key', { security: [{ key: [] }] }),
    },
    components: { securitySchemes: { key: { type: 'apiKey', name: 'x-api-key', in: 'header' } } },
  })
  await call('POST', `/restapis/${apiId}/deployments`, {
    stageName: 'dev',
    cacheClusterEnabled: true,
    cacheClusterSize: '0.5',
  })
  await call('PATCH', `/restapis/${apiId}/stages/dev`, {
    patchOperations: [
      { op: 'replace', path: '/~1cached/GET/caching/enabled', value: 'true' },
      { op: 'replace', path: '/~1cached/GET/caching/ttlInSeconds', value: '600' },
    ],
  })
  const plans = {
    throttled: { throttle: { rateLimit: 0.01, burstLimit: BURST } },
    counted: { quota: { limit: QUOTA, period: 'DAY' } },
  }
  for (const name of ['throttled', 'counted'] as const) {
    const { id: planId } = await call('POST', '/usageplans', {
      name,
      apiStages: [{ apiId, stage: 'dev' }],
      ...plans[name],
    })
    const { id: keyId } = await call('POST', '/apikeys', { name, value: KEYS[name], enabled: true })
    await call('POST', `/usageplans/${planId}/keys`, { keyId, keyType: 'API_KEY' })
  }
  const webSocketApi = await createWebSocketApi(caller, { whoami: whoAmI })
  const webSocketUrl = `ws://127.0.0.1:${gateway.port}/_aws/execute-api/${webSocketApi}/dev`
  return { gateway, apiId, webSocketUrl }
}

const ask = ({ gateway, apiId }: Setting, path: string, key?: string): Promise<Response> =>
  askAnew(`${gateway.urlOf(apiId)}${path}`, key === undefined ? {} : { 'x-api-key': key })

/** @returns how many of so many requests were let in */
async function admitted(setting: Setting, key: string, times: number): Promise<number> {
  let count = 0
  for (let i = 0; i < times; i++) if ((await ask(setting, 'key', key)).status === 200) count++
  return count
}

/** Half a request of a client, which is finished later. */
function halfRequest({ gateway, apiId }: Setting): () => Promise<string> {
  const socket = connect(gateway.port, '127.0.0.1')
  let said = ''
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(said)))
  socket.on('data', (bytes) => (said += bytes.toString('latin1'))).on('error', () => {})
  socket.write(`GET /_aws/execute-api/${apiId}/dev/cached HTTP/1.1\r\nHost: localhost\r\n`)
  return () => {
    socket.write('Connection: close\r\n\r\n')
    return closed
  }
}

const isShared = [
  ['in memory of its own', false],
  ['in Redis', true],
] as const
const jumps = [
  ['an hour ahead', HOUR_MS],
  ['an hour back', -HOUR_MS],
] as const

for (const [where, withRedis] of isShared) {
  describe(`the clock of a gateway with its state ${where} is set`, () => {
    let clock: ShiftedClock
    let redis: RedisServer | undefined
    let setting: Setting
    let nowMs = NOON_MS
    const set = (toMs: number): void => clock.set((nowMs = toMs))
    /** What was used of the bucket and of the day, so far. */
    const used = { throttled: 0, counted: 0 }
    beforeAll(async () => {
      clock = await shiftedClock(NOON_MS)
      redis = withRedis ? await startRedis() : undefined
      const state = redis && [
        '--state',
        redis.url,
        '--state-timeout',
        '1000',
        '--state-failure',
        'fail-closed',
      ]
      setting = await startSetting(state ?? [], clock)
    }, 600_000)
    afterAll(async () => {
      await endGateways()
      await redis?.stop()
      clock.stop()
    })

    for (const [where, byMs] of jumps) {
      test(`${where}: nobody is cut off, nothing fills, nothing kept is over`, async () => {
        // Both workers have one; with Redis each its own, when they are asked at once.
        for (let i = 0; i < 8; i++) await ask(setting, 'cached')
        for (const name of ['throttled', 'counted'] as const) {
          expect(await admitted(setting, KEYS[name], 5)).toBe(5)
          used[name] += 5
        }
        const callsBefore = calls
        arrived = Promise.withResolvers()
        const slow = ask(setting, 'slow')
        const finish = halfRequest(setting)
        const clients: TestClient[] = []
        for (let i = 0; i < 3; i++) clients.push(await connectClient(setting.webSocketUrl))
        await arrived.promise

        set(nowMs + byMs)
        // Every process has looked after its connections since.
        await Bun.sleep(SWEEPS_MS)

        for (const response of held.splice(0)) response.end('at last')
        expect(await (await slow).text()).toBe('at last')
        expect(await finish()).toStartWith('HTTP/1.1 200 ')
        for (const { socket, next, id } of clients) {
          socket.send('{"action": "whoami"}')
          expect(await next()).toBe(id)
          socket.close()
        }
        for (let i = 0; i < 8; i++) expect((await ask(setting, 'cached')).status).toBe(200)
        // The slow one is among them.
        expect(calls).toBe(callsBefore + 1)
        // Half of the day's are left, half of the bucket's: a clock that is believed would give all of them again.
        for (const name of ['throttled', 'counted'] as const) {
          expect(await admitted(setting, KEYS[name], 2)).toBe(2)
          used[name] += 2
        }
        // What is a moment follows, within a second.
        const told = async (): Promise<number> =>
          Date.parse((await ask(setting, 'cached')).headers.get('date') as string)
        while (Math.abs((await told()) - nowMs) > 60_000) await Bun.sleep(20)
      }, 60_000)
    }

    test('and a worker that is killed and replaced after that goes on where it was', async () => {
      set(nowMs + HOUR_MS)
      process.kill(setting.gateway.workerPids()[0] as number, 'SIGKILL')
      await setting.gateway.haveServed(3)
      expect(used).toEqual({ throttled: 14, counted: 14 })
      // What a process held ahead goes with it.
      const lost = withRedis ? Math.ceil(Math.max(BURST, QUOTA) / 10) : 0
      for (const [name, most] of [
        ['throttled', BURST],
        ['counted', QUOTA],
      ] as const) {
        const more = await admitted(setting, KEYS[name], 2 * most)
        expect(used[name] + more).toBeLessThanOrEqual(most)
        expect(used[name] + more).toBeGreaterThanOrEqual(most - lost)
      }
    }, 60_000)

    test('a day ahead: the next quota; back again: what was used of that one counts on', async () => {
      set(nowMs + DAY_MS)
      expect(await admitted(setting, KEYS.counted, 5)).toBe(5)
      set(nowMs - DAY_MS)
      expect(await admitted(setting, KEYS.counted, 2 * QUOTA)).toBeLessThanOrEqual(QUOTA - 5)
      expect(await admitted(setting, KEYS.throttled, 10)).toBe(0)
    }, 60_000)
  })
}

/** The engine looks after its connections every 500 ms. */
const SWEEPS_MS = 700
