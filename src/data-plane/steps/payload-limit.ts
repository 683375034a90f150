import { GatewayError } from '#data-plane/gateway-error.ts'
import type { Step } from '#data-plane/plan.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'

/** Refuses a body that is announced as too large before anything is done with it. */
export function limitPayload({ limits: { requestBodyBytesMax } }: RouteDefinition): Step {
  return ({ request: { body } }) => {
    if (body.length !== undefined && body.length > requestBodyBytesMax) {
      throw new GatewayError('REQUEST_TOO_LARGE', { reason: `request body of ${body.length} bytes` })
    }
  }
}
