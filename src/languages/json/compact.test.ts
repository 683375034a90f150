import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { isCompactJson } from './compact.ts'
import { parseJson } from './parse.ts'
import { printJson } from './print.ts'

test.each([
  '{}',
  '[]',
  '{"a":1,"b":[true,false,null,{}],"c":{"a":"x/y"}}',
  '[0,-1,10,123456789012345,249.99,0.5,-0.5,5.0,0.001,1.25]',
  '[[[]],[{"":""}]]',
])('%s prints as it is written', (text) => {
  expect(isCompactJson(text)).toBe(true)
  expect(printJson(parseJson(text))).toBe(text)
})

test.each([
  ['blanks', '{"a": 1}'],
  ['text after it', '{} '],
  ['a scalar', '"a"'],
  ['an escape', '["\\n"]'],
  ['what is not ASCII', '["é"]'],
  ['a name twice', '{"a":1,"a":2}'],
  ['a name without quotes', '{a:1}'],
  ['a text without quotes', '[ab]'],
  ['a word that goes on', '[trues]'],
  ['a number that goes on', '[1x]'],
  ['a zero before digits', '[01]'],
  ['minus zero', '[-0]'],
  ['a minus alone', '[-]'],
  ['digits that a double loses', '[1.00]'],
  ['an exponent', '[1e5]'],
  ['an exponent after a fraction', '[1.5e5]'],
  ['a small fraction', '[0.0001]'],
  ['a useless comma', '[1,]'],
  ['no comma', '[1[2]]'],
  ['an unfinished object', '{"a":1'],
  ['an unfinished text', '["a'],
  ['deep nesting', '['.repeat(100) + ']'.repeat(100)],
])('%s may not', (_, text) => {
  expect(isCompactJson(text)).toBe(false)
})

test('whatever it takes is read, and printed as it was', () => {
  const pieces = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"b"',
    '1',
    '-',
    '0',
    '.',
    '5',
    'true',
    'null',
    ' ',
    'e',
  ]
  const texts = fc.array(fc.constantFrom(...pieces), { maxLength: 9 }).map((list) => list.join(''))
  const values = fc.jsonValue().map((value) => JSON.stringify(value))
  fc.assert(
    fc.property(fc.oneof(texts, values), (text) => {
      if (isCompactJson(text)) expect(printJson(parseJson(text))).toBe(text)
    }),
    { numRuns: 5000 },
  )
})
