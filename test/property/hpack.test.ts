import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Cork } from '#http/cork.ts'
import { AnswerBlock, blockBytesMax } from '#http/http2/answer-block.ts'
import { HpackDecoder, HpackError } from '#http/http2/hpack-decoder.ts'

// HPACK (RFC 7541): what a correct encoder of either side says, a decoder understands; what none says harms nothing.

type Field = readonly [name: string, value: string]

function decode(decoder: HpackDecoder, bytes: Buffer): Field[] {
  const fields: Field[] = []
  decoder.decode(bytes, 0, bytes.length, { field: ({ name, value }) => void fields.push([name, value]) })
  return fields
}

/** An encoder of the plainest kind, with the table as RFC 7541 §4 has it: newest first. */
class PlainEncoder {
  readonly #table: Field[] = []
  #tableBytesMax = 4096
  #bytes: number[] = []

  take(): Buffer {
    const bytes = Buffer.from(this.#bytes)
    this.#bytes = []
    return bytes
  }

  resize(bytes: number): void {
    this.#tableBytesMax = bytes
    this.#integer(0x20, 5, bytes)
    this.#evict()
  }

  field(name: string, value: string, how: 'indexed' | 'kept' | 'plain' | 'never'): void {
    const known = this.#table.findIndex(([a, b]) => a === name && b === value)
    if (how === 'indexed' && known >= 0) {
      this.#integer(0x80, 7, known + 62)
      return
    }
    const kept = how === 'indexed' || how === 'kept'
    const named = this.#table.findIndex(([a]) => a === name)
    const index = named < 0 ? 0 : named + 62
    if (kept) this.#integer(0x40, 6, index)
    else this.#integer(how === 'never' ? 0x10 : 0, 4, index)
    if (named < 0) this.#text(name)
    this.#text(value)
    if (!kept) return
    this.#table.unshift([name, value])
    this.#evict()
  }

  #evict(): void {
    const size = (): number => this.#table.reduce((sum, [a, b]) => sum + a.length + b.length + 32, 0)
    while (size() > this.#tableBytesMax) this.#table.pop()
  }

  #text(text: string): void {
    this.#integer(0, 7, text.length)
    this.#bytes.push(...Buffer.from(text, 'latin1'))
  }

  #integer(pattern: number, prefix: number, value: number): void {
    const limit = 2 ** prefix - 1
    if (value < limit) {
      this.#bytes.push(pattern | value)
      return
    }
    this.#bytes.push(pattern | limit)
    let rest = value - limit
    for (; rest >= 128; rest >>= 7) this.#bytes.push((rest & 127) | 128)
    this.#bytes.push(rest)
  }
}

const field = fc.record({
  name: fc.constantFrom('a', 'b', 'x-long', 'accept', 'user-agent', 'x-another-name'),
  value: fc.oneof(
    fc.constantFrom('', '1', '2', '\xff\0'),
    fc.integer({ min: 0, max: 5000 }).map((length) => 'v'.repeat(length)),
  ),
  how: fc.constantFrom('indexed' as const, 'kept' as const, 'plain' as const, 'never' as const),
})
const block = fc.record({
  sizes: fc.array(fc.integer({ min: 0, max: 4096 }), { maxLength: 2 }),
  fields: fc.array(field, { maxLength: 12 }),
})

test('whatever a correct encoder does, blocks mean what went in', () => {
  fc.assert(
    fc.property(fc.array(block, { maxLength: 12 }), (blocks) => {
      const encoder = new PlainEncoder()
      const decoder = new HpackDecoder(4096)
      for (const { sizes, fields } of blocks) {
        for (const size of sizes) encoder.resize(size)
        for (const { name, value, how } of fields) encoder.field(name, value, how)
        expect(decode(decoder, encoder.take())).toEqual(fields.map(({ name, value }) => [name, value]))
      }
    }),
  )
})

test('any bytes are decoded or refused', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), (blocks) => {
      const decoder = new HpackDecoder(4096)
      try {
        for (const bytes of blocks) decode(decoder, Buffer.from(bytes))
      } catch (error) {
        expect(error).toBeInstanceOf(HpackError)
      }
    }),
    { numRuns: 1000 },
  )
})

test('what our answers say, a decoder without a table reads', () => {
  const name = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,300}$/)
  const value = fc.stringMatching(/^([!-~\xa0-\xff]([ -~\xa0-\xff]{0,300}[!-~\xa0-\xff])?)?$/)
  fc.assert(
    fc.property(
      fc.integer({ min: 100, max: 999 }),
      fc.array(fc.tuple(name, value), { maxLength: 30 }),
      fc.boolean(),
      (status, fields, first) => {
        const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
        const cork = new Cork(lines.length)
        cork.text(lines)
        const bytesMax = blockBytesMax(lines.length)
        const answer = new AnswerBlock()
        answer.begin(bytesMax, first)
        answer.status(status)
        answer.lines(cork)
        expect(answer.length).toBeLessThanOrEqual(bytesMax)
        const bytes = Buffer.from(answer.bytes.subarray(0, answer.length))
        expect(decode(new HpackDecoder(0), bytes)).toEqual([
          [':status', String(status)],
          ...fields.map(([name, value]): Field => [name.toLowerCase(), value]),
        ])
      },
    ),
  )
})
