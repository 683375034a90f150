import type { MethodResponse } from '#model/rest-api.ts'
import type { MethodDefinition } from './definition.ts'
import type { Dialect } from './dialect.ts'
import type { Cursor, DocumentReader } from './document-reader.ts'
import { readIntegration } from './read-integration.ts'
import type { ModelReader } from './read-models.ts'
import { readTrafficExtension } from './read-traffic-extension.ts'
import type { SecurityReader } from './read-security.ts'

/** What reading an operation needs of its document. */
export interface OperationContext {
  readonly reader: DocumentReader
  readonly dialect: Dialect
  readonly models: ModelReader
  readonly security: SecurityReader
}

/** Where a parameter may be, as a document and as a method names it. */
const parameterPlaces: Readonly<Record<string, string>> = {
  path: 'path',
  query: 'querystring',
  header: 'header',
}

/**
 * One operation as a method.
 * @param path of its resource
 * @param shared parameters of the path, which the operation's own replace by place and name
 */
export function readOperation(
  context: OperationContext,
  path: string,
  httpMethod: string,
  at: Cursor,
  shared: readonly Cursor[],
): MethodDefinition {
  const { reader, dialect, security } = context
  const parameters = [...shared, ...reader.items(reader.member(at, 'parameters'))]
  const integration = reader.member(at, 'x-amazon-apigateway-integration')
  const bodies = dialect.requestContents(reader, at, parameters)
  return {
    at,
    httpMethod,
    ...security.authorization(at),
    requestValidator:
      reader.textMember(at, 'x-amazon-apigateway-request-validator') ??
      reader.textMember(reader.root, 'x-amazon-apigateway-request-validator'),
    operationName: reader.textMember(at, 'operationId'),
    requestParameters: readParameters(reader, path, parameters),
    requestModels: modelNames(context, bodies),
    methodResponses: readResponses(context, at),
    integration: integration && readIntegration(reader, integration, { path, httpMethod }),
    traffic: readTrafficExtension(reader, at),
  }
}

/** Parameters of the path are there whether the operation names them or not (recorded on AWS). */
function readParameters(
  reader: DocumentReader,
  path: string,
  parameters: readonly Cursor[],
): Readonly<Record<string, boolean>> | undefined {
  const required = new Map<string, boolean>()
  for (const parameter of parameters) {
    const place = reader.textMember(parameter, 'in')
    const name = reader.textMember(parameter, 'name')
    if (place === undefined || name === undefined) {
      reader.error(parameter, 'a parameter has no "in" or no "name"')
      continue
    }
    if (place === 'body' || place === 'formData') continue
    const known = parameterPlaces[place]
    if (known === undefined) {
      reader.warn(
        parameter,
        `parameter ${name} in ${place} is left out: API Gateway knows path, query and header`,
      )
      continue
    }
    required.set(`method.request.${known}.${name}`, reader.booleanMember(parameter, 'required') ?? false)
  }
  for (const [, name] of path.matchAll(/\{([^{}]+?)\+?\}/g)) {
    const key = `method.request.path.${name}`
    if (!required.has(key)) required.set(key, true)
  }
  return required.size === 0 ? undefined : Object.fromEntries(required)
}

function readResponses(context: OperationContext, at: Cursor): readonly MethodResponse[] {
  const { reader, dialect } = context
  return reader.members(reader.member(at, 'responses')).flatMap(([statusCode, response]) => {
    if (!/^[1-5]\d\d$/.test(statusCode)) {
      if (!statusCode.startsWith('x-')) {
        reader.warn(response, `response ${statusCode} is left out: API Gateway knows single status codes`)
      }
      return []
    }
    const headers = reader.members(reader.member(response, 'headers'))
    return [
      {
        statusCode,
        responseParameters:
          headers.length === 0
            ? undefined
            : Object.fromEntries(headers.map(([name]) => [`method.response.header.${name}`, false])),
        responseModels: modelNames(context, dialect.responseContents(reader, at, response)),
      },
    ]
  })
}

function modelNames(
  { models }: OperationContext,
  contents: readonly (readonly [string, Cursor])[],
): Readonly<Record<string, string>> | undefined {
  if (contents.length === 0) return undefined
  return Object.fromEntries(contents.map(([type, schema]) => [type, models.nameOf(schema)]))
}
