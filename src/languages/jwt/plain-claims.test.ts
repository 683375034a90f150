import { expect, test } from 'bun:test'
import { plainClaimTexts } from './plain-claims.ts'

const rows: readonly (readonly [value: unknown, text: string])[] = [
  ['ada', 'ada'],
  [1_515_973_296, '1515973296'],
  [1.5, '1.5'],
  [true, 'true'],
  [['a', 'b'], '[a b]'],
  [[], '[]'],
  [[1, ['x'], null], '[1 [x] null]'],
  [{ roles: ['admin'] }, 'map[roles:[admin]]'],
  [{ b: 1, a: { c: 'd' } }, 'map[a:map[c:d] b:1]'],
]

test.each(rows)('%j', (value, text) => {
  expect(plainClaimTexts({ claim: value })).toEqual({ claim: text })
})

test('null is no claim; names are the issuer’s own', () => {
  const claims = plainClaimTexts(JSON.parse('{"gone":null,"__proto__":"x"}') as Record<string, unknown>)
  expect(Object.entries(claims)).toEqual([['__proto__', 'x']])
})

test('what is nested too deeply is JSON', () => {
  let deep: unknown = 'x'
  for (let i = 0; i < 1000; i++) deep = [deep]
  expect(plainClaimTexts({ deep })['deep']?.startsWith('['.repeat(32))).toBe(true)
})
