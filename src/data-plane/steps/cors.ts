import { emptyBody } from '#http/body.ts'
import { compileCors, isPreflight, preflightHeadersOf, withoutCors } from '#data-plane/cors.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import type { CompiledHttpRoute } from '#data-plane/http-route-definition.ts'
import type { Step } from '#data-plane/plan.ts'
import { DEFAULT_ROUTE } from '#languages/path-patterns/route-key.ts'
import type { Cors } from '#model/http-api.ts'

/**
 * Whether preflights have to get past the route's authorizer first. Developer guide, "Configuring CORS for an HTTP API
 * with a $default route and JWT authorizer": of `$default` alone it is said.
 */
export function guardsPreflights({ route }: Pick<CompiledHttpRoute, 'route'>): boolean {
  return route.routeKey === DEFAULT_ROUTE && route.authorizationType !== 'NONE'
}

/** Answers the preflights that an authorizer let in; those of other routes never come to one (`ApiPlan.preflight`). */
export function answerPreflight(definition: CompiledHttpRoute): Step | undefined {
  const { corsConfiguration } = definition.snapshot.api
  if (corsConfiguration === undefined || !guardsPreflights(definition)) return undefined
  const answer = preflightAnswer(corsConfiguration)
  return (exchange) => (isPreflight(exchange.request) ? answer(exchange) : undefined)
}

/** 204, whatever the origin. Developer guide, "Configuring CORS for an HTTP API". */
export function preflightAnswer(cors: Cors): Step {
  const { preflightHeaders } = compileCors(cors)
  return (exchange: Exchange) => {
    const headers = preflightHeaders(exchange.request)
    exchange.explanation?.tell('allowed', headers !== undefined)
    exchange.reply = { status: 204, headers: (headers ?? notAllowed)(exchange.requestId), body: emptyBody }
  }
}

const notAllowed = preflightHeadersOf([])

/** What the API's CORS configuration says, in place of what the integration does (same page). */
export function addCorsHeaders({ snapshot, compiledIntegration }: CompiledHttpRoute): Step | undefined {
  const { corsConfiguration } = snapshot.api
  if (corsConfiguration === undefined) return undefined
  const cors = compileCors(corsConfiguration)
  const { leavesOutCors = false } = compiledIntegration
  return (exchange) => {
    const { response, request } = exchange
    if (response === undefined) return
    const own = leavesOutCors ? response.headers : withoutCors(response.headers)
    const headers = cors.added(own, request)
    if (headers !== response.headers) exchange.response = { ...response, headers }
  }
}
