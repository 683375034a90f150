import type { Exchange } from '#data-plane/exchange.ts'
import { handshakeParts, requestContext } from './event-parts.ts'

/** What is shown of the handshake beside what APIs see of other requests; same page. */
const SHOWN = ['Connection', 'upgrade', 'content-length', '0', 'Upgrade', 'websocket'] as const

/**
 * The event of the authorizer of `$connect`, as JSON text. Developer guide, "Creating a Lambda REQUEST authorizer function":
 * maps without entries are there.
 */
export function authorizerEvent(exchange: Exchange, methodArn: string): string {
  return JSON.stringify({
    type: 'REQUEST',
    methodArn,
    queryStringParameters: {},
    multiValueQueryStringParameters: {},
    ...handshakeParts(exchange, SHOWN),
    stageVariables: exchange.plan.stageVariables,
    requestContext: requestContext(exchange),
  })
}
