import type { Cursor, DocumentReader } from './document-reader.ts'

/** A body's schema by content type. */
export type Contents = readonly (readonly [contentType: string, schema: Cursor])[]

/** What Swagger 2.0 and OpenAPI 3 say differently. */
export interface Dialect {
  /** `#/definitions/` or `#/components/schemas/`. */
  readonly modelPrefix: string
  models(reader: DocumentReader): Cursor | undefined
  securitySchemes(reader: DocumentReader): Cursor | undefined
  /** `/v1`; '' for none. */
  basePath(reader: DocumentReader): string
  requestContents(reader: DocumentReader, operation: Cursor, parameters: readonly Cursor[]): Contents
  responseContents(reader: DocumentReader, operation: Cursor, response: Cursor): Contents
}

const swagger2: Dialect = {
  modelPrefix: '#/definitions/',
  models: (reader) => reader.member(reader.root, 'definitions'),
  securitySchemes: (reader) => reader.member(reader.root, 'securityDefinitions'),
  basePath: (reader) => reader.textMember(reader.root, 'basePath') ?? '',
  requestContents: (reader, operation, parameters) => {
    const body = parameters.find((parameter) => reader.textMember(parameter, 'in') === 'body')
    return body === undefined ? [] : typed(reader, operation, 'consumes', schemaOf(body))
  },
  responseContents: (reader, operation, response) => typed(reader, operation, 'produces', schemaOf(response)),
}

/** Of OpenAPI 3.0 and 3.1. */
export const openapi3: Dialect = {
  modelPrefix: '#/components/schemas/',
  models: (reader) => component(reader, 'schemas'),
  securitySchemes: (reader) => component(reader, 'securitySchemes'),
  basePath: (reader) => {
    const [server] = reader.items(reader.member(reader.root, 'servers'))
    return server === undefined ? '' : serverPath(reader, server)
  },
  requestContents: (reader, operation) => contents(reader, reader.member(operation, 'requestBody')),
  responseContents: (reader, _, response) => contents(reader, response),
}

/** The document's dialect; undefined, and an error noted, when it is none that API Gateway reads. */
export function dialectOf(reader: DocumentReader): Dialect | undefined {
  const { root } = reader
  const swagger = reader.textMember(root, 'swagger')
  if (swagger !== undefined && /^2\.0$/.test(swagger)) return swagger2
  const openapi = reader.textMember(root, 'openapi')
  if (openapi !== undefined && /^3\.[01](?:\.\d+)?$/.test(openapi)) return openapi3
  reader.error(
    root,
    swagger === undefined && openapi === undefined
      ? 'expected "openapi": "3.0.x" or "3.1.x", or "swagger": "2.0", found neither'
      : `expected OpenAPI 3.0, OpenAPI 3.1 or Swagger 2.0, found ${openapi ?? swagger}`,
  )
  return undefined
}

function component(reader: DocumentReader, name: string): Cursor | undefined {
  const components = reader.member(reader.root, 'components')
  return components && reader.member(components, name)
}

/** The operation's content types, else the document's, else JSON: each with the one schema. */
function typed(
  reader: DocumentReader,
  operation: Cursor,
  member: 'consumes' | 'produces',
  schema: Cursor | undefined,
): Contents {
  if (schema === undefined) return []
  const types =
    reader.textItems(reader.member(operation, member)) ??
    reader.textItems(reader.member(reader.root, member)) ??
    []
  return (types.length === 0 ? ['application/json'] : types).map((type) => [type, schema])
}

function contents(reader: DocumentReader, holder: Cursor | undefined): Contents {
  if (holder === undefined) return []
  return reader.members(reader.member(holder, 'content')).flatMap(([type, media]) => {
    const schema = schemaOf(media)
    return schema === undefined ? [] : [[type, schema] as const]
  })
}

/** The schema as it stands: a reference is a model's name and must not be followed. */
function schemaOf({ value, path }: Cursor): Cursor | undefined {
  const schema = (value as Readonly<Record<string, unknown>>)['schema']
  return schema === undefined || schema === null ? undefined : { value: schema, path: [...path, 'schema'] }
}

/** Path of the first server's URL, its variables at their defaults. */
function serverPath(reader: DocumentReader, server: Cursor): string {
  const variables = new Map(reader.members(reader.member(server, 'variables')))
  const [only] = variables
  // A lone variable of this name is the base path whether the URL has it or not (developer guide, "Set the OpenAPI
  // basePath property").
  if (variables.size === 1 && only?.[0] === 'basePath') return reader.textMember(only[1], 'default') ?? ''
  const url = (reader.textMember(server, 'url') ?? '').replace(/\{([^{}]+)\}/g, (_, name: string) => {
    const variable = variables.get(name)
    return (variable && reader.textMember(variable, 'default')) ?? ''
  })
  return url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '').replace(/[?#].*$/s, '')
}
