import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { SegmentTable } from './segment-table.ts'

test('finds what a map finds, by place in a longer text', () => {
  const segment = fc.string({ maxLength: 4, unit: fc.constantFrom('a', 'b', '', '\u{1f600}') })
  fc.assert(
    fc.property(fc.uniqueArray(segment), fc.array(segment), (there, asked) => {
      const table = new SegmentTable<number>()
      for (const [at, each] of there.entries()) table.set(each, at)
      for (const each of [...there, ...asked]) {
        const at = there.indexOf(each)
        expect(table.find(`x/${each}/y`, 2, 2 + each.length) ?? -1).toBe(at)
        expect(table.get(each) ?? -1).toBe(at)
      }
    }),
  )
})
