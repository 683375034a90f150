import { StateUnavailable } from '#base/state-unavailable.ts'
import type { HttpReply } from '#http/message.ts'
import type { Exchange } from './exchange.ts'
import { secretsHider } from './logs/secrets.ts'
import { GatewayError, integrationError } from './gateway-error.ts'
import type { ApiPlan, Step } from './plan.ts'

/** Runs the steps from `start` on; a promise appears only where a step needs one. Never throws, never rejects. */
export function execute(
  exchange: Exchange,
  steps: readonly Step[],
  start: number = 0,
): HttpReply | Promise<HttpReply> {
  try {
    for (let i = start; i < steps.length && exchange.reply === undefined; i++) {
      const pending = (steps[i] as Step)(exchange)
      if (pending !== undefined) {
        return pending.then(
          () => execute(exchange, steps, i + 1),
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
export function fail(exchange: Exchange, thrown: unknown): HttpReply {
  const { plan, services, route, requestId } = exchange
  const error = thrown instanceof GatewayError ? thrown : unexpected(thrown)
  if (error.status >= 500 && !exchange.request.aborted) {
    services.log.warn('execution failed', {
      api: plan.apiId,
      stage: plan.stage,
      method: exchange.method,
      resource: route?.resourcePath,
      requestId,
      responseType: error.responseType,
      status: error.status,
      // A function or a backend may repeat what the client sent.
      reason: secretsHider(exchange)(error.message),
    })
  }
  exchange.executionLog?.failed(error)
  const reply = plan.renderError(exchange, error)
  route?.failed?.(exchange, error, reply)
  return observed(exchange, reply)
}

function unexpected(thrown: unknown): GatewayError {
  return thrown instanceof StateUnavailable
    ? new GatewayError('DEFAULT_5XX', { status: 503, message: 'Service Unavailable', reason: thrown.message })
    : integrationError(500, `unexpected: ${String(thrown)}`, thrown)
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
