import type { Exchange } from '#data-plane/exchange.ts'
import { handshakeParts, requestContext } from './event-parts.ts'

/**
 * The event of the authorizer of `$connect`, as JSON text. Developer guide, "Control access to a WebSocket API with AWS
 * Lambda REQUEST authorizers": what is absent is an empty map.
 */
export function authorizerEvent(exchange: Exchange, methodArn: string): string {
  return JSON.stringify({
    type: 'REQUEST',
    methodArn,
    queryStringParameters: {},
    multiValueQueryStringParameters: {},
    ...handshakeParts(exchange),
    stageVariables: exchange.plan.stageVariables,
    requestContext: requestContext(exchange),
  })
}
