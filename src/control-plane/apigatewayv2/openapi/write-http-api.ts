import { AwsError } from '#aws/error.ts'
import { newId } from '#base/ids.ts'
import type { Api, ApiAuthorizer, ApiIntegration, Route } from '#model/http-api.ts'
import type { RoutedTimeouts } from '#model/quotas.ts'
import { records } from '#model/records.ts'
import type { Transaction } from '#store/store.ts'
import { childKey, within, type Place } from '../../apigateway/keys.ts'
import type { Cursor } from '../../openapi/document-reader.ts'
import type { Findings } from '../../openapi/findings.ts'
import { newAuthorizer } from '../authorizer-definition.ts'
import { newIntegration } from '../integration-definition.ts'
import { checkRouteMembers } from '../route-definition.ts'
import { checkUniqueKey, routeShape } from '../route-key.ts'
import { newRoute } from '../routes.ts'
import type {
  AuthorizerDefinition,
  HttpApiDefinition,
  IntegrationDefinition,
  RouteDefinition,
} from './http-api-definition.ts'

/**
 * Writes what a document defines below `api` (which its caller writes), in the place of what is there: what has the same
 * name or key keeps its id. What cannot be made is left out and told in `findings`, as AWS does it: a route whose
 * integration cannot be made has no target, one whose authorizer cannot be made is not there.
 */
export async function writeHttpApi(
  tx: Transaction,
  place: Place,
  api: Api,
  definition: HttpApiDefinition,
  findings: Findings,
  timeouts: RoutedTimeouts,
): Promise<void> {
  const parent = within(place, api.apiId)
  const known: Known = {
    routes: new Map((await tx.list(records.route, parent)).map(({ value }) => [value.routeKey, value])),
    authorizers: new Map(
      (await tx.list(records.apiAuthorizer, parent)).map(({ value }) => [value.name, value]),
    ),
  }
  const { authorizers, integrations, routes } = assemble(api, definition, known, findings, timeouts)
  for (const kind of [records.route, records.apiIntegration, records.apiAuthorizer])
    tx.deleteAll(kind, parent)
  for (const each of authorizers) {
    tx.write(records.apiAuthorizer, childKey(place, api.apiId, each.authorizerId), each)
  }
  for (const each of integrations) {
    tx.write(records.apiIntegration, childKey(place, api.apiId, each.integrationId), each)
  }
  for (const each of routes) tx.write(records.route, childKey(place, api.apiId, each.routeId), each)
}

/** What an API has already, by name and by key. */
interface Known {
  readonly authorizers: ReadonlyMap<string, ApiAuthorizer>
  readonly routes: ReadonlyMap<string, Route>
}

interface Parts {
  readonly authorizers: readonly ApiAuthorizer[]
  readonly integrations: readonly ApiIntegration[]
  readonly routes: readonly Route[]
}

/** Everything that can be made of a definition; what cannot be goes to `findings`. */
function assemble(
  api: Api,
  definition: HttpApiDefinition,
  known: Known,
  findings: Findings,
  timeouts: RoutedTimeouts,
): Parts {
  const attempt = <T>(at: Cursor, what: string, make: () => T): T | undefined => {
    try {
      return make()
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      // AWS's form of a warning (recorded).
      findings.warn(at, `${what}: ${error.message.replace(/\.$/, '')}. Ignoring.`)
      return undefined
    }
  }
  const authorizers = new Map<string, ApiAuthorizer>()
  const integrations = new Map<string, ApiIntegration>()
  /** Routes may refer to one. */
  const integrationIds = new Map<IntegrationDefinition, string>()
  const routesByShape = new Map<string, Route>()

  const addAuthorizer = ({ input, at }: AuthorizerDefinition): void => {
    const id = known.authorizers.get(input.Name)?.authorizerId ?? newId(6)
    const made = attempt(at, `Unable to create Authorizer '${input.Name}'`, () =>
      newAuthorizer(api, id, input),
    )
    if (made !== undefined) authorizers.set(made.name, made)
  }

  const integrationOf = ({ routeKey, integration }: RouteDefinition): string | undefined => {
    if (integration === undefined) return undefined
    const { at, input } = integration
    const shared = integrationIds.get(integration)
    if (shared !== undefined) return shared
    const before = known.routes.get(routeKey)?.target?.replace(/^integrations\//, '')
    const id = before === undefined || integrations.has(before) ? newId(7) : before
    const made = attempt(at, `Unable to create integration for resource at path '${routeKey}'`, () =>
      newIntegration(api, id, input, timeouts),
    )
    if (made === undefined) return undefined
    integrations.set(id, made)
    integrationIds.set(integration, id)
    return id
  }

  const addRoute = (route: RouteDefinition): void => {
    const { routeKey, operationName, authorization, at } = route
    const { authorizationType, authorizer, authorizationScopes } = authorization
    const what = `Unable to create route for resource at path '${routeKey}'`
    const guard = authorizer === undefined ? undefined : authorizers.get(authorizer)
    if (authorizer !== undefined && guard === undefined) {
      findings.warn(at, `${what}: there is no Authorizer '${authorizer}'. Ignoring.`)
      return
    }
    const shape = routeShape(routeKey)
    const made = attempt(at, what, () => {
      const bare = newRoute(known.routes.get(routeKey)?.routeId ?? newId(7), {
        RouteKey: routeKey,
        OperationName: operationName,
        AuthorizationType: authorizationType,
        AuthorizerId: guard?.authorizerId,
        AuthorizationScopes: authorizationScopes,
      })
      checkRouteMembers(api, bare)
      const same = routesByShape.get(shape)
      if (same !== undefined) checkUniqueKey(api, routeKey, [same])
      return bare
    })
    if (made === undefined) return
    const integrationId = integrationOf(route)
    const target = integrationId === undefined ? undefined : `integrations/${integrationId}`
    routesByShape.set(shape, { ...made, target, traffic: route.traffic })
  }

  for (const authorizer of definition.authorizers) addAuthorizer(authorizer)
  for (const route of definition.routes) addRoute(route)
  return {
    authorizers: [...authorizers.values()],
    integrations: [...integrations.values()],
    routes: [...routesByShape.values()],
  }
}
