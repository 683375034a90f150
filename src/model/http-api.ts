import type { TrafficDocument } from './rest-api.ts'

/**
 * HTTP and WebSocket APIs as their owner defines them, in AWS's own words (API Gateway version 2, 2018-11-29).
 * Readonly data; member names are those of the wire, so that a definition reads like `aws apigatewayv2 get-…`.
 * `T | undefined` members may be absent: nothing is stored as null.
 */

export type ProtocolType = 'HTTP' | 'WEBSOCKET'

export interface Api {
  readonly apiId: string
  readonly name: string
  readonly protocolType: ProtocolType
  readonly description?: string | undefined
  /** Epoch milliseconds. */
  readonly createdDate: number
  readonly version?: string | undefined
  /** `${request.method} ${request.path}` for HTTP APIs; what chooses the route of a message for WebSocket APIs. */
  readonly routeSelectionExpression: string
  /** Where a WebSocket API's key is read: `$request.header.x-api-key` or `$context.authorizer.usageIdentifierKey`. */
  readonly apiKeySelectionExpression: string
  readonly corsConfiguration?: Cors | undefined
  readonly disableExecuteApiEndpoint: boolean
  readonly disableSchemaValidation?: boolean | undefined
  readonly ipAddressType: 'ipv4' | 'dualstack'
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** Made with a target by CreateApi (quick create): its route, integration and stage belong to the gateway. */
  readonly apiGatewayManaged?: boolean | undefined
  /** Of all routes. */
  readonly traffic?: TrafficDocument | undefined
}

export interface Cors {
  readonly allowCredentials?: boolean | undefined
  readonly allowHeaders?: readonly string[] | undefined
  readonly allowMethods?: readonly string[] | undefined
  readonly allowOrigins?: readonly string[] | undefined
  readonly exposeHeaders?: readonly string[] | undefined
  /** Seconds, -1–86,400; -1: preflights are not kept. */
  readonly maxAge?: number | undefined
}

/** What a request or a message is for. */
export interface Route {
  readonly routeId: string
  /** `GET /pets/{id}`, `ANY /{proxy+}`, `$default`; for WebSocket APIs `$connect`, `$disconnect`, `$default` or a value. */
  readonly routeKey: string
  /** `integrations/{integrationId}` */
  readonly target?: string | undefined
  readonly operationName?: string | undefined
  readonly authorizationType: 'NONE' | 'AWS_IAM' | 'CUSTOM' | 'JWT'
  readonly authorizerId?: string | undefined
  readonly authorizationScopes?: readonly string[] | undefined
  readonly apiKeyRequired: boolean
  readonly apiGatewayManaged?: boolean | undefined
  /** Before the API's. */
  readonly traffic?: TrafficDocument | undefined
  // WebSocket APIs alone.
  readonly modelSelectionExpression?: string | undefined
  /** Value of the model selection expression → model name. */
  readonly requestModels?: Readonly<Record<string, string>> | undefined
  readonly requestParameters?:
    | Readonly<Record<string, { readonly required?: boolean | undefined }>>
    | undefined
  readonly routeResponseSelectionExpression?: string | undefined
  /** By id. */
  readonly routeResponses: Readonly<Record<string, RouteResponse>>
}

export interface RouteResponse {
  readonly routeResponseId: string
  readonly routeResponseKey: string
  readonly modelSelectionExpression?: string | undefined
  readonly responseModels?: Readonly<Record<string, string>> | undefined
  readonly responseParameters?:
    | Readonly<Record<string, { readonly required?: boolean | undefined }>>
    | undefined
}

export type ApiIntegrationType = 'AWS' | 'AWS_PROXY' | 'HTTP' | 'HTTP_PROXY' | 'MOCK'

