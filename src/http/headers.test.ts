import { expect, test } from 'bun:test'
import { Headers } from './headers.ts'
import { sameName } from './same-name.ts'

const wire = (): Headers => new Headers(['A', '1', 'b', '2', 'a', '3', 'C', '4'])

test('look-ups ignore case and see duplicates', () => {
  expect([wire().get('a'), wire().get('B'), wire().get('x')]).toEqual(['1', '2', undefined])
  expect(wire().getAll('A')).toEqual(['1', '3'])
  expect([wire().has('c'), wire().has('d')]).toEqual([true, false])
})

const changes: readonly [name: string, change: (headers: Headers) => void, raw: string[]][] = [
  ['add', (h) => h.add('a', '5'), ['A', '1', 'b', '2', 'a', '3', 'C', '4', 'a', '5']],
  ['set in the place of the first', (h) => h.set('a', '5'), ['a', '5', 'b', '2', 'C', '4']],
  ['set what is not there', (h) => h.set('D', '5'), ['A', '1', 'b', '2', 'a', '3', 'C', '4', 'D', '5']],
  ['delete every line', (h) => h.delete('a'), ['b', '2', 'C', '4']],
  ['delete what is not there', (h) => h.delete('d'), ['A', '1', 'b', '2', 'a', '3', 'C', '4']],
]
for (const [name, change, raw] of changes) {
  test(name, () => {
    const headers = wire()
    change(headers)
    expect(headers.raw).toEqual(raw)
    expect([...headers].flat()).toEqual(raw)
  })
}

const names: readonly [string, string, boolean][] = [
  ['', '', true],
  ['Host', 'hOST', true],
  ['host', 'most', false],
  ['host', 'hosts', false],
  ['x-[', 'x-{', false],
  ['[', '{', false],
  ['\xc0', '\xe0', false],
]
for (const [a, b, same] of names) {
  test(`${JSON.stringify(a)} and ${JSON.stringify(b)} are ${same ? 'one name' : 'two names'}`, () => {
    expect(sameName(a, b)).toBe(same)
  })
}
