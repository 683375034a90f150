import type { Model } from '#model/rest-api.ts'
import { own } from '../apigateway/find.ts'
import { isRecord } from '../openapi/parse-document.ts'
import { unknownType, type DataType, type Literal, type Member, type NamedType } from './data-type.ts'

/** Deeper schemas are of unknown type. */
const schemaDepthMax = 40

/** References to further types lead nowhere: schemas may have as many definitions as they like. */
const typesMax = 2000

/** How schemas name other models of their API. */
const MODEL = /^https:\/\/apigateway\.amazonaws\.com\/restapis\/[^/]+\/models\/([A-Za-z0-9]+)(#.*)?$/

type Schema = Readonly<Record<string, unknown>>

/**
 * The types of the models named, and of all that these refer to, in the order of their keys. References stay names, so
 * that what comes out is never larger than what went in, and types may contain themselves.
 */
export function readModels(models: readonly Model[], wanted: Iterable<string>): readonly NamedType[] {
  const reader = new ModelReader(models)
  for (const name of wanted) reader.want(name, [])
  return reader.types()
}

class ModelReader {
  readonly #models: ReadonlyMap<string, { readonly schema: unknown; readonly description?: string }>
  /** What is to be read, by key; grows while it is read. */
  readonly #wanted = new Map<string, { readonly model: string; readonly pointer: readonly string[] }>()

  constructor(models: readonly Model[]) {
    this.#models = new Map(
      models.map(({ name, schema, description }) => [
        name,
        { schema: parsed(schema), ...(description === undefined ? {} : { description }) },
      ]),
    )
  }

  /** @returns the type's key; undefined when there is no such thing, or too many of them */
  want(model: string, pointer: readonly string[]): string | undefined {
    const key = [model, ...pointer].join('/')
    if (this.#wanted.has(key)) return key
    if (this.#wanted.size >= typesMax || this.#at(model, pointer) === undefined) return undefined
    this.#wanted.set(key, { model, pointer })
    return key
  }

  types(): readonly NamedType[] {
    const types: NamedType[] = []
    for (const [key, { model, pointer }] of this.#wanted) {
      types.push({
        key,
        label: [model, ...pointer.filter((part) => part !== 'definitions')].join(' '),
        description: pointer.length === 0 ? this.#models.get(model)?.description : undefined,
        type: this.#read(this.#at(model, pointer), model, 0),
      })
    }
    return withoutCircles(types.sort((a, b) => (a.key < b.key ? -1 : 1)))
  }

  #at(model: string, pointer: readonly string[]): unknown {
    let at: unknown = this.#models.get(model)?.schema
    for (const part of pointer) {
      at = Array.isArray(at) ? (at as unknown[])[Number(part)] : isRecord(at) ? own(at, part) : undefined
    }
    return at
  }

  #read(schema: unknown, model: string, depth: number): DataType {
    if (!isRecord(schema) || depth > schemaDepthMax) return unknownType
    const read = (part: unknown): DataType => this.#read(part, model, depth + 1)
    // Draft 4: nothing beside a reference counts.
    if (typeof schema['$ref'] === 'string') return this.#reference(schema['$ref'], model)
    if (Array.isArray(schema['enum'])) return literals(schema['enum'])
    const parts = [
      ownType(schema, read),
      ...list(schema['allOf']).map(read),
      either(list(schema['anyOf']).map(read)),
      either(list(schema['oneOf']).map(read)),
    ].filter((type) => type.kind !== 'unknown')
    return parts.length > 1 ? { kind: 'all', of: parts } : (parts[0] ?? unknownType)
  }

  #reference(reference: string, model: string): DataType {
    const [, named, fragment] = MODEL.exec(reference) ?? []
    const pointer = pointerOf(named === undefined ? reference : (fragment ?? '#'))
    const key = pointer === undefined ? undefined : this.want(named ?? model, pointer)
    return key === undefined ? unknownType : { kind: 'named', key }
  }
}

