import { newId } from '#base/ids.ts'
import type { Kind } from '#base/kind.ts'
import type { Api, ApiIntegration } from '#model/http-api.ts'
import type { RoutedTimeouts } from '#model/quotas.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { badRequest } from '../apigateway/errors.ts'
import { childKey, within, type Place } from '../apigateway/keys.ts'
import { managedStage } from './api-record.ts'
import { checkUnsupported } from './checks.ts'
import { checkedIntegration, newIntegration, type IntegrationInput } from './integration-definition.ts'
import { givenText } from './merge.ts'
import { checkRoute } from './route-definition.ts'
import { newRoute } from './routes.ts'

/** The members of CreateApi and UpdateApi that make a whole API of one backend (API reference, Apis). */
export interface QuickCreate {
  /** Default: `$default`. */
  readonly RouteKey?: string | undefined
  /** The URL of a backend, or the ARN of a function. */
  readonly Target?: string | undefined
  readonly CredentialsArn?: string | undefined
}

/** Route, integration and a stage that follows changes, where a target is given. @throws BadRequestException */
export async function createManaged(
  tx: Transaction,
  place: Place,
  api: Api,
  { RouteKey, Target, CredentialsArn }: QuickCreate,
  timeouts: RoutedTimeouts,
): Promise<void> {
  const target = givenText(Target)
  if (target === undefined) {
    if (givenText(RouteKey) !== undefined || givenText(CredentialsArn) !== undefined) {
      throw badRequest('RouteKey and CredentialsArn are part of quick create: expected a Target beside them')
    }
    return
  }
  if (api.protocolType === 'WEBSOCKET') checkUnsupported('WEBSOCKET', { Target })
  const input = { ...backendOf(target), CredentialsArn }
  const integration = { ...newIntegration(api, newId(7), input, timeouts), apiGatewayManaged: true }
  tx.create(records.apiIntegration, childKey(place, api.apiId, integration.integrationId), integration)
  const key = givenText(RouteKey) ?? '$default'
  const made = newRoute(newId(7), { RouteKey: key, Target: `integrations/${integration.integrationId}` })
  const route = { ...made, apiGatewayManaged: true }
  await checkRoute(tx, place, api, route)
  tx.create(records.route, childKey(place, api.apiId, route.routeId), route)
  tx.create(records.apiStage, childKey(place, api.apiId, '$default'), managedStage(api))
}

/** Changes what quick create made. @throws BadRequestException where it made nothing, or another type */
export async function updateManaged(
  tx: Transaction,
  place: Place,
  api: Api,
  { RouteKey, Target, CredentialsArn }: QuickCreate,
  timeouts: RoutedTimeouts,
): Promise<void> {
  if (RouteKey === undefined && Target === undefined && CredentialsArn === undefined) return
  const integration = await managedOf(tx, records.apiIntegration, place, api)
  const route = await managedOf(tx, records.route, place, api)
  if (integration === undefined || route === undefined) {
    throw badRequest(
      'RouteKey, Target and CredentialsArn change what quick create made: it did not make this API',
    )
  }
  const target = givenText(Target)
  const type = target === undefined ? integration.integrationType : backendOf(target).IntegrationType
  if (type !== integration.integrationType) {
    throw badRequest(
      `Invalid Target specified: ${target}. The integration of this API stays of type ${integration.integrationType}`,
    )
  }
  const changed: ApiIntegration = {
    ...integration,
    integrationUri: target ?? integration.integrationUri,
    credentialsArn: CredentialsArn === undefined ? integration.credentialsArn : givenText(CredentialsArn),
  }
  const updated = checkedIntegration(api, changed, timeouts)
  tx.write(records.apiIntegration, childKey(place, api.apiId, integration.integrationId), updated)
  const keyed = { ...route, routeKey: givenText(RouteKey) ?? route.routeKey }
  await checkRoute(tx, place, api, keyed)
  tx.write(records.route, childKey(place, api.apiId, route.routeId), keyed)
}

/** A function is given the newer event; a backend any method. */
function backendOf(target: string): IntegrationInput {
  return /^https?:/i.test(target)
    ? {
        IntegrationType: 'HTTP_PROXY',
        IntegrationUri: target,
        IntegrationMethod: 'ANY',
        PayloadFormatVersion: '1.0',
      }
    : { IntegrationType: 'AWS_PROXY', IntegrationUri: target, PayloadFormatVersion: '2.0' }
}

async function managedOf<T extends { readonly apiGatewayManaged?: boolean | undefined }>(
  tx: Transaction,
  kind: Kind<T>,
  place: Place,
  { apiId }: Api,
): Promise<T | undefined> {
  const all = await tx.list(kind, within(place, apiId))
  return all.map(({ value }) => value).find(({ apiGatewayManaged }) => apiGatewayManaged === true)
}
