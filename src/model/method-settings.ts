import type { MethodSetting, Stage } from './rest-api.ts'

/** The key under which a stage's settings for all methods are kept. */
export const allMethods = '*/*'

/**
 * The key of a method's settings: path without its leading slash, inner slashes escaped, `pets/GET`, `a~1b/GET`; the
 * root is `~1/GET`. Clients send the path with or without the leading slash.
 */
export function methodSettingKey(resourcePath: string, httpMethod: string): string {
  if (resourcePath === '*' && httpMethod === '*') return allMethods
  const path = resourcePath === '/' ? '/' : resourcePath.replace(/^\//, '')
  return shownMethodSettingKey(path, httpMethod)
}

/** The key as GetStage shows it: with a leading slash, `~1pets/GET`, where the client sent one (AWS CLI, update-stage). */
export function shownMethodSettingKey(resourcePath: string, httpMethod: string): string {
  return `${resourcePath.replaceAll('~', '~0').replaceAll('/', '~1')}/${httpMethod}`
}

/**
 * The settings of a method: its own as a whole, else those of all methods; undefined when the stage has neither. A
 * method's own were copied from those of all methods when the first of them was set, so nothing is merged here
 * (recorded on AWS; API reference, Stage, `methodSettings`).
 * @param httpMethod as defined: a verb, or `ANY`
 */
export function methodSettingOf(
  { methodSettings }: Pick<Stage, 'methodSettings'>,
  resourcePath: string,
  httpMethod: string,
): MethodSetting | undefined {
  for (const key of [methodSettingKey(resourcePath, httpMethod), allMethods]) {
    if (Object.hasOwn(methodSettings, key)) return methodSettings[key]
  }
  return undefined
}
