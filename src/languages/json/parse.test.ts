import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { depthMax, JsonError, parseJson } from './parse.ts'
import { fromPlain, toPlain } from './plain.ts'
import { printJson } from './print.ts'
import { JsonObject } from './value.ts'

describe('JSON is read and printed as json-smart does', () => {
  test.each([
    // Plain JSON.
    ['{"b":1,"a":[true,null,"x"]}', '{"b":1,"a":[true,null,"x"]}'],
    ['{"10":1,"2":2}', '{"10":1,"2":2}'],
    ['[1.0,2.50,1e10,-0.00001]', '[1.0,2.5,1.0E10,-1.0E-5]'],
    [
      '[9007199254740993,123456789012345678901234567890]',
      '[9007199254740993,123456789012345678901234567890]',
    ],
    ['[0.12345678901234567890]', '[0.12345678901234567890]'],
    ['"\\u0041\\n\\/\\"\\\\"', '"A\\n/\\"\\\\"'],
    ['{"a":1,"a":2}', '{"a":2}'],
    ['"\u2028\u007f"', '"\\u2028\\u007F"'],
    // What the permissive reader takes besides.
    ["{'a':'b'}", '{"a":"b"}'],
    ['{statusCode: 200}', '{"statusCode":200}'],
    ['{a: some words , b: 12 monkeys}', '{"a":"some words","b":"12 monkeys"}'],
    ['[1,,2,]', '[1,2]'],
    ['{,"a":1,}', '{"a":1}'],
    ['{"a":,"b":1}', '{"a":"","b":1}'],
    ['[007,-,1.,-.5]', '[7,0,1.0,-0.5]'],
    ['[1.2.3,1e,nul,NaN]', '["1.2.3","1e","nul",NaN]'],
    ['{"a":1} and more', '{"a":1}'],
    ['hello world', '"hello world"'],
    ['"\\q\\x41"', '"A"'],
    ['', '""'],
    ['[1e400,1.2345678901234567e400]', '[null,1.2345678901234567E+400]'],
    ['[\u0001true,\u00a01]', '["true","\u00a01"]'],
    ['{"a":1,"b":2,"a":3}', '{"a":3,"b":2}'],
    ['{"":0,"__proto__":1}', '{"":0,"__proto__":1}'],
    ['["\\ud83d\\ude00","\\ud83d"]', '["😀","\ud83d"]'],
  ])('%j', (text, printed) => {
    expect(printJson(parseJson(text))).toBe(printed)
  })

  test.each([
    ['{"a":1', 6],
    ['[1', 2],
    ['"open', 0],
    ['{"a" 1}', 5],
    ['}', 0],
    ['["\\u00g0"]', 4],
    ['[-e5]', 4],
    ['[1e123456789012345678901]', 24],
  ])('%j is refused with its place', (text, offset) => {
    let refused: unknown
    try {
      parseJson(text)
    } catch (error) {
      refused = error
    }
    expect(refused).toBeInstanceOf(JsonError)
    expect((refused as JsonError).offset).toBe(offset)
  })
})

test('depth is bounded', () => {
  expect(() => parseJson('['.repeat(depthMax) + ']'.repeat(depthMax))).not.toThrow()
  expect(() => parseJson('['.repeat(depthMax + 1))).toThrow(JsonError)
  expect(() => parseJson('{"a":'.repeat(100_000))).toThrow(JsonError)
  expect(() => parseJson('9'.repeat(1_000_000))).toThrow(JsonError)
})

test.each([
  ['escapes', `"${'\\"'.repeat(1_000_000)}"`],
  ['an open text of escapes', `"${'\\"'.repeat(1_000_000)}`],
  ['many texts', `[${'"a",'.repeat(500_000)}]`],
  ['many members', `{${Array.from({ length: 200_000 }, (_, at) => `"k${at}":1`).join()}}`],
  ['one name again and again', `{${'"a":1,'.repeat(300_000)}}`],
  ['commas', `[${','.repeat(2_000_000)}]`],
  ['blanks', `[${' '.repeat(2_000_000)}]`],
  ['words', `[${'1 x,'.repeat(400_000)}]`],
  ['numbers that are words', `[${'1e'.repeat(1_000_000)}]`],
  ['wide fractions', `[${`0.${'1'.repeat(400)},`.repeat(4_000)}]`],
  ['wide integers', `[${`${'9'.repeat(1000)},`.repeat(1_500)}]`],
  ['many arrays', `[${'[[]],'.repeat(300_000)}]`],
])('the time to read %s grows with their length', (_, text) => {
  // Megabytes: what took the square of the length would not end within the test's time.
  try {
    printJson(parseJson(text))
  } catch (error) {
    expect(error).toBeInstanceOf(JsonError)
  }
})

test('what JSON.stringify writes is read as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const text = JSON.stringify(value)
      expect(JSON.parse(printJson(parseJson(text)))).toEqual(JSON.parse(text))
    }),
    { seed: 1, numRuns: 300 },
  )
})

test('plain trees become values and come back', () => {
  const plain = { a: [1, 2.5, 'x', null, true], b: { c: undefined, d: 12345678901234567890n } }
  expect(printJson(fromPlain(plain))).toBe('{"a":[1,2.5,"x",null,true],"b":{"d":12345678901234567890}}')
  expect(toPlain(fromPlain(plain))).toEqual({ a: [1, 2.5, 'x', null, true], b: { d: 12345678901234567890n } })
})

test('print and read are inverse, and nothing but JsonError is thrown', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    "'",
    '\\',
    'a',
    '1',
    '-',
    '.',
    'e5',
    ' ',
    'null',
    '\n',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      let printed: string
      try {
        printed = printJson(parseJson(pieces.join('')))
      } catch (error) {
        expect(error).toBeInstanceOf(JsonError)
        return
      }
      expect(printJson(parseJson(printed))).toBe(printed)
    }),
    { seed: 2, numRuns: 2000 },
  )
})

test('objects keep the order of their members however many there are', () => {
  const object = new JsonObject()
  for (let at = 0; at < 50; at++) object.set(`k${at}`, at)
  object.delete('k10')
  object.set('k10', 'again')
  object.set('k3', 'changed')
  expect(object.size).toBe(50)
  expect(object.keys.at(-1)).toBe('k10')
  expect(object.keys[3]).toBe('k3')
  expect(object.get('k3')).toBe('changed')
  expect(object.get('k49')).toBe(49)
  expect(object.get('toString')).toBeUndefined()
  expect(object.get('__proto__')).toBeUndefined()
})
