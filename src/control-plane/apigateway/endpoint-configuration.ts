import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import type { EndpointConfiguration, EndpointType } from '#model/rest-api.ts'
import { badRequest } from './errors.ts'

export const endpointTypes: readonly EndpointType[] = ['REGIONAL', 'EDGE', 'PRIVATE']

type Given = ApiGatewayOperations['CreateRestApi']['input']['endpointConfiguration']

/** What CreateRestApi makes of its input: one type, `EDGE` by default. @throws BadRequestException */
export function newEndpointConfiguration(given: Given): EndpointConfiguration {
  const types = given?.types ?? ['EDGE']
  if (types.length === 0) {
    throw badRequest('REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.')
  }
  if (types.length > 1) throw badRequest('Cannot create an api with multiple Endpoint Types.')
  const [type] = types as readonly [EndpointType]
  return checkedEndpointConfiguration({
    types: [type],
    ipAddressType: given?.ipAddressType ?? (type === 'PRIVATE' ? 'dualstack' : 'ipv4'),
    vpcEndpointIds: given?.vpcEndpointIds,
  })
}

/** @throws BadRequestException */
export function checkedEndpointConfiguration(configuration: EndpointConfiguration): EndpointConfiguration {
  if (configuration.types.includes('PRIVATE') && configuration.ipAddressType !== 'dualstack') {
    throw badRequest('Only dualstack ipAddressType is supported for Private APIs.')
  }
  if (!configuration.types.includes('PRIVATE') && (configuration.vpcEndpointIds?.length ?? 0) > 0) {
    throw badRequest('VPCEndpoints can only be specified with PRIVATE apis.')
  }
  return configuration
}
