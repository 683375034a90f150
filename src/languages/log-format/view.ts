/** A value to log; what is missing is written as `-`. */
export type LogValue = string | number | boolean | null | undefined

/** What access logs may read of one request or message, group by group. Latencies are in ms, lengths in bytes. */
export interface LogView {
  readonly api: LogApi
  readonly request: LogRequest
  readonly response: LogResponse
  readonly identity?: LogIdentity | undefined
  readonly error?: LogError | undefined
  readonly authorizer?: LogAuthorizer | undefined
  readonly authorize?: LogPhase | undefined
  readonly authenticate?: LogPhase | undefined
  readonly waf?: LogWaf | undefined
  readonly integration?: LogIntegration | undefined
  /** Of WebSocket APIs. */
  readonly connection?: LogConnection | undefined
  /** What a template set, by its full name: `responseOverride.status`. */
  override?(name: string): LogValue
}

export interface LogApi {
  readonly accountId?: LogValue
  readonly apiId: LogValue
  readonly deploymentId?: LogValue
  readonly endpointType?: LogValue
  readonly stage: LogValue
}

export interface LogRequest {
  readonly requestId: LogValue
  readonly extendedRequestId: LogValue
  /** `14/Apr/2025:22:11:01 +0000` */
  readonly requestTime: LogValue
  /** In ms. */
  readonly requestTimeEpoch: LogValue
  readonly domainName?: LogValue
  readonly domainPrefix?: LogValue
  readonly basePathMatched?: LogValue
  readonly httpMethod?: LogValue
  /** With the stage. */
  readonly path?: LogValue
  readonly protocol?: LogValue
  readonly resourceId?: LogValue
  readonly resourcePath?: LogValue
  readonly operationName?: LogValue
  readonly routeKey?: LogValue
  readonly isCanaryRequest?: LogValue
  readonly xrayTraceId?: LogValue
}

export interface LogResponse {
  readonly status?: LogValue
  readonly length?: LogValue
  readonly latency?: LogValue
  readonly dataProcessed?: LogValue
}

export interface LogIdentity {
  readonly accountId?: LogValue
  readonly apiKey?: LogValue
  readonly apiKeyId?: LogValue
  readonly caller?: LogValue
  readonly cognitoAuthenticationProvider?: LogValue
  readonly cognitoAuthenticationType?: LogValue
  readonly cognitoIdentityId?: LogValue
  readonly cognitoIdentityPoolId?: LogValue
  readonly principalOrgId?: LogValue
  readonly sourceIp?: LogValue
  readonly user?: LogValue
  readonly userAgent?: LogValue
  readonly userArn?: LogValue
  readonly vpcId?: LogValue
  readonly vpceId?: LogValue
  readonly clientCert?: LogClientCert | undefined
}

export interface LogClientCert {
  readonly clientCertPem: LogValue
  readonly subjectDN: LogValue
  readonly issuerDN: LogValue
  readonly serialNumber: LogValue
  readonly notBefore: LogValue
  readonly notAfter: LogValue
}

export interface LogError {
  readonly message?: string | undefined
  readonly responseType?: LogValue
  readonly validationErrorString?: LogValue
}

/** One of the checks before the integration. */
export interface LogPhase {
  readonly error?: LogValue
  readonly latency?: LogValue
  readonly status?: LogValue
}

export interface LogAuthorizer extends LogPhase {
  readonly integrationLatency?: LogValue
  readonly integrationStatus?: LogValue
  readonly principalId?: LogValue
  readonly requestId?: LogValue
  /** Of the context that a Lambda authorizer gave. */
  property(name: string): LogValue
  /** Of a token. */
  claim(name: string): LogValue
}

export interface LogWaf extends LogPhase {
  /** `WAF_ALLOW`, `WAF_BLOCK` */
  readonly responseCode?: LogValue
  readonly webaclArn?: LogValue
}

export interface LogIntegration {
  readonly error?: LogValue
  readonly latency?: LogValue
  readonly requestId?: LogValue
  /** From `x-amz-id-2`. */
  readonly requestId2?: LogValue
  /** What the backend, or the function's code, answered. */
  readonly status?: LogValue
  /** What the Lambda service answered. */
  readonly integrationStatus?: LogValue
}

export interface LogConnection {
  readonly connectionId: LogValue
  /** In ms. */
  readonly connectedAt: LogValue
  /** `CONNECT`, `MESSAGE`, `DISCONNECT` */
  readonly eventType: LogValue
  readonly messageId?: LogValue
  readonly disconnectStatusCode?: LogValue
  readonly disconnectReason?: LogValue
}
