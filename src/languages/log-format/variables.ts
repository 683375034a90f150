import type { LogPhase, LogValue, LogView } from './view.ts'

/** Whose access log it is. */
export type LogKind = 'REST' | 'HTTP' | 'WEBSOCKET'

export interface LogVariable {
  /** The kinds of API that have it. */
  readonly kinds: readonly LogKind[]
  readonly read: (view: LogView) => LogValue
  /** Whether the value is JSON already, with its quotes. */
  readonly isJson: boolean
}

type Getters = Readonly<Record<string, (view: LogView) => LogValue>>

const R: readonly LogKind[] = ['REST']
const H: readonly LogKind[] = ['HTTP']
const W: readonly LogKind[] = ['WEBSOCKET']
const RH: readonly LogKind[] = ['REST', 'HTTP']
const RW: readonly LogKind[] = ['REST', 'WEBSOCKET']
const HW: readonly LogKind[] = ['HTTP', 'WEBSOCKET']
const RHW: readonly LogKind[] = ['REST', 'HTTP', 'WEBSOCKET']

/**
 * Developer guide, "API Gateway mapping template and access logging variable reference" (REST), "Customizing HTTP API
 * access logs", "Configuring logging for a WebSocket API".
 */
const groups: readonly (readonly [kinds: readonly LogKind[], getters: Getters])[] = [
  [
    RHW,
    {
      apiId: ({ api }) => api.apiId,
      stage: ({ api }) => api.stage,
      requestId: ({ request }) => request.requestId,
      extendedRequestId: ({ request }) => request.extendedRequestId,
      requestTime: ({ request }) => request.requestTime,
      requestTimeEpoch: ({ request }) => request.requestTimeEpoch,
      domainName: ({ request }) => request.domainName,
      status: ({ response }) => response.status,
      'error.message': ({ error }) => error?.message,
      'error.messageString': ({ error }) => error?.message && JSON.stringify(error.message),
      'error.responseType': ({ error }) => error?.responseType,
      'identity.accountId': ({ identity }) => identity?.accountId,
      'identity.caller': ({ identity }) => identity?.caller,
      'identity.cognitoAuthenticationProvider': ({ identity }) => identity?.cognitoAuthenticationProvider,
      'identity.cognitoAuthenticationType': ({ identity }) => identity?.cognitoAuthenticationType,
      'identity.cognitoIdentityId': ({ identity }) => identity?.cognitoIdentityId,
      'identity.cognitoIdentityPoolId': ({ identity }) => identity?.cognitoIdentityPoolId,
      'identity.principalOrgId': ({ identity }) => identity?.principalOrgId,
      'identity.sourceIp': ({ identity }) => identity?.sourceIp,
      'identity.user': ({ identity }) => identity?.user,
      'identity.userAgent': ({ identity }) => identity?.userAgent,
      'identity.userArn': ({ identity }) => identity?.userArn,
      'integration.error': ({ integration }) => integration?.error,
      'integration.integrationStatus': ({ integration }) => integration?.integrationStatus,
      'integration.latency': ({ integration }) => integration?.latency,
      'integration.requestId': ({ integration }) => integration?.requestId,
      'integration.status': ({ integration }) => integration?.status,
      integrationLatency: ({ integration }) => integration?.latency,
      'authorizer.error': ({ authorizer }) => authorizer?.error,
      'authorizer.principalId': ({ authorizer }) => authorizer?.principalId,
    },
  ],
  [
    RH,
    {
      accountId: ({ api }) => api.accountId,
      'customDomain.basePathMatched': ({ request }) => request.basePathMatched,
      domainPrefix: ({ request }) => request.domainPrefix,
      httpMethod: ({ request }) => request.httpMethod,
      path: ({ request }) => request.path,
      protocol: ({ request }) => request.protocol,
      responseLatency: ({ response }) => response.latency,
      responseLength: ({ response }) => response.length,
      awsEndpointRequestId: ({ integration }) => integration?.requestId,
      integrationErrorMessage: ({ integration }) => integration?.error,
      integrationStatus: ({ integration }) => integration?.integrationStatus,
      'identity.clientCert.clientCertPem': ({ identity }) => identity?.clientCert?.clientCertPem,
      'identity.clientCert.subjectDN': ({ identity }) => identity?.clientCert?.subjectDN,
      'identity.clientCert.issuerDN': ({ identity }) => identity?.clientCert?.issuerDN,
      'identity.clientCert.serialNumber': ({ identity }) => identity?.clientCert?.serialNumber,
      'identity.clientCert.validity.notBefore': ({ identity }) => identity?.clientCert?.notBefore,
      'identity.clientCert.validity.notAfter': ({ identity }) => identity?.clientCert?.notAfter,
      // The claims as a whole are no value.
      'authorizer.claims': () => null,
    },
  ],
  [
    RW,
    {
      'error.validationErrorString': ({ error }) => error?.validationErrorString,
      'identity.apiKey': ({ identity }) => identity?.apiKey,
      'identity.apiKeyId': ({ identity }) => identity?.apiKeyId,
      'authorizer.integrationLatency': ({ authorizer }) => authorizer?.integrationLatency,
      'authorizer.integrationStatus': ({ authorizer }) => authorizer?.integrationStatus,
      'authorizer.latency': ({ authorizer }) => authorizer?.latency,
      'authorizer.requestId': ({ authorizer }) => authorizer?.requestId,
      'authorizer.status': ({ authorizer }) => authorizer?.status,
      ...phase('authorize', ({ authorize }) => authorize),
      ...phase('authenticate', ({ authenticate }) => authenticate),
      ...phase('waf', ({ waf }) => waf),
    },
  ],
  [HW, { routeKey: ({ request }) => request.routeKey }],
  [
    R,
    {
      deploymentId: ({ api }) => api.deploymentId,
      endpointType: ({ api }) => api.endpointType,
      resourceId: ({ request }) => request.resourceId,
      resourcePath: ({ request }) => request.resourcePath,
      operationName: ({ request }) => request.operationName,
      isCanaryRequest: ({ request }) => request.isCanaryRequest,
      xrayTraceId: ({ request }) => request.xrayTraceId,
      'identity.vpcId': ({ identity }) => identity?.vpcId,
      'identity.vpceId': ({ identity }) => identity?.vpceId,
      wafResponseCode: ({ waf }) => waf?.responseCode,
      webaclArn: ({ waf }) => waf?.webaclArn,
    },
  ],
  [
    H,
    {
      awsEndpointRequestId2: ({ integration }) => integration?.requestId2,
      dataProcessed: ({ response }) => response.dataProcessed,
    },
  ],
  [
    W,
    {
      connectedAt: ({ connection }) => connection?.connectedAt,
      connectionId: ({ connection }) => connection?.connectionId,
      eventType: ({ connection }) => connection?.eventType,
      messageId: ({ connection }) => connection?.messageId,
      disconnectStatusCode: ({ connection }) => connection?.disconnectStatusCode,
      disconnectReason: ({ connection }) => connection?.disconnectReason,
    },
  ],
]

