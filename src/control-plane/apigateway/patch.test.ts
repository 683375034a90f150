import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { AwsError } from '#aws/error.ts'
import { parsePointer } from './json-pointer.ts'
import { applyPatch, plainDialect, withEntry, withoutEntry, type PatchTable } from './patch.ts'

const pointers: readonly (readonly [string, string[] | undefined])[] = [
  ['/a/b', ['a', 'b']],
  ['/a~1b', ['a/b']],
  ['/a~0b', ['a~b']],
  ['/~01', ['~1']],
  ['/', ['']],
  ['//', ['', '']],
  ['', undefined],
  ['a', undefined],
  ['/~', undefined],
  ['/~2', undefined],
]

describe('pointers', () => {
  for (const [pointer, tokens] of pointers) {
    test(JSON.stringify(pointer), () => expect(parsePointer(pointer)).toEqual(tokens))
  }

  test('every list of tokens comes back from its pointer', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', '/', '~', '0', '1', ' ') }), { minLength: 1 }),
        (tokens) => {
          expect(parsePointer(tokens.map((token) => `/${escapeToken(token)}`).join(''))).toEqual(tokens)
        },
      ),
    )
  })

  test('any text is tokens or none, never an exception', () => {
    fc.assert(fc.property(fc.string(), (text) => void parsePointer(text)))
  })
})

const table: PatchTable<Readonly<Record<string, string>>> = {
  dialect: plainDialect,
  rows: [
    {
      path: '/{name}',
      ops: ['add', 'remove'],
      apply: (map, { op, value = '', names: [name = ''] }) =>
        op === 'remove' ? (withoutEntry(map, name) ?? {}) : withEntry(map, name, value),
    },
  ],
}

test('operations apply in order and never touch what they were given', () => {
  const operation = fc.record({
    op: fc.constantFrom('add', 'remove'),
    name: fc.constantFrom('a', 'b/c', '~', '__proto__', 'constructor'),
    value: fc.string(),
  })
  fc.assert(
    fc.property(fc.array(operation), (operations) => {
      const given = Object.freeze({ kept: 'x' })
      const expected = new Map<string, string>([['kept', 'x']])
      for (const { op, name, value } of operations) {
        if (op === 'remove') expected.delete(name)
        else expected.set(name, value)
      }
      const patched = applyPatch(
        table,
        given,
        operations.map(({ op, name, value }) => ({ op, path: `/${escapeToken(name)}`, value })),
      )
      expect(new Map(Object.entries(patched))).toEqual(expected)
    }),
  )
})

test('whatever the path, the answer is a change or an AwsError', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('add', 'move', 'copy', undefined), (path, op) => {
      try {
        applyPatch(table, {}, [{ op, path, value: 'x' }])
      } catch (error) {
        expect(error).toBeInstanceOf(AwsError)
      }
    }),
  )
})

function escapeToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}
