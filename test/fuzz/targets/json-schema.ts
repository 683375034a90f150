import { compileSchema } from '#languages/json-schema/compile.ts'
import type { Random } from '../../support/random.ts'
import { Finding, type FuzzTarget } from '../fuzz-target.ts'

// Schemas of models: refused with reasons, or compiled to a validator that never throws.

const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '"',
  '{}',
  '[]',
  'true',
  '-1',
  '1.0',
  '1e9',
  'null',
  '"a"',
  '"type":"object"',
  '"type":["null"]',
  '"$ref":"#"',
  '"$ref":"#/definitions/a"',
  '"$ref":"https://apigateway.amazonaws.com/restapis/x/models/M"',
  '"definitions":{"a":{}}',
  '"properties":{"a":{"$ref":"#"}}',
  '"items":{"$ref":"#"}',
  '"anyOf":[{},{"$ref":"#/definitions/a"}]',
  '"not":{}',
  '"pattern":"(a*)*b"',
  '"pattern":"["',
  '"enum":[1,"a",{}]',
  '"required":["a"]',
  '"additionalProperties":false',
  '"dependencies":{"a":["b"]}',
  '"multipleOf":0.1',
  '"maximum":1',
  '"exclusiveMaximum":true',
  '"uniqueItems":true',
  '"format":"uri"',
] as const

const KEYWORDS = PIECES.slice(15)
const BODIES = [
  '{}',
  '{"a":{"a":1}}',
  '[1,1.0,"a"]',
  '"aaaaaaaaaaaaaaaaaaaaaaaaaa"',
  '1e400',
  '[',
  '{"__proto__":{}}',
]

function check(text: string): void {
  try {
    const { validate, diagnostics } = compileSchema(
      text,
      () => '{"type":"object","properties":{"a":{"type":"integer"}}}',
    )
    if ((validate === undefined) !== diagnostics.length > 0)
      throw new Finding('refused without a reason', text)
    for (const body of BODIES) validate?.(body)
  } catch (error) {
    if (error instanceof Finding) throw error
    throw new Finding(`throws ${String(error)}`, text)
  }
}

function schema(random: Random): string {
  return `{${random.times(random.between(1, 6), () => random.pick(KEYWORDS)).join(',')}}`
}

export const target: FuzzTarget = {
  name: 'json-schema',
  async run(random) {
    for (let i = 0; i < 5; i++) {
      check(
        random.chance(0.3)
          ? random.times(random.below(20), () => random.pick(PIECES)).join('')
          : schema(random),
      )
    }
  },
  async replay(input) {
    check(Buffer.from(input).toString('latin1'))
  },
}
