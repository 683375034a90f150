import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Headers } from '#http/headers.ts'
import { S3Fifo } from '#store/s3-fifo.ts'
import { MemoryAnswerCache } from '#store/answer-cache-memory.ts'
import { compileCacheKey } from '#data-plane/stage-cache/cache-key.ts'
import { ResponseSealer } from '#data-plane/stage-cache/response-sealer.ts'
import { cached, proxied } from '../conformance/rest/stage-cache.cases.ts'
import { startHouse, type House } from '../conformance/rest/support/house.ts'

describe('answers', () => {
  let house: House
  let backend: Server
  beforeAll(async () => {
    house = await startHouse()
    // Says what it was asked.
    backend = createServer((request, response) => {
      const { host: _, connection: __, ...headers } = request.headers
      response.end(JSON.stringify([headers['x-a'], headers['x-b'], new URL(`http://h${request.url}`).search]))
    })
    await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
    const { port } = backend.address() as AddressInfo
    const cacheKeyParameters = [
      'method.request.header.X-A',
      'method.request.header.X-B',
      'method.request.querystring.q',
      'method.request.querystring.r',
    ]
    const api = cached(proxied({ cacheKeyParameters, uri: `http://127.0.0.1:${port}/` }))
    house.deploy('property', api)
  })
  afterAll(async () => {
    await house.stop()
    await new Promise((resolve) => backend.close(resolve))
  })

  // Few texts, so that requests meet each other, among them those that framing could confuse.
  const text = fc.constantFrom('', 'a', 'b', 'ab', '1:a', ' 1:a', '-', ' -', '[1:a ]', 'a,b', 'a b')
  const values = fc.array(text, { maxLength: 3 })

  test('are never those to another request', async () => {
    const request = fc.record({ a: values, b: values, q: values, r: values })
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 8 }), async (requests) => {
        await Promise.all(
          requests.map(async ({ a, b, q, r }) => {
            const pairs = [
              ...q.map((v) => `q=${encodeURIComponent(v)}`),
              ...r.map((v) => `r=${encodeURIComponent(v)}`),
            ]
            const query = pairs.join('&')
            const headers = [...a.map((v) => `X-A: ${v}`), ...b.map((v) => `x-b: ${v}`)]
            const asked = { target: query === '' ? '/x' : `/x?${query}`, headers }
            const { body } = await house.send('property', asked)
            const [gotA, gotB, search] = JSON.parse(body) as [string | null, string | null, string]
            const got = new URLSearchParams(search)
            expect(joined(gotA)).toBe(joined(a.map((v) => v.trim()).join(',') || null))
            expect(joined(gotB)).toBe(joined(b.map((v) => v.trim()).join(',') || null))
            expect([got.getAll('q'), got.getAll('r')]).toEqual([q, r])
          }),
        )
      }),
      { numRuns: 60 },
    )
  })

  /** Values as the backend tells them. */
  function joined(value: string | null): string {
    return (value ?? '').replace(/, /g, ',')
  }
})

test('keys of different parameters differ', () => {
  const { snapshot, stage } = { snapshot: { api: { id: 'a' }, deploymentId: 'd' }, stage: { stageName: 's' } }
  const source = { snapshot, stage, stageVariables: {} } as never
  const cacheKeyParameters = [
    'method.request.querystring.q',
    'method.request.path.p',
    'method.request.header.h',
  ]
  const keyOf = compileCacheKey(source, { cacheKeyParameters, cacheNamespace: 'n' } as never)
  const part = fc.option(fc.string({ maxLength: 4 }), { nil: undefined })
  const request = fc.record({ q: fc.array(fc.string({ maxLength: 4 }), { maxLength: 3 }), p: part, h: part })
  type Request = typeof request extends fc.Arbitrary<infer T> ? T : never
  const key = ({ q, p, h }: Request): string =>
    keyOf({
      method: 'GET',
      query: new Map(q.length === 0 ? [] : [['q', q]]),
      pathParameter: () => p,
      request: { headers: new Headers(h === undefined ? [] : ['H', h]) },
    } as never)
  fc.assert(
    fc.property(request, request, (a, b) => {
      expect(key(a) === key(b)).toBe(
        JSON.stringify([a.q, a.p ?? null, a.h ?? null]) === JSON.stringify([b.q, b.p ?? null, b.h ?? null]),
      )
    }),
    { numRuns: 2000 },
  )
})

