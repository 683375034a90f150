import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { createAwsCaller, type AwsCaller } from '#aws/client.ts'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'
import {
  connectClient,
  createWebSocketApi,
  tells,
  whoAmI,
  type TestClient,
} from '../support/websocket-api.ts'

// Clients that flood, stay silent, do not read, or come all at once.

interface End {
  readonly id: string
  readonly code: string
}

let told: { id: string; event: string; code: string }[] = []
let backend: Bun.Server<undefined>
const sockets: Socket[] = []
/** Whether a `$connect`, or a message, is answered yet. */
let gate: Promise<void> = Promise.resolve()

beforeAll(() => {
  backend = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request) {
      const event = (await request.json()) as { id: string; event: string; code: string }
      told.push(event)
      if (event.event !== 'DISCONNECT') await gate
      return new Response('{}')
    },
  })
})
afterAll(() => backend.stop(true))
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await endGateways()
  told = []
  gate = Promise.resolve()
})

interface Started {
  readonly gateway: GatewayProcess
  readonly owner: AwsCaller
  readonly apiId: string
  readonly url: string
}

async function start(...words: string[]): Promise<Started> {
  const gateway = await startGatewayProcess({ arguments: ['--websocket-extensions', ...words] })
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const owner = createAwsCaller({ endpoint: gateway.url, region: 'us-east-1', credentials })
  const tell = tells(backend.url.href)
  const ask = { ...tell, responses: { $default: {} } }
  const apiId = await createWebSocketApi(owner, { whoami: whoAmI, ask, $connect: tell, $disconnect: tell })
  return { gateway, owner, apiId, url: `ws://127.0.0.1:${gateway.port}/_aws/execute-api/${apiId}/dev` }
}

const ends = (): End[] =>
  told.filter(({ event }) => event === 'DISCONNECT').map(({ id, code }) => ({ id, code }))

