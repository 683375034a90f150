import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { awsLimits } from '#data-plane/limits.ts'
import type { DataPlaneLimits } from '#data-plane/limits.ts'
import type { BodyOwner } from '#http/streaming-body.ts'
import { StreamingBody } from '#http/streaming-body.ts'
import { startBackend, type Backend } from './support/backend.ts'
import { lambdaProxy, lambdaStream, STAGE, type ApiDefinition } from './support/definition.ts'
import {
  LocalFunctions,
  returning,
  throwing,
  unavailable,
  type FunctionBehaviour,
} from './support/functions.ts'
import { hostOf, startHouse, type House } from './support/house.ts'
import { requestText } from './support/raw-http.ts'

// Developer guide, "Stream the integration response for your proxy integrations in API Gateway".

let house: House
let backend: Backend
let count = 0

beforeAll(async () => {
  house = await startHouse()
  backend = await startBackend()
})
afterAll(async () => {
  await house.stop()
  await backend.stop()
})

const DELIMITER = '\0'.repeat(8)
const internal = '{"message": "Internal server error"}'

/** A body that the test feeds. */
class Fed {
  readonly asked: string[] = []
  readonly cancelled: Promise<void>
  readonly body: StreamingBody

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.cancelled = promise
    const owner: BodyOwner = {
      bodyWanted: () => {},
      pauseBody: () => void this.asked.push('pause'),
      resumeBody: () => void this.asked.push('resume'),
      bodyCancelled: resolve,
    }
    this.body = new StreamingBody(owner, undefined, 1_000_000)
  }

  push(text: string): void {
    this.body.push(Buffer.from(text, 'latin1'))
  }
}

function pieces(fed: Fed): FunctionBehaviour {
  return () => ({ payload: Buffer.alloc(0), pieces: fed.body })
}

/** A function whose whole answer is this. */
function writing(text: string): FunctionBehaviour {
  return () => {
    const fed = new Fed()
    for (const piece of text.match(/[^]{1,7}/g) ?? []) fed.push(piece)
    fed.body.finish()
    return { payload: Buffer.alloc(0), pieces: fed.body }
  }
}

function deploy(
  behaviour: FunctionBehaviour,
  options: { integration?: object; limits?: Partial<DataPlaneLimits>; api?: ApiDefinition['api'] } = {},
): string {
  const apiId = `stream${++count}`
  house.functions = new LocalFunctions({ f: behaviour })
  house.deploy(
    apiId,
    {
      paths: { '/x': { GET: { integration: lambdaStream('f', options.integration) } } },
      api: options.api ?? {},
    },
    { limits: { ...awsLimits, ...options.limits } },
  )
  return apiId
}

const send = (apiId: string, headers: readonly string[] = []): ReturnType<House['send']> =>
  house.send(apiId, { target: '/x', headers })

/** What a client reads, as it comes. */
function open(apiId: string): {
  readonly has: (part: string) => Promise<void>
  readonly closed: Promise<string>
  readonly leave: () => void
  readonly pause: () => void
} {
  let text = ''
  let grown = (): void => {}
  const closed = Promise.withResolvers<string>()
  const socket = connect(house.port, '127.0.0.1', () =>
    socket.write(requestText(hostOf(apiId), { target: `/${STAGE}/x` })),
  )
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1')
    grown()
  })
  socket.on('error', () => {})
  socket.on('close', () => closed.resolve(text))
  return {
    async has(part) {
      while (!text.includes(part)) await new Promise<void>((resolve) => (grown = resolve))
    },
    closed: closed.promise,
    leave: () => socket.destroy(),
    pause: () => socket.pause(),
  }
}