/** Types may contain themselves, in members and lists, but not be themselves: no language can say that. */
function withoutCircles(types: readonly NamedType[]): readonly NamedType[] {
  const byKey = new Map(types.map(({ key, type }) => [key, type]))
  const leadsTo = (from: string, to: string, seen: Set<string>): boolean => {
    if (from === to) return true
    if (seen.has(from)) return false
    seen.add(from)
    return alternatives(byKey.get(from)).some((key) => leadsTo(key, to, seen))
  }
  const opened = (type: DataType, key: string): DataType => {
    if (type.kind === 'named') return leadsTo(type.key, key, new Set()) ? unknownType : type
    return type.kind === 'either' || type.kind === 'all'
      ? { kind: type.kind, of: type.of.map((part) => opened(part, key)) }
      : type
  }
  return types.map((named) => {
    const type = opened(named.type, named.key)
    byKey.set(named.key, type)
    return { ...named, type }
  })
}

/** The named types that a value of this one is itself of. */
function alternatives(type: DataType | undefined): readonly string[] {
  if (type?.kind === 'named') return [type.key]
  return type?.kind === 'either' || type?.kind === 'all' ? type.of.flatMap(alternatives) : []
}

/** What `type` says, or, where nothing does, what the keywords are about. */
function ownType(schema: Schema, read: (part: unknown) => DataType): DataType {
  const { type } = schema
  if (Array.isArray(type)) return either(type.map((one) => typed(one, schema, read)))
  if (type !== undefined) return typed(type, schema, read)
  if (schema['properties'] !== undefined || schema['additionalProperties'] !== undefined) {
    return objectType(schema, read)
  }
  return schema['items'] === undefined ? unknownType : listType(schema, read)
}

function typed(name: unknown, schema: Schema, read: (part: unknown) => DataType): DataType {
  switch (name) {
    case 'string':
    case 'number':
    case 'integer':
    case 'boolean':
    case 'null':
      return { kind: name }
    case 'object':
      return objectType(schema, read)
    case 'array':
      return listType(schema, read)
    default:
      return unknownType
  }
}

function objectType(schema: Schema, read: (part: unknown) => DataType): DataType {
  const { properties, required, additionalProperties } = schema
  const names = new Set(list(required).filter((name) => typeof name === 'string'))
  const members: Member[] = Object.entries(isRecord(properties) ? properties : {}).map(([name, part]) => ({
    name,
    type: read(part),
    required: names.delete(name),
  }))
  for (const name of names) members.push({ name, type: unknownType, required: true })
  const isOpen = members.length === 0 && additionalProperties !== false
  const rest = isRecord(additionalProperties)
    ? read(additionalProperties)
    : isOpen || additionalProperties === true
      ? unknownType
      : undefined
  return { kind: 'object', members, rest }
}

/** Lists whose places have types of their own are lists of any of them. */
function listType({ items }: Schema, read: (part: unknown) => DataType): DataType {
  return { kind: 'list', of: Array.isArray(items) ? either(items.map(read)) : read(items) }
}

function either(types: readonly DataType[]): DataType {
  if (types.some(({ kind }) => kind === 'unknown')) return unknownType
  return types.length > 1 ? { kind: 'either', of: types } : (types[0] ?? unknownType)
}

function literals(values: readonly unknown[]): DataType {
  return values.length > 0 && values.every(isLiteral) ? { kind: 'literals', values } : unknownType
}

function isLiteral(value: unknown): value is Literal {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

/** @returns the parts of a pointer within a document; undefined for what leads elsewhere */
function pointerOf(reference: string): readonly string[] | undefined {
  if (reference === '#') return []
  if (!reference.startsWith('#/')) return undefined
  try {
    return decodeURIComponent(reference.slice(2))
      .split('/')
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  } catch {
    return undefined
  }
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** Models may hold templates of other kinds of document: those describe nothing. */
function parsed(schema: string | undefined): unknown {
  try {
    return JSON.parse(schema ?? '{}')
  } catch {
    return {}
  }
}
