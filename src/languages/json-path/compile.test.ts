import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseJson } from '#languages/json/parse.ts'
import { printJson } from '#languages/json/print.ts'
import { compilePath } from './compile.ts'
import { PathError } from './tree.ts'

const PETS = parseJson(`{
  "owner": { "name": "Ann", "a.b": "dotted", "none": null },
  "pets": [
    { "name": "Rex", "age": 3, "tags": ["dog", "big"] },
    { "name": "Tom", "age": 7.5, "tags": ["cat"], "toy": { "name": "ball" } },
    { "name": "Kim", "tags": [] }
  ],
  "numbers": [5, 3, 8]
}`)

/** `undefined` as text where nothing is found. */
function read(path: string, dialect?: '2.0' | '2.4'): string {
  const found = compilePath(path, dialect).read(PETS)
  return found === undefined ? 'undefined' : printJson(found)
}

describe('paths lead where Jayway 2.0 leads', () => {
  test.each([
    ['$.owner.name', '"Ann"'],
    ['owner.name', '"Ann"'],
    ['@.owner.name', '"Ann"'],
    ["$['owner']['name']", '"Ann"'],
    ["$.owner['a.b']", '"dotted"'],
    ['$.owner.none', 'null'],
    ['$.owner.nope', 'undefined'],
    ['$.nope.name', 'undefined'],
    ["$.owner['name','nope']", '{"name":"Ann"}'],
    ['$.pets[0].name', '"Rex"'],
    ['$.pets[9]', 'undefined'],
    ['$.pets[-1]', 'undefined'],
    ['$.numbers[0,2]', '[5,8]'],
    ['$.numbers[1:]', '[3,8]'],
    ['$.numbers[:2]', '[5,3]'],
    ['$.numbers[-2:]', '[3,8]'],
    ['$.numbers[:-1]', '[5,3]'],
    ['$.numbers[0:2]', '[5,3]'],
    ['$.numbers[5:9]', '[]'],
    ['$.numbers[(@.length - 1)]', '8'],
    ['$.numbers[*]', '[5,3,8]'],
    ['$.pets[*].name', '["Rex","Tom","Kim"]'],
    ['$.pets[*].age', '[3,7.5]'],
    ['$.pets.*.toy.name', '["ball"]'],
    ['$..name', '["Ann","Rex","Tom","ball","Kim"]'],
    ['$..tags[0]', 'undefined'],
    ['$.pets[?(@.age)].name', '["Rex","Tom"]'],
    ['$.pets[?(!@.age)].name', '["Kim"]'],
    ['$.pets[?(@.age > 3)].name', '["Tom"]'],
    ['$.pets[?(@.age >= 3 && @.age < 7.5)].name', '["Rex"]'],
    ["$.pets[?(@.name == 'Kim' || @.age == 3)].name", '["Rex","Kim"]'],
    ["$.pets[?(@.name != 'Kim')].name", '["Rex","Tom"]'],
    ['$.pets[?(@.name =~ /.*[ei]./)].name', '["Rex","Kim"]'],
    ['$.pets[?(@.name =~ /TOM/i)].age', '[7.5]'],
    ['$.pets[?(@.name == $.owner.name)]', '[]'],
  ])('%s', (path, value) => {
    expect(read(path)).toBe(value)
  })

  test.each(['$.owner[0]', '$.owner.name[1:]', '$.owner.name[?(@.a)]', "$.pets[?(@.age == 'old')]"])(
    '%s cannot be applied',
    (path) => {
      expect(() => read(path)).toThrow(PathError)
    },
  )

  test.each([
    '',
    '$..',
    '$a',
    '$.',
    '$.a b',
    '$["a"]',
    '$[?(@..a)]',
    '$[?(@.a =~ /(/)]',
    '$[?(1 2)]',
    '$[99999999999]',
    '$[a',
    '$[1:2:x]b[',
  ])('%j is no path', (path) => {
    expect(() => compilePath(path)).toThrow(PathError)
  })
})

test.each([
  ['$.pets[-1].name', '"Kim"'],
  ['$.pets.length()', '3'],
  ['$.owner.keys()', '["name","a.b","none"]'],
  ['$.numbers.min()', '3.0'],
  ['$.numbers.max()', '8.0'],
  ['$.numbers.sum()', '16.0'],
  ['$.numbers.avg()', '5.333333333333333'],
  ['$..age.max()', '7.5'],
  ['$.owner.name.length()', '3'],
])('later Jayway: %s', (path, value) => {
  expect(read(path, '2.4')).toBe(value)
  expect(['undefined', '[]']).toContain(read(path))
})

test('a read looks at a bounded number of values', () => {
  const wide = parseJson(`[${'[1,2,3,4,5,6,7,8,9,10],'.repeat(200)}]`)
  expect(() => compilePath('$..*..*..*').read(parseJson(`[${'{"a":[[[[1]]]]},'.repeat(300)}]`))).not.toThrow()
  expect(() => compilePath('$..[*]..[*]').read(wide)).not.toThrow()
  const deep = parseJson(`${'['.repeat(300)}${']'.repeat(300)}`)
  expect(() => compilePath('$..*..*..*..*').read(deep)).toThrow(PathError)
  expect(() => compilePath(`$${'.a'.repeat(6000)}`)).toThrow(PathError)
  expect(() => compilePath(`$${'[?(@'.repeat(200)}`)).toThrow(PathError)
})

test('no prototype is in reach', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    expect(read(`$.${name}`)).toBe('undefined')
    expect(read(`$.pets.${name}`)).toBe('undefined')
  }
})

test('nothing but PathError is thrown', () => {
  const piece = fc.constantFrom(
    '$',
    '@',
    '.',
    '..',
    '[',
    ']',
    '*',
    'pets',
    'name',
    '0',
    '-1',
    ':',
    ',',
    "'",
    '?(',
    ')',
    '==',
    '=~',
    '/',
    '&&',
    '||',
    ' ',
    '!',
    '<',
    'size',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        compilePath(pieces.join('')).read(PETS)
      } catch (error) {
        expect(error instanceof PathError).toBe(true)
      }
    }),
    { seed: 5, numRuns: 5000 },
  )
})
