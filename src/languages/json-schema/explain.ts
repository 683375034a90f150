import type { LocatedValue } from '#languages/json/located.ts'
import { canonical, isInteger, printLocated } from './canonical.ts'
import { compareDecimals, isMultiple, parseDecimal } from './number.ts'
import { isNames } from './read.ts'
import type { SchemaNode, SchemaType } from './tree.ts'

/** Validating took too many steps: the schema branches too much on this body. */
export class SchemaStepsError extends Error {
  constructor() {
    super('validation took too many steps: make the schema simpler')
    this.name = 'SchemaStepsError'
  }
}

/** Schemas tried on values of one body: so many, and more of a longer one. */
const STEPS_MAX = 200_000
const STEPS_A_CHARACTER = 2

/**
 * What is wrong with a value, worded and ordered as the validator behind API Gateway does (json-schema-validator, of
 * fge, in its default mode): keywords in alphabetical order, `format` last; after a first mistake members and items are
 * looked at, but not what is inside them.
 * @param length of the body's text
 * @returns no message when the value is valid
 * @throws SchemaStepsError; RegexStepsError; RangeError for a number beyond our limits
 */
export function explain(schema: SchemaNode, value: LocatedValue, length: number = 0): string[] {
  const messages: string[] = []
  new Explanation(STEPS_MAX + length * STEPS_A_CHARACTER).validate(schema, value, messages)
  return messages
}

type ValueOf<Kind extends LocatedValue['kind']> = Extract<LocatedValue, { kind: Kind }>
interface Found<Value extends LocatedValue> {
  readonly value: Value
  readonly explanation: Explanation
  readonly report: (message: string) => void
  readonly messages: string[]
}

/** Checks by keyword; each runs only where its keyword is given. */
type Checks<Value extends LocatedValue> = readonly (readonly [
  keyword: keyof SchemaNode,
  check: (schema: SchemaNode, found: Found<Value>) => void,
])[]

const general: Checks<LocatedValue> = [
  [
    'allOf',
    ({ allOf = [] }, { explanation, value, report }) => {
      const matched = explanation.matched(allOf, value)
      if (matched < allOf.length) {
        report(
          `instance failed to match all required schemas (matched only ${matched} out of ${allOf.length})`,
        )
      }
    },
  ],
  [
    'anyOf',
    ({ anyOf = [] }, { explanation, value, report }) => {
      if (explanation.matched(anyOf, value) === 0) {
        report(`instance failed to match at least one required schema among ${anyOf.length}`)
      }
    },
  ],
  [
    'enum',
    (schema, { value, report }) => {
      if (schema.enum === undefined || schema.enum.canonical.has(canonical(value))) return
      const possible = printLocated(schema.enum.values)
      report(`instance value (${printLocated(value)}) not found in enum (possible values: ${possible})`)
    },
  ],
  [
    'not',
    ({ not }, { explanation, value, report }) => {
      if (not !== undefined && explanation.matched([not], value) === 1) {
        report('instance matched a schema which it should not have')
      }
    },
  ],
  [
    'oneOf',
    ({ oneOf = [] }, { explanation, value, report }) => {
      const matched = explanation.matched(oneOf, value)
      if (matched !== 1) {
        report(`instance failed to match exactly one schema (matched ${matched} out of ${oneOf.length})`)
      }
    },
  ],
  [
    'type',
    ({ type }, { value, report }) => {
      const found = typeOf(value)
      const allowed = new Set(type)
      if (allowed.has('number')) allowed.add('integer')
      if (allowed.has(found)) return
      const names = list([...allowed].toSorted())
      report(`instance type (${found}) does not match any allowed primitive type (allowed: ${names})`)
    },
  ],
]

