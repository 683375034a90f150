import type { Api, ApiAuthorizer, ApiIntegration, ApiModel, Route } from '#model/http-api.ts'
import type {
  Authorizer,
  GatewayResponse,
  Model,
  RequestValidator,
  Resource,
  RestApi,
} from '#model/rest-api.ts'

/**
 * All that a deployment froze of a REST API: plain immutable data, the only thing that goes from the control
 * plane to the compiler. The stage (variables, settings) is given to the compiler beside it.
 */
export interface RestApiSnapshot {
  readonly protocol: 'REST'
  readonly account: string
  readonly region: string
  readonly deploymentId: string
  readonly api: RestApi
  readonly resources: readonly Resource[]
  readonly models: readonly Model[]
  readonly requestValidators: readonly RequestValidator[]
  readonly gatewayResponses: readonly GatewayResponse[]
  readonly authorizers: readonly Authorizer[]
}

/** The same of an HTTP or a WebSocket API. */
export interface RoutedApiSnapshot {
  readonly protocol: 'HTTP' | 'WEBSOCKET'
  readonly account: string
  readonly region: string
  readonly deploymentId: string
  readonly api: Api
  readonly routes: readonly Route[]
  readonly integrations: readonly ApiIntegration[]
  readonly models: readonly ApiModel[]
  readonly authorizers: readonly ApiAuthorizer[]
}

/** One variant an API kind. */
export type ApiSnapshot = RestApiSnapshot | RoutedApiSnapshot
