import type { Api, ApiAuthorizer, ApiIntegration, ApiStage, Route } from '#model/http-api.ts'
import type { RoutedApiSnapshot } from '#model/snapshot.ts'
import { ACCOUNT, functionArn, REGION } from '../../rest/support/definition.ts'
import { apiDefaults, stageDefaults } from './routed-defaults.ts'

/** An HTTP API written short: route keys and what is behind them; what differs from the defaults. */
export interface HttpApiDefinition {
  readonly routes: Readonly<Record<string, RouteDefinition>>
  readonly api?: Partial<Api>
  /** `$default` unless it says otherwise. */
  readonly stage?: Partial<ApiStage>
  readonly authorizers?: readonly ApiAuthorizer[]
}

/** An integration, or a route with more than one. */
export type RouteDefinition = Partial<Route> & { readonly integration?: Partial<ApiIntegration> }

/** A stage and the snapshot that it serves; integrations have the ids `i0`, `i1` … */
export function defineHttpApi(
  apiId: string,
  definition: HttpApiDefinition,
): { snapshot: RoutedApiSnapshot; stage: ApiStage } {
  const entries = Object.entries(definition.routes)
  return {
    snapshot: {
      protocol: 'HTTP',
      account: ACCOUNT,
      region: REGION,
      deploymentId: 'dep001',
      api: {
        ...apiDefaults(apiId),
        protocolType: 'HTTP',
        routeSelectionExpression: '${request.method} ${request.path}',
        ...definition.api,
      },
      routes: entries.map(([routeKey, { integration, ...route }], at) => ({
        routeId: `r${at}`,
        routeKey,
        authorizationType: 'NONE',
        apiKeyRequired: false,
        routeResponses: {},
        target: integration === undefined ? undefined : `integrations/i${at}`,
        ...route,
      })),
      integrations: entries.flatMap(([, { integration }], at) =>
        integration === undefined
          ? []
          : [
              {
                integrationId: `i${at}`,
                integrationType: 'HTTP_PROXY',
                connectionType: 'INTERNET',
                timeoutInMillis: 30_000,
                integrationResponses: {},
                ...integration,
              },
            ],
      ),
      models: [],
      authorizers: definition.authorizers ?? [],
    },
    stage: {
      stageName: '$default',
      ...stageDefaults,
      ...definition.stage,
    },
  }
}

/** AWS_PROXY to the function of that name. */
export function toFunction(name: string, more: Partial<ApiIntegration> = {}): RouteDefinition {
  return {
    integration: {
      integrationType: 'AWS_PROXY',
      integrationUri: functionArn(name),
      payloadFormatVersion: '2.0',
      ...more,
    },
  }
}

/** HTTP_PROXY, any method. */
export function toUri(integrationUri: string, more: Partial<ApiIntegration> = {}): RouteDefinition {
  return { integration: { integrationUri, integrationMethod: 'ANY', ...more } }
}