const numbers: Checks<ValueOf<'number'>> = [
  [
    'maximum',
    ({ maximum, exclusiveMaximum = false }, { value, report }) => {
      if (maximum === undefined) return
      const order = compareDecimals(parseDecimal(value.text), maximum.value)
      const text = printLocated(value)
      if (order > 0)
        report(
          `numeric instance is greater than the required maximum (maximum: ${maximum.text}, found: ${text})`,
        )
      else if (order === 0 && exclusiveMaximum) {
        report(`numeric instance is not strictly lower than the required maximum ${maximum.text}`)
      }
    },
  ],
  [
    'minimum',
    ({ minimum, exclusiveMinimum = false }, { value, report }) => {
      if (minimum === undefined) return
      const order = compareDecimals(parseDecimal(value.text), minimum.value)
      const text = printLocated(value)
      if (order < 0)
        report(
          `numeric instance is lower than the required minimum (minimum: ${minimum.text}, found: ${text})`,
        )
      else if (order === 0 && exclusiveMinimum) {
        report(`numeric instance is not strictly greater than the required minimum ${minimum.text}`)
      }
    },
  ],
  [
    'multipleOf',
    ({ multipleOf }, { value, report }) => {
      if (multipleOf === undefined || isMultiple(parseDecimal(value.text), multipleOf.value)) return
      report(`remainder of division is not zero (${printLocated(value)} / ${multipleOf.text})`)
    },
  ],
]

const strings: Checks<ValueOf<'string'>> = [
  [
    'maxLength',
    ({ maxLength = Infinity }, { value: { value }, report }) => {
      const length = codePoints(value)
      if (length > maxLength)
        report(`string "${value}" is too long (length: ${length}, maximum allowed: ${maxLength})`)
    },
  ],
  [
    'minLength',
    ({ minLength = 0 }, { value: { value }, report }) => {
      const length = codePoints(value)
      if (length < minLength)
        report(`string "${value}" is too short (length: ${length}, required minimum: ${minLength})`)
    },
  ],
  [
    'pattern',
    ({ pattern }, { value: { value }, report }) => {
      if (pattern === undefined || pattern.test(value)) return
      report(`ECMA 262 regex "${pattern.source}" does not match input string "${value}"`)
    },
  ],
  [
    'format',
    ({ format }, { value: { value }, report }) => {
      if (format !== undefined && !format.format.isValid(value)) report(format.format.message(value))
    },
  ],
]

const arrays: Checks<ValueOf<'array'>> = [
  [
    'additionalItems',
    ({ additionalItems, items }, { value, report }) => {
      const size = value.items.length
      if (additionalItems !== false || !isList(items) || size <= items.length) return
      report(`schema only allows ${items.length} elements in array but instance has ${size} elements`)
    },
  ],
  [
    'maxItems',
    ({ maxItems = Infinity }, { value: { items }, report }) => {
      if (items.length <= maxItems) return
      report(
        `array is too long: must have at most ${maxItems} elements but instance has ${items.length} elements`,
      )
    },
  ],
  [
    'minItems',
    ({ minItems = 0 }, { value: { items }, report }) => {
      if (items.length >= minItems) return
      report(
        `array is too short: must have at least ${minItems} elements but instance has ${items.length} elements`,
      )
    },
  ],
  [
    'uniqueItems',
    ({ uniqueItems }, { value: { items }, report }) => {
      if (uniqueItems === true && new Set(items.map(canonical)).size < items.length) {
        report('array must not contain duplicate elements')
      }
    },
  ],
]

const objects: Checks<ValueOf<'object'>> = [
  [
    'additionalProperties',
    ({ additionalProperties, properties, patternProperties = [] }, { value, report }) => {
      if (additionalProperties !== false) return
      const unwanted = namesOf(value).filter(
        (name) =>
          properties?.has(name) !== true && !patternProperties.some(([pattern]) => pattern.test(name)),
      )
      if (unwanted.length === 0) return
      report(
        `object instance has properties which are not allowed by the schema: ${list(unwanted.toSorted())}`,
      )
    },
  ],
  [
    'dependencies',
    ({ dependencies }, { value, explanation, report, messages }) => {
      const names = new Set(namesOf(value))
      const given = [...(dependencies ?? [])].filter(([name]) => names.has(name))
      for (const [name, dependency] of given) {
        if (!isNames(dependency)) continue
        const missing = dependency.filter((other) => !names.has(other))
        if (missing.length === 0) continue
        report(
          `property "${name}" of object has missing property dependencies ` +
            `(schema requires ${list(dependency)}; missing: ${list(missing)})`,
        )
      }
      for (const [, dependency] of given.toSorted(([left], [right]) => (left < right ? -1 : 1))) {
        if (!isNames(dependency)) explanation.validate(dependency, value, messages)
      }
    },
  ],
  [
    'maxProperties',
    ({ maxProperties = Infinity }, { value, report }) => {
      const size = namesOf(value).length
      if (size <= maxProperties) return
      report(`object has too many properties (found ${size} but schema requires at most ${maxProperties})`)
    },
  ],
  [
    'minProperties',
    ({ minProperties = 0 }, { value, report }) => {
      const size = namesOf(value).length
      if (size >= minProperties) return
      report(`object has too few properties (found ${size} but schema requires at least ${minProperties})`)
    },
  ],
  [
    'required',
    ({ required = [] }, { value, report }) => {
      const names = new Set(namesOf(value))
      const missing = required.filter((name) => !names.has(name))
      if (missing.length > 0) report(`object has missing required properties (${list(missing)})`)
    },
  ],
]

