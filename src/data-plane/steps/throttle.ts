import type { TokenRate } from '#base/counters.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import type { DataPlaneLimits } from '#data-plane/limits.ts'
import type { Step } from '#data-plane/plan.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'
import { throttleRate } from '#data-plane/usage/throttle-rate.ts'
import { methodSettingOf } from '#model/method-settings.ts'
import type { MethodSetting } from '#model/rest-api.ts'

/**
 * The stage's throttle of the method, then the account's in its region (developer guide, "Throttle requests to your
 * REST APIs"). Settings for all methods are a bucket for each of them, as AWS's console says of them. A request that
 * the second refuses has used its token of the first.
 */
export function throttle({ snapshot, stage, resource, method, limits }: RouteDefinition): Step | undefined {
  const setting = methodSettingOf(stage, resource.path, method.httpMethod)
  const ofMethod =
    setting === undefined || isAccountDefault(setting)
      ? undefined
      : throttleRate(setting.throttlingRateLimit, setting.throttlingBurstLimit)
  const methodKey = `stage ${snapshot.api.id}/${stage.stageName}${resource.path}/${method.httpMethod}`
  const buckets: Bucket[] = []
  if (ofMethod !== undefined) buckets.push([methodKey, ofMethod])
  return throttleBy(buckets, snapshot, limits)
}

/** Takes of each bucket, the account's last. @param ofStage name and rate */
export function throttleBy(
  ofStage: readonly Bucket[],
  { account, region }: { readonly account: string; readonly region: string },
  { accountThrottle }: DataPlaneLimits,
): Step | undefined {
  const buckets: Bucket[] = [...ofStage]
  if (accountThrottle !== undefined) buckets.push([`account ${account} ${region}`, accountThrottle])
  return buckets.length === 0 ? undefined : takeOf(buckets)
}

/** Takes of each bucket, in order. */
export function takeOf(buckets: readonly Bucket[]): Step {
  return (exchange) => take(exchange, buckets, 0)
}

export type Bucket = readonly [key: string, rate: TokenRate]

function take(exchange: Exchange, buckets: readonly Bucket[], start: number): void | Promise<void> {
  const { ports, clock } = exchange.services
  const nowMs = clock.steadyMs()
  for (let i = start; i < buckets.length; i++) {
    const [key, rate] = buckets[i] as Bucket
    const waitMs = ports.counters.take(key, rate, 1, nowMs)
    if (typeof waitMs !== 'number') {
      return waitMs.then((ms) => {
        decide(exchange, key, ms)
        return take(exchange, buckets, i + 1)
      })
    }
    decide(exchange, key, waitMs)
  }
}

function decide({ explanation }: Exchange, key: string, waitMs: number): void {
  if (waitMs === 0) return
  explanation?.tell('refusing', key)
  throw new GatewayError('THROTTLED')
}

/**
 * Whatever is set of a method, AWS sets these with it: they are what each account has. Nobody asked for them, so they
 * hold where `--account-throttle` says that accounts have a throttle.
 */
function isAccountDefault({ throttlingRateLimit, throttlingBurstLimit }: MethodSetting): boolean {
  return throttlingRateLimit === 10_000 && throttlingBurstLimit === 5000
}
