import type { HttpRequest } from '#http/message.ts'
import { clientCertVariables } from './client-cert.ts'
import type { Exchange } from './exchange.ts'

/** Text and numbers; undefined when the exchange has no such thing; null where AWS shows null. */
export type ContextValue = string | number | boolean | null | undefined

/** By full name: how each is read. */
export type ContextVariables = Readonly<Record<string, (exchange: Exchange) => ContextValue>>

/**
 * Every `$context` variable of REST APIs by its full name. Templates, parameter mappings, gateway responses and access logs read
 * this table. Developer guide, "API Gateway mapping template and access logging variable reference".
 */
export const contextVariables: ContextVariables = {
  accountId: ({ plan }) => plan.account,
  apiId: ({ plan }) => plan.apiId,
  'authorizer.integrationLatency': ({ authorizerCall }) => authorizerCall?.integrationLatencyMs,
  'authorizer.principalId': ({ authorizer }) => authorizer?.principalId,
  'customDomain.basePathMatched': ({ address }) => address.domain?.basePathMatched,
  deploymentId: ({ plan }) => plan.deploymentId,
  domainName: ({ address }) => address.domainName,
  domainPrefix: ({ address }) => domainPrefix(address.domainName),
  'error.message': ({ error }) => (error === undefined ? undefined : error.clientMessage),
  'error.messageString': ({ error }) =>
    error === undefined ? undefined : JSON.stringify(error.clientMessage),
  'error.responseType': ({ error }) => error?.responseType,
  'error.validationErrorString': ({ error }) => error?.validationErrorString,
  extendedRequestId: (exchange) => exchange.extendedRequestId,
  httpMethod: ({ method }) => method,
  'identity.accountId': ({ identity }) => identity?.accountId ?? null,
  'identity.accessKey': ({ identity }) => identity?.accessKey ?? null,
  'identity.apiKey': ({ identity }) => identity?.apiKey,
  'identity.apiKeyId': ({ identity }) => identity?.apiKeyId,
  'identity.caller': ({ identity }) => identity?.caller ?? null,
  ...clientCertVariables(({ address }: Exchange) => address.domain?.certificate),
  'identity.cognitoAuthenticationProvider': ({ identity }) => identity?.cognitoAuthenticationProvider ?? null,
  'identity.cognitoAuthenticationType': ({ identity }) => identity?.cognitoAuthenticationType ?? null,
  'identity.cognitoIdentityId': ({ identity }) => identity?.cognitoIdentityId ?? null,
  'identity.cognitoIdentityPoolId': ({ identity }) => identity?.cognitoIdentityPoolId ?? null,
  'identity.principalOrgId': ({ identity }) => identity?.principalOrgId ?? null,
  'identity.sourceIp': ({ client }) => client.address,
  'identity.user': ({ identity }) => identity?.user ?? null,
  'identity.userAgent': ({ request }) => request.headers.get('user-agent') ?? null,
  'identity.userArn': ({ identity }) => identity?.userArn ?? null,
  'identity.vpcId': ({ vpcEndpoint }) => vpcEndpoint?.vpcId,
  'identity.vpceId': ({ vpcEndpoint }) => vpcEndpoint?.id,
  isCanaryRequest: ({ plan }) => plan.isCanary,
  operationName: ({ route }) => route?.operationName,
  path: ({ address }) => address.fullPath,
  protocol: ({ request }) => protocolOf(request),
  requestId: ({ requestId }) => requestId,
  requestTime: ({ startedAtMs }) => commonLogTime(startedAtMs),
  requestTimeEpoch: ({ startedAtMs }) => startedAtMs,
  resourceId: ({ route }) => route?.resourceId,
  resourcePath: ({ route }) => route?.resourcePath,
  stage: ({ plan }) => plan.stage,
}

/** A variable's value as text; undefined when it is unknown or has no value. */
export function contextText(exchange: Exchange, name: string): string | undefined {
  const variables = exchange.plan.kind.contextVariables
  const read = Object.hasOwn(variables, name) ? variables[name] : undefined
  const value = read === undefined ? authorizerVariable(exchange, name) : read(exchange)
  return value === undefined || value === null ? undefined : String(value)
}

const AUTHORIZER = 'authorizer.'
const CLAIM = 'authorizer.claims.'

/** What an authorizer gave, under names that are its own. The claims as a whole are no value. */
function authorizerVariable({ authorizer }: Exchange, name: string): string | undefined {
  if (authorizer === undefined || !name.startsWith(AUTHORIZER)) return undefined
  if (name.startsWith(CLAIM)) return authorizer.claims?.[name.slice(CLAIM.length)]
  return authorizer.context?.[name.slice(AUTHORIZER.length)]
}

/**
 * `$context.authorizer` as one value, in the order of AWS's events: what the authorizer gave, then what is known of it;
 * undefined when there is none. Without a prototype.
 */
export function authorizerVariables({
  authorizer,
  authorizerCall,
}: Exchange): AuthorizerVariables | undefined {
  if (authorizer === undefined) return undefined
  const { principalId, context, claims } = authorizer
  const variables = Object.create(null) as Record<string, AuthorizerVariable>
  Object.assign(variables, context)
  if (claims !== undefined) variables['claims'] = claims
  if (principalId !== undefined) {
    variables['principalId'] = principalId
    variables['integrationLatency'] = authorizerCall?.integrationLatencyMs ?? 0
  }
  return variables
}

type AuthorizerVariable = string | number | Readonly<Record<string, string>>
type AuthorizerVariables = Readonly<Record<string, AuthorizerVariable>>

/** `HTTP/1.1`; HTTP/2 is written as access logs usually do. */
export function protocolOf({ version }: HttpRequest): string {
  return version === '2' ? 'HTTP/2.0' : `HTTP/${version}`
}

/** The first label of a host name. */
export function domainPrefix(domainName: string): string {
  const dot = domainName.indexOf('.')
  return dot === -1 ? domainName : domainName.slice(0, dot)
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

let lastSecond = -1
let lastText = ''

/** `14/Apr/2025:22:11:01 +0000`; requests of the same second share the work. */
export function commonLogTime(epochMs: number): string {
  const second = Math.floor(epochMs / 1000)
  if (second !== lastSecond) {
    const iso = new Date(epochMs).toISOString()
    const month = MONTHS[Number(iso.slice(5, 7)) - 1] as string
    lastText = `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`
    lastSecond = second
  }
  return lastText
}
