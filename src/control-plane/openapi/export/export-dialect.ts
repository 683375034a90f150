import type { Method, MethodResponse, RestApi } from '#model/rest-api.ts'
import { filled, present, type Written } from './written.ts'

/** A parameter of a method. */
export interface ExportedParameter {
  readonly name: string
  readonly in: 'header' | 'path' | 'query'
  readonly required: boolean
}

/** Where an exported API is served. */
export interface ExportedAddress {
  readonly host: string
  readonly stageName: string
}

/** What Swagger 2.0 and OpenAPI 3.0 write differently, in the order of members that AWS has (recorded). */
export interface ExportDialect {
  readonly modelPrefix: string
  head(api: RestApi, address: ExportedAddress): Written
  /** The members of an operation that say what goes in and out. */
  operation(method: Method, parameters: readonly ExportedParameter[]): Written
  /** Schemas and security schemes, each by name. */
  components(models: Written, securitySchemes: Written): Written
}

export const openapi30: ExportDialect = {
  modelPrefix: '#/components/schemas/',
  head: (api, { host, stageName }) => ({
    openapi: '3.0.1',
    info: present({ title: api.name, description: api.description, version: versionOf(api) }),
    servers: [{ url: `https://${host}/{basePath}`, variables: { basePath: { default: stageName } } }],
  }),
  operation: ({ operationName, requestModels, methodResponses }, parameters) => {
    const content = contentOf(requestModels, '#/components/schemas/')
    return present({
      operationId: operationName,
      parameters: filled(
        parameters.map((parameter) =>
          present({
            name: parameter.name,
            in: parameter.in,
            required: parameter.required ? true : undefined,
            schema: { type: 'string' },
          }),
        ),
      ),
      requestBody: Object.keys(content).length === 0 ? undefined : { content, required: true },
      responses: byStatus(methodResponses, ({ statusCode, responseModels }, headers) =>
        present({
          description: `${statusCode} response`,
          headers: headers && mapped(headers, () => ({ schema: { type: 'string' } })),
          content: contentOf(responseModels, '#/components/schemas/'),
        }),
      ),
    })
  },
  components: (schemas, securitySchemes) => ({
    components: present({ schemas: filled(schemas), securitySchemes: filled(securitySchemes) }),
  }),
}

export const swagger20: ExportDialect = {
  modelPrefix: '#/definitions/',
  head: (api, { host, stageName }) => ({
    swagger: '2.0',
    info: present({ description: api.description, version: versionOf(api), title: api.name }),
    host,
    basePath: `/${stageName}`,
    schemes: ['https'],
  }),
  operation: (method, parameters) => {
    const { operationName, requestModels, methodResponses, integration } = method
    const responseTemplates = Object.values(integration?.integrationResponses ?? {}).map(
      (response) => response.responseTemplates,
    )
    const responseModels = Object.values(methodResponses).map((response) => response.responseModels)
    const written = parameters.map((parameter): Written => ({
      name: parameter.name,
      in: parameter.in,
      required: parameter.required,
      type: 'string',
    }))
    // A Swagger operation has one body.
    const [model] = Object.values(requestModels ?? {})
    if (model !== undefined) {
      const schema = { $ref: `#/definitions/${model}` }
      written.push({ in: 'body', name: model, required: true, schema })
    }
    return present({
      operationId: operationName,
      consumes: typesOf([requestModels, integration?.requestTemplates]),
      produces: typesOf([...responseModels, ...responseTemplates]),
      parameters: filled(written),
      responses: byStatus(methodResponses, (response, headers) => {
        const [responseModel] = Object.values(response.responseModels ?? {})
        return present({
          description: `${response.statusCode} response`,
          schema: responseModel === undefined ? undefined : { $ref: `#/definitions/${responseModel}` },
          headers: headers && mapped(headers, () => ({ type: 'string' })),
        })
      }),
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
  return version ?? `${new Date(createdDate).toISOString().slice(0, 19)}Z`
}

function contentOf(models: Readonly<Record<string, string>> | undefined, modelPrefix: string): Written {
  return mapped(models ?? {}, (name) => ({ schema: { $ref: `${modelPrefix}${name}` } }))
}

function byStatus(
  responses: Readonly<Record<string, MethodResponse>>,
  write: (response: MethodResponse, headers: Written | undefined) => Written,
): Written {
  return mapped(responses, (response) => write(response, headersOf(response)))
}

/** By name; what they hold is for the dialect to say. */
function headersOf({ responseParameters }: MethodResponse): Written | undefined {
  const prefix = 'method.response.header.'
  const names = Object.keys(responseParameters ?? {}).filter((key) => key.startsWith(prefix))
  return filled(Object.fromEntries(names.map((key) => [key.slice(prefix.length), true])))
}

function typesOf(maps: readonly (Readonly<Record<string, unknown>> | undefined)[]): string[] | undefined {
  const types = new Set(maps.flatMap((map) => Object.keys(map ?? {})))
  return types.size === 0 ? undefined : [...types]
}

function mapped<V>(map: Readonly<Record<string, V>>, write: (value: V) => unknown): Written {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, write(value)]))
}
