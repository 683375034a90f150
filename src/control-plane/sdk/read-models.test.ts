import { expect, test } from 'bun:test'
import type { Model } from '#model/rest-api.ts'
import type { DataType } from './data-type.ts'
import { readModels } from './read-models.ts'

const model = (name: string, schema: unknown): Model => ({
  id: name,
  name,
  contentType: 'application/json',
  schema: typeof schema === 'string' ? schema : JSON.stringify(schema),
})
const reference = (name: string): object => ({
  $ref: `https://apigateway.amazonaws.com/restapis/abc/models/${name}`,
})
const typesOf = (models: readonly Model[], ...wanted: string[]): Record<string, DataType> =>
  Object.fromEntries(readModels(models, wanted).map(({ key, type }) => [key, type]))

const unknown: DataType = { kind: 'unknown' }
const object = (...members: [string, DataType, required?: boolean][]): DataType => ({
  kind: 'object',
  members: members.map(([name, type, required = false]) => ({ name, type, required })),
  rest: undefined,
})

const cases: readonly (readonly [schema: unknown, type: DataType])[] = [
  [{}, unknown],
  ['no JSON', unknown],
  ['[]', unknown],
  [{ type: 'string' }, { kind: 'string' }],
  [{ type: 'date' }, unknown],
  [{ type: ['string', 'null'] }, { kind: 'either', of: [{ kind: 'string' }, { kind: 'null' }] }],
  [
    { type: 'string', enum: ['a', 1, null] },
    { kind: 'literals', values: ['a', 1, null] },
  ],
  [{ enum: [{}] }, unknown],
  [{ items: { type: 'integer' } }, { kind: 'list', of: { kind: 'integer' } }],
  [{ type: 'array' }, { kind: 'list', of: unknown }],
  [{ type: 'object' }, { kind: 'object', members: [], rest: unknown }],
  [
    { type: 'object', additionalProperties: false },
    { kind: 'object', members: [], rest: undefined },
  ],
  [{ additionalProperties: { type: 'number' } }, { kind: 'object', members: [], rest: { kind: 'number' } }],
  [
    { properties: { a: { type: 'boolean' }, b: {} }, required: ['a', 'c'] },
    object(['a', { kind: 'boolean' }, true], ['b', unknown], ['c', unknown, true]),
  ],
  [{ anyOf: [{ type: 'string' }, {}] }, unknown],
  [
    { properties: { a: {} }, oneOf: [{ type: 'string' }, { type: 'null' }] },
    {
      kind: 'all',
      of: [object(['a', unknown]), { kind: 'either', of: [{ kind: 'string' }, { kind: 'null' }] }],
    },
  ],
  [{ $ref: 'https://elsewhere.example/x', type: 'string' }, unknown],
  [{ $ref: '#/definitions/none' }, unknown],
  [{ $ref: '#' }, unknown],
]

test.each(cases)('%j', (schema, type) => {
  expect(typesOf([model('M', schema)], 'M')).toEqual({ M: type })
})

test('models of models, their parts, and types within themselves', () => {
  const tree = {
    type: 'object',
    properties: { of: { type: 'array', items: { $ref: '#' } }, leaf: reference('Leaf') },
  }
  const leaf = { $ref: '#/definitions/a~1b', definitions: { 'a/b': { type: 'string' } } }
  expect(typesOf([model('Tree', tree), model('Leaf', leaf), model('Unused', {})], 'Tree')).toEqual({
    Leaf: { kind: 'named', key: 'Leaf/definitions/a/b' },
    'Leaf/definitions/a/b': { kind: 'string' },
    Tree: object(
      ['of', { kind: 'list', of: { kind: 'named', key: 'Tree' } }],
      ['leaf', { kind: 'named', key: 'Leaf' }],
    ),
  })
})

test('a type that is itself says nothing there', () => {
  const models = [
    model('A', reference('B')),
    model('B', { anyOf: [reference('A'), { type: 'string' }] }),
    model('C', { allOf: [reference('C'), { type: 'object' }] }),
  ]
  const types = typesOf(models, 'A', 'C')
  expect(types['A']).toEqual(unknown)
  expect(types['B']).toEqual({ kind: 'either', of: [{ kind: 'named', key: 'A' }, { kind: 'string' }] })
  expect(types['C']).toMatchObject({ kind: 'all', of: [unknown, { kind: 'object' }] })
})

test('depth is bounded', () => {
  let schema: object = { type: 'string' }
  for (let depth = 0; depth < 5000; depth++) schema = { type: 'array', items: schema }
  let [type, depth] = [typesOf([model('Deep', schema)], 'Deep')['Deep'], 0]
  for (; type?.kind === 'list'; depth++) type = type.of
  expect([depth, type]).toEqual([41, unknown])
})

test('the number of types is bounded', () => {
  const definitions = Object.fromEntries(
    Array.from({ length: 5000 }, (_, at) => [`d${at}`, { $ref: `#/definitions/d${at + 1}` }]),
  )
  const types = typesOf([model('Chain', { definitions, $ref: '#/definitions/d0' })], 'Chain')
  expect(Object.keys(types).length).toBe(2000)
  expect(types['Chain/definitions/d1998']).toEqual(unknown)
})
