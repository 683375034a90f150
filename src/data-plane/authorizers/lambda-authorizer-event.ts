import { shownCertificate } from '#data-plane/client-cert.ts'
import { contextVariables, commonLogTime, domainPrefix, protocolOf } from '#data-plane/context-variables.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { sameName } from '#http/same-name.ts'

/** The event of a TOKEN authorizer, as JSON text. Developer guide, "Input to an API Gateway Lambda authorizer". */
export function tokenEvent(token: string, methodArn: string): string {
  return JSON.stringify({ type: 'TOKEN', authorizationToken: token, methodArn })
}

/**
 * The event of a REQUEST authorizer, as JSON text: members in AWS's order, what is absent an empty map (recorded on AWS).
 * Same page.
 */
export function requestEvent(exchange: Exchange, methodArn: string): string {
  const { route, plan, address, query, request, startedAtMs } = exchange
  if (plan.kind.authorizerEvent !== undefined) return plan.kind.authorizerEvent(exchange, methodArn)
  const headers = valuesByName(exchange.headers)
  return JSON.stringify({
    type: 'REQUEST',
    methodArn,
    resource: route?.resourcePath,
    path: address.eventPath,
    httpMethod: exchange.method,
    headers: lastOfEach(headers),
    multiValueHeaders: Object.fromEntries(headers),
    queryStringParameters: lastOfEach(query),
    multiValueQueryStringParameters: Object.fromEntries(query),
    pathParameters: Object.fromEntries(
      (route?.pathParameterNames ?? []).flatMap((name, at) => {
        const value = exchange.pathValues[at]
        return value === undefined ? [] : [[name, value]]
      }),
    ),
    stageVariables: plan.stageVariables,
    requestContext: {
      resourceId: route?.resourceId,
      resourcePath: route?.resourcePath,
      operationName: route?.operationName,
      httpMethod: exchange.method,
      extendedRequestId: exchange.extendedRequestId,
      requestTime: commonLogTime(startedAtMs),
      path: address.fullPath,
      accountId: plan.account,
      protocol: protocolOf(request),
      stage: plan.stage,
      domainPrefix: domainPrefix(address.domainName),
      requestTimeEpoch: startedAtMs,
      requestId: exchange.requestId,
      identity: identityOf(exchange),
      customDomain:
        address.domain === undefined ? undefined : { basePathMatched: address.domain.basePathMatched },
      domainName: address.domainName,
      deploymentId: plan.deploymentId === '' ? undefined : plan.deploymentId,
      apiId: plan.apiId,
    },
  })
}

const IDENTITY = 'identity.'
const identityVariables = Object.entries(contextVariables).filter(
  ([name]) => name.startsWith(IDENTITY) && !name.startsWith(`${IDENTITY}clientCert.`),
)

/** What is known of the caller by then. */
function identityOf(exchange: Exchange): Readonly<Record<string, unknown>> {
  const certificate = exchange.address.domain?.certificate
  return {
    ...Object.fromEntries(
      identityVariables.map(([name, read]) => [name.slice(IDENTITY.length), read(exchange)]),
    ),
    clientCert: certificate && shownCertificate(certificate),
  }
}

/** Names that differ in case alone are one, under the first spelling. */
function valuesByName(list: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] as string
    const value = list[i + 1] as string
    const spelling = found.has(name) ? name : [...found.keys()].find((known) => sameName(known, name))
    const values = found.get(spelling ?? name)
    if (values === undefined) found.set(name, [value])
    else values.push(value)
  }
  return found
}

function lastOfEach(map: ReadonlyMap<string, readonly string[]>): Readonly<Record<string, string>> {
  return Object.fromEntries([...map].map(([name, values]) => [name, values.at(-1) as string]))
}
