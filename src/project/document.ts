import { protocolOf, type ApiProtocol } from './api-protocol.ts'
import { asMap, referred, type Json } from './json.ts'
import { sampleOf } from './sample-value.ts'
import { SourceFile } from './source-file.ts'

/** An OpenAPI document, as far as a project needs to know it. */
export interface ProjectDocument {
  /** Its name, for messages. */
  readonly file: string
  /** What is imported. */
  readonly bytes: Uint8Array
  readonly title: string
  /** What kind of API it is for. */
  readonly protocol: ApiProtocol
  readonly operations: readonly DocumentOperation[]
}

export interface DocumentOperation {
  /** `GET`; `ANY` for x-amazon-apigateway-any-method. */
  readonly method: string
  /** `/pets/{petId}` */
  readonly path: string
  readonly summary: string | undefined
  /** What an example call may give beside its body. */
  readonly parameters: readonly ExampleParameter[]
  /** JSON text. */
  readonly exampleBody: string | undefined
}

export interface ExampleParameter {
  readonly place: 'path' | 'query' | 'header'
  readonly name: string
  readonly required: boolean
  readonly example: string | undefined
}

const METHODS: Readonly<Record<string, string>> = {
  get: 'GET',
  put: 'PUT',
  post: 'POST',
  delete: 'DELETE',
  options: 'OPTIONS',
  head: 'HEAD',
  patch: 'PATCH',
  'x-amazon-apigateway-any-method': 'ANY',
}

/**
 * Reads the document at `file`: what of it is wrong beyond its syntax, the import says.
 * @throws ProjectError with line and column when it is neither YAML nor JSON
 */
export function readDocument(file: string): ProjectDocument {
  const { text, value } = new SourceFile(file)
  const root = asMap(value)
  return {
    file,
    bytes: Buffer.from(text, 'utf8'),
    title: textOf(asMap(root.info).title) ?? 'API',
    protocol: protocolOf(root),
    operations: Object.entries(asMap(root.paths)).flatMap(([path, item]) =>
      operationsOf(root, path, asMap(item)),
    ),
  }
}

function operationsOf(root: Json, path: string, item: Json): DocumentOperation[] {
  return Object.entries(item).flatMap(([key, value]) => {
    const method = Object.hasOwn(METHODS, key) ? METHODS[key] : undefined
    if (method === undefined) return []
    const operation = asMap(value)
    const parameters = [...asList(item.parameters), ...asList(operation.parameters)].map((each) =>
      referred(root, asMap(each)),
    )
    return [
      {
        method,
        path,
        summary: textOf(operation.summary),
        parameters: parameters.flatMap((parameter) => parameterOf(root, parameter)),
        exampleBody: exampleBodyOf(root, operation, parameters),
      },
    ]
  })
}

function parameterOf(root: Json, parameter: Json): ExampleParameter[] {
  const place = parameter.in
  if (place !== 'path' && place !== 'query' && place !== 'header') return []
  const required = parameter.required === true
  // Optional ones are shown when their author gave an example; a required one needs some value.
  const schema = asMap(parameter.schema)
  const given = parameter.example ?? schema.example ?? schema.default
  const example = given ?? (required ? sampleOf(root, parameter.schema ?? parameter) : undefined)
  return [{ place, name: textOf(parameter.name) ?? '', required, example: textOf(example) }]
}

/** What OpenAPI 3 says under requestBody, or Swagger 2 as a parameter in the body. */
function exampleBodyOf(root: Json, operation: Json, parameters: readonly Json[]): string | undefined {
  const content = asMap(referred(root, asMap(operation.requestBody)).content)
  const media = asMap(content['application/json'] ?? parameters.find(({ in: place }) => place === 'body'))
  const [named] = Object.values(asMap(media.examples))
  const example =
    media.example ??
    asMap(named).value ??
    (media.schema === undefined ? undefined : sampleOf(root, media.schema))
  return example === undefined ? undefined : JSON.stringify(example)
}

/** Texts, numbers and booleans as they are written; nothing else is an example for a URL. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
