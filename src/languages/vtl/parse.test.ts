import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { compileTemplate } from './compile.ts'
import { TemplateError } from './error.ts'
import { nestingMax, parseTemplate } from './parse.ts'
import { defaultLimits } from './scope.ts'

describe('a mistake is named with its place and what was expected', () => {
  test.each([
    ['#if($a)x', 1, 9, 'expected #end, found the end of the template'],
    ['a\n#end', 2, 1, '"#end" without an open'],
    ['#if($a x)#end', 1, 8, 'expected ")"'],
    ['#if $a', 1, 5, 'expected "("'],
    ['#if()x#end', 1, 5, 'expected a value'],
    ['#set($a = )', 1, 11, 'expected a value, found ")"'],
    ['#set(a = 1)', 1, 6, 'expected a reference'],
    ['#set($a 1)', 1, 9, 'expected "="'],
    ['#set($a = [1, 2)', 1, 16, 'expected "]"'],
    ['#set($a = {"a" 1})', 1, 16, 'expected ":"'],
    ['${a.b', 1, 6, 'expected "}"'],
    ['$a.b("x"', 1, 9, 'expected ")"'],
    ['$a[b]', 1, 4, 'unexpected "b"'],
    ['\n\n  #foreach($i in $l)', 3, 21, 'expected #end of #foreach'],
    ['#macro()x#end', 1, 1, '#macro needs a name'],
    ['#macro x', 1, 7, '#macro needs "("'],
    ['#foreach', 1, 1, '#foreach needs'],
    ['x #evaluate(1)', 1, 3, '#evaluate needs a string'],
    ['#evaluate()', 1, 1, '#evaluate needs exactly one'],
    ['#define()x#end', 1, 1, '#define needs one name'],
    ['#literal()#end', 1, 1, '#literal needs something'],
    ['a $', 1, 3, 'the template ends after "$"'],
    ['#set($a = "$b.c(")', 1, 11, 'in the string'],
    ['#set($a = 1 + #evaluate())', 1, 15, 'expected a value'],
    ['#if(1 == #9)#end', 1, 10, 'expected a number, found #9'],
    ['#if(#1.5 == 1)#end', 1, 5, 'expected a number, found #1.5'],
  ])('%j', (text, line, column, message) => {
    const { template, diagnostics } = parseTemplate(text)
    expect(diagnostics[0]).toMatchObject({ severity: 'error', line, column })
    expect(diagnostics[0]?.message).toContain(message)
    expect(template.error).toEqual(diagnostics[0])
    const run = compileTemplate(template)
    expect(() => run({ missing: 'empty', limits: defaultLimits, variable: () => undefined })).toThrow(
      TemplateError,
    )
  })

  test('what cannot work is warned of', () => {
    const { template, diagnostics } = parseTemplate('$x\n#parse("a.vm")')
    expect(template.error).toBeUndefined()
    expect(diagnostics).toMatchObject([{ severity: 'warning', line: 2, column: 1 }])
  })

  test('a sound template has no diagnostics', () => {
    const text = '#set($a = $input.path("$.a"))#foreach($e in $a){"v": "$e"}#if($foreach.hasNext),#end#end'
    expect(parseTemplate(text).diagnostics).toEqual([])
  })
})

test.each([
  ['conditions', (depth: number) => `${'#if($a)'.repeat(depth)}${'#end'.repeat(depth)}`],
  ['parentheses', (depth: number) => `#if(${'('.repeat(depth)}$a${')'.repeat(depth)})#end`],
  ['lists', (depth: number) => `#set($a = ${'['.repeat(depth)}1${']'.repeat(depth)})`],
  ['arguments', (depth: number) => `${'$a.b('.repeat(depth)}1${')'.repeat(depth)}`],
  ['ranges that are none', (depth: number) => `#set($a = ${'[$a.b('.repeat(depth)}1${')]'.repeat(depth)})`],
  ['operators', (depth: number) => `#set($a = 1${' + 1'.repeat(depth)})`],
  ['negations', (depth: number) => `#if(${'!'.repeat(depth)}$a)#end`],
])('nesting of %s is bounded', (_, nest) => {
  expect(parseTemplate(nest(nestingMax / 4)).template.error).toBeUndefined()
  expect(parseTemplate(nest(20_000)).template.error?.message).toContain('nesting')
})

test.each([
  ['backslashes', '\\'.repeat(300_000)],
  ['backslashes before a directive', `${'\\'.repeat(299_990)}#if`],
  ['comments', `#*${'x'.repeat(299_000)}`],
  ['hashes in a comment', `##${'#'.repeat(299_000)}\n`],
  ['blanks', ' '.repeat(300_000)],
  ['dollars', '$'.repeat(300_000)],
  ['references', '$a '.repeat(100_000)],
  ['quotes', `#set($a = ${"'".repeat(299_000)})`],
  ['digits', `#set($a = ${'9'.repeat(299_000)})`],
  ['a long text', 'x'.repeat(400_000)],
])('a large template of %s is read soon', (_, text) => {
  const began = performance.now()
  parseTemplate(text)
  expect(performance.now() - began).toBeLessThan(20_000)
})

const PIECES = [
  '$a',
  '$!{a.b}',
  '$a.b(',
  '$a[0]',
  '${',
  '}',
  '#if(',
  '#elseif(',
  '#else',
  '#end',
  '#set($a = ',
  '#foreach($a in ',
  '#macro(m $a)',
  '#m(',
  '#@m()',
  '#define($a)',
  '#evaluate(',
  '#literal()',
  '#stop',
  '#break',
  '##',
  '#*',
  '*#',
  '#[[',
  ']]#',
  '#{else}',
  '"',
  "'",
  '\\',
  '$',
  '#',
  '!',
  '(',
  ')',
  '[',
  ']',
  '{',
  ':',
  ',',
  '..',
  '==',
  '&&',
  ' or ',
  '+',
  '-',
  '/',
  '1',
  '1.5',
  'true',
  ' ',
  '\n',
  '\t',
  'text',
  '$foreach.index',
  '.size()',
  '.toString()',
  '$!',
]

test('any text parses or is refused, and any template renders or throws TemplateError', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 25 }), fc.boolean(), (pieces, aws) => {
      const { template, diagnostics } = parseTemplate(pieces.join(''))
      expect(template.error !== undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'))
      try {
        const run = compileTemplate(template)
        run({
          missing: aws ? 'empty' : 'literal',
          limits: defaultLimits,
          variable: (name) => (name === 'a' ? 'text' : undefined),
        })
      } catch (error) {
        expect(error).toBeInstanceOf(TemplateError)
      }
    }),
    { seed: 6, numRuns: 4000 },
  )
})