const operation = fc.record({
  stage: fc.constantFrom('a', 'b', 'c'),
  key: fc.nat(40),
  bytes: fc.nat(2500),
  kind: fc.constantFrom('set', 'set', 'set', 'get', 'get', 'flush'),
})

test('what is kept never takes more than there is, of a stage neither, and is counted exactly', () => {
  const limits = { bytesMax: 10_000, entriesMax: 12, entryBytesMax: 5000 }
  const stageBytesMax = 6000
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 300 }), (operations) => {
      const cache = new MemoryAnswerCache<{ readonly key: string }>(limits)
      for (const { stage, key, bytes, kind } of operations) {
        const name = `${stage}/${key}`
        if (kind === 'get') {
          const found = cache.get(stage, name, 0)
          if (found !== undefined) expect(found.key).toBe(name)
        } else if (kind === 'flush') cache.flush(stage)
        else {
          const generation = cache.generation(stage)
          cache.set(stage, name, { key: name }, { generation, nowMs: 0, expiresMs: 1, bytes, stageBytesMax })
        }
        const stages = ['a', 'b', 'c'].map((each) => cache.stageBytes(each))
        for (const taken of stages) expect(taken).toBeLessThanOrEqual(stageBytesMax)
        expect(cache.bytes).toBe(stages.reduce((sum, taken) => sum + taken, 0))
        expect(cache.bytes).toBeLessThanOrEqual(limits.bytesMax)
        expect(cache.size).toBeLessThanOrEqual(limits.entriesMax)
      }
      for (const stage of ['a', 'b', 'c']) cache.flush(stage)
      expect([cache.bytes, cache.size]).toEqual([0, 0])
    }),
  )
})

test('no scan pushes out what is in use, however long it is', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(
      sizes,
      fc.integer({ min: 1, max: 2000 }),
      fc.integer({ min: 1, max: 20 }),
      (hot, scanned, size) => {
        const bytesMax = 2 * hot.reduce((sum, bytes) => sum + bytes, 0) + 20
        const queue = new S3Fifo<number>()
        const set = (key: string, bytes: number): void => {
          queue.set(key, bytes, bytes, 1)
          while (queue.bytes > bytesMax) queue.evict()
        }
        for (const [at, bytes] of hot.entries()) {
          set(`hot ${at}`, bytes)
          queue.get(`hot ${at}`, 0)
        }
        for (let i = 0; i < scanned; i++) set(`scan ${i}`, size)
        for (const [at, bytes] of hot.entries()) expect(queue.get(`hot ${at}`, 0)).toBe(bytes)
      },
    ),
  )
})

test('a stage that scans pushes nothing out of others', () => {
  const cache = new MemoryAnswerCache<object>({ bytesMax: 100_000 })
  const set = (stage: string, key: string): void =>
    cache.set(stage, key, {}, { generation: cache.generation(stage), nowMs: 0, expiresMs: 1, bytes: 500 })
  for (let i = 0; i < 40; i++) set('small', `small ${i}`)
  const before = cache.stageBytes('small')
  for (let i = 0; i < 5000; i++) set('large', `large ${i}`)
  expect(cache.stageBytes('small')).toBe(before)
})

test('a sealed answer opens under its own key alone, and not at all once a bit is changed', () => {
  const sealer = new ResponseSealer()
  fc.assert(
    fc.property(fc.string(), fc.uint8Array(), fc.array(fc.string()), fc.nat(), (key, body, headers, at) => {
      const plain = { freshUntilMs: 1, head: { status: 200, headers, traceAt: -1 }, body }
      const kept = sealer.seal(plain, key)
      const opened = sealer.open(kept, key)
      expect(opened?.head).toEqual(plain.head)
      expect([...(opened?.body ?? [])]).toEqual([...body])
      expect(sealer.open(kept, `${key}x`)).toBeUndefined()
      const changed = kept.sealed.slice()
      changed[at % changed.length] = (changed[at % changed.length] as number) ^ 1
      expect(sealer.open({ ...kept, sealed: changed }, key)).toBeUndefined()
      expect(new ResponseSealer().open(kept, key)).toBeUndefined()
    }),
  )
})
