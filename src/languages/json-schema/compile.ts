import { createRequire } from 'node:module'
import type { default as AjvClass } from 'ajv-draft-04'
import type { Diagnostic } from '#base/diagnostic.ts'
import { parseLocated } from '#languages/json/located.ts'
import { JsonError } from '#languages/json/parse.ts'
import { RegexStepsError } from '#languages/java-regex/compile.ts'
import { branchesTooMuch, toAjvSchema } from './ajv-schema.ts'
import { compileEcmaPattern, type Pattern } from './ecma-pattern.ts'
import { explain, SchemaStepsError } from './explain.ts'
import { formats } from './formats.ts'
import { readSchema, type ModelResolver } from './read.ts'
import type { SchemaNode } from './tree.ts'

/** Undefined for a valid body, else what is wrong with it, in the words of API Gateway. Never throws. */
export type ValidateBody = (body: string) => readonly string[] | undefined

export interface CompiledSchema {
  /** Undefined when a diagnostic is an error. */
  readonly validate: ValidateBody | undefined
  readonly diagnostics: readonly Diagnostic[]
}

/** A model's schema (JSON Schema draft 4) as a function. @param resolve other models of the API, by name */
export function compileSchema(text: string, resolve: ModelResolver): CompiledSchema {
  const { schema, diagnostics } = readSchema(text, resolve)
  return { validate: schema === undefined ? undefined : validator(schema), diagnostics }
}

/** `$context.error.validationErrorString` for the messages of a body. */
export function validationErrorString(messages: readonly string[]): string {
  return `[${messages.join(', ')}]`
}

/** Numbers that JavaScript does not keep as they were written; and names, escaped or not, that confuse ajv. */
const SPECIAL =
  /\d\.0+(?!\d)|\d[eE][+-]?\d|\d{16}|\.\d{16}|"(?:__proto__|constructor|toString|valueOf)"|\\u00[4-7]/

/** ajv says yes quickly; whether no is right, and why, is our own reading's to say. */
function validator(schema: SchemaNode): ValidateBody {
  const isValid = branchesTooMuch(schema) ? () => false : compileAjv(schema)
  return (body) => {
    try {
      if (!SPECIAL.test(body) && isValid(JSON.parse(body))) return undefined
    } catch {
      // No JSON, too deep, too many steps: told below.
    }
    return explained(schema, body)
  }
}

/** What AWS's log and `$context.error.validationErrorString` say of a body that is no JSON. */
const NO_JSON = 'Unknown error parsing request body'

function explained(schema: SchemaNode, body: string): readonly string[] | undefined {
  try {
    const messages = explain(schema, parseLocated(body), body.length)
    return messages.length === 0 ? undefined : messages
  } catch (error) {
    const isOurs =
      error instanceof JsonError || error instanceof SchemaStepsError || error instanceof RegexStepsError
    if (!isOurs && !(error instanceof RangeError)) throw error
    return [error instanceof JsonError ? NO_JSON : error.message]
  }
}

/** Loaded with the first model: whoever has none starts sooner. */
const loadAjv = (): typeof AjvClass =>
  (createRequire(import.meta.url)('ajv-draft-04') as { readonly default: typeof AjvClass }).default

function compileAjv(schema: SchemaNode): (body: unknown) => boolean {
  const Ajv = loadAjv()
  const ajv = new Ajv({
    // The schema was checked, and holds only what draft 4 knows.
    strict: false,
    validateSchema: false,
    meta: false,
    addUsedSchema: false,
    // A member is one of the body's own: `toString` is none.
    ownProperties: true,
    logger: false,
    code: {
      regExp: Object.assign((source: string) => asRegExp(compileEcmaPattern(source)), { code: 'pattern' }),
    },
  })
  for (const [name, format] of formats) ajv.addFormat(name, (text) => format.isValid(text))
  const validate = ajv.compile(toAjvSchema(schema))
  return (body) => validate(body) as boolean
}

/** ajv keeps one of patterns that print alike. */
function asRegExp(pattern: Pattern): { test(text: string): boolean; toString(): string } {
  return { test: (text) => pattern.test(text), toString: () => pattern.source }
}
