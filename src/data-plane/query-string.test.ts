import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { encodeQuery, parseQuery } from './query-string.ts'

const cases: readonly [raw: string | undefined, expected: Record<string, string[]>][] = [
  [undefined, {}],
  ['', {}],
  ['a=1', { a: ['1'] }],
  ['a=1&b=2&a=3', { a: ['1', '3'], b: ['2'] }],
  ['a=1;b=2', { a: ['1'], b: ['2'] }],
  ['a', { a: [''] }],
  ['a=', { a: [''] }],
  ['a=b=c', { a: ['b=c'] }],
  ['&&a=1&', { a: ['1'] }],
  ['q=2023-06-12T18:05:10.123456+00:00', { q: ['2023-06-12T18:05:10.123456 00:00'] }],
  ['q=%2B', { q: ['+'] }],
  ['q=a%20b%26c', { q: ['a b&c'] }],
  ['q=%C3%A9', { q: ['é'] }],
  ['q=\xc3\xa9', { q: ['é'] }],
  ['q=%zz', { q: ['%zz'] }],
  ['q=%ff', { q: ['\ufffd'] }],
  ['q=100%', { q: ['100%'] }],
  ['__proto__=1', { ['__proto__']: ['1'] }],
]

for (const [raw, expected] of cases) {
  test(`${raw}`, () => expect([...parseQuery(raw)]).toEqual(Object.entries(expected)))
}

test('what is encoded is read back', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(
        fc.tuple(
          fc.string({ unit: 'grapheme', minLength: 1 }),
          fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }),
        ),
        {
          selector: ([name]) => name,
        },
      ),
      (pairs) => {
        const query = new Map(pairs)
        expect([...parseQuery(encodeQuery(query))]).toEqual([...query])
      },
    ),
  )
})

test('any bytes are read without an error', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (raw) => void parseQuery(raw)))
})
