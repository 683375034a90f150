import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { DocumentError, parseApiDocument, documentBytesMax, type DocumentPath } from './parse-document.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

const located: readonly (readonly [string, string, DocumentPath, object | undefined])[] = [
  ['YAML member', 'a:\n  b: 1\n', ['a', 'b'], { line: 2, column: 3 }],
  ['YAML item', 'a:\n  - x\n  - y\n', ['a', 1], { line: 3, column: 5 }],
  ['JSON member', '{\n  "a": { "b": 1 }\n}', ['a', 'b'], { line: 2, column: 10 }],
  ['JSON with tabs', '{\n\t"a": [1,\n\t2]}', ['a', 1], { line: 3, column: 2 }],
  ['number as a name', 'a:\n  200: x\n', ['a', '200'], { line: 2, column: 3 }],
  ['what is not there, at what holds it', 'a:\n  b: 1\n', ['a', 'c'], { line: 1, column: 1 }],
  ['slashes in names', 'paths:\n  /a/b: 1\n', ['paths', '/a/b'], { line: 2, column: 3 }],
]

describe('positions', () => {
  for (const [name, text, path, position] of located) {
    test(name, () => expect(parseApiDocument(bytes(text)).locate(path)).toEqual(position as never))
  }
})

const refused: readonly (readonly [string, string | Uint8Array, string | RegExp])[] = [
  ['nothing', ' \n', 'the document is empty'],
  ['no UTF-8', new Uint8Array([0x7b, 0xff]), 'the document is not UTF-8 text'],
  ['a list', '[]', /expected a map .* found a list/],
  ['a text with NUL', '\0', /expected a map/],
  ['JSON that ends early', '{"a": [1,', /^line 1, column \d+: /],
  ['indentation that fits nowhere', 'a:\n  b: 1\n c: 2', /^line 3, column \d+: /],
  ['one name twice', 'a:\n  b: 1\n  b: 2', 'line 3, column 3: the name "b" appears twice in one map'],
  ['aliases of aliases', laughs(), /aliases cannot be followed/],
  ['a map within itself', 'a: &a { b: *a }', 'the document is nested more than 200 levels deep'],
  ['lists in lists, JSON', `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`, /nested more than 200/],
  ['lists in lists, never closed', `a: ${'['.repeat(50_000)}`, /nested more than 200/],
  ['quotes', '"'.repeat(100_000), /^line 1/],
]

function laughs(): string {
  const names = 'abcdefghij'
  const line = (name: string, index: number) =>
    `${name}: &${name} [${Array(9)
      .fill(index === 0 ? 'x' : `*${names[index - 1]}`)
      .join(', ')}]`
  return names.split('').map(line).join('\n')
}

describe('what is no document', () => {
  for (const [name, text, message] of refused) {
    test(name, () => {
      const parse = () => parseApiDocument(typeof text === 'string' ? bytes(text) : text)
      expect(parse).toThrow(DocumentError)
      expect(parse).toThrow(message)
    })
  }

  test('more YAML than can be read soon', () => {
    const text = `a:\n${'- a\n'.repeat(400_000)}`
    expect(() => parseApiDocument(bytes(text))).toThrow(/more than 1500000 words and signs/)
  })

  test('more bytes than are read', () => {
    expect(() => parseApiDocument(new Uint8Array(documentBytesMax + 1))).toThrow(/at most 6291456 are read/)
  })
})

test('AWS variables are filled in, others are left alone', () => {
  const { root } = parseApiDocument(bytes('a: x-${AWS::Region}-${AWS::Stage}-${stageVariables.v}'), {
    'AWS::Region': 'eu-west-1',
  })
  expect(root).toEqual({ a: 'x-eu-west-1-${AWS::Stage}-${stageVariables.v}' })
})

test('scalars are known as they were written', () => {
  expect(parseApiDocument(bytes('info: { version: 1.0 }')).sourceOf(['info', 'version'])).toBe('1.0')
  expect(parseApiDocument(bytes('{"version": 1.50}')).sourceOf(['version'])).toBe('1.50')
})

test('a JSON document is the data that it says', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (value) => {
      expect(JSON.stringify(parseApiDocument(bytes(JSON.stringify(value))).root)).toBe(JSON.stringify(value))
    }),
  )
})

test('any text is a document or a DocumentError', () => {
  const noise = fc.string({
    unit: fc.constantFrom('a', ':', ' ', '\n', '-', '{', '}', '[', ']', '"', '&', '*', '#'),
  })
  fc.assert(
    fc.property(noise, (text) => {
      try {
        parseApiDocument(bytes(text))
      } catch (error) {
        expect(error).toBeInstanceOf(DocumentError)
      }
    }),
  )
})