const none: Checks<LocatedValue> = []
const specific: Readonly<Record<LocatedValue['kind'], Checks<never>>> = {
  null: none,
  boolean: none,
  number: numbers,
  string: strings,
  array: arrays,
  object: objects,
}

/** By kind of value, in the order of their names, `format` last. */
const checks: ReadonlyMap<LocatedValue['kind'], Checks<never>> = new Map(
  (Object.keys(specific) as LocatedValue['kind'][]).map((kind) => [
    kind,
    [...general, ...specific[kind]].toSorted(
      ([left], [right]) => rank(left) - rank(right) || (left < right ? -1 : 1),
    ),
  ]),
)

function rank(keyword: string): number {
  return keyword === 'format' ? 1 : 0
}

class Explanation {
  #left: number

  constructor(steps: number) {
    this.#left = steps
  }

  validate(schema: SchemaNode, value: LocatedValue, messages: string[]): void {
    if (--this.#left < 0) throw new SchemaStepsError()
    let node = schema
    while (node.ref !== undefined) node = node.ref
    const report = (message: string): void => void messages.push(message)
    const found = { value, explanation: this, report, messages } as unknown as Found<never>
    for (const [keyword, check] of checks.get(value.kind) ?? []) {
      if (node[keyword] !== undefined) check(node, found)
    }
    if (messages.length > 0) return
    if (value.kind === 'array') this.#validateItems(node, value, messages)
    else if (value.kind === 'object') this.#validateMembers(node, value, messages)
  }

  /** How many of `schemas` a value meets. */
  matched(schemas: readonly SchemaNode[], value: LocatedValue): number {
    let count = 0
    for (const schema of schemas) {
      const messages: string[] = []
      this.validate(schema, value, messages)
      if (messages.length === 0) count++
    }
    return count
  }

  #validateItems({ items, additionalItems }: SchemaNode, value: ValueOf<'array'>, messages: string[]): void {
    const rest = typeof additionalItems === 'object' ? additionalItems : undefined
    for (const [index, item] of value.items.entries()) {
      const schema = isList(items) ? (items[index] ?? rest) : items
      if (schema !== undefined) this.validate(schema, item, messages)
    }
  }

  #validateMembers(node: SchemaNode, value: ValueOf<'object'>, messages: string[]): void {
    const { properties, patternProperties = [], additionalProperties } = node
    const members = new Map(value.members.map((member) => [member.name, member.value]))
    for (const name of [...members.keys()].toSorted()) {
      const member = members.get(name) as LocatedValue
      const schemas = patternProperties.filter(([pattern]) => pattern.test(name)).map(([, schema]) => schema)
      const property = properties?.get(name)
      if (property !== undefined) schemas.unshift(property)
      if (schemas.length === 0 && typeof additionalProperties === 'object') schemas.push(additionalProperties)
      for (const schema of schemas) this.validate(schema, member, messages)
    }
  }
}

function typeOf(value: LocatedValue): SchemaType {
  if (value.kind !== 'number') return value.kind
  return isInteger(value.text) ? 'integer' : 'number'
}

function namesOf({ members }: ValueOf<'object'>): string[] {
  return [...new Set(members.map(({ name }) => name))]
}

function isList(items: SchemaNode['items']): items is readonly SchemaNode[] {
  return Array.isArray(items)
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/** Names as messages print them: compact JSON. */
function list(names: readonly string[]): string {
  return JSON.stringify(names)
}
