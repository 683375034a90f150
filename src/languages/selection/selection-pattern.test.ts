import { describe, expect, test } from 'bun:test'
import { compileSelectionPattern, SelectionPatternError } from './selection-pattern.ts'

const cases: readonly [pattern: string, text: string, matches: boolean][] = [
  ['200', '200', true],
  ['200', '2000', false],
  ['20', '200', false],
  ['4\\d{2}', '404', true],
  ['4\\d{2}', '1404', false],
  ['5..', '503', true],
  ['400|422', '422', true],
  ['400|422', '4222', false],
  ['.*Error.*', 'An Error occurred', true],
  ['.*Error.*', 'no luck', false],
  ['.*Error.*', 'An Error\noccurred', false],
  ['(.|\\n)*Error(.|\\n)*', 'An Error\noccurred', true],
  ['(?s).*Error.*', 'An Error\noccurred', true],
  ['(?i)not found', 'Not Found', true],
  ['^Bad.*$', 'Bad thing', true],
  ['\\QA.B\\E.*', 'A.B!', true],
  ['\\QA.B\\E.*', 'AxB!', false],
  ['\\p{Alpha}+', 'abcXYZ', true],
  ['\\p{Alpha}+', 'abc1', false],
  ['\\P{Digit}+', 'abc', true],
  ['[\\p{Upper}_]+', 'A_B', true],
  ['[]a]+', ']a]', true],
  ['\\Aabc\\z', 'abc', true],
  ['.*\\h.*', 'a b', true],
  ['\\[BadRequest\\].*', '[BadRequest] no name', true],
  ['.+', '', false],
  ['.*', '', true],
  ['a\\++', 'a++', true],
  ['a*+b', 'aab', true],
  ['[a-z&&[^b]]+', 'acd', true],
  ['[a-z&&[^b]]+', 'abc', false],
]

describe('a selection pattern', () => {
  for (const [pattern, text, matches] of cases) {
    test(`${JSON.stringify(pattern)} on ${JSON.stringify(text)} is ${matches}`, () => {
      expect(compileSelectionPattern(pattern)(text)).toBe(matches)
    })
  }

  for (const pattern of ['(', '[a', '*a', 'a{2', '\\p{Klingon}', 'a\\']) {
    test(`${pattern} is refused`, () => {
      expect(() => compileSelectionPattern(pattern)).toThrow(SelectionPatternError)
    })
  }

  test('backtracking without end stops', () => {
    const test = compileSelectionPattern('(a|aa)*(a|aa)*(a|aa)*c')
    expect(() => test('a'.repeat(5000))).toThrow('too many steps')
  })
})
