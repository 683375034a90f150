import { contextVariables, type ContextVariables } from '#data-plane/context-variables.ts'

/** Of REST APIs' variables those that WebSocket APIs have. */
const SHARED =
  /^(?:apiId|authorizer\..+|domainName|error\..+|identity\.(?:accountId|apiKey|apiKeyId|caller|cognito\w+|principalOrgId|user|userArn)|requestId|requestTime|requestTimeEpoch|stage)$/

/**
 * Every `$context` variable of WebSocket APIs. Developer guide, "API Gateway WebSocket API mapping template reference" and
 * "Configuring logging for a WebSocket API".
 */
export const webSocketContextVariables: ContextVariables = {
  ...Object.fromEntries(Object.entries(contextVariables).filter(([name]) => SHARED.test(name))),
  connectedAt: ({ event }) => event?.connection.connectedAtMs,
  connectionId: ({ event }) => event?.connection.connectionId,
  disconnectReason: ({ event }) => event?.end?.reason,
  disconnectStatusCode: ({ event }) => event?.end?.code,
  eventType: ({ event }) => event?.type,
  // "Equivalent to $context.requestId".
  extendedRequestId: ({ requestId }) => requestId,
  'identity.sourceIp': ({ event, client }) => event?.connection.sourceIp ?? client.address,
  'identity.userAgent': ({ event }) => event?.connection.userAgent ?? null,
  messageId: ({ event }) => event?.messageId,
  // Of a handshake that opened a connection AWS tells 200.
  status: ({ error, reply }) => error?.status ?? (reply?.status === 101 ? 200 : reply?.status),
  routeKey: ({ route }) => route?.routeKey,
}
