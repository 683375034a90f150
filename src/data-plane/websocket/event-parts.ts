import { authorizerVariables, commonLogTime } from '#data-plane/context-variables.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { headerLists, headerMap } from '#data-plane/method-headers.ts'
import { eventOf } from './websocket-event.ts'

/**
 * `requestContext` of events, members in AWS's order. What is undefined is left out. Developer guide, "Working with AWS
 * Lambda proxy integrations for WebSocket APIs"; the order is that of events seen in its SDKs' tests.
 */
export function requestContext(exchange: Exchange): object {
  const { plan, route, startedAtMs, requestId, address, identity = {} } = exchange
  const { type, connection, messageId, end } = eventOf(exchange)
  return {
    routeKey: route?.routeKey,
    authorizer: authorizerVariables(exchange),
    disconnectStatusCode: end?.code,
    messageId,
    eventType: type,
    extendedRequestId: requestId,
    requestTime: commonLogTime(startedAtMs),
    messageDirection: 'IN',
    disconnectReason: end?.reason,
    stage: plan.stage,
    connectedAt: connection.connectedAtMs,
    requestTimeEpoch: startedAtMs,
    identity: { ...identity, userAgent: connection.userAgent, sourceIp: connection.sourceIp },
    requestId,
    domainName: address.domainName,
    connectionId: connection.connectionId,
    apiId: plan.apiId,
  }
}

/** Of a handshake. Maps without entries are left out. @param more headers, name, value, name, value … */
export function handshakeParts(exchange: Exchange, more: readonly string[] = []): object {
  const { query } = exchange
  const headers = [...exchange.headers, ...more]
  const queries = {
    queryStringParameters: Object.fromEntries([...query].map(([name, values]) => [name, values.at(-1)])),
    multiValueQueryStringParameters: Object.fromEntries(query),
  }
  return {
    headers: Object.fromEntries(headerMap(headers)),
    multiValueHeaders: Object.fromEntries(headerLists(headers)),
    ...(query.size === 0 ? {} : queries),
  }
}

/** Of a disconnect: AWS shows these four, all but the first empty (seen in its SDKs' tests). */
export function disconnectParts({ address: { domainName } }: Exchange): object {
  const headers = { Host: domainName, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' }
  const multiValueHeaders = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value]]),
  )
  return { headers, multiValueHeaders }
}
