import type { TokenRate } from '#base/counters.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
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
  const accountKey = `account ${snapshot.account} ${snapshot.region}`
  const buckets: (readonly [string, TokenRate])[] = []
  if (ofMethod !== undefined) buckets.push([methodKey, ofMethod])
  if (limits.accountThrottle !== undefined) buckets.push([accountKey, limits.accountThrottle])
  if (buckets.length === 0) return undefined
  return ({ services: { ports, clock }, explanation }) => {
    const nowMs = clock.now()
    for (const [key, rate] of buckets) {
      if (ports.counters.take(key, rate, 1, nowMs) === 0) continue
      explanation?.tell('refusing', key)
      throw new GatewayError('THROTTLED')
    }
  }
}

/**
 * Whatever is set of a method, AWS sets these with it: they are what each account has. Nobody asked for them, so they
 * hold where `--account-throttle` says that accounts have a throttle.
 */
function isAccountDefault({ throttlingRateLimit, throttlingBurstLimit }: MethodSetting): boolean {
  return throttlingRateLimit === 10_000 && throttlingBurstLimit === 5000
}
