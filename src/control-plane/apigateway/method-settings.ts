import type { MethodSetting } from '#model/rest-api.ts'
import { badRequest } from './errors.ts'
import { escapeToken } from './json-pointer.ts'
import { patchBoolean } from './patch.ts'

/** The key under which a stage's settings for all methods are kept. */
export const allMethods = '*/*'

/** What the first setting of a method comes with (recorded on AWS). */
export const defaultMethodSetting: MethodSetting = {
  metricsEnabled: false,
  dataTraceEnabled: false,
  throttlingBurstLimit: 5000,
  throttlingRateLimit: 10000,
  cachingEnabled: false,
  cacheTtlInSeconds: 300,
  cacheDataEncrypted: false,
  requireAuthorizationForCacheControl: true,
  unauthorizedCacheControlHeaderStrategy: 'SUCCEED_WITH_RESPONSE_HEADER',
}

/** One setting as UpdateStage names it, after `/{resourcePath}/{httpMethod}/`. */
export interface SettingRow {
  readonly path: string
  readonly read: (value: string) => Partial<MethodSetting>
}

export const settingRows: readonly SettingRow[] = [
  { path: 'metrics/enabled', read: (value) => ({ metricsEnabled: patchBoolean(value) }) },
  { path: 'logging/dataTrace', read: (value) => ({ dataTraceEnabled: patchBoolean(value) }) },
  {
    path: 'logging/loglevel',
    read: (value) => ({ loggingLevel: oneOf(value, ['OFF', 'ERROR', 'INFO'] as const, 'logging level') }),
  },
  {
    path: 'throttling/burstLimit',
    read: (value) => ({ throttlingBurstLimit: limit(value, 'throttling burst limit') }),
  },
  {
    path: 'throttling/rateLimit',
    read: (value) => ({ throttlingRateLimit: limit(value, 'throttling rate limit') }),
  },
  { path: 'caching/enabled', read: (value) => ({ cachingEnabled: patchBoolean(value) }) },
  { path: 'caching/ttlInSeconds', read: (value) => ({ cacheTtlInSeconds: ttl(value) }) },
  { path: 'caching/dataEncrypted', read: (value) => ({ cacheDataEncrypted: patchBoolean(value) }) },
  {
    path: 'caching/requireAuthorizationForCacheControl',
    read: (value) => ({ requireAuthorizationForCacheControl: patchBoolean(value) }),
  },
  {
    path: 'caching/unauthorizedCacheControlHeaderStrategy',
    read: (value) => ({
      unauthorizedCacheControlHeaderStrategy: oneOf(
        value,
        ['FAIL_WITH_403', 'SUCCEED_WITH_RESPONSE_HEADER', 'SUCCEED_WITHOUT_RESPONSE_HEADER'],
        'unauthorized cache control header strategy',
      ),
    }),
  },
]

/**
 * The key of a method's settings: path without its leading slash, inner slashes escaped, `pets/GET`, `a~1b/GET`; the
 * root is `~1/GET`. Clients send the path with or without the leading slash.
 */
export function methodSettingKey(resourcePath: string, httpMethod: string): string {
  if (resourcePath === '*' && httpMethod === '*') return allMethods
  const path = resourcePath === '/' ? '/' : resourcePath.replace(/^\//, '')
  return `${escapeToken(path)}/${httpMethod}`
}

/** The key as GetStage shows it: with a leading slash, `~1pets/GET`, where the client sent one (AWS CLI, update-stage). */
export function shownMethodSettingKey(resourcePath: string, httpMethod: string): string {
  return `${escapeToken(resourcePath)}/${httpMethod}`
}

/** Longest time to live of a cached answer (API reference, Stage). */
const cacheTtlSecondsMax = 3600

function ttl(value: string): number {
  const seconds = Number(value)
  if (value.trim() === '' || !Number.isInteger(seconds) || seconds < 0 || seconds > cacheTtlSecondsMax) {
    throw badRequest(`Invalid cache ttl value ${value}, must be between 0 and ${cacheTtlSecondsMax}`)
  }
  return seconds
}

/** -1 lifts a limit. Terraform sends rates as `5.000000`. */
function limit(value: string, what: string): number {
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number) || number < -1) {
    throw badRequest(`Invalid ${what} ${value}, must be a number of at least 0, or -1 for no limit`)
  }
  return number
}

function oneOf<T extends string>(value: string, names: readonly T[], what: string): T {
  const found = names.find((name) => name === value)
  if (found === undefined) throw badRequest(`Invalid ${what} ${value}, must be one of: [${names.join(', ')}]`)
  return found
}
