import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { compileRegex, RegexStepsError } from './compile.ts'
import { RegexSyntaxError } from './parse.ts'
import { replaceRegex, splitRegex } from './replace.ts'

const steps = (left = 1_000_000) => ({ left })
const bounds = () => ({ steps: steps(), textMax: 100_000 })

describe('matches', () => {
  test.each([
    ['', '', true],
    ['abc', 'abc', true],
    ['abc', 'abcd', false],
    ['.*Error.*', 'an Error here', true],
    ['.*', 'a\nb', false],
    ['(?s).*', 'a\nb', true],
    ['4\\d{2}', '404', true],
    ['4\\d{2}', '4040', false],
    ['[45]\\d\\d', '503', true],
    ['a|b|', '', true],
    ['(?i)hello', 'HeLLo', true],
    ['(?i)[a-c]+', 'AbC', true],
    ['\\Qa.b\\E', 'a.b', true],
    ['\\Qa.b\\E', 'axb', false],
    ['[^\\s,]+', 'abc', true],
    ['[a-z&&[^aeiou]]+', 'xyz', true],
    ['[a-z&&[^aeiou]]+', 'xaz', false],
    ['\\p{Alpha}+\\p{Punct}', 'abc!', true],
    ['\\p{L}+', 'äöü', true],
    ['(\\w)\\1', 'aa', true],
    ['(\\w)\\1', 'ab', false],
    ['(?<q>[\'"]).*?\\k<q>', '"x"', true],
    ['a(?=b)b', 'ab', true],
    ['a(?!b).', 'ab', false],
    ['.(?<=a)b', 'ab', true],
    ['.(?<!a)b', 'ab', false],
    ['a*+a', 'aaa', false],
    ['(?>a*)b', 'aaab', true],
    ['(a*)*', 'aaa', true],
    ['(?>a*)*\\1', 'a', false],
    ['(?:a*)*\\1*', 'a', true],
    ['(a|b)*?c', 'ababc', true],
    ['\\bword\\b', 'word', true],
    ['\\bé\\b', 'é', true],
    ['\\w', 'é', false],
    ['a(?i){2}B', 'ab', true],
    ['^a$', 'a', true],
    ['(?x) a b # comment', 'ab', true],
    ['\\x41\\u0042\\t', 'AB\t', true],
    ['.', '😀', true],
    ['[]a]', ']', true],
    ['[&&b]', 'b', true],
    ['[^&&b]', 'b', false],
    ['[a-f&&[^c-d]&&[b-e]]+', 'be', true],
    ['[a-f&&[^c-d]&&[b-e]]+', 'bc', false],
    ['[\\p{L}&&[^\\p{Lu}]]', 'é', true],
    ['(?i)É', 'é', false],
    ['(?iu)É', 'é', true],
    ['(?iu)[à-é]', 'Ç', true],
    ['(?iu)ſ', 'S', true],
    ['(?iu)(k)\\1', 'K\u212a', true],
    ['(?i)\\p{Lower}', 'A', true],
    ['\\p{Lower}', 'é', false],
    ['(?U)\\p{Lower}', 'é', true],
    ['(?U)\\w\\d\\s', 'é٣\u2003', true],
    ['(?U)\\W', 'é', false],
    ['\\p{IsAlphabetic}\\p{IsLatin}\\p{IsLu}\\p{Ll}', 'éaBc', true],
    ['\\p{javaLetterOrDigit}\\p{javaWhitespace}', 'é\t', true],
    ['\\p{javaWhitespace}', '\u00a0', false],
    ['\\p{InBasicLatin}\\p{InGreek}\\p{InLatin-1 Supplement}', 'aαé', true],
    ['\\p{script=Greek}\\p{sc=Grek}\\p{gc=Lu}\\p{block=Cyrillic}', 'αβGж', true],
    ['\\p{LC}\\p{L1}\\p{all}', 'aé😀', true],
    ['\\P{IsPunctuation}', '!', false],
    ['(?d).', '\r', true],
    ['(?d)a$', 'a\r', false],
    ['\\X', 'e\u0301', true],
    ['\\X', '\r\n', true],
    ['\\R', '\r\n', true],
    ['\\h\\v', '\u00a0\u2028', true],
    ['x{2}{3}', 'xx', true],
    ['{2}', '', true],
    ['.+(?<!\\z)', 'a', false],
    ['(?<=a(?=b))b', 'b', false],
  ])('%j on %j: %p', (pattern, text, whole) => {
    expect(compileRegex(pattern).matches(text, steps())).toBe(whole)
  })
})

test.each([
  ['[a-z', 4],
  ['(a', 2],
  ['a)', 1],
  ['*a', 0],
  ['a*+*', 3],
  ['a{2}*', 4],
  ['a{', 1],
  ['\\p{Nope}', 1],
  ['\\p{sc=Nope}', 1],
  ['(?q)', 3],
  ['a{2,1}', 1],
  ['\\', 1],
  ['\\y', 1],
  ['(?<1>a)', 3],
])('%j is no Java regex', (pattern, offset) => {
  let refused: unknown
  try {
    compileRegex(pattern)
  } catch (error) {
    refused = error
  }
  expect(refused).toBeInstanceOf(RegexSyntaxError)
  expect((refused as RegexSyntaxError).offset).toBe(offset)
})

