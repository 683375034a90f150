import { afterAll, beforeAll, beforeEach, describe, expect, spyOn, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { compile } from '#compiler/compile.ts'
import type { Clock } from '#base/clock.ts'
import {
  cached,
  functionApi,
  proxied,
  setting,
  stageCacheCases,
  type StageCacheCase,
} from './stage-cache.cases.ts'
import { startCountingBackend, type CountingBackend } from './support/counting-backend.ts'
import { define, STAGE, type ApiDefinition } from './support/definition.ts'
import type { AnswerCache } from '#base/answer-cache.ts'
import type { KeptResponse } from '#data-plane/stage-cache/kept-response.ts'
import { MemoryAnswerCache } from '#store/answer-cache-memory.ts'
import type { KnownKey } from '#base/caller.ts'
import { LocalFunctions, returning } from './support/functions.ts'
import { hostOf, startHouse, type House } from './support/house.ts'
import { requestText, type RawReply } from './support/raw-http.ts'
import { secretOf, signed, userKey } from './support/signed.ts'

let house: House
let stale: House
let backend: CountingBackend
let skewMs = 0
let draw = 1
const clock: Clock = { now: () => Date.now() + skewMs }

beforeAll(async () => {
  house = await startHouse({
    clock,
    random: () => draw,
    callers: { find: async (id) => known[id] ?? 'unknown' },
  })
  stale = await startHouse({ clock, cache: { staleMs: 60_000, keepsErrors: true } })
  backend = await startCountingBackend()
})

afterAll(async () => {
  await house.stop()
  await stale.stop()
  await backend.stop()
})

beforeEach(() => {
  backend.reset()
  skewMs = 0
})

const allowing = (action: string): KnownKey => {
  const statement = { Effect: 'Allow', Action: action, Resource: '*' }
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  return userKey(action.slice(-1), { identity: [{ id: 'p', source: 'user', document }] })
}
/** Who may sign. */
const known: Readonly<Record<string, KnownKey>> = {
  MAY: { ...allowing('execute-api:*'), secret: secretOf('MAY') },
  MAYNOT: { ...allowing('execute-api:Invoke'), secret: secretOf('MAYNOT') },
}

let count = 0

function located(api: ApiDefinition): ApiDefinition {
  return JSON.parse(JSON.stringify(api).replaceAll('http://backend.test', backend.url)) as ApiDefinition
}

/** @returns the id of an API of its own */
function deploy(api: ApiDefinition, to: House = house): string {
  const apiId = `cache${++count}`
  to.deploy(apiId, located(api))
  return apiId
}

const get = (apiId: string, target = '/x', from: House = house): Promise<RawReply> =>
  from.send(apiId, { target })
const bodyOf = async (...asked: Parameters<typeof get>): Promise<string> => (await get(...asked)).body

describe('stage cache', () => {
  for (const each of stageCacheCases) test(each.name, () => play(each))
})

async function play({ api, answer = {}, requests }: StageCacheCase): Promise<void> {
  backend.answer = answer
  const apiId = deploy(api)
  for (const { gives, status, header = {}, target = '/x', ...request } of requests) {
    const reply = await house.send(apiId, { target, ...request })
    const coded = reply.header('content-encoding') !== undefined && gives === '(coded)'
    expect([coded ? '(coded)' : reply.body, reply.status]).toEqual([String(gives), status ?? reply.status])
    if (status === undefined) expect(reply.status).toBeLessThan(300)
    for (const [name, value] of Object.entries(header)) expect(reply.header(name)).toBe(value as string)
  }
}

test('each request has its own ids and trace, cached or not', async () => {
  const functions = new LocalFunctions({ f: returning({ statusCode: 200, body: 'once' }) })
  house.functions = functions
  const apiId = deploy(functionApi)
  const replies = [await get(apiId), await get(apiId)]
  expect(replies.map(({ body }) => body)).toEqual(['once', 'once'])
  expect(functions.calls.length).toBe(1)
  for (const name of ['x-amzn-requestid', 'x-amz-apigw-id', 'x-amzn-trace-id']) {
    const [first, second] = replies.map((reply) => reply.header(name))
    expect(first).toBeDefined()
    expect(second).toBeDefined()
    expect(first).not.toBe(second as string)
  }
})

test('of callers who sign, those may invalidate whose policies say so', async () => {
  const methodSettings = { '*/*': setting({ unauthorizedCacheControlHeaderStrategy: 'FAIL_WITH_403' }) }
  const integration = { type: 'HTTP_PROXY', httpMethod: 'GET', uri: backend.url } as const
  const apiId = deploy(
    cached({ '/x': { GET: { authorizationType: 'AWS_IAM', integration } } }, methodSettings),
  )
  const ask = async (key: string, headers: readonly string[] = []): Promise<string> =>
    (await house.send(apiId, signed(apiId, key, { target: '/x', headers, at: clock.now() }))).body
  const fresh = ['Cache-Control: max-age=0']
  expect([await ask('MAY'), await ask('MAYNOT')]).toEqual(['1', '1'])
  expect([await ask('MAY', fresh), await ask('MAYNOT')]).toEqual(['2', '2'])
  expect(await ask('MAYNOT', fresh)).toContain('not authorized')
  expect(await bodyOf(apiId)).toContain('Missing Authentication Token')
})

test('an answer is kept for as long as the TTL says', async () => {
  const apiId = deploy(cached(proxied(), { '*/*': setting({ cacheTtlInSeconds: 10 }) }))
  expect(await bodyOf(apiId)).toBe('1')
  skewMs = 9000
  expect(await bodyOf(apiId)).toBe('1')
  skewMs = 11_000
  expect(await bodyOf(apiId)).toBe('2')
})

test('a flush ends what the stage has, and what is being asked for', async () => {
  const apiId = deploy(cached(proxied()))
  expect(await bodyOf(apiId)).toBe('1')
  const release = backend.hold()
  house.responses.flush(`${apiId}/${STAGE}`)
  const before = get(apiId)
  await backend.reached(2)
  house.responses.flush(`${apiId}/${STAGE}`)
  const after = get(apiId)
  await backend.reached(3)
  release()
  expect([(await before).body, (await after).body]).toEqual(['2', '3'])
  expect(await bodyOf(apiId)).toBe('3')
})

test('more than 1,048,576 bytes pass through, whether or not their number is told', async () => {
  const apiId = deploy(cached(proxied()))
  for (const chunked of [false, true]) {
    backend.answer = { body: 'x'.repeat(1_048_577), chunked }
    expect((await bodyOf(apiId)).length).toBe(1_048_577)
    expect((await bodyOf(apiId)).length).toBe(1_048_577)
  }
  expect(backend.count).toBe(4)
  expect(house.responses.stageBytes(`${apiId}/${STAGE}`)).toBe(0)
})

test('encrypted answers are not in memory as they are', async () => {
  const apiId = deploy(cached(proxied(), { '*/*': setting({ cacheDataEncrypted: true }) }))
  const kept: object[] = []
  const set = spyOn(house.responses, 'set')
  backend.answer = { body: 'a secret', headers: ['X-Secret', 'another one'] }
  try {
    expect(await bodyOf(apiId)).toBe('a secret')
    expect(await bodyOf(apiId)).toBe('a secret')
  } finally {
    kept.push(...set.mock.calls.map(([, , answer]) => answer))
    set.mockRestore()
  }
  const [sealed] = kept as [{ readonly sealed: Uint8Array }]
  expect(kept.length).toBe(1)
  expect(Object.keys(sealed).sort()).toEqual(['freshUntilMs', 'sealed'])
  expect(Buffer.from(sealed.sealed).toString('latin1')).not.toMatch(/secret|another/)
})

test('a stage variable that the integration reads tells answers apart', async () => {
  const apiId = `cache${++count}`
  const api = located(
    cached(proxied({ requestParameters: { 'integration.request.querystring.v': 'stageVariables.v' } })),
  )
  house.deploy(apiId, { ...api, variables: { v: 'a' } })
  expect(await bodyOf(apiId)).toBe('1')
  house.deploy(apiId, { ...api, variables: { v: 'b' } })
  expect(await bodyOf(apiId)).toBe('2')
  house.deploy(apiId, { ...api, variables: { v: 'a' } })
  expect(await bodyOf(apiId)).toBe('1')
})

test('a stage keeps no more than its size, in GB; what is no size is told', async () => {
  const api = cached(proxied({ cacheKeyParameters: ['method.request.querystring.q'] }))
  const sized = (cacheClusterSize: string): ApiDefinition => ({
    ...api,
    stage: { ...api.stage, cacheClusterSize },
  })
  const apiId = deploy(sized('0.00001'))
  for (let i = 0; i < 40; i++) await get(apiId, `/x?q=${i}`)
  const taken = house.responses.stageBytes(`${apiId}/${STAGE}`)
  expect(taken).toBeGreaterThan(5000)
  expect(taken).toBeLessThanOrEqual(10_737)
  const message = 'cacheClusterSize large: expected a number of GB: nothing is cached'
  expect(house.deploy(`cache${++count}`, located(sized('large')))).toEqual([{ severity: 'warning', message }])
})

test('path parameters that tell no answers apart are told to the owner', () => {
  const told = (api: ApiDefinition): string[] =>
    house.deploy(`cache${++count}`, located(api)).map(({ message }) => message)
  const message = '{b} of the path: no cache key parameter, so all values get the same cached answer'
  const keys = { cacheKeyParameters: ['method.request.path.a'] }
  expect(told(cached(proxied(keys, '/{a}/{b}')))).toEqual([message])
  expect(told(cached(proxied(keys, '/{a}')))).toEqual([])
})

const canaryCases: readonly (readonly [useStageCache: boolean, deploymentId: string, bodies: string])[] = [
  [true, 'dep002', '1 2 1 2'],
  [true, 'dep001', '1 1 1 1'],
  [false, 'dep002', '1 2 1 3'],
]

test.each(canaryCases)('a canary (useStageCache %p) of %s', async (useStageCache, deploymentId, bodies) => {
  const apiId = `cache${++count}`
  const { snapshot, stage } = define(apiId, located(cached(proxied())))
  const canarySettings = { deploymentId, percentTraffic: 50, useStageCache }
  const { plan } = compile(snapshot, { ...stage, canarySettings }, { canary: { ...snapshot, deploymentId } })
  house.planTable.swap(plan)
  const got: string[] = []
  for (draw of [0.9, 0.1, 0.9, 0.1]) got.push(await bodyOf(apiId))
  draw = 1
  expect(got.join(' ')).toBe(bodies)
})

/** A client that can leave. */
function client(apiId: string): Socket {
  const socket = connect(house.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(requestText(hostOf(apiId), { target: `/${STAGE}/x` }))
  return socket
}

/** Resolves once so many requests in all have come to wait for a call. */
async function arrived(replies: readonly Promise<RawReply>[]): Promise<void> {
  // One after another over the same port, of which the last is answered at once.
  await get(deploy(cached({ '/x': { GET: {} } })))
  expect(await Promise.race([...replies, Bun.sleep(20).then(() => undefined)])).toBeUndefined()
}

describe('requests for one key', () => {
  test('share a call', async () => {
    const apiId = deploy(cached(proxied()))
    const release = backend.hold()
    const replies = Array.from({ length: 20 }, () => get(apiId))
    await backend.reached(1)
    await arrived(replies)
    release()
    expect((await Promise.all(replies)).map(({ body }) => body)).toEqual(replies.map(() => '1'))
    expect(backend.count).toBe(1)
  })

  test('share a failure, and the next asks again', async () => {
    const apiId = deploy(cached(proxied()))
    const release = backend.hold()
    const replies = Array.from({ length: 10 }, () => get(apiId))
    await backend.reached(1)
    await arrived(replies)
    backend.answer = { reset: true }
    release()
    for (const reply of await Promise.all(replies)) expect(reply.status).toBe(504)
    const failed = backend.count
    backend.answer = {}
    expect((await get(apiId)).status).toBe(200)
    expect(backend.count).toBe(failed + 1)
    // A GET may be sent once more over another connection before it has failed.
    expect(failed).toBeLessThanOrEqual(2)
  })

  test('a body that breaks off fails them all, and is not kept', async () => {
    const apiId = deploy(cached(proxied()))
    const release = backend.hold()
    const replies = Array.from({ length: 5 }, () => get(apiId))
    await backend.reached(1)
    await arrived(replies)
    backend.answer = { cut: true }
    release()
    for (const reply of await Promise.all(replies)) expect(reply.status).toBe(504)
    backend.answer = {}
    expect(await bodyOf(apiId)).toBe(String(backend.count))
  })

  test.each([
    [503, '1 1 1 1 1'],
    [401, '1 2 3 4 5'],
    [404, '1 2 3 4 5'],
  ])('share an answer of %i if the backend itself failed, and it is not kept', async (status, bodies) => {
    const apiId = deploy(cached(proxied()))
    const release = backend.hold()
    const replies = Array.from({ length: 5 }, () => get(apiId))
    await backend.reached(1)
    await arrived(replies)
    backend.answer = { status }
    release()
    expect(
      (await Promise.all(replies))
        .map(({ body }) => body)
        .toSorted()
        .join(' '),
    ).toBe(bodies)
    const asked = backend.count
    expect(await bodyOf(apiId)).toBe(String(asked + 1))
  })

  test('have one each of those that are for one client alone', async () => {
    const apiId = deploy(cached(proxied()))
    const release = backend.hold()
    const replies = Array.from({ length: 5 }, () => get(apiId))
    await backend.reached(1)
    await arrived(replies)
    backend.answer = { headers: ['Set-Cookie', 'a=1'] }
    release()
    expect((await Promise.all(replies)).map(({ body }) => body).sort()).toEqual(['1', '2', '3', '4', '5'])
  })

  test('get theirs when the client that came first has left', async () => {
    const apiId = deploy(cached(proxied()))
    const release = backend.hold()
    const first = client(apiId)
    await backend.reached(1)
    const replies = Array.from({ length: 5 }, () => get(apiId))
    await arrived(replies)
    // A mere end could be that of one half of the connection.
    first.resetAndDestroy()
    await backend.reached(2)
    release()
    expect((await Promise.all(replies)).map(({ body }) => body)).toEqual(['2', '2', '2', '2', '2'])
    expect(backend.count).toBe(2)
  })

  test('do not wait for a client that reads slowly', async () => {
    const apiId = deploy(cached(proxied()))
    backend.answer = { body: Buffer.alloc(1_048_576), chunked: true }
    const release = backend.hold()
    const slow = client(apiId)
    slow.pause()
    await backend.reached(1)
    const reply = get(apiId)
    await arrived([reply])
    release()
    expect((await reply).body.length).toBe(1_048_576)
    expect(backend.count).toBe(1)
    slow.destroy()
  })

  test('nor longer for a backend that drips than an integration may take', async () => {
    const apiId = deploy(cached(proxied({ timeoutInMillis: 400 })))
    backend.answer = { body: 'x'.repeat(20), dripMs: 40, chunked: true }
    const replies = Array.from({ length: 4 }, () => get(apiId))
    expect((await Promise.all(replies)).map(({ body }) => body)).toEqual(replies.map(() => 'x'.repeat(20)))
    expect(backend.count).toBe(4)
  })

  test('one that has to be fresh does not wait for what was asked before it', async () => {
    const apiId = deploy(
      cached(proxied(), { '*/*': setting({ requireAuthorizationForCacheControl: false }) }),
    )
    const release = backend.hold()
    const before = get(apiId)
    await backend.reached(1)
    const fresh = house.send(apiId, { target: '/x', headers: ['Cache-Control: max-age=0'] })
    await backend.reached(2)
    release()
    expect([(await before).body, (await fresh).body]).toEqual(['1', '2'])
    expect(await bodyOf(apiId)).toBe('2')
  })
})

test('answers that are kept elsewhere are waited for, and calls shared all the same', async () => {
  const here = new MemoryAnswerCache<KeptResponse>()
  const answers: AnswerCache<KeptResponse> = {
    get: async (...asked) => here.get(...asked),
    generation: (stage) => here.generation(stage),
    set: (...kept) => here.set(...kept),
    flush: (stage) => here.flush(stage),
    clear: () => here.clear(),
  }
  const elsewhere = await startHouse({ cache: { answers } })
  try {
    const apiId = deploy(cached(proxied()), elsewhere)
    const replies = await Promise.all(Array.from({ length: 5 }, () => get(apiId, '/x', elsewhere)))
    expect(replies.map(({ body }) => body)).toEqual(['1', '1', '1', '1', '1'])
    expect(await bodyOf(apiId, '/x', elsewhere)).toBe('1')
    const warned = await elsewhere.send(apiId, { target: '/x', headers: ['Cache-Control: max-age=0'] })
    expect([warned.body, warned.header('warning')?.slice(0, 4)]).toEqual(['1', '199 '])
  } finally {
    await elsewhere.stop()
  }
})

describe('a cache that may give answers past their time', () => {
  const short = (): string => deploy(cached(proxied(), { '*/*': setting({ cacheTtlInSeconds: 10 }) }), stale)

  test.each([{ status: 500 }, { status: 503 }, { reset: true }])(
    'does so while the backend fails with %j',
    async (failure) => {
      const apiId = short()
      expect(await bodyOf(apiId, '/x', stale)).toBe('1')
      skewMs = 30_000
      backend.answer = failure
      expect(await bodyOf(apiId, '/x', stale)).toBe('1')
      const asked = backend.count
      expect(asked).toBeGreaterThan(1)
      backend.answer = {}
      expect(await bodyOf(apiId, '/x', stale)).toBe(String(asked + 1))
    },
  )

  test('but no longer than that', async () => {
    const apiId = short()
    expect(await bodyOf(apiId, '/x', stale)).toBe('1')
    skewMs = 70_001
    backend.answer = { status: 500 }
    expect((await get(apiId, '/x', stale)).status).toBe(500)
  })

  test('and one that is to keep answers of every status does', async () => {
    const apiId = short()
    backend.answer = { status: 404 }
    expect([(await get(apiId, '/x', stale)).status, await bodyOf(apiId, '/x', stale)]).toEqual([404, '1'])
  })
})
