import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { schemaExample } from './schema-example.ts'

const schemas = {
  Pet: { type: 'object', properties: { id: { type: 'integer', minimum: 3 }, mate: { $ref: '#/x/Pet' } } },
  Kind: { enum: ['cat', 'dog'] },
}
const cases: readonly (readonly [title: string, schema: unknown, example: unknown])[] = [
  ['its own example', { type: 'string', example: 'x' }, 'x'],
  ['its default', { type: 'string', default: '' }, ''],
  ['the first choice', { $ref: '#/components/schemas/Kind' }, 'cat'],
  ['by type', { type: 'array', items: { type: 'boolean' } }, [true]],
  ['by format', { type: 'string', format: 'date' }, '2030-01-31'],
  ['an object without a type', { properties: { a: { type: 'number' } } }, { a: 0 }],
  [
    'all of several',
    { allOf: [{ properties: { a: { type: 'string' } } }, { properties: { b: {} } }] },
    { a: 'string', b: null },
  ],
  ['one of several', { oneOf: [{ type: 'integer' }, { type: 'string' }] }, 0],
  ['a schema that is not there', { $ref: '#/components/schemas/None' }, null],
  ['no member of the prototype', { $ref: '#/components/schemas/constructor' }, null],
  ['nothing', undefined, null],
]

for (const [title, schema, example] of cases) {
  test(`an example of a schema: ${title}`, () => expect(schemaExample(schema, schemas)).toEqual(example))
}

test('a schema that names itself has an end', () => {
  expect(schemaExample({ $ref: '#/x/Pet' }, schemas)).toMatchObject({ id: 3, mate: { id: 3 } })
})

test('any JSON has an example, which is JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (schema) => {
      expect(JSON.stringify(schemaExample(schema, { Pet: schema }))).toBeString()
    }),
  )
})
