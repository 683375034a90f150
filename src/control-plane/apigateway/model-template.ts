import { isRecord } from '../openapi/parse-document.ts'
import { own } from './find.ts'

/** Deepest nesting that a template shows: schemas may contain themselves. */
const templateDepthMax = 16
/** Most values that a template shows: schemas that refer to one another multiply. */
const templateValuesMax = 2000

/** What stands for a value of a type (API reference, GetModelTemplate). */
const samples: Readonly<Record<string, string>> = {
  string: '"foo"',
  number: '3.1415',
  integer: '42',
  boolean: 'true',
  null: 'null',
}

const loopStart =
  '##TODO: Update this foreach loop to reference array from input json\n#foreach($elem in $inputRoot.TODO)\n'
const loopEnd = '\n#if($foreach.hasNext),#end\n#end\n'

/**
 * A mapping template that has the structure of a model: JSON as Jackson prints it, lists written as loops.
 * @param schema of the model
 * @param modelNamed the schema of another model, by the last part of a reference to it
 */
export function modelTemplate(schema: unknown, modelNamed: (name: string) => unknown): string {
  const writer = new TemplateWriter(schema, modelNamed)
  return `#set($inputRoot = $input.path('$'))\n${writer.value(schema, 0)}`
}

class TemplateWriter {
  readonly #root: unknown
  readonly #modelNamed: (name: string) => unknown
  #valuesLeft = templateValuesMax

  constructor(root: unknown, modelNamed: (name: string) => unknown) {
    this.#root = root
    this.#modelNamed = modelNamed
  }

  value(given: unknown, depth: number): string {
    if (depth > templateDepthMax || this.#valuesLeft-- <= 0) return '{ }'
    const schema = this.#resolved(given)
    if (schema === undefined) return '{ }'
    const type = typeOf(schema)
    if (type === 'array') return this.#list(schema['items'], depth)
    return own(samples, type) ?? this.#map(schema, depth)
  }

  #map(schema: Schema, depth: number): string {
    const indent = '  '.repeat(depth)
    const members = Object.entries(propertiesOf(schema, (part) => this.#resolved(part))).map(
      ([name, member]) => `${indent}  ${JSON.stringify(name)} : ${this.value(member, depth + 1)}`,
    )
    return members.length === 0 ? '{ }' : `{\n${members.join(',\n')}\n${indent}}`
  }

  #list(items: unknown, depth: number): string {
    const item = this.value(Array.isArray(items) ? items[0] : items, depth)
    return `[\n${loopStart} ${item} ${loopEnd}]`
  }

  /** References within the schema and to other models, followed as far as they lead. */
  #resolved(given: unknown): Schema | undefined {
    let schema = given
    for (let hops = 0; hops <= templateDepthMax; hops++) {
      if (!isRecord(schema)) return undefined
      const reference = schema['$ref']
      if (typeof reference !== 'string') return schema
      schema = reference.startsWith('#')
        ? this.#within(reference.slice(1))
        : this.#modelNamed(reference.slice(reference.lastIndexOf('/') + 1))
    }
    return undefined
  }

  #within(pointer: string): unknown {
    let at: unknown = this.#root
    for (const name of pointer.split('/').slice(1)) at = isRecord(at) ? own(at, name) : undefined
    return at
  }
}

type Schema = Readonly<Record<string, unknown>>

function typeOf(schema: Schema): string {
  const { type } = schema
  const named: unknown = Array.isArray(type) ? type.find((one) => one !== 'null') : type
  if (typeof named === 'string') return named
  return schema['items'] === undefined ? 'object' : 'array'
}

/** Its own properties and those of `allOf`; of `oneOf` and `anyOf`, the first. */
function propertiesOf(schema: Schema, resolved: (part: unknown) => Schema | undefined): Schema {
  const parts = [
    ...list(schema['allOf']),
    ...list(schema['oneOf']).slice(0, 1),
    ...list(schema['anyOf']).slice(0, 1),
  ]
  const inherited = parts.map((part) => resolved(part)?.['properties'])
  return Object.assign({}, ...[...inherited, schema['properties']].filter(isRecord)) as Schema
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
