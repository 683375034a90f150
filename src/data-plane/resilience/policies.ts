import type { TrafficSettings } from '#languages/traffic/settings.ts'
import { breakCircuit } from './break-circuit.ts'
import type { Policy, Send } from './call.ts'
import { countRequest } from './count-request.ts'
import { tryDeadline } from './try-deadline.ts'
import { hedge } from './hedge.ts'
import { limitConcurrency } from './limit-concurrency.ts'
import { mirror } from './mirror.ts'
import { retry } from './retry.ts'

interface PolicyRow {
  readonly policy: string
  readonly compile: (settings: TrafficSettings) => Policy | readonly Policy[] | undefined
}

/**
 * What stands around a request for a backend, from the outside in. A client's request takes its turn once, however
 * often it is sent; a hedge may be retried; each attempt chooses its target; a breaker sees each attempt at one target,
 * and a target whose breaker is open is passed by for another.
 */
export const policies: readonly PolicyRow[] = [
  { policy: 'concurrency', compile: ({ concurrency }) => concurrency?.map(limitConcurrency) },
  { policy: 'mirror', compile: ({ mirror: set }) => set && mirror(set) },
  { policy: 'budget', compile: ({ hedge: hedged, retry: retried }) => (hedged ?? retried) && countRequest },
  {
    policy: 'hedge',
    compile: ({ hedge: set, retry: retried, budget }) => set && hedge(set, budget, retried?.attempts ?? 2),
  },
  { policy: 'retry', compile: ({ retry: set, budget }) => set && retry(set, budget) },
  { policy: 'targets', compile: () => spread },
  {
    policy: 'circuitBreaker',
    compile: ({ circuitBreaker }) => circuitBreaker && breakCircuit(circuitBreaker),
  },
  { policy: 'tryTimeoutMs', compile: ({ retry: set }) => set && tryDeadline },
]

const spread: Policy = (next) => (call) => (call.spread === undefined ? next(call) : call.spread(call, next))

/** Composes what the settings ask for. */
export function compilePolicies(settings: TrafficSettings): <A>() => Send<A> {
  const compiled = policies.flatMap(({ compile }) => compile(settings) ?? [])
  return <A>() =>
    compiled.reduceRight<Send<A>>(
      (next, policy) => policy(next),
      (call) => call.send(call.cancellation),
    )
}
