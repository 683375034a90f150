import type { RouteSettings as WireSettings } from '#aws/tables/apigatewayv2.ts'
import type { Api, ProtocolType, RouteSettings } from '#model/http-api.ts'
import { badRequest } from '../apigateway/errors.ts'
import { uncapitalized } from './wire-names.ts'

/** What a stage says of its routes as long as nobody says more. */
export const defaultRouteSettings: Readonly<Record<ProtocolType, RouteSettings>> = {
  HTTP: { detailedMetricsEnabled: false },
  WEBSOCKET: { dataTraceEnabled: false, detailedMetricsEnabled: false, loggingLevel: 'OFF' },
}

/** Settings over those that are known: members that are left out stay. @throws BadRequestException */
export function changedSettings(
  { protocolType }: Api,
  known: RouteSettings | undefined,
  given: WireSettings,
): RouteSettings {
  // As AWS says it: hashicorp/terraform-provider-aws issue 14010, where the level was OFF.
  if (protocolType === 'HTTP' && (given.LoggingLevel !== undefined || given.DataTraceEnabled === true)) {
    throw badRequest('Execution logs are not supported on protocolType HTTP')
  }
  for (const [name, limit] of [
    ['throttlingBurstLimit', given.ThrottlingBurstLimit],
    ['throttlingRateLimit', given.ThrottlingRateLimit],
  ] as const) {
    if (limit !== undefined && limit < 0) {
      throw badRequest(`Invalid ${name} specified: ${limit}. Expected 0 or more`)
    }
  }
  return { ...known, ...uncapitalized(given) }
}
