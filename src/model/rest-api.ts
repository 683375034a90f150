/**
 * A REST API as its owner defines it, in AWS's own words (API Gateway API reference, 2015-07-09).
 * Readonly data; member names are those of the wire, so that a definition reads like `aws apigateway get-…`.
 */

/** `T | undefined` members may be absent: nothing is stored as null. */
export interface RestApi {
  readonly id: string
  readonly name: string
  readonly description?: string | undefined
  /** Epoch milliseconds. */
  readonly createdDate: number
  readonly version?: string | undefined
  readonly warnings?: readonly string[] | undefined
  readonly binaryMediaTypes?: readonly string[] | undefined
  /** Bytes, 0–10,485,760; undefined: no compression. */
  readonly minimumCompressionSize?: number | undefined
  readonly apiKeySource: ApiKeySource
  readonly endpointConfiguration: EndpointConfiguration
  /** The resource policy, JSON text as given. */
  readonly policy?: string | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  readonly disableExecuteApiEndpoint: boolean
  readonly securityPolicy?: SecurityPolicy | undefined
  readonly endpointAccessMode?: EndpointAccessMode | undefined
  readonly rootResourceId: string
  /** Of all its methods. */
  readonly traffic?: TrafficDocument | undefined
}

/** `x-gatehouse-traffic` as it was written: how requests go to backends. */
export type TrafficDocument = Readonly<Record<string, unknown>>

export type ApiKeySource = 'HEADER' | 'AUTHORIZER'
export type EndpointType = 'EDGE' | 'REGIONAL' | 'PRIVATE'
export type EndpointAccessMode = 'BASIC' | 'STRICT'
/** Name of a TLS policy: `TLS_1_2` and its successors. */
export type SecurityPolicy = string

export interface EndpointConfiguration {
  readonly types: readonly EndpointType[]
  readonly ipAddressType: 'ipv4' | 'dualstack'
  readonly vpcEndpointIds?: readonly string[] | undefined
}

/** One node of the path tree with its methods. */
export interface Resource {
  readonly id: string
  /** Undefined for the root alone. */
  readonly parentId?: string | undefined
  /** `pets`, `{petId}` or `{proxy+}`; undefined for the root. */
  readonly pathPart?: string | undefined
  /** Full path, `/pets/{petId}`; the root is `/`. */
  readonly path: string
  /** By HTTP method, or `ANY`. */
  readonly methods: Readonly<Record<string, Method>>
  /** Of all its methods; what a member of it says comes before the API's. */
  readonly traffic?: TrafficDocument | undefined
}

export interface Method {
  readonly httpMethod: string
  readonly authorizationType: string
  readonly authorizerId?: string | undefined
  readonly authorizationScopes?: readonly string[] | undefined
  readonly apiKeyRequired: boolean
  readonly requestValidatorId?: string | undefined
  readonly operationName?: string | undefined
  /** `method.request.{header|path|querystring}.{name}` → required. */
  readonly requestParameters?: Readonly<Record<string, boolean>> | undefined
  /** Content type → model name. */
  readonly requestModels?: Readonly<Record<string, string>> | undefined
  /** By status code. */
  readonly methodResponses: Readonly<Record<string, MethodResponse>>
  readonly integration?: Integration | undefined
  /** What a member of it says comes before the resource's. */
  readonly traffic?: TrafficDocument | undefined
}

export interface MethodResponse {
  readonly statusCode: string
  /** `method.response.header.{name}` → required (has no effect at run time). */
  readonly responseParameters?: Readonly<Record<string, boolean>> | undefined
  readonly responseModels?: Readonly<Record<string, string>> | undefined
}

export type IntegrationType = 'HTTP' | 'AWS' | 'MOCK' | 'HTTP_PROXY' | 'AWS_PROXY'
export type PassthroughBehavior = 'WHEN_NO_MATCH' | 'WHEN_NO_TEMPLATES' | 'NEVER'
export type ContentHandling = 'CONVERT_TO_BINARY' | 'CONVERT_TO_TEXT'

