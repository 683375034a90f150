/** How requests go to a backend: what `x-gatehouse-traffic` says, read. docs/resilience.md describes each member. */
export interface TrafficSettings {
  readonly concurrency?: readonly ConcurrencySettings[] | undefined
  readonly mirror?: MirrorSettings | undefined
  readonly hedge?: HedgeSettings | undefined
  readonly retry?: RetrySettings | undefined
  /** Name in the file of `--targets`: several hosts answer for the one of the uri. */
  readonly targets?: string | undefined
  readonly circuitBreaker?: CircuitBreakerSettings | undefined
  /** Of what is sent beyond one request for each of a client's. */
  readonly budget: BudgetSettings
}

/** At most so many requests are with the backend at once. */
export interface ConcurrencySettings {
  readonly limit: number
  /** `$context.identity.sourceIp`: each value has its own limit; undefined: all requests of the route share one. */
  readonly per: string | undefined
  /** How many may wait for their turn, and how long. */
  readonly queue: number
  readonly queueMs: number
  /** What one that has no turn is answered. */
  readonly status: 429 | 503
  /** Undefined: the limit stays as it is. */
  readonly adaptive: AdaptiveSettings | undefined
}

/** The limit goes down where answers fail or are slow, and up to `limit` again where they do not. */
export interface AdaptiveSettings {
  readonly min: number
  readonly latencyMs: number
}

/** A copy goes to another backend; its answer is thrown away. */
export interface MirrorSettings {
  /** Origin: `http://shadow.internal:8080`. */
  readonly to: string
  readonly percent: number
  readonly bodyBytesMax: number
  readonly inFlightMax: number
  readonly timeoutMs: number
}

/** A second request where the first takes long; the first good answer is taken. */
export interface HedgeSettings {
  readonly delayMs: number
  /** Undefined: always after `delayMs`; else after so many hundredths of the last answers' times, and no earlier. */
  readonly percentile: number | undefined
  readonly methods: readonly string[]
  readonly status: StatusRanges
  readonly bodyBytesMax: number
}

export interface RetrySettings {
  /** In all, the first and a hedge among them. */
  readonly attempts: number
  readonly on: readonly RetriedFailure[]
  readonly status: StatusRanges
  /** Methods that may be repeated once something of a request may have been sent. */
  readonly methods: readonly string[]
  /** Full jitter: a draw between 0 and this, doubled each time, up to `backoffMsMax`. */
  readonly backoffMs: number
  readonly backoffMsMax: number
  /** Longest wait for the answer of one attempt; undefined: for all of them together, as the integration says. */
  readonly tryTimeoutMs: number | undefined
  readonly bodyBytesMax: number
}

/**
 * `connect`: nothing was sent; `reset`: the connection was lost before the answer; `timeout`: no answer in time.
 */
export type RetriedFailure = 'connect' | 'reset' | 'timeout'

export interface CircuitBreakerSettings {
  /** In a row. */
  readonly failures: number
  /** Of the requests of `windowMs`, once there are `requestsMin`. */
  readonly failurePercent: number
  readonly requestsMin: number
  readonly windowMs: number
  /** The first time; twice as long each further time in a row, up to `openMsMax`. */
  readonly openMs: number
  readonly openMsMax: number
  /** Requests that must succeed before it closes again. */
  readonly probes: number
  readonly status: StatusRanges
}

export interface BudgetSettings {
  readonly percent: number
  readonly perSecondMin: number
}

/** Both ends included. */
export type StatusRanges = readonly (readonly [from: number, to: number])[]

export function hasStatus(ranges: StatusRanges, status: number): boolean {
  return ranges.some(([from, to]) => status >= from && status <= to)
}

/** `429,502-504` */
export function statusesText(ranges: StatusRanges): string {
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join()
}
