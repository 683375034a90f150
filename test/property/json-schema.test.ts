import { expect, test } from 'bun:test'
import Ajv from 'ajv-draft-04'
import { canonical } from '#languages/json-schema/canonical.ts'
import { compileSchema } from '#languages/json-schema/compile.ts'
import { explain } from '#languages/json-schema/explain.ts'
import { readSchema } from '#languages/json-schema/read.ts'
import { locate, parseLocated } from '#languages/json/located.ts'
import { Random } from '../support/random.ts'

// Random schemas and bodies: our own reading finds a mistake exactly where ajv does, on the schema as it was written.

const ROUNDS = 50
const BODIES = 10

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
type JsonObject = { [name: string]: Json }

const NAMES = ['a', 'b', 'ab', 'length']
const TYPES = ['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']
const PATTERNS = ['^a', 'b$', '(a|b)+', '^[ab]{1,2}$', '^$']

function value(random: Random, depth: number): Json {
  const kind = random.below(depth > 0 ? 7 : 5)
  if (kind === 0) return null
  if (kind === 1) return random.chance(0.5)
  if (kind === 2) return random.between(-2, 6)
  if (kind === 3) return random.between(-2, 6) + 0.5
  if (kind === 4) return random.pick(['', 'a', 'b', 'ab', 'aab', '😀'])
  if (kind === 5) return random.times(random.below(4), () => value(random, depth - 1))
  return members(random, () => value(random, depth - 1))
}

function members(random: Random, make: () => Json): JsonObject {
  return Object.fromEntries(random.times(random.below(4), () => [random.pick(NAMES), make()]))
}

const list = (random: Random, make: () => Json): Json[] => random.times(random.between(1, 3), make)
const distinct = (values: readonly Json[]): Json[] => [
  ...new Map(values.map((one) => [canonical(locate(one)), one])).values(),
]
const names = (random: Random): Json[] => [
  ...new Set(random.times(random.between(1, 2), () => random.pick(NAMES))),
]

function schema(random: Random, depth: number): JsonObject {
  // Draft 4 has nothing beside a reference; ajv would read it.
  if (depth < 2 && random.chance(0.1)) return { $ref: '#/definitions/shared' }
  const inner = (): JsonObject => (depth > 0 ? schema(random, depth - 1) : { type: random.pick(TYPES) })
  const keywords: Readonly<Record<string, () => JsonObject>> = {
    type: () => ({
      type: random.chance(0.7) ? random.pick(TYPES) : [...new Set(random.times(2, () => random.pick(TYPES)))],
    }),
    enum: () => ({ enum: distinct(list(random, () => value(random, 1))) }),
    allOf: () => ({ allOf: list(random, inner) }),
    anyOf: () => ({ anyOf: list(random, inner) }),
    oneOf: () => ({ oneOf: list(random, inner) }),
    not: () => ({ not: inner() }),
    maximum: () => ({
      maximum: random.between(0, 5),
      ...(random.chance(0.5) ? { exclusiveMaximum: true } : {}),
    }),
    minimum: () => ({
      minimum: random.between(-1, 3),
      ...(random.chance(0.5) ? { exclusiveMinimum: true } : {}),
    }),
    multipleOf: () => ({ multipleOf: random.pick([1, 2, 0.5]) }),
    maxLength: () => ({ maxLength: random.below(3) }),
    minLength: () => ({ minLength: random.below(3) }),
    pattern: () => ({ pattern: random.pick(PATTERNS) }),
    items: () => ({ items: random.chance(0.5) ? inner() : list(random, inner) }),
    additionalItems: () => ({
      items: list(random, inner),
      additionalItems: random.chance(0.5) ? false : inner(),
    }),
    maxItems: () => ({ maxItems: random.below(3) }),
    minItems: () => ({ minItems: random.below(3) }),
    uniqueItems: () => ({ uniqueItems: random.chance(0.8) }),
    maxProperties: () => ({ maxProperties: random.below(3) }),
    minProperties: () => ({ minProperties: random.below(3) }),
    required: () => ({ required: names(random) }),
    properties: () => ({ properties: members(random, inner) }),
    patternProperties: () => ({ patternProperties: { [random.pick(PATTERNS)]: inner() } }),
    additionalProperties: () => ({ additionalProperties: random.chance(0.6) ? false : inner() }),
    dependencies: () => ({
      dependencies: { [random.pick(NAMES)]: random.chance(0.5) ? names(random) : inner() },
    }),
    format: () => ({ format: 'unknown' }),
  }
  return Object.assign(
    {},
    ...random.times(random.between(1, 4), () => keywords[random.pick(Object.keys(keywords))]?.()),
  )
}

test('what is refused is what ajv refuses', () => {
  let refused = 0
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const random = new Random(seed)
    const written = { ...schema(random, 2), definitions: { shared: { type: random.pick(TYPES) } } }
    const text = JSON.stringify(written)
    const { schema: read, diagnostics } = readSchema(text, () => undefined)
    expect(diagnostics).toEqual([])
    const { validate } = compileSchema(text, () => undefined)
    if (read === undefined || validate === undefined) return
    const peer = new Ajv({ strict: false, ownProperties: true, logger: false }).compile(written)
    for (let body = 0; body < BODIES; body++) {
      const given = JSON.stringify(value(random, 2))
      const isValid = peer(JSON.parse(given))
      expect({ text, given, isValid: explain(read, parseLocated(given)).length === 0 }).toEqual({
        text,
        given,
        isValid,
      })
      expect({ text, given, isValid: validate(given) === undefined }).toEqual({ text, given, isValid })
      if (!isValid) refused++
    }
  }
  expect(refused).toBeGreaterThan((ROUNDS * BODIES) / 10)
  expect(refused).toBeLessThan((ROUNDS * BODIES * 9) / 10)
})
