import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { randomBytes } from 'node:crypto'
import zlib from 'node:zlib'
import { WholeBody } from '#http/body.ts'
import { BodyTooLarge } from '#http/errors.ts'
import { Headers } from '#http/headers.ts'
import type { Body } from '#http/message.ts'
import { StreamingBody, type BodyOwner } from '#http/streaming-body.ts'
import { CodingError } from './coding-error.ts'
import { contentCodings, type ContentCoding } from './codings.ts'
import { decodeBody } from './decode-body.ts'
import { ENCODED_AT_ONCE_BYTES_MAX, encodeBody } from './encode-body.ts'

const ALL = Object.keys(contentCodings) as ContentCoding[]
const LIMIT = { decodedBytesMax: 16 * 1024 * 1024 }
const HELD_BYTES_MAX = 64 * 1024

class Owner implements BodyOwner {
  paused = 0
  resumed = 0
  cancelled = false
  bodyWanted(): void {}
  pauseBody(): void {
    this.paused++
  }
  resumeBody(): void {
    this.resumed++
  }
  bodyCancelled(): void {
    this.cancelled = true
  }
}

/** A body whose bytes are here, in pieces; how it is begun depends on the pieces alone. */
function pieces(chunks: readonly Uint8Array[]): Body {
  const body = new StreamingBody(new Owner(), undefined, HELD_BYTES_MAX)
  for (const chunk of chunks) body.push(chunk)
  body.finish()
  return body
}

/** Cuts `bytes` at places drawn from `cuts`. */
function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  return places.slice(1).map((place, i) => bytes.slice(places[i], place))
}

async function decoded(body: Body, codings: readonly ContentCoding[], limit = LIMIT): Promise<Buffer> {
  return Buffer.from(await decodeBody(body, codings, limit).bytes(Infinity))
}

/** What decoding fails with, thrown or told. */
async function failure(make: () => Promise<unknown>): Promise<unknown> {
  try {
    await make()
  } catch (error) {
    return error
  }
  return undefined
}

const content = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ maxLength: 2000 }).map((text) => Buffer.from(text)),
  fc.nat(300_000).map((length) => Buffer.alloc(length, 'all work and no play ')),
)
const cuts = fc.array(fc.nat(), { maxLength: 6 })
const coding = fc.constantFrom(...ALL)

