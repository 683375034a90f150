import type { Headers } from '#http/headers.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { compileResourcePolicy } from '#data-plane/resource-policy.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'

/** Whether a client wants its answer from the backend (developer guide, "Invalidate an API Gateway cache entry"). */
export function asksForFresh(headers: Headers): boolean {
  return headers.getAll('cache-control').some((value) => MAX_AGE_0.test(value))
}

const MAX_AGE_0 = /(?:^|,)[ \t]*max-age[ \t]*=[ \t]*"?0+"?[ \t]*(?:,|$)/i

/**
 * Whether a caller may invalidate entries: IAM's policies say so of one who signs, the API's resource policy of anyone
 * else. Who is not allowed to is not.
 */
export function compileMayInvalidate(route: RouteDefinition): (exchange: Exchange) => boolean {
  const policy = compileResourcePolicy(route)
  return (exchange) =>
    exchange.callerMay?.(ACTION) ?? policy?.(exchange, undefined, undefined, ACTION).decision === 'allow'
}

const ACTION = 'execute-api:InvalidateCache'
