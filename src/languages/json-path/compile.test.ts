import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseJson } from '#languages/json/parse.ts'
import { printJson } from '#languages/json/print.ts'
import { compilePath } from './compile.ts'
import { defaultDialect, PathError, type PathDialect } from './tree.ts'

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
function read(path: string, dialect: PathDialect = '2.0'): string {
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
    ['$.nope[*].name', '[]'],
    ['$.nope.nope[0:1]', '[]'],
    ['$.nope[*]', '[]'],
    ['$.pets[?(@.nope > @[0])]', '[]'],
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
    const missing = value === 'undefined' || value === '[]'
    // Templates may find more where 2.0 finds nothing, and never something else.
    if (!missing) expect(read(path, 'aws')).toBe(value)
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
    expect(() => compilePath(path, '2.0')).toThrow(PathError)
  })
})

describe('what 2.0 cannot do means what it means in Jayway 2.9', () => {
  test.each([
    ['$.pets[-1].name', '"Kim"'],
    ['$.pets[-9]', 'undefined'],
    ['$.numbers[0,-1]', '[5,8]'],
    ['$.numbers[-3:-1]', '[5,3]'],
    ['$.numbers[-2:3]', '[3,8,5,3,8]'],
    ['$.numbers[-9:1]', '[5,3,8,5]'],
    ['$.numbers[:]', '[5,3,8]'],
    ['$..tags[-1]', '["big","cat"]'],
    ['$["owner"]["a.b"]', '"dotted"'],
    ["$.pets[0]['name','age']", '{"name":"Rex","age":3}'],
    ['$["owner","nope"].name', '["Ann"]'],
    ['$..["name"]', '["Ann","Rex","Tom","ball","Kim"]'],
    ['$.pets.length()', '3'],
    ['$.pets.size()', '3'],
    ['$.owner.length()', '3'],
    ['$.owner.name.length()', 'null'],
    ['$.owner.keys()', '["name","a.b","none"]'],
    ['$.numbers.min()', '3.0'],
    ['$.numbers.max()', '8.0'],
    ['$.numbers.sum()', '16.0'],
    ['$.numbers.sum(4, $.pets[0].age)', '23.0'],
    ['$.numbers.avg()', '5.333333333333333'],
    ['$.numbers.stddev()', '2.0548046676563256'],
    ['$.numbers.first()', '5'],
    ['$.numbers.last()', '8'],
    ['$.numbers.index(1)', '3'],
    ['$.numbers.index(-1)', '8'],
    ['$.numbers.append(9)', '[5,3,8,9]'],
    ['$.pets[0].tags.concat("!", $.owner.name)', '"dogbig!Ann"'],
    ['$..age.max()', '7.5'],
    ['$..tags.length()', '3'],
    ['$.pets[*].tags.length()', '[2,1,0]'],
    ["$.pets[?(@.name in ['Rex','Kim'])].name", '["Rex","Kim"]'],
    ["$.pets[?(@.name nin ['Rex','Kim'])].name", '["Tom"]'],
    ["$.pets[?(@.tags subsetof ['cat','dog'])].name", '["Tom","Kim"]'],
    ["$.pets[?(@.tags anyof ['cat','big'])].name", '["Rex","Tom"]'],
    ["$.pets[?(@.tags noneof ['cat'])].name", '["Rex","Kim"]'],
    ["$.pets[?(@.tags all ['dog','big'])].name", '["Rex"]'],
    ["$.pets[?(@.tags contains 'cat')].name", '["Tom"]'],
    ["$.pets[?(@.name contains 'i')].name", '["Kim"]'],
    ["$.pets[?('cat' in @.tags)].name", '["Tom"]'],
    ['$.pets[?(@.tags size 2)].name', '["Rex"]'],
    ['$.pets[?(@.tags empty true)].name', '["Kim"]'],
    ['$.pets[?(@.tags empty false && @.age < 5)].name', '["Rex"]'],
    ['$.pets[?(@.tags == ["cat"])].name', '["Tom"]'],
    ['$.pets[?(@.toy == {"name":"ball"})].name', '["Tom"]'],
    ['$.pets[?(@.name == "Tom")].age', '[7.5]'],
    ['$.pets[?(@.age === 3)].name', '["Rex"]'],
    ['$.pets[?(@.age !== "3")].name', '["Rex","Tom","Kim"]'],
    ['$.pets[?(!(@.age))].name', '["Kim"]'],
    ['$.pets[?(!(@.age == 3 || @.tags empty true))].name', '["Tom"]'],
    ['$.pets[?(@.tags[-1] == "cat")].name', '["Tom"]'],
    ['$.pets[?(@.tags.length() == 2)].name', '["Rex"]'],
    ['$.pets[?(@.toy.name)].name', '["Tom"]'],
    ['$.pets[?(@.toy[*])].name', '["Tom"]'],
    ['$.pets[?(@..name empty false)].name', '["Rex","Tom","Kim"]'],
    ['$.pets[?(@.tags[?(@ == "cat")] empty false)].name', '["Tom"]'],
    ['$.pets[?(@.age in $.numbers)].name', '["Rex"]'],
    ['$.pets[?(@.tags =~ /C.T/is)].name', '["Tom"]'],
    ["$.pets[?(@.age == 'old')].name", '[]'],
    ["$.pets[?(@.age != 'old')].name", '["Rex","Tom"]'],
  ])('%s', (path, value) => {
    expect(read(path, 'aws')).toBe(value)
  })

  test.each([
    '$["pets"].nope()',
    '$["pets"].length().x',
    '$.pets[?(@.a in)]',
    '$.pets[?(1)]',
    '$.pets[?(@.a in )]',
    '$.pets[?((@.a) in 3]',
    '$["pets"][1,]',
    '$.pets["a]',
    '$[?(@.a =~ /(/ && @.b == [1])]',
    `$["a"][?(${'!('.repeat(60)}@.a == [1]${')'.repeat(60)})]`,
    `$["a"]${'[?(@'.repeat(30)}`,
  ])('%s is no path', (path) => {
    expect(() => compilePath(path)).toThrow(PathError)
  })

  test('a mistake is told with its column', () => {
    expect(() => compilePath('$.pets[?(@.name in )]')).toThrow(
      'expected a path, a text between quotes, a number, or JSON at column 20',
    )
  })

  test.each(['$.owner.name.sum()', '$.owner.first()', '$.numbers.index("x")'])(
    '%s cannot be applied',
    (path) => {
      expect(() => read(path, 'aws')).toThrow(PathError)
    },
  )

  test('a function of nothing is nothing', () => {
    expect(read('$.pets[9].tags.index(4)', 'aws')).toBe('undefined')
  })
})

test('API Gateway is taken for a later release than 2.0', () => {
  expect(read('$.pets[-1].name', defaultDialect)).toBe('"Kim"')
  expect(read('$.pets.length()', defaultDialect)).toBe('3')
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
    '"',
    '?(',
    'in',
    '.length()',
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