describe('round trip', () => {
  test('every coding, several at once, any segmentation of both sides', async () => {
    const chain = fc.array(coding, { minLength: 1, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(content, cuts, cuts, chain, async (bytes, before, between, codings) => {
        let body: Body = pieces(cut(bytes, before))
        for (const each of codings) body = encodeBody(body, each)
        const coded = await body.bytes(Infinity)
        const result = await decoded(pieces(cut(coded, between)), codings)
        return result.equals(bytes)
      }),
      { numRuns: 60 },
    )
  })

  test('bodies that are here whole, small and large', async () => {
    for (const each of ALL) {
      for (const length of [0, 1, 1000, ENCODED_AT_ONCE_BYTES_MAX, ENCODED_AT_ONCE_BYTES_MAX + 1, 400_000]) {
        const bytes = Buffer.alloc(length, 'abc')
        const coded = encodeBody(new WholeBody(bytes), each)
        expect(coded.length !== undefined).toBe(length <= ENCODED_AT_ONCE_BYTES_MAX)
        const whole = new WholeBody(await coded.bytes(Infinity))
        expect((await decoded(whole, [each])).equals(bytes)).toBe(true)
      }
    }
  })

  test('node:zlib reads what is written', async () => {
    const bytes = Buffer.from(JSON.stringify(Array.from({ length: 9000 }, (_, id) => ({ id }))))
    const readers = {
      gzip: zlib.gunzipSync,
      deflate: zlib.inflateSync,
      br: zlib.brotliDecompressSync,
      zstd: zlib.zstdDecompressSync,
    }
    for (const each of ALL) {
      const coded = await encodeBody(new WholeBody(bytes), each).bytes(Infinity)
      expect(readers[each](coded).equals(bytes)).toBe(true)
    }
  })
})

describe('what is not well-formed', () => {
  test('cut short anywhere, whole or in pieces', async () => {
    const text = Buffer.from('the quick brown fox jumps over the lazy dog '.repeat(40))
    for (const each of ALL) {
      const coded = contentCodings[each].encode(text)
      for (let length = 1; length < coded.length; length++) {
        const bytes = coded.slice(0, length)
        expect(await failure(() => decoded(new WholeBody(bytes), [each]))).toBeInstanceOf(CodingError)
        expect(await failure(() => decoded(pieces([bytes]), [each]))).toBeInstanceOf(CodingError)
      }
    }
  })

  test('followed by something', async () => {
    for (const each of ALL) {
      const coded = contentCodings[each].encode(Buffer.from('hello'))
      for (const garbage of [Buffer.from('x'), Buffer.from('GET / HTTP/1.1\r\n'), Buffer.alloc(4)]) {
        const bytes = Buffer.concat([coded, garbage])
        for (const body of [new WholeBody(bytes), pieces([bytes]), pieces([coded, garbage])]) {
          expect(await failure(() => decoded(body, [each]))).toBeInstanceOf(CodingError)
        }
      }
    }
  })

  test('one flipped bit: an error, or bytes where the coding has no checksum; never silence', async () => {
    await fc.assert(
      fc.asyncProperty(content, coding, fc.nat(), fc.boolean(), async (bytes, each, place, streamed) => {
        fc.pre(bytes.length > 0)
        const coded = Buffer.from(contentCodings[each].encode(bytes))
        coded[place % coded.length] = (coded[place % coded.length] as number) ^ (1 << (place & 7))
        const body = streamed ? pieces([coded]) : new WholeBody(coded)
        let result: Buffer
        try {
          result = await decoded(body, [each])
        } catch (error) {
          return error instanceof CodingError || error instanceof BodyTooLarge
        }
        return each === 'br' || result.equals(bytes)
      }),
      { numRuns: 150 },
    )
  })

  test('not the coding at all', async () => {
    for (const each of ALL) {
      for (const text of ['{"a":1}', 'x', '\0'.repeat(50)]) {
        expect(await failure(() => decoded(pieces([Buffer.from(text)]), [each]))).toBeInstanceOf(CodingError)
      }
    }
    // Deflate without its zlib frame.
    const raw = zlib.deflateRawSync('hello')
    expect(await failure(() => decoded(new WholeBody(raw), ['deflate']))).toBeInstanceOf(CodingError)
  })

  test('a zstd window that would take hundreds of megabytes', async () => {
    const encoder = zlib.createZstdCompress({ params: { [zlib.constants.ZSTD_c_windowLog]: 27 } })
    const chunks: Buffer[] = []
    encoder.on('data', (chunk: Buffer) => chunks.push(chunk))
    const ended = new Promise((resolve) => encoder.on('end', resolve))
    encoder.write(Buffer.alloc(1000))
    encoder.end()
    await ended
    expect(await failure(() => decoded(pieces(chunks), ['zstd']))).toBeInstanceOf(CodingError)
  })
})

test('members and frames follow one another', async () => {
  for (const each of ['gzip', 'zstd'] as const) {
    const { encode } = contentCodings[each]
    const two = [encode(Buffer.from('one ')), encode(Buffer.from('two'))]
    expect((await decoded(new WholeBody(Buffer.concat(two)), [each])).toString()).toBe('one two')
    expect((await decoded(pieces(two), [each])).toString()).toBe('one two')
  }
})

test('nothing decodes to nothing', async () => {
  for (const each of ALL) {
    expect(await decoded(new WholeBody(Buffer.alloc(0)), [each])).toHaveLength(0)
    expect(await decoded(pieces([]), [each])).toHaveLength(0)
  }
})

describe('the bound of decoding', () => {
  const bomb = (each: ContentCoding, bytes: number): Uint8Array => {
    return contentCodings[each].encode(Buffer.alloc(bytes))
  }

  test('holds exactly, at once and in a stream', async () => {
    for (const each of ALL) {
      for (const size of [1000, 300_000]) {
        const coded = bomb(each, size)
        for (const body of [new WholeBody(coded), pieces([coded])]) {
          expect(await decoded(body, [each], { decodedBytesMax: size })).toHaveLength(size)
        }
        for (const body of [new WholeBody(coded), pieces([coded])]) {
          const error = await failure(() => decoded(body, [each], { decodedBytesMax: size - 1 }))
          expect(error).toBeInstanceOf(BodyTooLarge)
        }
      }
    }
  })

  test('ends a bomb inside a bomb early, and its source', async () => {
    const coded = contentCodings.gzip.encode(bomb('gzip', 64 * 1024 * 1024))
    expect(coded.length).toBeLessThan(2000)
    const owner = new Owner()
    const source = new StreamingBody(owner, undefined, HELD_BYTES_MAX)
    source.push(coded)
    const error = await failure(() => decoded(source, ['gzip', 'gzip'], { decodedBytesMax: 1_000_000 }))
    expect(error).toBeInstanceOf(BodyTooLarge)
    expect(owner.cancelled).toBe(true)
  })
})

/** A reader that can wait for what comes. */
class Reader {
  bytes = 0
  ended: Headers | boolean = false
  error: Error | undefined
  #text = ''
  #changed: () => void = () => {}

  constructor(body: Body) {
    body.start({
      data: (chunk) => {
        this.bytes += chunk.length
        if (this.bytes < 10_000) this.#text += Buffer.from(chunk).toString('latin1')
        this.#changed()
      },
      end: (trailers) => {
        this.ended = trailers ?? true
        this.#changed()
      },
      fail: (error) => {
        this.error = error
        this.#changed()
      },
    })
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve
      })
    }
  }

  async saw(text: string): Promise<void> {
    await this.until(() => this.#text.includes(text))
  }
}

