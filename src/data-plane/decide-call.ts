import type { Exchange } from './exchange.ts'
import { GatewayError } from './gateway-error.ts'
import { isReached } from './serve.ts'

/**
 * Whether a call would be let in, without anything that the method is for: `nowhere` is answered before its API is known,
 * an error by it; undefined lets it in.
 * @param exchange of a plan that was compiled with `decisionsOnly`
 */
export async function decideCall(exchange: Exchange): Promise<GatewayError | 'nowhere' | undefined> {
  const { plan, method, address } = exchange
  if (!isReached(exchange)) return 'nowhere'
  const match = plan.match(method, address)
  if (match === undefined) return new GatewayError(plan.kind.unrouted)
  exchange.route = match.route
  exchange.pathValues = match.pathValues
  try {
    for (const step of match.route.steps) await step(exchange)
    return undefined
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
}
