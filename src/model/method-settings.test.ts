import { expect, test } from 'bun:test'
import { methodSettingKey, methodSettingOf } from './method-settings.ts'
import type { MethodSetting } from './rest-api.ts'

test('keys are spelled as GetStage spells them', () => {
  const keys = [
    methodSettingKey('*', '*'),
    methodSettingKey('/', 'GET'),
    methodSettingKey('/pets', 'GET'),
    methodSettingKey('pets', 'GET'),
    methodSettingKey('/a/{b}/c~d', 'ANY'),
  ]
  expect(keys).toEqual(['*/*', '~1/GET', 'pets/GET', 'pets/GET', 'a~1{b}~1c~0d/ANY'])
})

const setting = (cacheTtlInSeconds: number): MethodSetting => ({
  metricsEnabled: false,
  dataTraceEnabled: false,
  cachingEnabled: false,
  cacheTtlInSeconds,
  cacheDataEncrypted: false,
  requireAuthorizationForCacheControl: true,
  unauthorizedCacheControlHeaderStrategy: 'SUCCEED_WITH_RESPONSE_HEADER',
})

const stage = { methodSettings: { '*/*': setting(1), '~1/GET': setting(2), 'a~1b/ANY': setting(3) } }

const cases: readonly (readonly [path: string, method: string, ttl: number])[] = [
  ['/', 'GET', 2],
  ['/', 'POST', 1],
  ['/a/b', 'ANY', 3],
  // A verb is no part of ANY: each method of a resource has settings of its own.
  ['/a/b', 'GET', 1],
  ['/a', 'GET', 1],
]

test.each(cases)('%s %s', (path, method, ttl) => {
  expect(methodSettingOf(stage, path, method)?.cacheTtlInSeconds).toBe(ttl)
})

test('a stage without settings has none, whatever a path is called', () => {
  expect(methodSettingOf({ methodSettings: {} }, '/constructor', 'GET')).toBeUndefined()
})