/** Every variable by its name after `$context.`; without what has names of an owner's own: `findLogVariable`. */
export const logVariables: ReadonlyMap<string, LogVariable> = new Map(
  groups.flatMap(([kinds, getters]) =>
    Object.entries(getters).map(([name, read]): [string, LogVariable] => [
      name,
      { kinds, read, isJson: name === 'error.messageString' },
    ]),
  ),
)

const CLAIM = 'authorizer.claims.'
const PROPERTY = 'authorizer.'

/** @param name what follows `$context.` */
export function findLogVariable(name: string): LogVariable | undefined {
  const known = logVariables.get(name)
  if (known !== undefined) return known
  if (name.startsWith(CLAIM)) {
    const claim = name.slice(CLAIM.length)
    return { kinds: RH, read: ({ authorizer }) => authorizer?.claim(claim), isJson: false }
  }
  if (/^re(?:quest|sponse)Override\../.test(name)) {
    return { kinds: R, read: (view) => view.override?.(name), isJson: false }
  }
  if (!name.startsWith(PROPERTY)) return undefined
  const property = name.slice(PROPERTY.length)
  return { kinds: RHW, read: ({ authorizer }) => authorizer?.property(property), isJson: false }
}

function phase(name: string, of: (view: LogView) => LogPhase | undefined): Getters {
  return {
    [`${name}.error`]: (view) => of(view)?.error,
    [`${name}.latency`]: (view) => of(view)?.latency,
    [`${name}.status`]: (view) => of(view)?.status,
  }
}
