import { badRequest } from '../apigateway/errors.ts'
import { kebabCase } from './names.ts'
import type { SdkApi } from './sdk-api.ts'
import type { SdkParameters } from './sdk-generators.ts'

/** What a registry takes, and how one says that. */
export interface PackageRules {
  readonly name: RegExp
  readonly nameExample: string
  readonly version: RegExp
  readonly versionExample: string
}

export interface PackageName {
  readonly name: string
  readonly version: string
}

const nameCharactersMax = 100

/**
 * What a package is called: as asked for, else after its API.
 * @throws BadRequestException
 */
export function packageName(api: SdkApi, parameters: SdkParameters, rules: PackageRules): PackageName {
  const ownName = kebabCase(api.name).slice(0, nameCharactersMax).replace(/-$/, '')
  const name = parameters['packageName'] || (ownName === '' ? 'api-sdk' : `${ownName}-sdk`)
  const version = parameters['packageVersion'] || '1.0.0'
  if (!rules.name.test(name) || name.length > 2 * nameCharactersMax) {
    throw badRequest(`Invalid packageName specified: found ${name}, expected one as ${rules.nameExample}`)
  }
  if (!rules.version.test(version)) {
    throw badRequest(
      `Invalid packageVersion specified: found ${version}, expected one as ${rules.versionExample}`,
    )
  }
  return { name, version }
}
