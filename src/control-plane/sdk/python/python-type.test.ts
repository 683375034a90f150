import { expect, test } from 'bun:test'
import type { Model } from '#model/rest-api.ts'
import { Names } from '../names.ts'
import { readModels } from '../read-models.ts'
import { PythonTypes } from './python-type.ts'

const own = (name: string): object => ({ $ref: `https://apigateway.amazonaws.com/restapis/a/models/${name}` })

function declarations(schemas: Readonly<Record<string, object>>): string {
  const models = Object.entries(schemas).map(([name, schema]): Model => {
    return { id: name, name, contentType: 'application/json', schema: JSON.stringify(schema) }
  })
  return new PythonTypes(readModels(models, Object.keys(schemas)), new Names([])).declarations.join('\n')
}

test('aliases, and members that are objects', () => {
  expect(
    declarations({
      Ids: { type: 'array', items: own('Id') },
      Id: { type: ['integer', 'null'] },
      Same: own('Id'),
      Level: { enum: ['a', 1, true, null] },
      Half: { enum: [0.5] },
      Names: { type: 'object', additionalProperties: { type: 'string' } },
      Box: { required: ['of'], properties: { of: { type: 'array', items: { properties: { x: {} } } } } },
    }),
  ).toBe(`BoxOfItem = TypedDict(
    "BoxOfItem",
    {
        "x": "Any",
    },
    total=False,
)

Box = TypedDict(
    "Box",
    {
        "of": "List[BoxOfItem]",
    },
)

Half = Any

Id = Union[int, None]

Ids = List["Id"]

Level = Literal["a", 1, True, None]

Names = Dict[str, str]

Same = Union["Id"]
`)
})

test('a type that contains itself and more is declared once', () => {
  const tree = { properties: { child: { allOf: [own('Tree'), { properties: { more: {} } }] } } }
  expect(declarations({ Tree: tree }).match(/^\w+ = TypedDict/gm)).toEqual([
    'TreeChild = TypedDict',
    'Tree = TypedDict',
  ])
})

test('types made of types twice over are bounded', () => {
  const chain = Object.fromEntries(
    Array.from({ length: 200 }, (_, at) => [`M${at}`, { allOf: [own(`M${at + 1}`), own(`M${at + 1}`)] }]),
  )
  const nested = Object.fromEntries(
    Array.from({ length: 1700 }, (_, at) => [
      `N${at}`,
      { properties: { of: { allOf: [own(`N${at + 1}`), { properties: { [`p${at}`]: {} } }] } } },
    ]),
  )
  const wide = Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`p${at}`, {}]))
  const text = declarations({ ...nested, ...chain, M200: { properties: wide } })
  expect(text.length).toBeLessThan(5_000_000)
  expect(text).toContain('M0 = Any')
})