export interface ApiIntegration {
  readonly integrationId: string
  readonly integrationType: ApiIntegrationType
  /** `SQS-SendMessage`: a first-class service action of HTTP APIs. */
  readonly integrationSubtype?: string | undefined
  /** Towards the backend; `ANY` passes the client's. */
  readonly integrationMethod?: string | undefined
  readonly integrationUri?: string | undefined
  readonly connectionType: 'INTERNET' | 'VPC_LINK'
  readonly connectionId?: string | undefined
  readonly credentialsArn?: string | undefined
  readonly description?: string | undefined
  /** Of the event that a function is given, and of its answer. */
  readonly payloadFormatVersion?: '1.0' | '2.0' | undefined
  readonly timeoutInMillis: number
  /** HTTP APIs: `append:header.x` → value, or a service action's parameters; WebSocket APIs: `integration.request.…`. */
  readonly requestParameters?: Readonly<Record<string, string>> | undefined
  /** Status code → `overwrite:header.x` → value. HTTP APIs alone. */
  readonly responseParameters?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined
  readonly tlsConfig?: { readonly serverNameToVerify?: string | undefined } | undefined
  readonly apiGatewayManaged?: boolean | undefined
  // WebSocket APIs alone.
  readonly contentHandlingStrategy?: 'CONVERT_TO_BINARY' | 'CONVERT_TO_TEXT' | undefined
  readonly passthroughBehavior?: 'WHEN_NO_MATCH' | 'WHEN_NO_TEMPLATES' | 'NEVER' | undefined
  readonly integrationResponseSelectionExpression?: string | undefined
  readonly requestTemplates?: Readonly<Record<string, string>> | undefined
  readonly templateSelectionExpression?: string | undefined
  /** By id. */
  readonly integrationResponses: Readonly<Record<string, ApiIntegrationResponse>>
}

export interface ApiIntegrationResponse {
  readonly integrationResponseId: string
  /** `$default`, or `/regex/` over what the integration's response selection expression gives. */
  readonly integrationResponseKey: string
  readonly contentHandlingStrategy?: 'CONVERT_TO_BINARY' | 'CONVERT_TO_TEXT' | undefined
  readonly responseParameters?: Readonly<Record<string, string>> | undefined
  readonly responseTemplates?: Readonly<Record<string, string>> | undefined
  readonly templateSelectionExpression?: string | undefined
}

export interface ApiAuthorizer {
  readonly authorizerId: string
  readonly name: string
  readonly authorizerType: 'REQUEST' | 'JWT'
  readonly authorizerUri?: string | undefined
  readonly authorizerCredentialsArn?: string | undefined
  readonly authorizerPayloadFormatVersion?: '1.0' | '2.0' | undefined
  /** 0–3600. */
  readonly authorizerResultTtlInSeconds?: number | undefined
  readonly enableSimpleResponses?: boolean | undefined
  /** `$request.header.Authorization` …; WebSocket APIs: `route.request.header.Auth` … */
  readonly identitySource: readonly string[]
  readonly identityValidationExpression?: string | undefined
  readonly jwtConfiguration?:
    | { readonly audience?: readonly string[] | undefined; readonly issuer?: string | undefined }
    | undefined
}

/** A JSON schema by name. */
export interface ApiModel {
  readonly modelId: string
  readonly name: string
  readonly contentType?: string | undefined
  readonly description?: string | undefined
  readonly schema?: string | undefined
}

export interface ApiDeployment {
  readonly deploymentId: string
  readonly description?: string | undefined
  /** Epoch milliseconds. */
  readonly createdDate: number
  readonly autoDeployed: boolean
}

export interface ApiStage {
  readonly stageName: string
  /** Undefined: nothing is deployed to it yet. */
  readonly deploymentId?: string | undefined
  readonly description?: string | undefined
  readonly autoDeploy: boolean
  readonly accessLogSettings?:
    | { readonly destinationArn?: string | undefined; readonly format?: string | undefined }
    | undefined
  readonly clientCertificateId?: string | undefined
  readonly defaultRouteSettings: RouteSettings
  /** By route key. */
  readonly routeSettings: Readonly<Record<string, RouteSettings>>
  readonly stageVariables?: Readonly<Record<string, string>> | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  readonly lastDeploymentStatusMessage?: string | undefined
  readonly apiGatewayManaged?: boolean | undefined
  /** Epoch milliseconds. */
  readonly createdDate: number
  readonly lastUpdatedDate: number
}

export interface RouteSettings {
  readonly detailedMetricsEnabled?: boolean | undefined
  /** WebSocket APIs alone. */
  readonly loggingLevel?: 'OFF' | 'ERROR' | 'INFO' | undefined
  /** WebSocket APIs alone. */
  readonly dataTraceEnabled?: boolean | undefined
  readonly throttlingBurstLimit?: number | undefined
  /** Requests a second. */
  readonly throttlingRateLimit?: number | undefined
}

/** A way into a VPC for HTTP APIs: subnets and security groups; what it leads to is said by integrations. */
export interface ApiVpcLink {
  readonly vpcLinkId: string
  readonly name: string
  readonly subnetIds: readonly string[]
  readonly securityGroupIds: readonly string[]
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** Epoch milliseconds. */
  readonly createdDate: number
}
