import { afterEach, describe, expect, test } from 'bun:test'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { FunctionUnavailable, type FunctionCall } from '#data-plane/ports.ts'
import { ResilienceState } from '#data-plane/resilience/resilience-state.ts'
import { realWorld } from '#data-plane/resilience/world.ts'
import { TargetGroup } from '#data-plane/targets/target-group.ts'
import { lambdaProxy, STAGE, type IntegrationDefinition } from './support/definition.ts'
import { hostOf, startHouse, type House, type HouseOptions } from './support/house.ts'
import { requestText, type RawReply, type RawRequest } from './support/raw-http.ts'

// What Amazon API Gateway lacks: docs/resilience.md. Backends are raw sockets, so that each misbehaves as it is told.

const ending: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end()
})

type Answer = (socket: Socket, request: string) => void

const status =
  (code: number, body = String(code)): Answer =>
  (socket) =>
    void socket.write(`HTTP/1.1 ${code} Told\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
const ok = status(200, 'fine')
const reset: Answer = (socket) => void socket.destroy()
const silence: Answer = () => {}

interface Misbehaving {
  readonly uri: string
  readonly port: number
  /** Requests as they came, whole. */
  readonly requests: string[]
  /** Connections that clients have ended. */
  readonly left: Promise<void>
  answers: Answer[]
  /** Once `answers` are used up. */
  otherwise: Answer
}

async function backend(...answers: Answer[]): Promise<Misbehaving> {
  const sockets = new Set<Socket>()
  let leave = (): void => {}
  const left = new Promise<void>((resolve) => (leave = resolve))
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => leave())
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
      const head = text.indexOf('\r\n\r\n')
      if (head < 0 || text.length < head + 4 + length) return
      told.requests.push(text)
      const request = text
      text = ''
      const answer = told.answers.shift() ?? told.otherwise
      answer(socket, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ending.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  const told: Misbehaving = {
    uri: `http://127.0.0.1:${port}/`,
    port,
    requests: [],
    left,
    answers,
    otherwise: ok,
  }
  return told
}

