import type { Method, MethodResponse, RestApi } from '#model/rest-api.ts'
import { secondsText } from './seconds-text.ts'
import { filled, present, type Written } from './written.ts'

/** A parameter of a method. */
export interface ExportedParameter {
  readonly name: string
  readonly in: 'header' | 'path' | 'query'
  readonly required: boolean
  readonly documentation: Written
}

/** What is said of one method and of what goes in and out of it. */
export interface MethodDocumentation {
  readonly method: Written
  readonly requestBody: Written
  response(statusCode: string): Written
  responseBody(statusCode: string): Written
  responseHeader(statusCode: string, name: string): Written
}

/** Where an exported API is served. */
export interface ExportedAddress {
  readonly host: string
  readonly stageName: string
}

/** What Swagger 2.0 and OpenAPI 3.0 write differently, in the order of members that AWS has (recorded). */
export interface ExportDialect {
  readonly modelPrefix: string
  head(api: RestApi, address: ExportedAddress, info: Written): Written
  /** The members of an operation that say what it does, and what goes in and out. */
  operation(
    method: Method,
    parameters: readonly ExportedParameter[],
    documentation: MethodDocumentation,
  ): Written
  /** Schemas and security schemes, each by name. */
  components(models: Written, securitySchemes: Written): Written
}

export const openapi30: ExportDialect = {
  modelPrefix: '#/components/schemas/',
  head: (api, { host, stageName }, info) => ({
    openapi: '3.0.1',
    info: present({ title: api.name, description: api.description, version: versionOf(api), ...info }),
    servers: [{ url: `https://${host}/{basePath}`, variables: { basePath: { default: stageName } } }],
  }),
  operation: ({ operationName, requestModels, methodResponses }, parameters, documentation) => {
    const content = contentOf(requestModels, '#/components/schemas/', {})
    return present({
      ...operationOrder,
      operationId: operationName,
      parameters: filled(
        parameters.map((parameter) =>
          present({
            name: parameter.name,
            in: parameter.in,
            description: undefined,
            required: parameter.required ? true : undefined,
            schema: { type: 'string' },
            ...parameter.documentation,
          }),
        ),
      ),
      requestBody:
        Object.keys(content).length === 0
          ? undefined
          : present({ description: undefined, content, required: true, ...documentation.requestBody }),
      responses: mapped(methodResponses, (response) => {
        const { statusCode, responseModels } = response
        return present({
          description: `${statusCode} response`,
          headers: headersOf(response, { schema: { type: 'string' } }, documentation),
          content: contentOf(responseModels, '#/components/schemas/', documentation.responseBody(statusCode)),
          ...documentation.response(statusCode),
        })
      }),
      ...documentation.method,
    })
  },
  components: (schemas, securitySchemes) => ({
    components: present({ schemas: filled(schemas), securitySchemes: filled(securitySchemes) }),
  }),
}

export const swagger20: ExportDialect = {
  modelPrefix: '#/definitions/',
  head: (api, { host, stageName }, info) => ({
    swagger: '2.0',
    info: present({ description: api.description, version: versionOf(api), title: api.name, ...info }),
    host,
    basePath: `/${stageName}`,
    schemes: ['https'],
  }),
  operation: (method, parameters, documentation) => {
    const { operationName, requestModels, methodResponses, integration } = method
    const responseTemplates = Object.values(integration?.integrationResponses ?? {}).map(
      (response) => response.responseTemplates,
    )
    const responseModels = Object.values(methodResponses).map((response) => response.responseModels)
    const written = parameters.map((parameter) =>
      present({
        name: parameter.name,
        in: parameter.in,
        description: undefined,
        required: parameter.required,
        type: 'string',
        ...parameter.documentation,
      }),
    )
    // A Swagger operation has one body.
    const [model] = Object.values(requestModels ?? {})
    if (model !== undefined) {
      const schema = { $ref: `#/definitions/${model}` }
      const shape = { in: 'body', name: model, description: undefined, required: true, schema }
      written.push(present({ ...shape, ...documentation.requestBody }))
    }
    return present({
      ...operationOrder,
      operationId: operationName,
      consumes: typesOf([requestModels, integration?.requestTemplates]),
      produces: typesOf([...responseModels, ...responseTemplates]),
      parameters: filled(written),
      responses: mapped(methodResponses, (response) => {
        const [responseModel] = Object.values(response.responseModels ?? {})
        return present({
          description: `${response.statusCode} response`,
          schema: responseModel === undefined ? undefined : { $ref: `#/definitions/${responseModel}` },
          headers: headersOf(response, { type: 'string' }, documentation),
          ...documentation.response(response.statusCode),
        })
      }),
      ...documentation.method,
    })
  },
  components: (definitions, securityDefinitions) =>
    present({ securityDefinitions: filled(securityDefinitions), definitions: filled(definitions) }),
}

/** By `exportType`. */
export const exportDialects: Readonly<Record<string, ExportDialect>> = {
  oas30: openapi30,
  swagger: swagger20,
}

/** An API without a version has the time of its creation. */
export function versionOf({ version, createdDate }: RestApi): string {
  return version ?? secondsText(createdDate)
}

/** Members of an operation that documentation brings, where they stand. */
const operationOrder: Written = {
  tags: undefined,
  summary: undefined,
  description: undefined,
  externalDocs: undefined,
  deprecated: undefined,
}

function contentOf(
  models: Readonly<Record<string, string>> | undefined,
  modelPrefix: string,
  documentation: Written,
): Written {
  return mapped(models ?? {}, (name) => ({ schema: { $ref: `${modelPrefix}${name}` }, ...documentation }))
}

/** By name. @param shape what the dialect says of a header that is a text */
function headersOf(
  { statusCode, responseParameters }: MethodResponse,
  shape: Written,
  documentation: MethodDocumentation,
): Written | undefined {
  const prefix = 'method.response.header.'
  const names = Object.keys(responseParameters ?? {})
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length))
  return filled(
    Object.fromEntries(
      names.map((name) => [name, { ...shape, ...documentation.responseHeader(statusCode, name) }]),
    ),
  )
}

function typesOf(maps: readonly (Readonly<Record<string, unknown>> | undefined)[]): string[] | undefined {
  const types = new Set(maps.flatMap((map) => Object.keys(map ?? {})))
  return types.size === 0 ? undefined : [...types]
}

function mapped<V>(map: Readonly<Record<string, V>>, write: (value: V) => unknown): Written {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, write(value)]))
}
