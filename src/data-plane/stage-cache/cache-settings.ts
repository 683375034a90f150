import { methodSettingKey, methodSettingOf } from '#model/method-settings.ts'
import type { MethodSetting, Stage } from '#model/rest-api.ts'

/** How the answers to one verb of a method are kept. */
export interface CacheSettings {
  readonly ttlMs: number
  readonly encrypted: boolean
  /** Whether only callers who may invalidate entries can do so. */
  readonly guarded: boolean
  /** What becomes of the others: FAIL_WITH_403, SUCCEED_WITH_RESPONSE_HEADER, SUCCEED_WITHOUT_RESPONSE_HEADER. */
  readonly unauthorizedStrategy: string
}

/** Verbs of an ANY method, which a stage can set one by one. Answers to HEAD are without their bodies: never kept. */
const VERBS = ['DELETE', 'GET', 'OPTIONS', 'PATCH', 'POST', 'PUT'] as const

/**
 * Which verbs of a method are cached: GET where the stage says so of all methods, any other where it says so of that
 * method itself. Developer guide, "Override API Gateway stage-level caching for method-level caching": only GET methods
 * have caching enabled by default. A TTL of 0 is none.
 * @param httpMethod as defined: a verb, or `ANY`
 */
export function cacheSettings(
  stage: Stage,
  resourcePath: string,
  httpMethod: string,
): ReadonlyMap<string, CacheSettings> {
  const found = new Map<string, CacheSettings>()
  if (!stage.cacheClusterEnabled) return found
  for (const verb of VERBS) {
    if (httpMethod !== verb && httpMethod !== 'ANY') continue
    const setting = settingOf(stage, resourcePath, verb, httpMethod)
    if (setting?.cachingEnabled !== true || setting.cacheTtlInSeconds === 0) continue
    found.set(verb, {
      ttlMs: setting.cacheTtlInSeconds * 1000,
      encrypted: setting.cacheDataEncrypted,
      guarded: setting.requireAuthorizationForCacheControl,
      unauthorizedStrategy: setting.unauthorizedCacheControlHeaderStrategy,
    })
  }
  return found
}

function settingOf(
  stage: Stage,
  resourcePath: string,
  verb: string,
  httpMethod: string,
): MethodSetting | undefined {
  const own = stage.methodSettings[methodSettingKey(resourcePath, verb)]
  if (own !== undefined || verb !== 'GET') return own
  return methodSettingOf(stage, resourcePath, httpMethod)
}

const GIB = 1024 ** 3

/** What a stage's cache may hold, by its size in GB as AWS names it; undefined: no such size. */
export function cacheClusterBytes({ cacheClusterSize = '0.5' }: Stage): number | undefined {
  const bytes = Number(cacheClusterSize) * GIB
  return bytes > 0 ? bytes : undefined
}
