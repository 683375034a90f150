import type { Diagnostic } from '#base/diagnostic.ts'
import {
  memberOf,
  parseLocated,
  type LocatedMember,
  type LocatedObject,
  type LocatedValue,
} from '#languages/json/located.ts'
import { JsonError } from '#languages/json/parse.ts'
import { positionOf } from '#base/position.ts'
import { canonical, isInteger, printLocated } from './canonical.ts'
import { compileEcmaPattern, PatternSyntaxError, type Pattern } from './ecma-pattern.ts'
import { formats } from './formats.ts'
import { parseDecimal } from './number.ts'
import type { Bound, Dependency, SchemaNode, SchemaType } from './tree.ts'

/** Another model's schema by its name; undefined when there is none. */
export type ModelResolver = (name: string) => string | undefined

/** Longest schema of one model, in UTF-16 units: AWS's quota of 400 KB. */
export const schemaTextMax = 400_000
/** Schemas inside one another. */
const depthMax = 100
/** Models that one refers to, directly or not. */
const modelsMax = 300

const MODEL_URL = /^https:\/\/apigateway\.[\w.-]+\/restapis\/[^/]+\/models\/([A-Za-z0-9]+)(?:#(.*))?$/
const DRAFT_4 = /^https?:\/\/json-schema\.org\/(?:draft-04\/)?schema#?$/

export interface SchemaReading {
  /** Undefined when a diagnostic is an error. */
  readonly schema: SchemaNode | undefined
  /** `where` is a JSON pointer, behind the model's name when it is in another model. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Reads and checks a draft 4 schema and every model that it refers to; never throws. */
export function readSchema(text: string, resolve: ModelResolver): SchemaReading {
  const reader = new Reader(resolve)
  const schema = reader.readModel('', text)
  reader.follow()
  const { diagnostics } = reader
  return { schema: diagnostics.length === 0 ? schema : undefined, diagnostics }
}

interface Document {
  /** Empty for the schema that was asked for. */
  readonly model: string
  readonly text: string
  readonly root: LocatedValue | undefined
  readonly nodes: Map<LocatedValue, SchemaNode>
}

interface Reference {
  readonly from: SchemaNode
  readonly document: Document
  readonly value: LocatedValue & { readonly kind: 'string' }
  readonly where: string
}

interface Place {
  readonly document: Document
  readonly where: string
  readonly depth: number
}

type ReadKeyword = (reader: Reader, value: LocatedValue, place: Place, node: SchemaNode) => string | undefined

/** What each keyword must be: sets the node's, or says what was expected. Others are remarks. */
const keywords: Readonly<Record<string, ReadKeyword>> = {
  type: (_, value, __, node) => {
    const names = value.kind === 'array' ? value.items : [value]
    const types = names.map((name) => (name.kind === 'string' ? name.value : ''))
    const isKnown = types.every((type) => TYPES.has(type)) && types.length > 0
    if (!isKnown || new Set(types).size < types.length)
      return `one of ${[...TYPES].join(', ')}, or a list of them`
    node.type = new Set(types as SchemaType[])
    return undefined
  },
  enum: (_, value, __, node) => {
    const items = value.kind === 'array' ? value.items : []
    const unique = new Set(items.map(canonical))
    if (items.length === 0 || unique.size < items.length) return 'a list of at least one value, each once'
    node.enum = { values: value, canonical: unique }
    return undefined
  },
  allOf: schemas('allOf'),
  anyOf: schemas('anyOf'),
  oneOf: schemas('oneOf'),
  not: (reader, value, place, node) => void (node.not = reader.read(value, inside(place, 'not'))),
  multipleOf: (_, value, __, node) => {
    const bound = boundOf(value)
    if (bound === undefined || bound.value.digits <= 0n) return 'a number above 0'
    node.multipleOf = bound
    return undefined
  },
  maximum: numeric('maximum'),
  minimum: numeric('minimum'),
  exclusiveMaximum: flag('exclusiveMaximum'),
  exclusiveMinimum: flag('exclusiveMinimum'),
  maxLength: count('maxLength'),
  minLength: count('minLength'),
  maxItems: count('maxItems'),
  minItems: count('minItems'),
  maxProperties: count('maxProperties'),
  minProperties: count('minProperties'),
  uniqueItems: flag('uniqueItems'),
  pattern: (reader, value, place, node) => {
    if (value.kind !== 'string') return 'a regular expression in a string'
    const pattern = reader.pattern(value.value, value.at, inside(place, 'pattern'))
    if (pattern !== undefined) node.pattern = pattern
    return undefined
  },
  format: (_, value, __, node) => {
    if (value.kind !== 'string') return 'a string'
    const format = formats.get(value.value)
    if (format !== undefined) node.format = { name: value.value, format }
    return undefined
  },
  items: (reader, value, place, node) => {
    const at = inside(place, 'items')
    node.items =
      value.kind === 'array'
        ? value.items.map((item, index) => reader.read(item, inside(at, `${index}`)))
        : reader.read(value, at)
    return undefined
  },
  additionalItems: orFlag('additionalItems'),
  additionalProperties: orFlag('additionalProperties'),
  required: (_, value, __, node) => {
    const names = textsOf(value)
    if (names === undefined) return 'a list of at least one property name, each once (draft 4)'
    node.required = names.toSorted()
    return undefined
  },
  properties: (reader, value, place, node) => {
    if (value.kind !== 'object') return 'an object of schemas'
    node.properties = new Map(reader.members(value, inside(place, 'properties')))
    return undefined
  },
  patternProperties: (reader, value, place, node) => {
    if (value.kind !== 'object') return 'an object of schemas by regular expressions'
    const at = inside(place, 'patternProperties')
    const patterns = value.members.map((member) =>
      reader.pattern(member.name, member.at, inside(at, member.name)),
    )
    const schemas = reader.members(value, at)
    node.patternProperties = patterns.flatMap((pattern, index) =>
      pattern === undefined ? [] : [[pattern, schemas[index]?.[1] as SchemaNode] as const],
    )
    return undefined
  },
  dependencies: (reader, value, place, node) => {
    const expected = 'an object of schemas or lists of property names'
    if (value.kind !== 'object') return expected
    const at = inside(place, 'dependencies')
    const found = new Map<string, Dependency>()
    for (const { name, value: dependency } of value.members) {
      const names = textsOf(dependency)
      if (names === undefined && dependency.kind !== 'object') return expected
      found.set(name, names?.toSorted() ?? reader.read(dependency, inside(at, name)))
    }
    node.dependencies = found
    return undefined
  },
  definitions: (reader, value, place) => {
    if (value.kind !== 'object') return 'an object of schemas'
    reader.members(value, inside(place, 'definitions'))
    return undefined
  },
  $schema: (_, value) =>
    value.kind === 'string' && DRAFT_4.test(value.value)
      ? undefined
      : '"http://json-schema.org/draft-04/schema#"',
}

const TYPES: ReadonlySet<string> = new Set([
  'array',
  'boolean',
  'integer',
  'null',
  'number',
  'object',
  'string',
])

function schemas(name: 'allOf' | 'anyOf' | 'oneOf'): ReadKeyword {
  return (reader, value, place, node) => {
    if (value.kind !== 'array' || value.items.length === 0) return 'a list of at least one schema'
    const at = inside(place, name)
    node[name] = value.items.map((item, index) => reader.read(item, inside(at, `${index}`)))
    return undefined
  }
}

function numeric(name: 'maximum' | 'minimum'): ReadKeyword {
  return (_, value, __, node) => {
    const bound = boundOf(value)
    if (bound === undefined) return 'a number'
    node[name] = bound
    return undefined
  }
}

function flag(name: 'exclusiveMaximum' | 'exclusiveMinimum' | 'uniqueItems'): ReadKeyword {
  return (_, value, __, node) => {
    if (value.kind !== 'boolean') return 'true or false'
    node[name] = value.value
    return undefined
  }
}

type CountName = 'maxLength' | 'minLength' | 'maxItems' | 'minItems' | 'maxProperties' | 'minProperties'

function count(name: CountName): ReadKeyword {
  return (_, value, __, node) => {
    const number = value.kind === 'number' && isInteger(value.text) ? Number(value.text) : -1
    if (!Number.isSafeInteger(number) || number < 0) return 'an integer of 0 or above'
    node[name] = number
    return undefined
  }
}

function orFlag(name: 'additionalItems' | 'additionalProperties'): ReadKeyword {
  return (reader, value, place, node) => {
    node[name] = value.kind === 'boolean' ? value.value : reader.read(value, inside(place, name))
    return undefined
  }
}

function boundOf(value: LocatedValue): Bound | undefined {
  return value.kind === 'number' ? { value: parseDecimal(value.text), text: printLocated(value) } : undefined
}

/** A list of at least one text, each once. */
function textsOf(value: LocatedValue): string[] | undefined {
  if (value.kind !== 'array' || value.items.length === 0) return undefined
  const texts = value.items.flatMap((item) => (item.kind === 'string' ? [item.value] : []))
  return texts.length === value.items.length && new Set(texts).size === texts.length ? texts : undefined
}

function inside(place: Place, name: string): Place {
  const step = name.replaceAll('~', '~0').replaceAll('/', '~1')
  return { ...place, where: `${place.where}/${step}`, depth: place.depth + 1 }
}

class Reader {
  readonly diagnostics: Diagnostic[] = []
  readonly #resolve: ModelResolver
  readonly #documents = new Map<string, Document>()
  readonly #references: Reference[] = []

  constructor(resolve: ModelResolver) {
    this.#resolve = resolve
  }

  readModel(model: string, text: string): SchemaNode | undefined {
    const unread: Document = { model, text, root: undefined, nodes: new Map() }
    this.#documents.set(model, unread)
    if (text.length > schemaTextMax) {
      this.#report(
        unread,
        0,
        '',
        `the schema has ${text.length} characters: expected at most ${schemaTextMax}`,
      )
      return undefined
    }
    try {
      const root = parseLocated(text)
      const document: Document = { ...unread, root }
      this.#documents.set(model, document)
      return this.read(root, { document, where: '', depth: 0 })
    } catch (error) {
      if (!(error instanceof JsonError) && !(error instanceof RangeError)) throw error
      this.#report(
        unread,
        error instanceof JsonError ? error.offset : 0,
        '',
        `the schema is no JSON: ${error.message}`,
      )
      return undefined
    }
  }

  read(value: LocatedValue, place: Place): SchemaNode {
    const { document, where } = place
    const known = document.nodes.get(value)
    if (known !== undefined) return known
    const node: SchemaNode = {}
    document.nodes.set(value, node)
    if (value.kind !== 'object') {
      this.#report(document, value.at, where, `found ${shown(value)}, expected a schema: an object`)
      return node
    }
    if (place.depth > depthMax) {
      this.#report(document, value.at, where, `more than ${depthMax} schemas inside one another`)
      return node
    }
    const ref = memberOf(value, '$ref')?.value
    if (ref !== undefined) this.#reference(node, ref, place)
    for (const { name, at, value: given } of lastMembers(value)) {
      // Beside a reference only definitions are read.
      if (ref !== undefined && name !== 'definitions') continue
      const read = Object.hasOwn(keywords, name) ? keywords[name] : undefined
      const expected = read?.(this, given, place, node)
      if (expected === undefined) continue
      const path = inside(place, name).where
      this.#report(
        document,
        given.at < 0 ? at : given.at,
        path,
        `found ${shown(given)}, expected ${expected}`,
      )
    }
    this.#checkExclusive(value, node, place)
    return node
  }

  members(object: LocatedObject, place: Place): [name: string, schema: SchemaNode][] {
    return object.members.map(({ name, value }) => [name, this.read(value, inside(place, name))])
  }

  pattern(source: string, at: number, place: Place): Pattern | undefined {
    try {
      return compileEcmaPattern(source)
    } catch (error) {
      if (!(error instanceof PatternSyntaxError)) throw error
      this.#report(place.document, at, place.where, error.message)
      return undefined
    }
  }

  /** Connects references once all schemas around them are read; those to other models bring these in. */
  follow(): void {
    for (let next = 0; next < this.#references.length; next++) {
      const { from, document, value, where } = this.#references[next] as Reference
      const target = this.#target(document, value.value)
      if (typeof target === 'string') this.#report(document, value.at, where, target)
      else from.ref = target
    }
    for (const { from, document, value, where } of this.#references) {
      if (from.ref !== undefined && comesBack(from)) {
        this.#report(
          document,
          value.at,
          where,
          `the reference ${value.value} comes back to itself without end`,
        )
      }
    }
  }

  #reference(node: SchemaNode, value: LocatedValue, place: Place): void {
    const where = inside(place, '$ref').where
    if (value.kind === 'string') this.#references.push({ from: node, document: place.document, value, where })
    else
      this.#report(place.document, value.at, where, `found ${shown(value)}, expected a reference in a string`)
  }

  /** @returns what is wrong, when there is no such schema */
  #target(document: Document, reference: string): SchemaNode | string {
    if (reference.startsWith('#')) return this.#pointed(document, reference.slice(1), reference)
    const [, name, pointer = ''] = MODEL_URL.exec(reference) ?? []
    if (name === undefined) {
      return (
        `found the reference ${JSON.stringify(reference)}, expected #/definitions/{name} or ` +
        'https://apigateway.amazonaws.com/restapis/{id}/models/{name}'
      )
    }
    if (!this.#documents.has(name)) {
      const text = this.#resolve(name)
      if (text === undefined) return `there is no model ${name}: create it first`
      if (this.#documents.size >= modelsMax) return `more than ${modelsMax} models in one schema`
      this.readModel(name, text)
    }
    return this.#pointed(this.#documents.get(name) as Document, pointer, reference)
  }

  #pointed(document: Document, pointer: string, reference: string): SchemaNode | string {
    const missing = `there is no schema at ${JSON.stringify(reference)}`
    let value = document.root
    const steps = pointer === '' || pointer === '/' ? [] : pointer.split('/').slice(1)
    for (const step of steps) {
      const name = decoded(step)
      if (value?.kind === 'object') value = memberOf(value, name)?.value
      else if (value?.kind === 'array' && /^(?:0|[1-9]\d{0,5})$/.test(name)) value = value.items[Number(name)]
      else return missing
    }
    if (value === undefined) return missing
    return this.read(value, { document, where: pointer, depth: 0 })
  }

  #checkExclusive(value: LocatedObject, node: SchemaNode, place: Place): void {
    for (const [exclusive, bound] of [
      ['exclusiveMaximum', 'maximum'],
      ['exclusiveMinimum', 'minimum'],
    ] as const) {
      const member = memberOf(value, exclusive)
      if (member === undefined || node.ref !== undefined || memberOf(value, bound) !== undefined) continue
      this.#report(
        place.document,
        member.at,
        place.where,
        `${exclusive} without ${bound}: give both (draft 4)`,
      )
    }
  }

  #report({ model, text }: Document, at: number, pointer: string, message: string): void {
    const where = model === '' ? pointer : `${model}${pointer}`
    this.diagnostics.push({ severity: 'error', message, where, ...positionOf(text, Math.max(at, 0)) })
  }
}