export interface Integration {
  readonly type: IntegrationType
  /** The method used towards the backend; `ANY` passes the client's. */
  readonly httpMethod?: string | undefined
  readonly uri?: string | undefined
  readonly connectionType?: 'INTERNET' | 'VPC_LINK' | undefined
  readonly connectionId?: string | undefined
  readonly credentials?: string | undefined
  /** `integration.request.{header|path|querystring}.{name}` → mapping expression. */
  readonly requestParameters?: Readonly<Record<string, string>> | undefined
  /** Content type → mapping template. */
  readonly requestTemplates?: Readonly<Record<string, string>> | undefined
  readonly passthroughBehavior: PassthroughBehavior
  readonly contentHandling?: ContentHandling | undefined
  readonly timeoutInMillis: number
  readonly cacheNamespace: string
  readonly cacheKeyParameters: readonly string[]
  readonly tlsConfig?: { readonly insecureSkipVerification: boolean } | undefined
  readonly responseTransferMode?: 'BUFFERED' | 'STREAM' | undefined
  readonly integrationTarget?: string | undefined
  /** By status code. */
  readonly integrationResponses: Readonly<Record<string, IntegrationResponse>>
}

export interface IntegrationResponse {
  readonly statusCode: string
  /** Regular expression over the backend's status (or Lambda's error message); undefined or '': the default. */
  readonly selectionPattern?: string | undefined
  /** `method.response.header.{name}` → mapping expression. */
  readonly responseParameters?: Readonly<Record<string, string>> | undefined
  readonly responseTemplates?: Readonly<Record<string, string>> | undefined
  readonly contentHandling?: ContentHandling | undefined
}

export interface Deployment {
  readonly id: string
  readonly description?: string | undefined
  /** Epoch milliseconds. */
  readonly createdDate: number
}

export interface Stage {
  readonly stageName: string
  readonly deploymentId: string
  readonly description?: string | undefined
  readonly variables?: Readonly<Record<string, string>> | undefined
  /** By `{resource path}/{METHOD}` as AWS spells it (`pets/GET`), or every route: two stars joined by a slash. */
  readonly methodSettings: Readonly<Record<string, MethodSetting>>
  readonly cacheClusterEnabled: boolean
  readonly cacheClusterSize?: string | undefined
  readonly tracingEnabled: boolean
  readonly accessLogSettings?: { readonly destinationArn?: string; readonly format?: string } | undefined
  readonly clientCertificateId?: string | undefined
  readonly documentationVersion?: string | undefined
  readonly canarySettings?: CanarySettings | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** Epoch milliseconds. */
  readonly createdDate: number
  readonly lastUpdatedDate: number
}

/** A second deployment that answers a part of a stage's requests. */
export interface CanarySettings {
  readonly deploymentId: string
  /** 0–100. */
  readonly percentTraffic: number
  /** Laid over the stage's variables. */
  readonly stageVariableOverrides?: Readonly<Record<string, string>> | undefined
  readonly useStageCache: boolean
}

export interface MethodSetting {
  readonly metricsEnabled: boolean
  readonly loggingLevel?: 'OFF' | 'ERROR' | 'INFO' | undefined
  readonly dataTraceEnabled: boolean
  readonly throttlingBurstLimit?: number | undefined
  readonly throttlingRateLimit?: number | undefined
  readonly cachingEnabled: boolean
  readonly cacheTtlInSeconds: number
  readonly cacheDataEncrypted: boolean
  readonly requireAuthorizationForCacheControl: boolean
  readonly unauthorizedCacheControlHeaderStrategy: string
  /** Its key as clients wrote and read it, where that is another: `~1pets/GET`. */
  readonly shownAs?: string | undefined
}

/** A model: a JSON schema by name. */
export interface Model {
  readonly id: string
  readonly name: string
  readonly description?: string | undefined
  readonly contentType: string
  readonly schema?: string | undefined
}

export interface RequestValidator {
  readonly id: string
  readonly name: string
  readonly validateRequestBody: boolean
  readonly validateRequestParameters: boolean
}

/** A customised gateway response; the types and defaults are in `gateway-response.ts`. */
export interface GatewayResponse {
  readonly responseType: string
  readonly statusCode?: string | undefined
  readonly responseParameters: Readonly<Record<string, string>>
  readonly responseTemplates: Readonly<Record<string, string>>
}

export interface Authorizer {
  readonly id: string
  readonly name: string
  readonly type: 'TOKEN' | 'REQUEST' | 'COGNITO_USER_POOLS'
  readonly providerARNs?: readonly string[] | undefined
  readonly authType?: string | undefined
  readonly authorizerUri?: string | undefined
  readonly authorizerCredentials?: string | undefined
  readonly identitySource?: string | undefined
  readonly identityValidationExpression?: string | undefined
  readonly authorizerResultTtlInSeconds?: number | undefined
}
