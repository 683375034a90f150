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
  const basePath = (given.get('basepath') ?? 'ignore').toLowerCase()
  if (basePath !== 'ignore' && basePath !== 'prepend' && basePath !== 'split') {
    throw badRequest(`Invalid basepath specified: ${basePath}. Valid options are ignore,prepend,split`)
  }
  return {
    basePath,
    endpointTypes: types as readonly EndpointType[] | undefined,
    vpcEndpointIds: list(given.get('vpcendpointids') ?? given.get('endpointconfigurationvpcendpointids')),
  }
}

function list(text: string | undefined): string[] | undefined {
  if (text === undefined || text === '') return undefined
  return text.split(',').map((item) => item.trim())
}
