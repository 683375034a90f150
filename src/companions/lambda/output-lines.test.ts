import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { OutputLines } from './output-lines.ts'

test('lines are the same however the bytes are cut', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'ö', '\n', ' ') }),
      fc.array(fc.nat(40)),
      (text, cuts) => {
        const lines: string[] = []
        const output = new OutputLines((line) => lines.push(line))
        const bytes = Buffer.from(text)
        let at = 0
        for (const cut of cuts) {
          output.push(bytes.subarray(at, at + cut))
          at += cut
        }
        output.push(bytes.subarray(at))
        output.flush()
        const expected = text.split('\n')
        if (expected.at(-1) === '') expected.pop()
        expect(lines).toEqual(expected)
        expect(output.bytes).toBe(bytes.length)
      },
    ),
  )
})

test('what never ends is cut at a bound', () => {
  const lengths: number[] = []
  const output = new OutputLines((line) => lengths.push(line.length))
  for (let i = 0; i < 10; i++) output.push(Buffer.alloc(100_000, 'x'))
  output.flush()
  expect(lengths).toEqual([262_144, 262_144, 262_144, 213_568])
})

test('carriage returns stand for the lines of one event', () => {
  const lines: string[] = []
  new OutputLines((line) => lines.push(line)).push(Buffer.from('one\rtwo\n'))
  expect(lines).toEqual(['one\ntwo'])
})
