import { expect, test } from 'bun:test'
import { Cork } from '#http/cork.ts'
import { AnswerBlock, blockBytesMax } from './answer-block.ts'
import { HpackDecoder } from './hpack-decoder.ts'

function encoded(status: number, lines: string, first: boolean): Buffer {
  const cork = new Cork(lines.length)
  cork.text(lines)
  const block = new AnswerBlock()
  const bytesMax = blockBytesMax(lines.length)
  block.begin(bytesMax, first)
  block.status(status)
  block.lines(cork)
  expect(block.length).toBeLessThanOrEqual(bytesMax)
  return Buffer.from(block.bytes.subarray(0, block.length))
}

function decoded(bytes: Buffer): string[][] {
  const fields: string[][] = []
  // A table of no size: nothing may be put into it.
  new HpackDecoder(0).decode(bytes, 0, bytes.length, {
    field: ({ name, value }) => void fields.push([name, value]),
  })
  return fields
}

test('names of the static table are numbers, others in lower case', () => {
  const bytes = encoded(200, 'Content-Type: a\r\nX-B: c\r\n', false)
  expect(bytes.toString('latin1')).toBe('\x88\x0f\x10\x01a\0\x03x-b\x01c')
})

test('a status that is not in the static table', () => {
  expect(encoded(418, '', false).toString('latin1')).toBe('\x08\x03418')
})

test('the first block of a connection says that no table is used', () => {
  expect(encoded(204, '', true).toString('latin1')).toBe('\x20\x89')
})

test('blanks around a value are no part of it', () => {
  expect(decoded(encoded(200, 'A: \t b c \t\r\nD:\r\nE:  \r\n', true))).toEqual([
    [':status', '200'],
    ['a', 'b c'],
    ['d', ''],
    ['e', ''],
  ])
})
