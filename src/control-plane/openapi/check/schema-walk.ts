import { isRecord, kindOf, type DocumentPath } from '../parse-document.ts'

/** A JSON Schema, or true and false. */
export type Schema = boolean | Readonly<Record<string, unknown>>

/** One way in which a value is not as its schema says. */
export interface Mismatch {
  readonly path: DocumentPath
  /** What was found and what was expected. */
  readonly problem: string
  /** The value says here what kind of thing it is, and this schema is for another kind. */
  readonly otherKind: readonly string[]
}

/** Most schemas that are looked at for one document. */
export const walkStepsMax = 10_000_000

/**
 * Compares a value with the official schema of OpenAPI: the keywords that those schemas use. Where they have
 * alternatives, what is told is about the one that the value meant to be.
 * @returns at least one mismatch when there are any; none when the walk ran out of steps
 */
export function walkSchema(root: Readonly<Record<string, unknown>>, value: unknown): readonly Mismatch[] {
  const walk = new Walk(root)
  return walk.compare(root, value, []).mismatches
}

interface Outcome {
  readonly mismatches: readonly Mismatch[]
  /** Members that a schema had something to say of. */
  readonly known: ReadonlySet<string>
}

type Keyword = (walk: Walk, schema: SchemaMap, value: unknown, path: DocumentPath) => Outcome

type SchemaMap = Readonly<Record<string, unknown>>

const NOBODY: ReadonlySet<string> = new Set()
const fine: Outcome = { mismatches: [], known: NOBODY }

class Walk {
  readonly #root: SchemaMap
  readonly #patterns = new Map<string, RegExp>()
  #stepsLeft = walkStepsMax

  constructor(root: SchemaMap) {
    this.#root = root
  }

