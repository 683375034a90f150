import type {
  Authorizer,
  EndpointConfiguration,
  GatewayResponse,
  IntegrationResponse,
  MethodResponse,
  RestApi,
} from '#model/rest-api.ts'
import type { IntegrationInput } from '../apigateway/integration-definition.ts'
import type { TrafficDocument } from '#model/rest-api.ts'
import type { Cursor } from './document-reader.ts'
import type { DocumentationDefinition } from './read-documentation.ts'

/**
 * What an OpenAPI document says of a REST API, in API Gateway's own terms: things refer to each other by name,
 * nothing has an id yet. Import reads documents into it; export will write them from it.
 */
export interface ApiDefinition {
  readonly name: string
  readonly description: string | undefined
  readonly version: string | undefined
  readonly binaryMediaTypes: readonly string[] | undefined
  readonly minimumCompressionSize: number | undefined
  readonly apiKeySource: RestApi['apiKeySource'] | undefined
  readonly policy: string | undefined
  readonly securityPolicy: RestApi['securityPolicy']
  readonly endpointAccessMode: RestApi['endpointAccessMode']
  readonly endpointConfiguration: Partial<EndpointConfiguration>
  readonly disableExecuteApiEndpoint: boolean | undefined
  readonly tags: Readonly<Record<string, string>> | undefined
  readonly models: readonly ModelDefinition[]
  readonly requestValidators: readonly RequestValidatorDefinition[]
  readonly authorizers: readonly AuthorizerDefinition[]
  readonly gatewayResponses: readonly GatewayResponse[]
  readonly documentation: readonly DocumentationDefinition[]
  readonly paths: readonly PathDefinition[]
  readonly traffic: TrafficDocument | undefined
}

export interface ModelDefinition {
  readonly name: string
  readonly description: string | undefined
  readonly contentType: string
  /** JSON text; other models are named by `modelReference`. */
  readonly schema: string
  readonly at: Cursor
}

export interface RequestValidatorDefinition {
  readonly name: string
  readonly validateRequestBody: boolean
  readonly validateRequestParameters: boolean
}

export type AuthorizerDefinition = Omit<Authorizer, 'id'>

export interface PathDefinition {
  /** From the root, base path included where the importer asks for it. */
  readonly path: string
  readonly methods: readonly MethodDefinition[]
  readonly traffic: TrafficDocument | undefined
  readonly at: Cursor
}

export interface MethodDefinition {
  /** An HTTP method, or `ANY`. */
  readonly httpMethod: string
  readonly authorizationType: string
  readonly authorizer: string | undefined
  readonly authorizationScopes: readonly string[] | undefined
  readonly apiKeyRequired: boolean
  readonly requestValidator: string | undefined
  readonly operationName: string | undefined
  readonly requestParameters: Readonly<Record<string, boolean>> | undefined
  readonly requestModels: Readonly<Record<string, string>> | undefined
  readonly methodResponses: readonly MethodResponse[]
  readonly integration: IntegrationDefinition | undefined
  readonly traffic: TrafficDocument | undefined
  readonly at: Cursor
}

export interface IntegrationDefinition extends IntegrationInput {
  readonly responses: readonly IntegrationResponse[]
  readonly at: Cursor
}

/** Stands for the id of the API within model references until it is known. */
const apiPlaceholder = '{restApiId}'

/** How one model's schema names another (developer guide, "Data models for REST APIs"). */
export function modelReference(name: string, restApiId: string = apiPlaceholder): string {
  return `https://apigateway.amazonaws.com/restapis/${restApiId}/models/${name}`
}

/** The schema with its references to other models of the API filled in. */
export function schemaWithin(restApiId: string, schema: string): string {
  return schema.replaceAll(modelReference(''), modelReference('', restApiId))
}
