import { hasStatus, type CircuitBreakerSettings } from '#languages/traffic/settings.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { outcomeOf, outcomeText, type CallFacts, type Outcome, type Policy } from './call.ts'
import type { BreakerChange, CircuitBreaker } from './circuit-breaker.ts'

/** Nothing was sent: the backend is given time to recover. */
export class CircuitOpen extends GatewayError {
  constructor(backend: string, breaker: CircuitBreaker, nowMs: number) {
    const left = breaker.state === 'open' ? `for ${breaker.leftMs(nowMs)} ms more` : 'but for probes'
    super('INTEGRATION_FAILURE', {
      status: 503,
      message: 'Service Unavailable',
      reason: `the circuit breaker of ${backend} is open ${left}: ${breaker.reason}`,
    })
    this.name = 'CircuitOpen'
  }
}

/**
 * Sends nothing to a backend whose requests fail. Breakers belong to backends: routes with the same settings share
 * them.
 */
export function breakCircuit(settings: CircuitBreakerSettings): Policy {
  const kind = JSON.stringify(settings)
  return (next) => async (call) => {
    const { world, breakers } = call.state
    const breaker = breakers.of(`${call.backend} ${kind}`)
    const permit = breaker.admit(settings, world.now())
    if (permit === undefined) {
      const open = new CircuitOpen(call.backend, breaker, world.now())
      call.told?.({ policy: 'circuitBreaker', message: open.message })
      throw open
    }
    const { outcome, settle } = await outcomeOf(call, next)
    if (outcome === 'ours') breaker.unknown(permit)
    else if (isFailure(settings, outcome)) {
      tell(call, breaker.failed(permit, outcomeText(outcome), settings, world.now()))
    } else tell(call, breaker.succeeded(permit, settings, world.now()))
    return settle()
  }
}

function isFailure({ status }: CircuitBreakerSettings, outcome: Outcome): boolean {
  return typeof outcome === 'string' || hasStatus(status, outcome)
}

function tell({ backend, state, told }: CallFacts, change: BreakerChange | undefined): void {
  if (change === undefined) return
  if (change.to === 'closed') {
    state.log.info('circuit breaker is closed', { backend })
    told?.({ policy: 'circuitBreaker', message: `the circuit breaker of ${backend} closes` })
    return
  }
  const { forMs, reason } = change
  state.log.warn('circuit breaker is open', { backend, forMs, reason })
  told?.({
    policy: 'circuitBreaker',
    message: `the circuit breaker of ${backend} opens for ${forMs} ms: ${reason}`,
  })
}
