import type {
  Api,
  ApiAuthorizer,
  ApiIntegration,
  ApiIntegrationResponse,
  ApiStage,
  Route,
} from '#model/http-api.ts'
import type { RoutedApiSnapshot } from '#model/snapshot.ts'
import { ACCOUNT, functionUri, REGION } from '../../rest/support/definition.ts'
import { apiDefaults, stageDefaults } from '../../http-api/support/routed-defaults.ts'

/** A WebSocket API written short: route keys and what is behind them; what differs from the defaults. */
export interface WebSocketApiDefinition {
  readonly routes: Readonly<Record<string, RouteDefinition>>
  readonly api?: Partial<Api>
  /** `prod` unless it says otherwise. */
  readonly stage?: Partial<ApiStage>
  readonly authorizers?: readonly (Partial<ApiAuthorizer> & { readonly authorizerId: string })[]
  /** Name → schema. */
  readonly models?: Readonly<Record<string, object>>
}

export interface RouteDefinition extends Partial<Route> {
  readonly integration?: Partial<Omit<ApiIntegration, 'integrationResponses'>> & {
    /** By key. */
    readonly integrationResponses?: Readonly<Record<string, Partial<ApiIntegrationResponse>>>
  }
  /** Whether answers go back to the client. */
  readonly twoWay?: boolean
}

export const STAGE = 'prod'

/** A stage and the snapshot that it serves; integrations have the ids `i0`, `i1` … */
export function defineWebSocketApi(
  apiId: string,
  definition: WebSocketApiDefinition,
): { snapshot: RoutedApiSnapshot; stage: ApiStage } {
  const entries = Object.entries(definition.routes)
  return {
    snapshot: {
      protocol: 'WEBSOCKET',
      account: ACCOUNT,
      region: REGION,
      deploymentId: 'dep001',
      api: {
        ...apiDefaults(apiId),
        protocolType: 'WEBSOCKET',
        routeSelectionExpression: '$request.body.action',
        ...definition.api,
      },
      routes: entries.map(([routeKey, { integration, twoWay = false, ...route }], at) => ({
        routeId: `r${at}`,
        routeKey,
        authorizationType: 'NONE',
        apiKeyRequired: false,
        routeResponses: twoWay ? { rr: { routeResponseId: 'rr', routeResponseKey: '$default' } } : {},
        routeResponseSelectionExpression: twoWay ? '$default' : undefined,
        target: integration === undefined ? undefined : `integrations/i${at}`,
        ...route,
      })),
      integrations: entries.flatMap(([, { integration }], at): ApiIntegration[] => {
        if (integration === undefined) return []
        const { integrationResponses = {}, ...others } = integration
        return [
          {
            integrationId: `i${at}`,
            integrationType: 'MOCK',
            connectionType: 'INTERNET',
            timeoutInMillis: 29_000,
            integrationResponses: Object.fromEntries(
              Object.entries(integrationResponses).map(([integrationResponseKey, response], place) => [
                `ir${place}`,
                { integrationResponseId: `ir${place}`, integrationResponseKey, ...response },
              ]),
            ),
            ...others,
          },
        ]
      }),
      models: Object.entries(definition.models ?? {}).map(([name, schema]) => ({
        modelId: name,
        name,
        contentType: 'application/json',
        schema: JSON.stringify(schema),
      })),
      authorizers: (definition.authorizers ?? []).map((authorizer) => ({
        name: authorizer.authorizerId,
        authorizerType: 'REQUEST',
        identitySource: [],
        ...authorizer,
      })),
    },
    stage: {
      stageName: STAGE,
      ...stageDefaults,
      ...definition.stage,
    },
  }
}

/** AWS_PROXY to the function of that name. */
export function toFunction(name: string, more: Partial<ApiIntegration> = {}): RouteDefinition {
  const { integrationResponses: _, ...others } = more
  return { integration: { integrationType: 'AWS_PROXY', integrationUri: functionUri(name), ...others } }
}

/** A route that answers what the template makes of a message. */
export function mocked(template: string, status: number = 200): RouteDefinition {
  return {
    twoWay: true,
    integration: {
      integrationType: 'MOCK',
      requestTemplates: { $default: `{"statusCode":${status}}` },
      integrationResponses: { $default: { responseTemplates: { $default: template } } },
    },
  }
}
