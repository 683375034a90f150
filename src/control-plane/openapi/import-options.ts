import type { EndpointType } from '#model/rest-api.ts'
import { endpointTypes } from '../apigateway/endpoint-configuration.ts'
import { badRequest } from '../apigateway/errors.ts'

/** What to make of a document's base path (developer guide, "Set the OpenAPI basePath property"). */
export type BasePathMode = 'ignore' | 'prepend' | 'split'

export interface ImportOptions {
  readonly basePath: BasePathMode
  readonly endpointTypes: readonly EndpointType[] | undefined
  readonly vpcEndpointIds: readonly string[] | undefined
}

/** Reads the `parameters` of ImportRestApi and PutRestApi. @throws BadRequestException */
export function importOptions(parameters: Readonly<Record<string, string>> | undefined): ImportOptions {
  const given = new Map(Object.entries(parameters ?? {}).map(([name, value]) => [name.toLowerCase(), value]))
  const types = list(given.get('endpointconfigurationtypes'))
  const unknown = types?.find((type) => !(endpointTypes as readonly string[]).includes(type))
  if (unknown !== undefined) {
    throw badRequest(`Invalid EndpointTypes specified. Valid options are ${endpointTypes.join(',')}`)
  }
  return {
    basePath: basePathMode(given.get('basepath')),
    endpointTypes: types as readonly EndpointType[] | undefined,
    vpcEndpointIds: list(given.get('vpcendpointids') ?? given.get('endpointconfigurationvpcendpointids')),
  }
}

/** @throws BadRequestException */
export function basePathMode(text: string | undefined): BasePathMode {
  const mode = (text || 'ignore').toLowerCase()
  if (mode === 'ignore' || mode === 'prepend' || mode === 'split') return mode
  throw badRequest(`Invalid basepath specified: ${mode}. Valid options are ignore,prepend,split`)
}

/** What the base path puts before every path: `/v1/pets`, or nothing. */
export function basePathPrefix(basePath: string, mode: BasePathMode): string {
  const parts = basePath.split('/').filter((part) => part !== '')
  const kept = mode === 'ignore' ? [] : mode === 'split' ? parts.slice(1) : parts
  return kept.map((part) => `/${part}`).join('')
}

function list(text: string | undefined): string[] | undefined {
  if (text === undefined || text === '') return undefined
  return text.split(',').map((item) => item.trim())
}
