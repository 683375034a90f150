/** Whose access log it is. */
export type LogKind = 'REST' | 'HTTP' | 'WEBSOCKET'

export interface LogVariable {
  /** The kinds of API that have it. */
  readonly kinds: readonly LogKind[]
}

const RH: readonly LogKind[] = ['REST', 'HTTP']
const RW: readonly LogKind[] = ['REST', 'WEBSOCKET']
const RHW: readonly LogKind[] = ['REST', 'HTTP', 'WEBSOCKET']

/**
 * Developer guide, "API Gateway mapping template and access logging variable reference" (REST), "Customizing HTTP API
 * access logs", "Configuring logging for a WebSocket API".
 */
const groups: readonly (readonly [kinds: readonly LogKind[], names: string])[] = [
  [
    RHW,
    `apiId stage requestId extendedRequestId requestTime requestTimeEpoch domainName status
     error.message error.messageString error.responseType
     identity.accountId identity.caller identity.cognitoAuthenticationProvider identity.cognitoAuthenticationType
     identity.cognitoIdentityId identity.cognitoIdentityPoolId identity.principalOrgId identity.sourceIp
     identity.user identity.userAgent identity.userArn
     integration.error integration.integrationStatus integration.latency integration.requestId integration.status
     integrationLatency authorizer.error authorizer.principalId`,
  ],
  [
    RH,
    `accountId customDomain.basePathMatched domainPrefix httpMethod path protocol responseLatency responseLength
     awsEndpointRequestId integrationErrorMessage integrationStatus authorizer.claims
     identity.clientCert.clientCertPem identity.clientCert.subjectDN identity.clientCert.issuerDN
     identity.clientCert.serialNumber identity.clientCert.validity.notBefore identity.clientCert.validity.notAfter`,
  ],
  [
    RW,
    `error.validationErrorString identity.apiKey identity.apiKeyId
     authorizer.integrationLatency authorizer.integrationStatus authorizer.latency authorizer.requestId
     authorizer.status authorize.error authorize.latency authorize.status
     authenticate.error authenticate.latency authenticate.status waf.error waf.latency waf.status`,
  ],
  [['HTTP', 'WEBSOCKET'], 'routeKey'],
  [
    ['REST'],
    `deploymentId endpointType resourceId resourcePath operationName isCanaryRequest xrayTraceId
     identity.vpcId identity.vpceId wafResponseCode webaclArn`,
  ],
  [['HTTP'], 'awsEndpointRequestId2 dataProcessed'],
  [['WEBSOCKET'], 'connectedAt connectionId eventType messageId disconnectStatusCode disconnectReason'],
]

/** Every variable by its name after `$context.`; without what has names of an owner's own: `findLogVariable`. */
export const logVariables: ReadonlyMap<string, LogVariable> = new Map(
  groups.flatMap(([kinds, names]) =>
    names.split(/\s+/).map((name): [string, LogVariable] => [name, { kinds }]),
  ),
)

/** @param name what follows `$context.` */
export function findLogVariable(name: string): LogVariable | undefined {
  const known = logVariables.get(name)
  if (known !== undefined) return known
  if (name.startsWith('authorizer.claims.')) return { kinds: RH }
  if (/^re(?:quest|sponse)Override\../.test(name)) return { kinds: ['REST'] }
  return name.startsWith('authorizer.') ? { kinds: RHW } : undefined
}