describe('streaming', () => {
  test('each event is out, decodable, before the next is pushed', async () => {
    for (const each of ALL) {
      const source = new StreamingBody(new Owner(), undefined, HELD_BYTES_MAX)
      const reader = new Reader(decodeBody(encodeBody(source, each), [each], LIMIT))
      for (let i = 0; i < 5; i++) {
        source.push(Buffer.from(`data: ${i}\n\n`))
        await reader.saw(`data: ${i}\n\n`)
      }
      source.finish()
      await reader.until(() => reader.ended === true)
    }
  })

  test('a large body leaves the thread to others', async () => {
    for (const each of ALL) {
      // Bytes that do not compress keep every coding busy for many turns of the loop.
      const bytes = randomBytes(8 * 1024 * 1024)
      let turns = 0
      let done = false
      const turn = (): void => {
        turns++
        if (!done) setImmediate(turn)
      }
      setImmediate(turn)
      const coded = await encodeBody(new WholeBody(bytes), each).bytes(Infinity)
      const before = turns
      expect(before).toBeGreaterThan(0)
      expect(await decoded(new WholeBody(coded), [each])).toHaveLength(bytes.length)
      expect(turns - before).toBeGreaterThan(0)
      done = true
    }
  })

  test('trailers come through', async () => {
    const trailers = new Headers(['X-Sum', '1'])
    const source = new StreamingBody(new Owner(), undefined, HELD_BYTES_MAX)
    const reader = new Reader(decodeBody(encodeBody(source, 'gzip'), ['gzip'], LIMIT))
    source.push(Buffer.from('hello'))
    source.finish(trailers)
    await reader.until(() => reader.ended !== false)
    expect(reader.ended).toBe(trailers)
  })

  test('a paused reader pauses the source, which holds little', async () => {
    for (const each of ALL) {
      const owner = new Owner()
      const source = new StreamingBody(owner, undefined, HELD_BYTES_MAX)
      const body = encodeBody(source, each)
      const reader = new Reader(body)
      source.push(Buffer.from('start'))
      await reader.until(() => reader.bytes > 0)
      body.pause()
      let pushed = 0
      while (owner.paused === 0) {
        source.push(randomBytes(16 * 1024))
        pushed += 16 * 1024
        expect(pushed).toBeLessThan(4 * 1024 * 1024)
        await new Promise<void>((resolve) => setImmediate(resolve))
      }
      const before = reader.bytes
      body.resume()
      source.finish()
      await reader.until(() => reader.ended === true)
      expect(owner.resumed).toBeLessThanOrEqual(owner.paused)
      expect(reader.bytes - before).toBeGreaterThan(pushed * 0.9)
    }
  })

  test("the source's failure is the reader's; a reader that leaves ends the source", async () => {
    const source = new StreamingBody(new Owner(), undefined, HELD_BYTES_MAX)
    const reader = new Reader(encodeBody(source, 'gzip'))
    const fault = new Error('lost')
    source.push(Buffer.from('some'))
    source.fail(fault)
    await reader.until(() => reader.error !== undefined)
    expect(reader.error).toBe(fault)

    const owner = new Owner()
    const other = new StreamingBody(owner, undefined, HELD_BYTES_MAX)
    const body = encodeBody(other, 'br')
    void new Reader(body)
    other.push(Buffer.from('some'))
    body.cancel()
    expect(owner.cancelled).toBe(true)
  })
})
