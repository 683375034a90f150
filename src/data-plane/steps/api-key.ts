import type { SteadyClock } from '#base/clock.ts'
import type { UsageKeys } from '#base/usage-keys.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import type { Step } from '#data-plane/plan.ts'
import type { UsagePorts } from '#data-plane/ports.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'
import type { StageUsagePlan } from '#data-plane/usage/usage-plan-table.ts'

/**
 * Lets in the keys of the stage's usage plans, as often as those say. A key is looked for by the digest of its value:
 * how long that takes tells nothing of other keys. The order is that of the developer guide, "Throttle requests to your
 * REST APIs": a key's throttle for the method, its throttle for all of the plan, then its quota.
 */
export function requireApiKey({
  method,
  resource,
  snapshot,
  stage,
  methodLog,
}: RouteDefinition): Step | undefined {
  const stageKey = `${snapshot.api.id}/${stage.stageName}`
  const verb = `'${`${method.httpMethod} ${resource.path}`.trim()}'`
  if (!method.apiKeyRequired) {
    if (methodLog?.begin === undefined) return undefined
    return ({ executionLog, requestId }) => executionLog?.noKeyNeeded(requestId, verb, stageKey)
  }
  const fromAuthorizer = snapshot.api.apiKeySource === 'AUTHORIZER'
  const methodKey = `${resource.path}/${method.httpMethod}`
  return (exchange) => {
    const { executionLog } = exchange
    const { usage } = exchange.services.ports
    const value = fromAuthorizer
      ? exchange.authorizer?.usageIdentifierKey
      : exchange.request.headers.get('x-api-key')
    executionLog?.keyShown(exchange.requestId, value, stageKey)
    const plans = usage?.plans.of(stageKey) ?? []
    const found = usage === undefined || value === undefined ? undefined : findKey(usage, plans, value)
    if (usage === undefined || value === undefined || found === undefined) {
      executionLog?.keyRefused(value, verb, stageKey, plans.length > 0)
      throw new GatewayError('INVALID_API_KEY')
    }
    const apiKeyId = usage.keys.keyId(found.place)
    exchange.identity = { ...exchange.identity, apiKey: value, apiKeyId }
    const refusing = use(exchange, usage.keys, found, methodKey, stageKey)
    if (!(refusing instanceof Promise)) return decide(exchange, found, value, refusing, verb, stageKey)
    return refusing.then((told) => decide(exchange, found, value, told, verb, stageKey))
  }
}

function decide(
  { executionLog, explanation }: Exchange,
  { plan: { id } }: FoundKey,
  value: string,
  refusing: Refusing | undefined,
  verb: string,
  stageKey: string,
): void {
  explanation?.tell('usagePlan', { id, refusing })
  if (refusing === undefined) {
    executionLog?.planAllowed(value, verb, stageKey)
    return
  }
  const error = new GatewayError(refusing === 'quota' ? 'QUOTA_EXCEEDED' : 'THROTTLED')
  executionLog?.planRefused(value, stageKey, error)
  throw error
}

/** The limit that has nothing left. */
type Refusing = 'method throttle' | 'throttle' | 'quota'

/** Takes what a request takes of its plan's limits. */
function use(
  { services: { clock, ports } }: Exchange,
  keys: UsageKeys,
  found: FoundKey,
  methodKey: string,
  stageKey: string,
): Refusing | undefined | Promise<Refusing | undefined> {
  const { plan, place } = found
  const methodRate = plan.methodRates.get(methodKey)
  if (methodRate !== undefined) {
    const bucket = `plan ${plan.id} ${keys.keyId(place)} ${stageKey}${methodKey}`
    const waitMs = ports.counters.take(bucket, methodRate, 1, clock.steadyMs())
    if (typeof waitMs !== 'number') {
      return waitMs.then((ms) => (ms === 0 ? useOfPlan(keys, found, clock) : 'method throttle'))
    }
    if (waitMs !== 0) return 'method throttle'
  }
  return useOfPlan(keys, found, clock)
}

function useOfPlan(
  keys: UsageKeys,
  found: FoundKey,
  clock: SteadyClock,
): Refusing | undefined | Promise<Refusing | undefined> {
  const { plan, place } = found
  const isTaken = plan.rate === undefined || keys.take(place, plan.rate, clock.steadyMs())
  if (isTaken === true) return useOfQuota(keys, found, clock)
  if (isTaken === false) return 'throttle'
  return isTaken.then((taken) => (taken ? useOfQuota(keys, found, clock) : 'throttle'))
}

function useOfQuota(
  keys: UsageKeys,
  { plan, place }: FoundKey,
  clock: SteadyClock,
): Refusing | undefined | Promise<Refusing | undefined> {
  const nowMs = clock.now()
  const isCounted = keys.count(place, plan.quota?.at(nowMs), nowMs)
  if (typeof isCounted === 'boolean') return isCounted ? undefined : 'quota'
  return isCounted.then((counted) => (counted ? undefined : 'quota'))
}

interface FoundKey {
  readonly plan: StageUsagePlan
  readonly place: number
}

/** A key is in one plan of a stage at most. */
function findKey(
  { keys }: UsagePorts,
  plans: readonly StageUsagePlan[],
  value: string,
): FoundKey | undefined {
  // Longer ones are nobody's: what a client sends is not worth hashing then.
  if (plans.length === 0 || value.length > valueCharactersMax) return undefined
  Bun.SHA256.hash(value, digest)
  for (const plan of plans) {
    const place = keys.find(digest, plan.number)
    if (place !== undefined) return { plan, place }
  }
  return undefined
}

/** API reference, CreateApiKey. */
const valueCharactersMax = 128
/** Used within one call. */
const digest = new Uint8Array(32)