/** A client of its own making: it does what it is told, and nothing else. */
async function handshake({ gateway, apiId }: Started): Promise<Socket> {
  const socket = connect(gateway.port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => {})
  socket.write(
    `GET /_aws/execute-api/${apiId}/dev HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  )
  await new Promise<void>((resolve, reject) => {
    socket.once('data', (bytes) =>
      String(bytes).startsWith('HTTP/1.1 101') ? resolve() : reject(new Error(String(bytes))),
    )
  })
  return socket
}

async function present({ owner, apiId }: Started): Promise<string[]> {
  const found = (await owner.call('execute-api', 'GET', `/_aws/execute-api/${apiId}/dev/@connections`)) as {
    connections: { connectionId: string }[]
  }
  return found.connections.map(({ connectionId }) => connectionId)
}

const post = ({ owner, apiId }: Started, id: string, bytes: Uint8Array): Promise<unknown> =>
  owner.call(
    'execute-api',
    'POST',
    `/_aws/execute-api/${apiId}/dev/@connections/${encodeURIComponent(id)}`,
    bytes,
  )

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await Bun.sleep(5)
}

test('a client that is gone without a word is found, one that answers pings stays', async () => {
  const started = await start('--limit', 'webSocketPingMs=300')
  const lively = await handshake(started)
  lively.on('data', (bytes) => {
    if (bytes[0] === PING) lively.write(EMPTY_PONG)
  })
  const [id] = (await present(started)) as [string]
  await handshake(started)
  await until(() => ends().length > 0)
  expect(ends()).toEqual([{ id: expect.not.stringContaining(id) as string, code: '1006' }])
  expect(await present(started)).toEqual([id])
}, 60_000)

/** RFC 6455 §5.5: the first byte of a ping, and a pong without data, masked as a client's frames are. */
const PING = 0x89
const EMPTY_PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0])

test('a gateway that stops ends its clients one by one, the idle first; a message under way is answered', async () => {
  const started = await start('--drain-timeout', '10000')
  const clients: TestClient[] = []
  for (let i = 0; i < 24; i++) clients.push(await connectClient(started.url))
  const [asking, ...idle] = clients as [TestClient, ...TestClient[]]
  const active = idle.splice(0, 8)
  // Later by a millisecond, at the least, than what went to others.
  await Bun.sleep(5)
  for (const { socket, next } of active) {
    socket.send('{"action": "whoami"}')
    await next()
  }
  const opened = Promise.withResolvers<void>()
  gate = opened.promise
  asking.socket.send('{"action": "ask"}')
  await until(() => told.some(({ event }) => event === 'MESSAGE'))
  const closed: { client: TestClient; atMs: number; code: number }[] = []
  for (const client of clients) {
    void client.closed.then(({ code }) => closed.push({ client, atMs: performance.now(), code }))
  }
  const stopped = started.gateway.stop()
  await until(() => closed.length === 23)
  const wasIdle = closed.map(({ client }) => idle.includes(client))
  // Those next to each other may be seen the other way round.
  expect(wasIdle.slice(0, idle.length - 3)).not.toContain(false)
  expect(wasIdle.slice(idle.length + 3)).not.toContain(true)
  // One each 10 ms, where they are few.
  expect((closed.at(-1)?.atMs ?? 0) - (closed[0]?.atMs ?? 0)).toBeGreaterThan(150)
  opened.resolve()
  expect(await asking.next()).toBe('{}')
  expect(await stopped).toBe(0)
  expect(closed.map(({ code }) => code)).toEqual(clients.map(() => 1001))
  expect(ends()).toHaveLength(24)
}, 60_000)

for (const [what, workers] of [
  ['stages/dev', '1'],
  ['', '2'],
] as const) {
  test(`clients of a deleted ${what || 'API'} are told, and each end is told of: ${workers} processes`, async () => {
    const started = await start('--workers', workers)
    const { owner, apiId, url } = started
    const clients = await Promise.all(Array.from({ length: 6 }, () => connectClient(url)))
    const opened = Promise.withResolvers<void>()
    gate = opened.promise
    const late = new WebSocket(url)
    const lateClosed = new Promise<CloseEvent>((resolve) => late.addEventListener('close', resolve))
    await until(() => told.length === 7)
    await owner.call('apigateway', 'DELETE', `/v2/apis/${apiId}/${what}`.replace(/\/$/, ''))
    opened.resolve()
    for (const closed of [...clients.map((client) => client.closed), lateClosed]) {
      expect(await closed).toMatchObject({ code: 1001, reason: 'Going away' })
    }
    await until(() => ends().length === 7)
    expect(new Set(ends().map(({ id }) => id)).size).toBe(7)
    expect(new Set(ends().map(({ code }) => code))).toEqual(new Set(['1001']))
  }, 60_000)
}

test('to a client that does not read no more is sent than its limit says, until it reads', async () => {
  const started = await start('--limit', 'webSocketUnsentBytes=300000')
  const deaf = await handshake(started)
  deaf.pause()
  const [id] = (await present(started)) as [string]
  const bytes = Buffer.alloc(128 * 1024, 'a')
  let taken = 0
  const outcome = (): Promise<string> =>
    post(started, id, bytes).then(
      () => `sent ${++taken}`,
      (error: { code: string; status: number }) => `${error.status} ${error.code}`,
    )
  await until(async () => (await outcome()) === '429 LimitExceededException')
  // What the kernel holds for it, and so much.
  expect(taken * bytes.length).toBeLessThan(32 * 1024 * 1024)
  deaf.resume()
  await until(async () => (await outcome()).startsWith('sent'))
  expect(ends()).toEqual([])
}, 60_000)

test('a client that asks and does not read the answers is closed', async () => {
  const started = await start('--limit', 'webSocketUnsentBytes=300000')
  const deaf = await handshake(started)
  deaf.pause()
  const [id] = (await present(started)) as [string]
  // A pong of 125 bytes for each ping (RFC 6455 §5.5.2), of a client that takes none of them.
  const pings = Buffer.alloc(
    131 * 1000,
    Buffer.concat([Buffer.from([0x89, 0xfd, 0, 0, 0, 0]), Buffer.alloc(125)]),
  )
  const writing = setInterval(() => deaf.write(pings), 5)
  try {
    await until(async () =>
      post(started, id, Buffer.from('a')).then(
        () => false,
        (error: { code: string }) => error.code === 'GoneException',
      ),
    )
  } finally {
    clearInterval(writing)
  }
  deaf.destroy()
  await until(() => ends().length === 1)
  expect(ends()).toEqual([{ id, code: '1008' }])
}, 60_000)

test('clients beyond --websocket-connections are answered 503, before anything is asked for them', async () => {
  const started = await start('--websocket-connections', '3')
  const [first] = await Promise.all([1, 2, 3].map(() => connectClient(started.url)))
  expect(handshake(started)).rejects.toThrow('HTTP/1.1 503')
  await until(async () => (await present(started)).length === 3)
  ;(first as TestClient).socket.close()
  await until(() => ends().length === 1)
  await handshake(started)
  expect(told.filter(({ event }) => event === 'CONNECT')).toHaveLength(4)
}, 60_000)

test('no more are let in than --websocket-connections, though all came before any was: what began is ended', async () => {
  const started = await start('--websocket-connections', '2')
  const opened = Promise.withResolvers<void>()
  gate = opened.promise
  const came = Promise.allSettled([1, 2, 3, 4, 5].map(() => handshake(started)))
  await until(() => told.length === 5)
  opened.resolve()
  const refused = (await came).filter(({ status }) => status === 'rejected')
  expect(refused.map((each) => String((each as PromiseRejectedResult).reason).slice(0, 19))).toEqual(
    Array(3).fill('Error: HTTP/1.1 503'),
  )
  expect(await present(started)).toHaveLength(2)
  expect(ends().map(({ code }) => code)).toEqual(['1006', '1006', '1006'])
}, 60_000)

for (const workers of ['1', '2']) {
  test(`clients that come faster than --websocket-connects get 429, and nobody is asked: ${workers} processes`, async () => {
    const started = await start('--websocket-connects', '0.001:8', '--workers', workers)
    const storm = await Promise.allSettled(Array.from({ length: 30 }, () => handshake(started)))
    const refused = storm.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))
    expect(refused).toHaveLength(22)
    for (const answer of refused) {
      expect(answer).toContain('HTTP/1.1 429 Too Many Requests')
      expect(answer).toContain('{"message": "Too Many Requests"')
    }
    expect(told.filter(({ event }) => event === 'CONNECT')).toHaveLength(8)
    // A rate of connections is none of messages and calls.
    expect(await present(started)).toHaveLength(8)
  }, 60_000)
}

test('a storm of clients is let in, however slow the integration is', async () => {
  const started = await start('--workers', '2')
  const opened = Promise.withResolvers<void>()
  gate = opened.promise
  const storm = Array.from({ length: 300 }, () => handshake(started))
  await until(() => told.length === 300)
  opened.resolve()
  await Promise.all(storm)
  expect(await present(started)).toHaveLength(300)
  expect(new Set(told.map(({ id }) => id)).size).toBe(300)
}, 60_000)

test('after churn nothing is left, and each end was told once', async () => {
  const started = await start('--workers', '2')
  for (let round = 0; round < 4; round++) {
    const clients = await Promise.all(Array.from({ length: 50 }, () => handshake(started)))
    // Every third says nothing before it goes; others close as they should, or half.
    clients.forEach((socket, i) => {
      if (i % 3 === 0) socket.resetAndDestroy()
      else if (i % 3 === 1) socket.end()
      else socket.write(Buffer.from([0x88, 0x82, 0, 0, 0, 0, 3, 232]))
    })
    await until(() => ends().length === 50 * (round + 1))
  }
  expect(await present(started)).toEqual([])
  expect(new Set(ends().map(({ id }) => id)).size).toBe(200)
}, 60_000)

test('with limits lifted, messages of 16 MB go both ways, over workers, too', async () => {
  const started = await start('--limits', 'none', '--workers', '2')
  const clients = await Promise.all(Array.from({ length: 4 }, () => connectClient(started.url)))
  const large = Buffer.alloc(16 * 1024 * 1024 - 100, 'a')
  for (const { id, next } of clients) {
    await post(started, id, large)
    expect((await next()).length).toBe(large.length)
  }
  const [{ id, socket, next }] = clients as [TestClient]
  socket.send(`{"action": "whoami", "long": "${large.toString()}"}`)
  expect(await next()).toBe(id)
}, 60_000)