/** Whether following references and compositions, which stay at one value, leads back. */
function comesBack(start: SchemaNode): boolean {
  const seen = new Set<SchemaNode>()
  const open = sameValue(start)
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === start) return true
    if (seen.has(node)) continue
    seen.add(node)
    open.push(...sameValue(node))
  }
  return false
}

/** The schemas that a value must meet, or may, besides this one. */
export function sameValue(node: SchemaNode): SchemaNode[] {
  const { ref, not, allOf = [], anyOf = [], oneOf = [], dependencies } = node
  const schemas = [...allOf, ...anyOf, ...oneOf]
  if (ref !== undefined) schemas.push(ref)
  if (not !== undefined) schemas.push(not)
  for (const dependency of dependencies?.values() ?? []) {
    if (!isNames(dependency)) schemas.push(dependency)
  }
  return schemas
}

export function isNames(dependency: Dependency): dependency is readonly string[] {
  return Array.isArray(dependency)
}

/** Each name's last member. */
function lastMembers({ members }: LocatedObject): Iterable<LocatedMember> {
  return new Map(members.map((member) => [member.name, member])).values()
}

function decoded(step: string): string {
  let text = step
  try {
    text = decodeURIComponent(step)
  } catch {
    // Not percent-encoded, then.
  }
  return text.replaceAll('~1', '/').replaceAll('~0', '~')
}

function shown(value: LocatedValue): string {
  return value.kind === 'array'
    ? 'a list'
    : value.kind === 'object'
      ? 'an object'
      : printLocated(value).slice(0, 100)
}
