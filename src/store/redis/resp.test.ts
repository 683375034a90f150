import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  PushMessage,
  ReplyError,
  RespError,
  RespReader,
  RespWriter,
  valueBytesMax,
  type Reply,
} from './resp.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

const table: readonly [wire: string, value: Reply][] = [
  ['+OK\r\n', 'OK'],
  ['-ERR no\r\n', new ReplyError('ERR no')],
  ['!5\r\nERR a\r\n', new ReplyError('ERR a')],
  [':-12\r\n', -12],
  [',1.5\r\n', 1.5],
  [',-inf\r\n', -Infinity],
  ['(12345678901234567890\r\n', '12345678901234567890'],
  ['#t\r\n', true],
  ['_\r\n', null],
  ['$-1\r\n', null],
  ['$0\r\n\r\n', bytes('')],
  ['$4\r\n\r\n\xff\0\r\n', bytes('\r\n\xff\0')],
  ['*-1\r\n', null],
  ['*2\r\n:1\r\n*1\r\n+a\r\n', [1, ['a']]],
  ['~1\r\n:1\r\n', [1]],
  ['%1\r\n+a\r\n:1\r\n', ['a', 1]],
  ['>2\r\n+message\r\n$1\r\nx\r\n', new PushMessage(['message', bytes('x')])],
]

describe('replies', () => {
  test.each([...table])('%j', (wire, value) => {
    expect(new RespReader().read(bytes(wire))).toEqual([value])
  })

  test('mean the same however they are cut', () => {
    const wire = bytes(table.map(([each]) => each).join(''))
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: wire.length }), { maxLength: 20 }), (cuts) => {
        const reader = new RespReader()
        const ends = [0, ...cuts.toSorted((a, b) => a - b), wire.length]
        const found = ends.slice(1).flatMap((end, i) => reader.read(wire.subarray(ends[i], end)))
        expect(found).toEqual(table.map(([, value]) => value))
      }),
    )
  })

  test.each([
    'HTTP/1.1 400 Bad Request\r\n',
    ':1x\r\n',
    '$-2\r\n',
    `$${valueBytesMax + 1}\r\n`,
    '*1000001\r\n',
    '*1\r\n'.repeat(20),
    `+${'x'.repeat(70_000)}`,
  ])('no reply: %j', (wire) => {
    expect(() => new RespReader().read(bytes(wire))).toThrow(RespError)
  })

  test('whatever comes is a reply or an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (junk) => {
        try {
          new RespReader().read(junk)
        } catch (error) {
          expect(error).toBeInstanceOf(RespError)
        }
      }),
    )
  })
})

test('commands come out as one piece, texts in UTF-8 and bytes as they are', () => {
  const writer = new RespWriter()
  writer.add(['SET', 'ä', new Uint8Array([255]), 7])
  writer.add(['PING'])
  expect(writer.take().toString('latin1')).toBe(
    '*4\r\n$3\r\nSET\r\n$2\r\n\xc3\xa4\r\n$1\r\n\xff\r\n$1\r\n7\r\n*1\r\n$4\r\nPING\r\n',
  )
  expect(writer.take()).toHaveLength(0)
})
