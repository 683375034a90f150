import { GatewayError } from '#data-plane/gateway-error.ts'
import type { DataPlaneLimits } from '#data-plane/limits.ts'
import type { Step } from '#data-plane/plan.ts'

/** Refuses a body that is announced as too large before anything is done with it. */
export function limitPayload({
  limits: { requestBodyBytesMax },
}: {
  readonly limits: DataPlaneLimits
}): Step {
  return ({ request: { body } }) => {
    if (body.length !== undefined && body.length > requestBodyBytesMax) {
      throw new GatewayError('REQUEST_TOO_LARGE', { reason: `request body of ${body.length} bytes` })
    }
  }
}