/** An address at which nobody listens. */
async function nobody(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}/`
}

interface Sending {
  readonly house: House
  readonly send: (request?: Partial<RawRequest>) => Promise<RawReply>
}

async function serve(
  traffic: Record<string, unknown>,
  integration: Partial<IntegrationDefinition>,
  options: HouseOptions = {},
): Promise<Sending> {
  const house = await startHouse(options)
  ending.push(() => house.stop())
  const whole: IntegrationDefinition = {
    type: 'HTTP_PROXY',
    httpMethod: 'ANY',
    timeoutInMillis: 2000,
    integrationResponses: { 200: {} },
    ...integration,
  }
  const found = house.deploy('traffic', {
    paths: { '/x': { ANY: { integration: whole, traffic } } },
  })
  expect(found).toEqual([])
  return { house, send: (request = {}) => house.send('traffic', { target: '/x', ...request }) }
}

const quick = { backoffMs: 1, backoffMsMax: 2 }

describe('retries', () => {
  const cases: readonly {
    readonly name: string
    readonly first: Answer
    readonly method?: string
    readonly retry?: Record<string, unknown>
    /** Of requests that the backend got. */
    readonly sent: number
    readonly status: number
  }[] = [
    { name: 'a connection that is reset', first: reset, sent: 2, status: 200 },
    { name: 'an unavailable backend', first: status(503), sent: 2, status: 200 },
    { name: 'no answer in time', first: silence, retry: { tryTimeoutMs: 400 }, sent: 2, status: 200 },
    { name: 'PUT is idempotent', first: status(503), method: 'PUT', sent: 2, status: 200 },
    { name: 'POST is not: an answer', first: status(503), method: 'POST', sent: 1, status: 503 },
    { name: 'POST is not: a reset', first: reset, method: 'POST', sent: 1, status: 504 },
    {
      name: 'POST where it is said to be',
      first: status(503),
      method: 'POST',
      retry: { methods: ['POST'] },
      sent: 2,
      status: 200,
    },
    { name: 'a status that is not listed', first: status(500), sent: 1, status: 500 },
    { name: 'a failure that is not listed', first: reset, retry: { on: ['connect'] }, sent: 1, status: 504 },
    { name: 'one attempt is the first', first: status(503), retry: { attempts: 1 }, sent: 1, status: 503 },
  ]
  for (const { name, first, method = 'GET', retry = {}, sent, status: code } of cases) {
    for (const type of ['HTTP_PROXY', 'HTTP'] as const) {
      if (type === 'HTTP' && code !== 200) continue
      test(`${type}: ${name}`, async () => {
        const there = await backend(first)
        const { send } = await serve({ retry: { ...quick, ...retry } }, { type, uri: there.uri })
        const body = method === 'GET' ? undefined : 'the body'
        const reply = await send({ method, ...(body === undefined ? {} : { body }) })
        expect([reply.status, there.requests.length]).toEqual([code, sent])
        if (body !== undefined) for (const text of there.requests) expect(text).toEndWith(body)
      })
    }
  }

  test("no more than attempts, and the last answer is the client's", async () => {
    const there = await backend(status(503, 'a'), status(503, 'b'), status(502, 'c'))
    const { send } = await serve({ retry: quick }, { uri: there.uri })
    const reply = await send()
    expect([reply.status, reply.body, there.requests.length]).toEqual([502, 'c', 3])
  })

  test('an answer that has begun is not asked for again', async () => {
    const there = await backend((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthe beginning', () => socket.destroy())
    })
    const { send } = await serve({ retry: quick, hedge: { delayMs: 1000 } }, { uri: there.uri })
    const reply = await send().catch((error: Error) => error)
    expect(reply).toBeInstanceOf(Error)
    expect(there.requests.length).toBe(1)
  })

  test('a mapped answer that is lost in the middle is not, either', async () => {
    const there = await backend((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nthe beginning', () => socket.destroy())
    })
    const { send } = await serve({ retry: quick }, { type: 'HTTP', uri: there.uri })
    expect([(await send()).status, there.requests.length]).toEqual([504, 1])
  })

  test('no more than the budget', async () => {
    const there = await backend()
    there.otherwise = status(503)
    const { send } = await serve(
      { retry: { ...quick, attempts: 10 }, budget: { percent: 0, perSecondMin: 0.2 } },
      { uri: there.uri },
    )
    for (let i = 0; i < 5; i++) expect((await send()).status).toBe(503)
    expect(there.requests.length).toBe(5 + 2)
  })

  test('a body that is too large to be held is sent once', async () => {
    const there = await backend(status(503))
    const { send } = await serve({ retry: { ...quick, bodyBytesMax: 10 } }, { uri: there.uri })
    expect((await send({ method: 'PUT', body: 'x'.repeat(11) })).status).toBe(503)
    expect(there.requests.length).toBe(1)
  })

  test('a function that could not be run, or failed', async () => {
    const { house, send } = await serve({ retry: quick }, lambdaProxy('pets'))
    const calls: FunctionCall[] = []
    const answer = { payload: Buffer.from('{"statusCode":200,"body":"run"}') }
    house.functions = {
      invoke: (call) => {
        calls.push(call)
        if (calls.length === 1) return Promise.reject(new FunctionUnavailable('throttled', 'busy'))
        return Promise.resolve(
          calls.length === 2 ? { ...answer, functionError: 'Unhandled' as const } : answer,
        )
      },
    }
    expect((await send()).body).toBe('run')
    expect(calls.length).toBe(3)
    expect((await send({ method: 'POST' })).status).toBe(200)
  })

  test('another target', async () => {
    const bad = await backend()
    bad.otherwise = status(503)
    const good = await backend()
    const group = new TargetGroup({
      name: 'pets',
      targets: [bad, good].map(({ port }) => ({ address: `127.0.0.1:${port}`, weight: 1 })),
      connectTimeoutMs: 1000,
    })
    const { send } = await serve(
      { targets: 'pets', retry: { ...quick, attempts: 2 } },
      { uri: 'http://pets.internal/' },
      { targets: { find: ([name]) => (name === 'pets' ? group : undefined) } },
    )
    for (let i = 0; i < 10; i++) expect((await send()).body).toBe('fine')
    expect(good.requests.length).toBe(10)
    expect(good.requests[0]).toContain('Host: pets.internal')
  })
})

describe('circuit breakers', () => {
  test('open, answer 503 without asking, and close after a probe', async () => {
    let nowMs = 0
    const state = new ResilienceState({ world: { ...realWorld, now: () => nowMs } })
    const there = await backend()
    there.otherwise = status(502)
    const { send } = await serve(
      { circuitBreaker: { failures: 3, openMs: 1000 } },
      { uri: there.uri },
      { resilience: state },
    )
    for (let i = 0; i < 3; i++) expect((await send()).status).toBe(502)
    const refused = await send()
    expect([refused.status, refused.body]).toEqual([503, '{"message": "Service Unavailable"}'])
    expect(there.requests.length).toBe(3)
    there.otherwise = ok
    nowMs = 1000
    expect((await send()).status).toBe(200)
    expect((await send()).status).toBe(200)
    expect(there.requests.length).toBe(5)
  })

  test('connections that are refused', async () => {
    const { send } = await serve({ circuitBreaker: { failures: 2 } }, { uri: await nobody() })
    const statuses = []
    for (let i = 0; i < 3; i++) statuses.push((await send()).status)
    expect(statuses).toEqual([500, 500, 503])
  })

  test('a target whose breaker is open is passed by', async () => {
    const bad = await backend()
    bad.otherwise = status(503)
    const good = await backend()
    const group = new TargetGroup({
      name: 'pets',
      targets: [bad, good].map(({ port }) => ({ address: `127.0.0.1:${port}`, weight: 1 })),
      connectTimeoutMs: 1000,
    })
    const { send } = await serve(
      { targets: 'pets', circuitBreaker: { failures: 1 } },
      { uri: 'http://pets.internal/' },
      { targets: { find: () => group } },
    )
    const statuses = []
    while (bad.requests.length === 0) statuses.push((await send()).status)
    for (let i = 0; i < 10; i++) expect((await send()).status).toBe(200)
    expect(statuses.filter((code) => code !== 200)).toEqual([503])
    expect(bad.requests.length).toBe(1)
  })
})

describe('concurrency', () => {
  /** A backend that answers when it is told. */
  async function held(): Promise<{ there: Misbehaving; came: () => Promise<void>; release: () => void }> {
    const sockets: Socket[] = []
    let arrived = (): void => {}
    const there = await backend()
    there.otherwise = (socket) => {
      sockets.push(socket)
      arrived()
    }
    return {
      there,
      came: () => (sockets.length > 0 ? Promise.resolve() : new Promise((resolve) => (arrived = resolve))),
      release: () => ok(sockets.shift() as Socket, ''),
    }
  }

  test('at most so many, the others are refused', async () => {
    const { there, came, release } = await held()
    const { send } = await serve({ concurrency: { limit: 1 } }, { uri: there.uri })
    const first = send()
    await came()
    const second = await send()
    expect([second.status, second.body]).toEqual([429, '{"message":"Too Many Requests"}'])
    release()
    expect((await first).status).toBe(200)
    const third = send()
    await came()
    release()
    expect((await third).status).toBe(200)
  })

  test('others wait for their turn, so many and so long', async () => {
    const { there, came, release } = await held()
    const { send } = await serve(
      { concurrency: { limit: 1, queue: 1, queueMs: 60_000, status: 503 } },
      { uri: there.uri },
    )
    const first = send()
    await came()
    const others = [send(), send()]
    expect((await Promise.race(others)).status).toBe(503)
    release()
    expect((await first).status).toBe(200)
    await came()
    release()
    expect((await Promise.all(others)).map((reply) => reply.status).toSorted((a, b) => a - b)).toEqual([
      200, 503,
    ])
    expect(there.requests.length).toBe(2)
  })

  test('a queue that takes too long', async () => {
    const { there, came, release } = await held()
    const { send } = await serve({ concurrency: { limit: 1, queue: 1, queueMs: 20 } }, { uri: there.uri })
    const first = send()
    await came()
    expect((await send()).status).toBe(429)
    release()
    expect((await first).status).toBe(200)
  })

  test('a client that leaves in the middle of an answer gives its turn back', async () => {
    const there = await backend((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nthe beginning')
    })
    const { house, send } = await serve(
      { concurrency: { limit: 1, queue: 1, queueMs: 60_000 } },
      { uri: there.uri },
    )
    const client = connect(house.port, '127.0.0.1')
    client.write(requestText(hostOf('traffic'), { target: `/${STAGE}/x` }))
    await new Promise((resolve) => client.once('data', resolve))
    const next = send()
    client.resetAndDestroy()
    expect((await next).status).toBe(200)
    await there.left
  })

  test('each key has its own limit', async () => {
    const { there, came, release } = await held()
    const { send } = await serve(
      { concurrency: { limit: 1, per: '$request.header.X-Tenant' } },
      { uri: there.uri },
    )
    const first = send({ headers: ['X-Tenant: a'] })
    await came()
    expect((await send({ headers: ['X-Tenant: a'] })).status).toBe(429)
    there.otherwise = ok
    expect((await send({ headers: ['X-Tenant: b'] })).status).toBe(200)
    release()
    expect((await first).status).toBe(200)
  })
})

describe('hedges', () => {
  test('the first good answer is taken, the other request is cancelled', async () => {
    const there = await backend(silence)
    const { send } = await serve({ hedge: { delayMs: 20 } }, { uri: there.uri })
    const reply = await send()
    expect([reply.status, there.requests.length]).toEqual([200, 2])
    await there.left
  })

  test('not for POST', async () => {
    const there = await backend((socket, text) => void setTimeout(() => ok(socket, text), 60))
    const { send } = await serve({ hedge: { delayMs: 10 } }, { uri: there.uri })
    expect((await send({ method: 'POST', body: 'x' })).status).toBe(200)
    expect(there.requests.length).toBe(1)
  })
})

describe('mirrors', () => {
  test('a copy goes out, body and all, whatever becomes of it', async () => {
    const there = await backend()
    let arrived = (): void => {}
    const came = new Promise<void>((resolve) => (arrived = resolve))
    const shadow = await backend((socket) => {
      arrived()
      socket.destroy()
    })
    const { send } = await serve(
      { mirror: { to: `http://127.0.0.1:${shadow.port}` } },
      { uri: `${there.uri}a?b=c` },
    )
    expect((await send({ method: 'POST', body: 'the body' })).body).toBe('fine')
    await came
    const [copy = ''] = shadow.requests
    expect(copy).toStartWith('POST /a?b=c HTTP/1.1\r\n')
    expect(copy).toContain(`Host: 127.0.0.1:${shadow.port}\r\n`)
    expect(copy).toContain('X-Gatehouse-Mirrored: true\r\n')
    expect(copy).toEndWith('\r\n\r\nthe body')
    expect(there.requests[0]).not.toContain('Mirrored')
  })

  test('none of a hundred', async () => {
    const there = await backend()
    const shadow = await backend()
    const { send } = await serve({ mirror: { to: shadow.uri.slice(0, -1), percent: 0 } }, { uri: there.uri })
    expect((await send()).status).toBe(200)
    expect(shadow.requests.length).toBe(0)
  })
})
