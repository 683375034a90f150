import { expect, test } from 'bun:test'
import { parseArguments, UsageError } from './arguments.ts'

const known = new Map([
  ['port', true],
  ['dev', false],
])
const parsed = (...texts: string[]): [readonly string[], Record<string, readonly string[]>] => {
  const { words, flags } = parseArguments(texts, known)
  return [words, Object.fromEntries(flags)]
}

test('values after a space or an equals sign, switches, their negation, words', () => {
  expect(parsed('--port', '1', 'folder', '--dev')).toEqual([['folder'], { port: ['1'], dev: ['true'] }])
  expect(parsed('--port=1', '--port=2', '--no-dev')).toEqual([[], { port: ['1', '2'], dev: ['false'] }])
  expect(parsed('--', '--port')).toEqual([['--port'], {}])
})

const refused: readonly [texts: string[], message: RegExp][] = [
  [['--prot', '1'], /^unknown option --prot; did you mean --port\?$/],
  [['--something-else=1'], /^unknown option --something-else; there are --port, --dev$/],
  [['--port'], /^--port needs a value$/],
  [['-p', '1'], /^-p: options begin with two dashes$/],
]
for (const [texts, message] of refused) {
  test(`refused: ${texts.join(' ')}`, () => {
    expect(() => parseArguments(texts, known)).toThrow(UsageError)
    expect(() => parseArguments(texts, known)).toThrow(message)
  })
}