  compare(schema: Schema, value: unknown, path: DocumentPath): Outcome {
    if (schema === true || this.#stepsLeft-- <= 0) return fine
    if (schema === false) return wrong(path, 'there is no such member')
    const outcomes: Outcome[] = []
    for (const name in schema) {
      const keyword = Object.hasOwn(keywords, name) ? keywords[name] : undefined
      if (keyword !== undefined) outcomes.push(keyword(this, schema, value, path))
    }
    const all = joined(outcomes)
    // Of what no other keyword spoke.
    const rest = schema['unevaluatedProperties']
    return rest === undefined || !isRecord(value)
      ? all
      : joined([all, this.others(rest as Schema, value, path, all.known, [])])
  }

  /** The members that `known` leaves over. @param expected for messages */
  others(
    schema: Schema,
    value: Readonly<Record<string, unknown>>,
    path: DocumentPath,
    known: ReadonlySet<string>,
    expected: readonly string[],
  ): Outcome {
    const names = Object.keys(value).filter((name) => !known.has(name))
    const hint = expected.length === 0 ? '' : `, expected one of ${expected.join(', ')}, x-…`
    return joined(
      names.map((name): Outcome => {
        if (schema === false) return wrong([...path, name], `there is no such member${hint}`)
        return ofParts([this.compare(schema, value[name], [...path, name])], new Set([name]))
      }),
    )
  }

  /** Undefined for schemas of other documents: those say what a JSON Schema is. */
  follow(reference: string): Schema | undefined {
    if (!reference.startsWith('#')) return undefined
    const tokens = reference.slice(1).split('/').slice(1)
    let found: unknown = this.#root
    for (const token of tokens) {
      if (!isRecord(found)) return undefined
      found = found[token.replaceAll('~1', '/').replaceAll('~0', '~')]
    }
    return found as Schema
  }

  /** The only place that a schema of OpenAPI 3.1 leaves open: what a Schema Object is. */
  anchored(name: string): Schema | undefined {
    const definitions = this.#root['$defs']
    if (!isRecord(definitions)) return undefined
    return Object.values(definitions).find(
      (definition): definition is SchemaMap =>
        isRecord(definition) && definition['$dynamicAnchor'] === name.slice(1),
    )
  }

  /** Patterns are the official schemas' own. */
  matches(pattern: string, text: string): boolean {
    let regex = this.#patterns.get(pattern)
    if (regex === undefined) this.#patterns.set(pattern, (regex = new RegExp(pattern, 'u')))
    return regex.test(text)
  }
}

const keywords: Readonly<Record<string, Keyword>> = {
  $ref: (walk, schema, value, path) =>
    walk.compare(walk.follow(schema['$ref'] as string) ?? true, value, path),

  $dynamicRef: (walk, schema, value, path) =>
    walk.compare(walk.anchored(schema['$dynamicRef'] as string) ?? true, value, path),

  type: (_, { type }, value, path) => {
    const types = (Array.isArray(type) ? type : [type]) as readonly string[]
    if (types.some((name) => isOfType(name, value))) return fine
    return wrong(
      path,
      `found ${kindOf(value)}, expected ${types.map((name) => typeNames[name] ?? name).join(' or ')}`,
    )
  },

  enum: (_, schema, value, path) => {
    const allowed = schema['enum'] as readonly unknown[]
    if (allowed.includes(value)) return fine
    return unlike(value, allowed.map(String), path)
  },

  const: (_, schema, value, path) =>
    schema['const'] === value ? fine : unlike(value, [String(schema['const'])], path),

  pattern: (walk, { pattern }, value, path) => {
    if (typeof value !== 'string' || walk.matches(pattern as string, value)) return fine
    return wrong(path, `found ${kindOf(value)}, expected a text that matches ${pattern as string}`)
  },

  minimum: (_, { minimum, exclusiveMinimum }, value, path) => {
    const least = minimum as number
    if (typeof value !== 'number' || value > least || (value === least && exclusiveMinimum !== true))
      return fine
    const expected = exclusiveMinimum === true ? 'more than' : 'at least'
    return wrong(path, `found ${kindOf(value)}, expected ${expected} ${least}`)
  },

  required: (_, { required }, value, path) => {
    if (!isRecord(value)) return fine
    const missing = (required as readonly string[]).filter((name) => !Object.hasOwn(value, name))
    return joined(missing.map((name) => wrong(path, `${name} is missing`)))
  },

  minProperties: (_, { minProperties }, value, path) =>
    isRecord(value) && Object.keys(value).length < (minProperties as number)
      ? wrong(path, `found an empty map, expected at least ${minProperties as number} member`)
      : fine,

  maxProperties: (_, { maxProperties }, value, path) =>
    isRecord(value) && Object.keys(value).length > (maxProperties as number)
      ? wrong(path, `found ${Object.keys(value).length} members, expected at most ${maxProperties as number}`)
      : fine,

  properties: (walk, { properties }, value, path) => {
    if (!isRecord(value)) return fine
    const schemas = properties as Readonly<Record<string, Schema>>
    const names = Object.keys(value).filter((name) => Object.hasOwn(schemas, name))
    const outcomes = names.map((name) => walk.compare(schemas[name] as Schema, value[name], [...path, name]))
    return ofParts(outcomes, new Set(names))
  },

  patternProperties: (walk, { patternProperties }, value, path) => {
    if (!isRecord(value)) return fine
    const known = new Set<string>()
    const mismatches: Mismatch[] = []
    for (const [pattern, schema] of Object.entries(patternProperties as Readonly<Record<string, Schema>>)) {
      for (const name of Object.keys(value)) {
        if (!walk.matches(pattern, name)) continue
        known.add(name)
        mismatches.push(...walk.compare(schema, value[name], [...path, name]).mismatches)
      }
    }
    return { mismatches, known }
  },

  additionalProperties: (walk, schema, value, path) => {
    if (!isRecord(value)) return fine
    const named = (schema['properties'] ?? {}) as SchemaMap
    const patterns = Object.keys((schema['patternProperties'] ?? {}) as SchemaMap)
    const known = new Set(
      Object.keys(value).filter(
        (name) => Object.hasOwn(named, name) || patterns.some((pattern) => walk.matches(pattern, name)),
      ),
    )
    return walk.others(schema['additionalProperties'] as Schema, value, path, known, Object.keys(named))
  },

  propertyNames: (walk, { propertyNames }, value, path) =>
    isRecord(value)
      ? ofParts(
          Object.keys(value).map((name) => walk.compare(propertyNames as Schema, name, [...path, name])),
        )
      : fine,

  items: (walk, { items }, value, path) => {
    if (!Array.isArray(value) || Array.isArray(items)) return fine
    const outcomes = value.map((item, at) => walk.compare(items as Schema, item, [...path, at]))
    return ofParts(outcomes)
  },

  minItems: (_, { minItems }, value, path) =>
    Array.isArray(value) && value.length < (minItems as number)
      ? wrong(path, `found ${value.length} items, expected at least ${minItems as number}`)
      : fine,

  uniqueItems: (_, { uniqueItems }, value, path) => {
    if (uniqueItems !== true || !Array.isArray(value)) return fine
    const seen = new Set<string>()
    for (const [at, item] of value.entries()) {
      const text = JSON.stringify(item)
      if (seen.has(text)) return wrong([...path, at], 'the list has this item twice')
      seen.add(text)
    }
    return fine
  },

  allOf: (walk, { allOf }, value, path) =>
    joined((allOf as readonly Schema[]).map((schema) => walk.compare(schema, value, path))),

  anyOf: (walk, { anyOf }, value, path) => alternatives(walk, anyOf as readonly Schema[], value, path),

  oneOf: (walk, { oneOf }, value, path) => alternatives(walk, oneOf as readonly Schema[], value, path),

  not: (walk, { not }, value, path) => {
    const unwanted = not as Schema
    if (walk.compare(unwanted, value, path).mismatches.length > 0) return fine
    const names = isRecord(unwanted) ? unwanted['required'] : undefined
    return wrong(
      path,
      Array.isArray(names) ? `${names.join(' and ')} cannot stand here together` : 'this cannot stand here',
    )
  },

  if: (walk, schema, value, path) => {
    const condition = walk.compare(schema['if'] as Schema, value, path)
    const holds = condition.mismatches.length === 0
    const then = walk.compare(((holds ? schema['then'] : schema['else']) ?? true) as Schema, value, path)
    return holds ? joined([condition, then]) : then
  },

  dependentSchemas: (walk, { dependentSchemas }, value, path) =>
    !isRecord(value)
      ? fine
      : joined(
          Object.entries(dependentSchemas as Readonly<Record<string, Schema>>)
            .filter(([name]) => Object.hasOwn(value, name))
            .map(([, schema]) => walk.compare(schema, value, path)),
        ),
}

/** One that holds, or what is wrong by the one that was meant. */
function alternatives(walk: Walk, schemas: readonly Schema[], value: unknown, path: DocumentPath): Outcome {
  const outcomes: Outcome[] = []
  for (const schema of schemas) {
    const outcome = walk.compare(schema, value, path)
    if (outcome.mismatches.length === 0) return outcome
    outcomes.push(outcome)
  }
  const meant = outcomes.filter(({ mismatches }) => !isOtherThing(mismatches, value, path))
  if (meant.length === 0) return unlikeAll(outcomes, path)
  const [nearest] = meant.toSorted((a, b) => a.mismatches.length - b.mismatches.length)
  return nearest as Outcome
}

/** A reference that the value is none of, another kind of value, or one that names another kind of thing. */
function isOtherThing(mismatches: readonly Mismatch[], value: unknown, path: DocumentPath): boolean {
  return mismatches.some(
    ({ path: at, problem, otherKind }) =>
      (at.length === path.length && isRecord(value) && problem === '$ref is missing') ||
      (at.length === path.length && problem.startsWith('found ')) ||
      (otherKind.length > 0 && at.length === path.length + 1),
  )
}

/** No alternative is for what the value says it is: what it may say. */
function unlikeAll(outcomes: readonly Outcome[], path: DocumentPath): Outcome {
  const all = outcomes.flatMap(({ mismatches }) => mismatches)
  const naming = all.filter(({ otherKind }) => otherKind.length > 0)
  const [first] = naming
  if (first === undefined) {
    const problems = [
      ...new Set(all.filter(({ path: at }) => at.length === path.length).map(({ problem }) => problem)),
    ]
    return wrong(
      path,
      problems.filter((problem) => problem !== '$ref is missing').join('; or ') || '$ref is missing',
    )
  }
  const allowed = [...new Set(naming.flatMap(({ otherKind }) => otherKind))]
  const found = first.problem.replace(/, expected .*$/s, '')
  return {
    mismatches: [
      { ...first, problem: `${found}, expected one of ${allowed.join(', ')}`, otherKind: allowed },
    ],
    known: NOBODY,
  }
}

function wrong(path: DocumentPath, problem: string): Outcome {
  return { mismatches: [{ path, problem, otherKind: [] }], known: NOBODY }
}

function unlike(value: unknown, allowed: readonly string[], path: DocumentPath): Outcome {
  const expected = allowed.length === 1 ? allowed[0] : `one of ${allowed.join(', ')}`
  const problem = `found ${kindOf(value)}, expected ${expected}`
  return { mismatches: [{ path, problem, otherKind: allowed }], known: NOBODY }
}

function joined(outcomes: readonly Outcome[]): Outcome {
  const told = outcomes.filter((outcome) => outcome !== fine)
  if (told.length < 2) return told[0] ?? fine
  const known = new Set<string>()
  for (const outcome of told) for (const name of outcome.known) known.add(name)
  return { mismatches: told.flatMap(({ mismatches }) => mismatches), known }
}

/** What is said of the parts of a value, which says nothing of its other members. */
function ofParts(outcomes: readonly Outcome[], known: ReadonlySet<string> = NOBODY): Outcome {
  const mismatches = outcomes.flatMap((outcome) => outcome.mismatches)
  return mismatches.length === 0 && known.size === 0 ? fine : { mismatches, known }
}

const typeNames: Readonly<Record<string, string>> = {
  object: 'a map',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  null: 'null',
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'object') return isRecord(value)
  if (type === 'array') return Array.isArray(value)
  if (type === 'null') return value === null
  if (type === 'integer') return Number.isInteger(value)
  return typeof value === type
}
