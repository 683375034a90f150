import { createHash } from 'node:crypto'
import { modelReference, type ModelDefinition } from './definition.ts'
import type { Dialect } from './dialect.ts'
import { pathText, type Cursor, type DocumentReader } from './document-reader.ts'
import { isRecord, type DocumentPath } from './parse-document.ts'

/**
 * The models of a document: its named schemas, and one for each schema written where it is used, which API
 * Gateway cannot do and names itself.
 */
export class ModelReader {
  readonly #reader: DocumentReader
  readonly #dialect: Dialect
  readonly #models = new Map<string, ModelDefinition>()

  constructor(reader: DocumentReader, dialect: Dialect) {
    this.#reader = reader
    this.#dialect = dialect
    const named = dialect.models(reader)
    if (named === undefined || !isRecord(named.value)) return
    for (const [name, value] of Object.entries(named.value)) {
      this.#add(name, { value, path: [...named.path, name] })
    }
  }

  get models(): readonly ModelDefinition[] {
    return [...this.#models.values()]
  }

  /** The name of the model that a schema is, or becomes. */
  nameOf(schema: Cursor): string {
    const referred = this.#referredName(schema.value)
    if (referred !== undefined) return referred
    const text = this.#schemaText(schema)
    // The same schema written twice is one model, and has the same name at the next import.
    const name = `MODEL${createHash('sha256').update(text).digest('hex').slice(0, 8)}`
    if (!this.#models.has(name)) this.#add(name, schema)
    return name
  }

  #add(name: string, schema: Cursor): void {
    const { value } = schema
    const description =
      isRecord(value) && typeof value['description'] === 'string' ? value['description'] : undefined
    this.#models.set(name, {
      name,
      description,
      contentType: 'application/json',
      schema: this.#schemaText(schema),
      at: schema,
    })
  }

  #schemaText({ value, path }: Cursor): string {
    return JSON.stringify(this.#converted(value, path))
  }

  #converted(value: unknown, path: DocumentPath): unknown {
    if (Array.isArray(value)) return value.map((item, index) => this.#converted(item, [...path, index]))
    if (!isRecord(value)) return value
    const reference = value['$ref']
    if (typeof reference === 'string') {
      const name = this.#referredName(value)
      if (name !== undefined) return { $ref: modelReference(name) }
      this.#reader.error(
        { value, path },
        `${pathText(path)}: expected a reference to ${this.#dialect.modelPrefix}{name}, found ${reference}`,
      )
      return {}
    }
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, this.#converted(member, [...path, name])]),
    )
  }

  /** The model that a reference names, if it names one of this document. */
  #referredName(schema: unknown): string | undefined {
    if (!isRecord(schema) || typeof schema['$ref'] !== 'string') return undefined
    const { modelPrefix } = this.#dialect
    const reference = schema['$ref']
    const name = reference.startsWith(modelPrefix) ? reference.slice(modelPrefix.length) : ''
    const named = this.#dialect.models(this.#reader)?.value
    return isRecord(named) && Object.hasOwn(named, name) ? name : undefined
  }
}