describe('a function', () => {
  test('status, headers and cookies come from its metadata', async () => {
    const metadata = {
      statusCode: 201,
      headers: { 'x-foo': 'bar', date: 'then' },
      multiValueHeaders: { 'x-mv': ['a', 'b'] },
      cookies: ['a=1; Secure', 'b=2'],
    }
    const reply = await send(deploy(writing(`${JSON.stringify(metadata)}${DELIMITER}hello\0\0\0\0\0\0\0\0ö`)))
    expect(reply.status).toBe(201)
    expect(reply.headers.filter((line) => /^(x-foo|x-mv|set-cookie|x-amzn-remapped)/i.test(line))).toEqual([
      'x-mv: a',
      'x-mv: b',
      'x-foo: bar',
      'x-amzn-Remapped-date: then',
      'Set-Cookie: a=1; Secure',
      'Set-Cookie: b=2',
    ])
    expect(reply.header('transfer-encoding')).toBe('chunked')
    expect(reply.header('x-amzn-trace-id')).toContain('Root=1-')
    expect(reply.body).toBe(`hello${DELIMITER}ö`)
  })

  test('metadata may be empty, and so may the body', async () => {
    expect(await send(deploy(writing(`{}${DELIMITER}`)))).toMatchObject({ status: 200, body: '' })
  })

  test('its event is that of a buffered integration', async () => {
    const reply = await send(
      deploy((payload) => writing(`{}${DELIMITER}${payload}`)(payload, undefined as never)),
    )
    expect(JSON.parse(reply.body)).toMatchObject({ resource: '/x', httpMethod: 'GET' })
  })

  test('what it writes arrives before it writes more', async () => {
    const fed = new Fed()
    const client = open(deploy(pieces(fed)))
    fed.push(`{"statusCode":202}${DELIMITER}`)
    await client.has('HTTP/1.1 202 Accepted')
    fed.push('one')
    await client.has('one')
    fed.push('two')
    fed.body.finish()
    expect(await client.closed).toEndWith('3\r\ntwo\r\n0\r\n\r\n')
  })

  test('an answer larger than the payload limit', async () => {
    const apiId = deploy(writing(`{}${DELIMITER}${'x'.repeat(5000)}`), {
      limits: { responseBodyBytesMax: 10 },
    })
    expect((await send(apiId)).body.length).toBe(5000)
  })

  test('is not compressed', async () => {
    const api = { minimumCompressionSize: 0 }
    const reply = await send(deploy(writing(`{}${DELIMITER}plain`), { api }), ['Accept-Encoding: gzip'])
    expect(reply.body).toBe('plain')
  })

  const refused: readonly [what: string, behaviour: FunctionBehaviour, status: number][] = [
    ['that failed before its first piece', throwing('no'), 502],
    ['that could not be run', unavailable('throttled'), 502],
    ['that may not be called', unavailable('access-denied'), 500],
    ['that answers as a buffered one does', returning({ statusCode: 200, body: 'x' }), 502],
    ['without delimiter in 16 KiB', writing(`{}${' '.repeat(16_384)}${DELIMITER}`), 502],
    ['whose metadata is no JSON', writing(`{"statusCode"${DELIMITER}`), 502],
    ['whose metadata has a body', writing(`{"body":"x"}${DELIMITER}`), 502],
    ['whose cookies are no list', writing(`{"cookies":"a=b"}${DELIMITER}`), 502],
    ['whose status is none', writing(`{"statusCode":99}${DELIMITER}`), 502],
  ]
  for (const [what, behaviour, status] of refused) {
    test(what, async () => {
      expect(await send(deploy(behaviour))).toMatchObject({ status, body: internal })
    })
  }

  test('the last place for the delimiter', async () => {
    const metadata = '{}'.padEnd(16_384 - 8)
    expect((await send(deploy(writing(`${metadata}${DELIMITER}x`)))).body).toBe('x')
  })

  test('a failure within the answer cuts it', async () => {
    const fed = new Fed()
    const client = open(deploy(pieces(fed)))
    fed.push(`{}${DELIMITER}some`)
    await client.has('some')
    fed.body.fail(new Error('the function failed'))
    expect(await client.closed).toEndWith('some\r\n')
  })

  test('a client that leaves is told', async () => {
    const fed = new Fed()
    const client = open(deploy(pieces(fed)))
    fed.push(`{}${DELIMITER}some`)
    await client.has('some')
    client.leave()
    // One that has only ended its side would still read: a write tells.
    let told = false
    void fed.cancelled.then(() => (told = true))
    while (!told) {
      fed.push('more')
      await new Promise(setImmediate)
    }
  })

  test('a client that is slow holds it up', async () => {
    const fed = new Fed()
    const client = open(deploy(pieces(fed), { limits: { streamUnpacedBytes: Infinity } }))
    fed.push(`{}${DELIMITER}some`)
    await client.has('some')
    client.pause()
    const piece = 'x'.repeat(65_536)
    for (let sent = 0; !fed.asked.includes('pause'); sent += piece.length) {
      expect(sent).toBeLessThan(64_000_000)
      fed.push(piece)
      await new Promise(setImmediate)
    }
    client.leave()
    await fed.cancelled
  })

  test('no metadata in time is 504', async () => {
    const fed = new Fed()
    const apiId = deploy(pieces(fed), { integration: { timeoutInMillis: 60 } })
    fed.push('{')
    expect(await send(apiId)).toMatchObject({
      status: 504,
      body: '{"message": "Endpoint request timed out"}',
    })
    // Metadata that comes too late is not waited for by anybody.
    fed.push(`}${DELIMITER}late`)
    await fed.cancelled
  })

  test('an answer that is not over in time is cut', async () => {
    const fed = new Fed()
    const client = open(deploy(pieces(fed), { integration: { timeoutInMillis: 200 } }))
    fed.push(`{}${DELIMITER}some`)
    expect(await client.closed).toEndWith('some\r\n')
    await fed.cancelled
  })

  for (const [type, limits] of [
    ['REGIONAL', { streamIdleMs: 60 }],
    ['EDGE', { edgeStreamIdleMs: 60 }],
  ] as const) {
    test(`an answer that falls silent is cut, ${type}`, async () => {
      const fed = new Fed()
      const api = { endpointConfiguration: { types: [type], ipAddressType: 'ipv4' } } as const
      const client = open(deploy(pieces(fed), { limits, api }))
      fed.push(`{}${DELIMITER}some`)
      expect(await client.closed).toEndWith('some\r\n')
      await fed.cancelled
    })
  }

  test('past its unpaced bytes an answer is held to its pace', async () => {
    const limits = { streamUnpacedBytes: 1000, streamBytesPerSecondMax: 10_000 }
    const fed = new Fed()
    const client = open(deploy(pieces(fed), { limits }))
    fed.push(`{}${DELIMITER}`)
    const startedMs = performance.now()
    for (let i = 0; i < 4; i++) fed.push('x'.repeat(1000))
    fed.body.finish()
    await client.closed
    // 3,000 bytes at 10,000 a second; no more than the least is certain.
    expect(performance.now() - startedMs).toBeGreaterThan(150)
  })
})

