import { expect, test } from 'bun:test'
import { modelTemplate } from './model-template.ts'

const loop = (indent: string, item: string): string =>
  `[
##TODO: Update this foreach loop to reference array from input json
#foreach($elem in $inputRoot.TODO)
 ${item.replaceAll('\n', `\n${indent}`)} 
#if($foreach.hasNext),#end
#end
]`

const models: Readonly<Record<string, unknown>> = {
  Pet: { type: 'object', properties: { name: { type: 'string' } } },
  Self: {
    type: 'object',
    properties: { child: { $ref: 'https://apigateway.amazonaws.com/restapis/a/models/Self' } },
  },
}

const cases: readonly (readonly [name: string, schema: unknown, template: string])[] = [
  ['no properties', { type: 'object', title: 'Empty Schema' }, '{ }'],
  ['no schema', undefined, '{ }'],
  [
    'values of every type',
    {
      properties: {
        a: { type: 'number' },
        op: { type: 'string' },
        i: { type: 'integer' },
        b: { type: 'boolean' },
        n: { type: ['null', 'string'] },
      },
    },
    '{\n  "a" : 3.1415,\n  "op" : "foo",\n  "i" : 42,\n  "b" : true,\n  "n" : "foo"\n}',
  ],
  [
    'a list at the root',
    { type: 'array', items: { type: 'object', properties: { age: { type: 'integer' } } } },
    loop('', '{\n  "age" : 42\n}'),
  ],
  [
    'a list within a map',
    { properties: { tags: { type: 'array', items: { properties: { n: { type: 'string' } } } } } },
    `{\n  "tags" : ${loop('  ', '{\n  "n" : "foo"\n}')}\n}`,
  ],
  [
    'references to another model and within the schema',
    {
      definitions: { kind: { type: 'integer' } },
      properties: {
        pet: { $ref: 'https://apigateway.amazonaws.com/restapis/a/models/Pet' },
        kind: { $ref: '#/definitions/kind' },
      },
    },
    '{\n  "pet" : {\n    "name" : "foo"\n  },\n  "kind" : 42\n}',
  ],
  [
    'composition',
    {
      allOf: [{ $ref: '#/definitions/base' }, { properties: { b: { type: 'string' } } }],
      definitions: { base: { properties: { a: { type: 'string' } } } },
    },
    '{\n  "a" : "foo",\n  "b" : "foo"\n}',
  ],
]

for (const [name, schema, template] of cases) {
  test(name, () => {
    expect(modelTemplate(schema, (model) => models[model])).toBe(
      `#set($inputRoot = $input.path('$'))\n${template}`,
    )
  })
}

test('a model that contains itself ends', () => {
  const template = modelTemplate(models['Self'], (model) => models[model])
  expect(template.match(/"child"/g)?.length).toBeLessThan(20)
})

test('models that refer to one another many times over end', () => {
  const wide = {
    properties: Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`p${i}`, { $ref: '#' }])),
  }
  expect(modelTemplate(wide, () => undefined).length).toBeLessThan(2_000_000)
})