test.each([
  ['hello', 'l', 'L', 'heLLo'],
  ['hello', '(l+)o', '<$1>', 'he<ll>'],
  ['aaa', 'a*', 'x', 'xx'],
  ['abc', '', '-', '-a-b-c-'],
  ["it\\'s", "\\\\'", "'", "it's"],
  ['a.b', '\\.', '\\$', 'a$b'],
  ['ab', '(?<x>a)', '${x}${x}', 'aab'],
  ['ab', '(a)', '$10', 'a0b'],
  ['abc', 'x', 'y', 'abc'],
  ['aaba', '\\Ga', 'x', 'xxba'],
  ['a😀', '.??', '-', '-a-\ud83d-\ude00-'],
])('replaceAll in %j of %j by %j', (text, pattern, replacement, result) => {
  expect(replaceRegex(compileRegex(pattern), text, replacement, false, bounds())).toBe(result)
})

test.each(['$', '$x', '$2', '\\'])('the replacement %j is refused', (replacement) => {
  expect(() => replaceRegex(compileRegex('(a)'), 'a', replacement, false, bounds())).toThrow(RangeError)
})

test('replaceAll is bounded in length', () => {
  const long = 'a'.repeat(1000)
  expect(() => replaceRegex(compileRegex('a'), long, long, false, bounds())).toThrow('longer than')
})

test.each([
  ['a,b,,c,,', ',', 0, ['a', 'b', '', 'c']],
  ['a,b,,c,,', ',', -1, ['a', 'b', '', 'c', '', '']],
  ['a,b,c', ',', 2, ['a', 'b,c']],
  ['abc', '', 0, ['a', 'b', 'c']],
  ['', ',', 0, ['']],
  [',', ',', 0, []],
  [' a  b', '\\s+', 0, ['', 'a', 'b']],
  ['abc', 'x', 0, ['abc']],
])('split %j by %j at most %p', (text, pattern, limit, parts) => {
  expect(splitRegex(compileRegex(pattern), text, limit, steps())).toEqual(parts)
})

describe('no pattern runs for ever', () => {
  const evil = 'a'.repeat(50_000)
  test.each([
    '(a+)+b',
    '(a|a)*b',
    '(a*)*b',
    '(.*)(.*)(.*)(.*)x',
    '(a|aa)+$b',
    '(?=(a+)+b)',
    '(?<=(a+)+b)c',
    '(\\w+\\s?)*!',
  ])('%s', (pattern) => {
    const began = performance.now()
    expect(() => compileRegex(pattern).find(evil, 0, steps())).toThrow(RegexStepsError)
    expect(performance.now() - began).toBeLessThan(20_000)
  })

  test('nor copies many groups again and again', () => {
    const many = compileRegex(`${'()'.repeat(4000)}(?:(?=a)(?>a))*b`)
    expect(() => many.find('a'.repeat(100_000), 0, steps())).toThrow(RegexStepsError)
    const some = compileRegex(`(?:${'()'.repeat(4000)}a)`)
    expect(() => replaceRegex(some, 'a'.repeat(100_000), '', false, bounds())).toThrow(RegexStepsError)
  })

  test('nor grows without bound', () => {
    expect(() => compileRegex('(((a{1000}){1000}){1000})')).toThrow(RegexSyntaxError)
    expect(() => compileRegex('('.repeat(10_000))).toThrow(RegexSyntaxError)
  })
})

test('agrees with JavaScript where the two languages are the same', () => {
  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '(a)', '(?:ab)', '(b|a)', '\\w')
  const repeated = fc
    .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '*?', '{1,2}'))
    .map((parts) => parts.join(''))
  const piece = fc.oneof({ weight: 4, arbitrary: repeated }, fc.constantFrom('^', '$', '\\b', '|'))
  const pattern = fc.array(piece, { maxLength: 5 }).map((parts) => parts.join(''))
  const text = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(pattern, text, (source, subject) => {
      const expected = new RegExp(source).exec(subject)
      const found = compileRegex(source).find(subject, 0, steps())
      expect(found?.slice(0, 2)).toEqual(
        expected === null ? undefined : [expected.index, expected.index + expected[0].length],
      )
    }),
    { seed: 3, numRuns: 2000 },
  )
})

test('nothing but its own errors', () => {
  const piece = fc.constantFrom(
    'a',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '*',
    '+',
    '?',
    '|',
    '\\',
    '^',
    '$',
    '1',
    ',',
    '-',
    '&&',
    '(?',
    ':',
    '<',
    '=',
    '!',
    'Q',
    'E',
    'p',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        compileRegex(pieces.join('')).find('aab1-', 0, steps(10_000))
      } catch (error) {
        expect([RegexSyntaxError, RegexStepsError, RangeError].some((type) => error instanceof type)).toBe(
          true,
        )
      }
    }),
    { seed: 4, numRuns: 3000 },
  )
})
