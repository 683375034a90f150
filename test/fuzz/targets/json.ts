import { JsonError, parseJson } from '#languages/json/parse.ts'
import { toPlain } from '#languages/json/plain.ts'
import { printJson } from '#languages/json/print.ts'
import type { JsonValue } from '#languages/json/value.ts'
import type { Random } from '../../support/random.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// Reading and printing JSON: as JavaScript reads what is JSON, its own error for what is not even permissive JSON, and
// what is printed reads as the same again.

const TEXTS = [
  'a',
  '',
  '__proto__',
  'é',
  '😀',
  '\\n',
  '\\u0041',
  '\\ud83d',
  '\\"',
  '\\\\',
  '\\/',
  '1',
  ' ',
  '/',
  "'",
]
const NUMBERS = [
  '0',
  '-0',
  '1',
  '-1',
  '1.0',
  '0.1',
  '1e3',
  '1E-7',
  '-2.5e+10',
  '9007199254740993',
  '1e400',
  '10.50',
]
const WORDS = ['true', 'false', 'null']
const ODD = [
  "'",
  ',',
  ':',
  '\\',
  '{',
  '}',
  '[',
  ']',
  '"',
  'x',
  'NaN',
  '\t',
  '\u0001',
  '\\x41',
  '\\u12',
  '-',
  '1.2.3',
  '01',
]

function randomJson(random: Random, depth: number): string {
  const blank = random.chance(0.2) ? random.pick([' ', '\n', '\t ']) : ''
  if (depth > 6 || random.chance(0.4)) return blank + scalar(random)
  const items = random.times(random.below(5), () => randomJson(random, depth + 1))
  if (random.chance(0.5)) return `${blank}[${items.join(',')}${blank}]`
  return `${blank}{${items.map((item) => `${text(random)}${blank}:${item}`).join(',')}}`
}

const text = (random: Random): string =>
  `"${random.times(random.below(4), () => random.pick(TEXTS)).join('')}"`

function scalar(random: Random): string {
  return random.chance(0.4) ? text(random) : random.pick([...NUMBERS, ...WORDS])
}

function damage(random: Random, json: string): string {
  let damaged = json
  for (let left = random.between(1, 3); left > 0; left--) {
    const at = random.below(damaged.length + 1)
    damaged = damaged.slice(0, at) + random.pick(ODD) + damaged.slice(at + random.below(2))
  }
  return damaged
}

/** Java has none of more than 32 bits. */
const WIDE_EXPONENT = /[eE][+-]?\d{10}/

function check(json: string): void {
  const input = Buffer.from(json)
  const value = read(json)
  const expected = asJavaScriptReads(json)
  if (value === undefined) {
    if (expected !== undefined && !WIDE_EXPONENT.test(json)) throw new Finding('JSON was refused', input)
    return
  }
  if (expected !== undefined && printed(toPlain(value)) !== printed(expected)) {
    throw new Finding(`read as ${printed(toPlain(value))}, by JavaScript as ${printed(expected)}`, input)
  }
  const once = printJson(value)
  const again = read(once)
  // Not to the letter: in more than 18 characters a double is a BigDecimal to Java, and prints as one.
  if (again === undefined || printed(toPlain(again)) !== printed(toPlain(value)))
    throw new Finding(`${once} reads as something else`, input)
}

function read(json: string): JsonValue | undefined {
  try {
    return parseJson(json)
  } catch (error) {
    if (error instanceof JsonError) return undefined
    throw error
  }
}

/** Undefined for what is no JSON. */
function asJavaScriptReads(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

const printed = (plain: unknown): string =>
  JSON.stringify(plain, (_, member: unknown) => (typeof member === 'bigint' ? Number(member) : member))

export const target: FuzzTarget = {
  name: 'json',
  async run(random) {
    for (let i = 0; i < 50; i++) {
      const json = randomJson(random, 0)
      check(random.chance(0.5) ? json : damage(random, json))
    }
  },
  async replay(input) {
    check(Buffer.from(input).toString())
  },
}
