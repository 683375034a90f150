import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readDocument, type DocumentOperation } from './document.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-document-'))
afterAll(() => rmSync(folder, { recursive: true }))

function operations(root: object): readonly DocumentOperation[] {
  const file = join(folder, 'openapi.json')
  writeFileSync(file, JSON.stringify({ openapi: '3.0.1', ...root }, null, '\t'))
  return readDocument(file).operations
}

test('each operation is told, ANY among them; what else a path has is none', () => {
  const found = operations({
    paths: {
      '/a': { get: { summary: 'All' }, parameters: [], 'x-other': {} },
      '/{proxy+}': { 'x-amazon-apigateway-any-method': {} },
      '/broken': null,
    },
  })
  expect(found.map(({ method, path, summary }) => [method, path, summary])).toEqual([
    ['GET', '/a', 'All'],
    ['ANY', '/{proxy+}', undefined],
  ])
})

test('parameters come from the path, the operation and references', () => {
  const [operation] = operations({
    components: {
      parameters: { 'a/b': { name: 'tenant', in: 'header', required: true, schema: { enum: ['x', 'y'] } } },
    },
    paths: {
      '/{id}': {
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }],
        get: {
          parameters: [
            { $ref: '#/components/parameters/a~1b' },
            { name: 'q', in: 'query', schema: { type: 'string' } },
            { name: 'p', in: 'query', example: 5 },
            { name: 'c', in: 'cookie' },
            { $ref: '#/nowhere' },
          ],
        },
      },
    },
  })
  expect(operation?.parameters).toEqual([
    { place: 'path', name: 'id', required: true, example: '1' },
    { place: 'header', name: 'tenant', required: true, example: 'x' },
    { place: 'query', name: 'q', required: false, example: undefined },
    { place: 'query', name: 'p', required: false, example: '5' },
  ])
})

const schemas = {
  Pet: {
    type: 'object',
    properties: {
      id: { type: 'string', format: 'uuid' },
      name: { type: 'string', example: 'Rex' },
      kind: { enum: ['dog', 'cat'] },
      price: { type: 'number', minimum: 0.5 },
      count: { type: 'integer', minimum: 2.5 },
      good: { type: 'boolean' },
      code: { type: 'string', minLength: 6 },
      tags: { type: 'array', items: { type: 'string', default: 't' } },
      nothing: {},
    },
  },
  Both: { allOf: [{ properties: { a: { type: 'string' } } }, { properties: { b: { type: 'integer' } } }] },
  Node: { type: 'object', properties: { next: { $ref: '#/components/schemas/Node' } } },
  Itself: { $ref: '#/components/schemas/Itself' },
}

const bodies: readonly [name: string, media: object | undefined, body: unknown][] = [
  ['the example', { example: { a: 1 }, schema: { example: 2 } }, { a: 1 }],
  ['the first of several', { examples: { x: { value: [1] }, y: { value: [2] } } }, [1]],
  ['that of the schema', { schema: { example: { a: 2 } } }, { a: 2 }],
  [
    'one made from the schema',
    { schema: { $ref: '#/components/schemas/Pet' } },
    {
      id: '123e4567-e89b-42d3-a456-426614174000',
      name: 'Rex',
      kind: 'dog',
      price: 0.5,
      count: 3,
      good: true,
      code: 'text..',
      tags: ['t'],
    },
  ],
  ['all parts together', { schema: { $ref: '#/components/schemas/Both' } }, { a: 'text', b: 1 }],
  ['one of bounded depth', { schema: { $ref: '#/components/schemas/Node' } }, { next: { next: {} } }],
  ['none of a schema that is itself', { schema: { $ref: '#/components/schemas/Itself' } }, undefined],
  ['none of no schema', {}, undefined],
  ['none of no body', undefined, undefined],
]

for (const [name, media, body] of bodies) {
  test(`a body: ${name}`, () => {
    const requestBody = media && { content: { 'application/json': media } }
    const [operation] = operations({ components: { schemas }, paths: { '/': { post: { requestBody } } } })
    expect(operation?.exampleBody && JSON.parse(operation.exampleBody)).toEqual(body)
  })
}

test("Swagger 2 has its body among the parameters, and a parameter's type beside its name", () => {
  const [operation] = operations({
    paths: {
      '/': {
        post: {
          parameters: [
            { in: 'body', name: 'pet', schema: { properties: { a: { type: 'boolean' } } } },
            { in: 'query', name: 'n', required: true, type: 'integer', minimum: 7 },
          ],
        },
      },
    },
  })
  expect(operation?.exampleBody).toBe('{"a":true}')
  expect(operation?.parameters).toEqual([{ place: 'query', name: 'n', required: true, example: '7' }])
})

const refused: readonly [text: string, message: RegExp][] = [
  ['a: [', /openapi\.yaml:1:\d+: \S/],
  ['a: 1\na: 2', /openapi\.yaml:2:1: .*unique/],
  ['a: *b', /openapi\.yaml:.*b/],
]
for (const [text, message] of refused) {
  test(`refused: ${JSON.stringify(text)}`, () => {
    writeFileSync(join(folder, 'openapi.yaml'), text)
    expect(() => readDocument(join(folder, 'openapi.yaml'))).toThrow(message)
  })
}

test('a document that is no document is left to the import to refuse', () => {
  for (const text of ['', 'just a text', '[]', '{"paths": 5, "info": []}']) {
    writeFileSync(join(folder, 'openapi.yaml'), text)
    expect(readDocument(join(folder, 'openapi.yaml'))).toMatchObject({ title: 'API', operations: [] })
  }
})
