import type { RetriedFailure } from '#languages/traffic/settings.ts'
import type { Cancellation } from './cancellation.ts'
import type { ResilienceState } from './resilience-state.ts'

/**
 * How an attempt went: the status of an answer, or why there is none. `broken`: the backend answered what cannot be
 * used; `ours`: says nothing of the backend.
 */
export type Outcome = number | RetriedFailure | 'broken' | 'ours'

/** What is the same for all calls of one kind of backend: `A` is what its answers are. */
export interface Transport<A> {
  answered(answer: A): number
  failed(error: unknown): Exclude<Outcome, number>
  /** What an attempt that took too long fails with. */
  timeout(timeoutMs: number): Error
  /** Nobody wants the answer any more. */
  discard(answer: A): void
  /** Calls `listener` once the answer is read, or not wanted any more. */
  whenOver(answer: A, listener: () => void): A
}

/** What policies look at of a call. */
export interface CallFacts {
  readonly state: ResilienceState
  /** What limits, budgets and times belong to. */
  readonly route: string
  /** What `per` of each concurrency limit gives. */
  readonly keys: readonly string[]
  /** What circuit breakers belong to: an origin, or a function. */
  readonly backend: string
  readonly method: string
  /** Whether the request can be sent again: not where its body arrives as it is sent. */
  readonly repeatable: boolean
  /** When the client must have an answer, by the clock of `state`. */
  readonly deadlineMs: number
  /** Longest wait for the answer of one attempt; undefined: no other than the transport's own. */
  readonly tryTimeoutMs?: number | undefined
  readonly cancellation: Cancellation
  /** Of all attempts of this call. */
  readonly ledger: Ledger
  /** Told of each decision, for logs. */
  readonly told?: ((event: TrafficEvent) => void) | undefined
}

/** Something to be asked of a backend. Policies pass it on as it is or with other members. */
export interface Call<A> extends CallFacts {
  readonly transport: Transport<A>
  /** Sends the request once. */
  readonly send: (cancellation: Cancellation) => Promise<A>
  /** Chooses among several backends and gives the call for each to `next`; undefined: there is one. */
  readonly spread?: ((call: Call<A>, next: Send<A>) => Promise<A>) | undefined
  /** Sends a copy to another origin; undefined where that cannot be done. */
  readonly copy?: ((origin: string, timeoutMs: number) => Promise<void>) | undefined
}

export interface Ledger {
  attempts: number
}

export interface TrafficEvent {
  readonly policy: string
  readonly message: string
}

export type Send<A> = (call: Call<A>) => Promise<A>

/** Stands around what comes after it. */
export type Policy = <A>(next: Send<A>) => Send<A>

/** Runs a call and says how it went, answers that are failures among them. */
export async function outcomeOf<A>(
  call: Call<A>,
  next: Send<A>,
): Promise<{ readonly outcome: Outcome; readonly settle: () => A; readonly discard: () => void }> {
  try {
    const answer = await next(call)
    return {
      outcome: call.transport.answered(answer),
      settle: () => answer,
      discard: () => call.transport.discard(answer),
    }
  } catch (error) {
    return {
      outcome: call.transport.failed(error),
      settle: () => {
        throw error
      },
      discard: () => {},
    }
  }
}

/** `status 503`, `reset`. */
export function outcomeText(outcome: Outcome): string {
  return typeof outcome === 'number' ? `status ${outcome}` : outcome
}