describe('uri and transfer mode belong together', () => {
  for (const integration of [
    lambdaStream('f', { responseTransferMode: 'BUFFERED' }),
    lambdaProxy('f', { responseTransferMode: 'STREAM' }),
  ]) {
    test(`${integration.responseTransferMode}`, async () => {
      const apiId = `mode${++count}`
      house.functions = new LocalFunctions({ f: writing(`{}${DELIMITER}`) })
      const [found] = house.deploy(apiId, { paths: { '/x': { GET: { integration } } } })
      expect(found).toMatchObject({ severity: 'error', where: '/x/GET/integration/uri' })
      expect((await send(apiId)).status).toBe(500)
    })
  }
})

describe('HTTP_PROXY', () => {
  const proxy = (mode: 'STREAM' | 'BUFFERED', limits: Partial<DataPlaneLimits>): string => {
    const apiId = `proxy${++count}`
    const uri = `http://127.0.0.1:${backend.port}/p`
    const integration = { type: 'HTTP_PROXY', uri, httpMethod: 'GET', responseTransferMode: mode } as const
    house.deploy(
      apiId,
      { paths: { '/x': { GET: { integration } } } },
      { limits: { ...awsLimits, ...limits } },
    )
    return apiId
  }

  for (const body of ['0123456789abc', ['0123456789', 'abc']]) {
    const kind = typeof body === 'string' ? 'of known length' : 'in pieces'
    test(`STREAM has no payload limit, ${kind}`, async () => {
      backend.answer = { body }
      expect((await send(proxy('STREAM', { responseBodyBytesMax: 10 }))).body).toBe('0123456789abc')
    })
  }

  test('BUFFERED has one', async () => {
    backend.answer = { body: '0123456789abc' }
    expect((await send(proxy('BUFFERED', { responseBodyBytesMax: 10 }))).status).toBe(500)
  })

  test('past its unpaced bytes an answer is held to its pace', async () => {
    backend.answer = { body: ['x'.repeat(1000), 'x'.repeat(3000)] }
    const startedMs = performance.now()
    const reply = await send(proxy('STREAM', { streamUnpacedBytes: 1000, streamBytesPerSecondMax: 10_000 }))
    expect(reply.body.length).toBe(4000)
    expect(performance.now() - startedMs).toBeGreaterThan(150)
  })
})
