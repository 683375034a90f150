import type { Exchange } from '#data-plane/exchange.ts'
import type { CompiledHttpRoute } from '#data-plane/http-route-definition.ts'
import type { DataPlaneLimits } from '#data-plane/limits.ts'
import type { Step } from '#data-plane/plan.ts'
import { requestBodyError } from '#data-plane/request-body-error.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'
import { validatesBody } from './validate-request.ts'

/** Receives the whole request body where a later step reads it. */
export function receiveBody(route: RouteDefinition): Step | undefined {
  return route.compiledIntegration.readsBody || validatesBody(route) ? receiveWhole(route.limits) : undefined
}

/** The same of HTTP APIs. */
export function receiveRouteBody({ compiledIntegration, limits }: CompiledHttpRoute): Step | undefined {
  return compiledIntegration.readsBody ? receiveWhole(limits) : undefined
}

function receiveWhole({ requestBodyBytesMax, heldBodyBytesMax }: DataPlaneLimits): Step {
  const bytesMax = Math.min(requestBodyBytesMax, heldBodyBytesMax)
  return (exchange) => {
    let bytes: Uint8Array | Promise<Uint8Array>
    try {
      bytes = exchange.requestBody.bytes(bytesMax)
    } catch (error) {
      throw requestBodyError(error) ?? error
    }
    if (bytes instanceof Uint8Array) exchange.body = bytes
    else return receive(exchange, bytes)
  }
}

async function receive(exchange: Exchange, bytes: Promise<Uint8Array>): Promise<void> {
  try {
    exchange.body = await bytes
  } catch (error) {
    throw requestBodyError(error) ?? error
  }
}
