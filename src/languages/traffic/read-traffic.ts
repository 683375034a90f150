import { ExpressionError } from '#languages/expressions/error.ts'
import { compileExpression, type Expression } from '#languages/expressions/expression.ts'
import { choice, integer, list, number, oneOrMore, optional, record, text, unlessFalse } from './members.ts'
import { Unreadable, type Finding, type Path, type Read } from './members.ts'
import type {
  AdaptiveSettings,
  BudgetSettings,
  CircuitBreakerSettings,
  ConcurrencySettings,
  HedgeSettings,
  MirrorSettings,
  RetrySettings,
  StatusRanges,
  TrafficSettings,
} from './settings.ts'

const DAY_MS = 86_400_000
const BODY_BYTES_MAX = 10 * 1024 * 1024
const BODY_BYTES = 64 * 1024

/** RFC 9110 §9.2.2. */
const idempotent = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'] as const
const unavailable: StatusRanges = [[502, 504]]

const count = (most: number): Read<number> => integer(1, most)
const ms: Read<number> = integer(0, DAY_MS)
const msAtLeastOne: Read<number> = integer(1, DAY_MS)
const bodyBytes: Read<number> = optional(integer(0, BODY_BYTES_MAX), BODY_BYTES)
const method: Read<string> = text((name) => /^[A-Z]{1,20}$/.test(name), 'a method such as "GET"')
const methods: Read<readonly string[]> = optional(list(method, 20), idempotent)

const STATUSES = /^[1-5]\d\d(?:-[1-5]\d\d)?(?:,[1-5]\d\d(?:-[1-5]\d\d)?)*$/
const statusText = text(
  (given) => STATUSES.test(given),
  'statuses such as "502-504" or "500,503", or "" for none',
)

/** `502-504`, `429,502-504`; as the matchers of targets; empty: none. */
const statuses: Read<StatusRanges> = (value, path, findings) => {
  if (value === undefined) return unavailable
  if (value === '') return []
  return statusText(value, path, findings)
    .split(',')
    .map((range) => {
      const [from, to = from] = range.split('-').map(Number)
      return [from as number, to as number]
    })
}

const adaptive: Read<AdaptiveSettings> = record<AdaptiveSettings>({
  min: optional(count(100_000), 1),
  latencyMs: optional(msAtLeastOne, 1000),
})

const concurrency: Read<ConcurrencySettings> = record<ConcurrencySettings>({
  limit: count(100_000),
  per: optional(text(isKey, 'an expression such as "$context.identity.sourceIp"'), undefined),
  queue: optional(integer(0, 100_000), 0),
  queueMs: optional(ms, 1000),
  status: optional(choice(429, 503), 429),
  adaptive: unlessFalse(adaptive),
})

const mirror: Read<MirrorSettings> = record<MirrorSettings>({
  to: text(isOrigin, 'an origin such as "http://shadow.internal:8080"'),
  percent: optional(number(0, 100), 100),
  bodyBytesMax: bodyBytes,
  inFlightMax: optional(count(100_000), 100),
  timeoutMs: optional(msAtLeastOne, 5000),
})

const hedge: Read<HedgeSettings> = record<HedgeSettings>({
  delayMs: optional(ms, 100),
  percentile: optional(number(1, 99.9), undefined),
  methods,
  status: statuses,
  bodyBytesMax: bodyBytes,
})

const retry: Read<RetrySettings> = record<RetrySettings>({
  attempts: optional(integer(1, 20), 3),
  on: optional(list(choice('connect', 'reset', 'timeout'), 3), ['connect', 'reset', 'timeout']),
  status: statuses,
  methods,
  backoffMs: optional(ms, 25),
  backoffMsMax: optional(ms, 1000),
  tryTimeoutMs: optional(msAtLeastOne, undefined),
  bodyBytesMax: bodyBytes,
})

const circuitBreaker: Read<CircuitBreakerSettings> = record<CircuitBreakerSettings>({
  failures: optional(count(100_000), 5),
  failurePercent: optional(number(1, 100), 50),
  requestsMin: optional(count(100_000), 20),
  windowMs: optional(integer(10, DAY_MS), 10_000),
  openMs: optional(msAtLeastOne, 5000),
  openMsMax: optional(msAtLeastOne, 60_000),
  probes: optional(count(1000), 1),
  status: statuses,
})

const budget: Read<BudgetSettings> = record<BudgetSettings>({
  percent: optional(number(0, 100), 20),
  perSecondMin: optional(number(0, 100_000), 10),
})

const traffic: Read<TrafficSettings> = record<TrafficSettings>({
  concurrency: unlessFalse(oneOrMore(concurrency, 5)),
  mirror: unlessFalse(mirror),
  hedge: unlessFalse(hedge),
  retry: unlessFalse(retry),
  targets: unlessFalse(text((name) => /^\S{1,500}$/.test(name), 'a name of the file of --targets')),
  circuitBreaker: unlessFalse(circuitBreaker),
  budget: (value, path, findings) => budget(value ?? {}, path, findings),
})

export interface ReadTraffic {
  /** Undefined when something is wrong. */
  readonly settings: TrafficSettings | undefined
  readonly findings: readonly Finding[]
}

/**
 * Reads what `x-gatehouse-traffic` says.
 * @param path where it stands, for messages
 */
export function readTraffic(value: unknown, path: Path = ['x-gatehouse-traffic']): ReadTraffic {
  const findings: Finding[] = []
  try {
    return { settings: traffic(value, path, findings), findings }
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return { settings: undefined, findings }
  }
}

/** What limits count by. @throws ExpressionError */
export function compileTrafficKey(expression: string): Expression {
  return compileExpression(expression, {
    sources: ['request.header', 'request.querystring', 'context', 'stageVariables'],
    jsonPath: 'simple',
    composed: () => '',
  })
}

function isKey(expression: string): boolean {
  try {
    return compileTrafficKey(expression).constant === undefined
  } catch (error) {
    if (error instanceof ExpressionError) return false
    throw error
  }
}

function isOrigin(given: string): boolean {
  return /^https?:\/\/[^/?#@\s]+$/.test(given) && URL.canParse(given)
}
