import { BodyTooLarge } from '#http/errors.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import type { Step } from '#data-plane/plan.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'
import { validatesBody } from './validate-request.ts'

/** Receives the whole request body where a later step reads it. */
export function receiveBody(route: RouteDefinition): Step | undefined {
  if (!route.compiledIntegration.readsBody && !validatesBody(route)) return undefined
  const { requestBodyBytesMax } = route.limits
  return (exchange) => {
    let bytes: Uint8Array | Promise<Uint8Array>
    try {
      bytes = exchange.request.body.bytes(requestBodyBytesMax)
    } catch (error) {
      throw receiveError(error)
    }
    if (bytes instanceof Uint8Array) exchange.body = bytes
    else return receive(exchange, bytes)
  }
}

async function receive(exchange: Exchange, bytes: Promise<Uint8Array>): Promise<void> {
  try {
    exchange.body = await bytes
  } catch (error) {
    throw receiveError(error)
  }
}

function receiveError(error: unknown): unknown {
  if (error instanceof BodyTooLarge) return new GatewayError('REQUEST_TOO_LARGE', { cause: error })
  return error
}
