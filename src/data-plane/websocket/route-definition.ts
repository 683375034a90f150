import type { ClientTls } from '#http/client-tls.ts'
import type { MethodLog } from '#data-plane/logs/method-log.ts'
import type { DataPlaneLimits } from '#data-plane/limits.ts'
import type { CompiledIntegration, RouteDefinition, TextPlace } from '#data-plane/route-definition.ts'
import type { ApiIntegration, ApiStage, Route } from '#model/http-api.ts'
import type { RoutedApiSnapshot } from '#model/snapshot.ts'
import type { EventType } from './websocket-event.ts'

/** What the steps of a WebSocket API's route are compiled from, at deploy. */
export interface WebSocketRouteDefinition {
  readonly snapshot: RoutedApiSnapshot
  readonly stage: ApiStage
  readonly route: Route
  /** Of what its exchanges tell: `$connect` and `$disconnect` have their own. */
  readonly eventType: EventType
  /** Undefined: the route has none. */
  readonly integration: ApiIntegration | undefined
  /** Whether what the integration answers goes back to the client, as a message. */
  readonly isTwoWay: boolean
  readonly stageVariables: Readonly<Record<string, string>>
  readonly limits: DataPlaneLimits
  /** VPC link → what else it is known by: its targets' ARNs, its name. */
  readonly vpcLinks?: Readonly<Record<string, readonly string[]>> | undefined
  /** What the stage shows HTTP backends of itself; one object, for connections are shared by it. */
  readonly clientTls?: ClientTls | undefined
  /** Tells the owner what will not work as written. @param where below the route, such as `integration/integrationUri` */
  readonly warn: (message: string, where?: string, place?: TextPlace) => void
  /** The same about the whole API: however many routes say it, it is told once. */
  readonly warnOfApi: (message: string) => void
}

export interface WebSocketIntegrationDefinition extends WebSocketRouteDefinition {
  readonly integration: ApiIntegration
  readonly timeoutMs: number
}

export interface CompiledWebSocketRoute extends WebSocketRouteDefinition {
  readonly compiledIntegration: CompiledIntegration
  /** The route as a method, for the steps that ask who may come in: REST APIs' own. */
  readonly method: RouteDefinition
  /** Undefined: nothing is told. */
  readonly methodLog?: MethodLog | undefined
}
