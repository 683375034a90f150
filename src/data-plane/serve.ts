import { systemClock, type Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { HttpClient } from '#http/client.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import type { TrustedProxies } from '#http/trusted-proxies.ts'
import type { Address } from './address.ts'
import { Exchange, type Services } from './exchange.ts'
import { GatewayError, integrationError } from './gateway-error.ts'
import type { ApiPlan, Step } from './plan.ts'
import type { PlanTable } from './plan-table.ts'
import type { Ports } from './ports.ts'
import { renderForbidden } from './render-error.ts'

export interface DataPlaneOptions {
  readonly planTable: PlanTable
  readonly ports: Ports
  readonly httpClient: HttpClient
  /** Proxies whose word is taken for who the client is; nobody's when undefined. */
  readonly trustedProxies?: TrustedProxies | undefined
  readonly log: Log
  readonly clock?: Clock
}

export interface DataPlane {
  /** Answers a request for an API. Never throws, never rejects. */
  serve(request: HttpRequest, address: Address): HttpReply | Promise<HttpReply>
}

export function createDataPlane(options: DataPlaneOptions): DataPlane {
  const { planTable, clock = systemClock } = options
  const services: Services = { ...options, clock }
  return {
    serve: (request, address) => {
      const plan = planTable.find(address)
      // Answered before an API is known, so no API's gateway responses apply.
      if (plan === undefined || plan.endpointDisabled) return renderForbidden()
      const exchange = new Exchange(request, address, plan, services)
      const match = plan.match(exchange.method, address)
      if (match === undefined) return fail(exchange, new GatewayError('MISSING_AUTHENTICATION_TOKEN'))
      exchange.route = match.route
      exchange.pathValues = match.pathValues
      return run(exchange, match.route.steps, 0)
    },
  }
}

/** Runs the steps from `start` on; a promise appears only where a step needs one. */
function run(exchange: Exchange, steps: readonly Step[], start: number): HttpReply | Promise<HttpReply> {
  try {
    for (let i = start; i < steps.length && exchange.reply === undefined; i++) {
      const pending = (steps[i] as Step)(exchange)
      if (pending !== undefined) {
        return pending.then(
          () => run(exchange, steps, i + 1),
          (error: unknown) => fail(exchange, error),
        )
      }
    }
    if (exchange.reply === undefined) throw integrationError(500, 'no step gave a reply')
    return observed(exchange, exchange.reply)
  } catch (error) {
    return fail(exchange, error)
  }
}

/** The gateway's own answer. */
function fail(exchange: Exchange, thrown: unknown): HttpReply {
  const { plan, services, route, requestId } = exchange
  const error =
    thrown instanceof GatewayError ? thrown : integrationError(500, `unexpected: ${String(thrown)}`, thrown)
  if (error.status >= 500 && !exchange.request.aborted) {
    services.log.warn('execution failed', {
      api: plan.apiId,
      stage: plan.stage,
      method: exchange.method,
      resource: route?.resourcePath,
      requestId,
      responseType: error.responseType,
      status: error.status,
      reason: error.message,
    })
  }
  return observed(exchange, plan.renderError(exchange, error))
}

/** Tells the plan's observers once the reply has gone; costs nothing when there are none. */
function observed(exchange: Exchange, reply: HttpReply): HttpReply {
  const { observers }: ApiPlan = exchange.plan
  if (observers.length === 0) return reply
  const { onSent } = reply
  return {
    ...reply,
    onSent: (bodyBytes, complete) => {
      onSent?.(bodyBytes, complete)
      for (const observe of observers) observe(exchange, reply, { bodyBytes, complete })
    },
  }
}
