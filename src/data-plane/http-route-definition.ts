import type { ClientTls } from '#http/client-tls.ts'
import type { TrafficSettings } from '#languages/traffic/settings.ts'
import type { ApiIntegration, ApiStage, Route } from '#model/http-api.ts'
import type { RoutedApiSnapshot } from '#model/snapshot.ts'
import type { TrafficRule } from '#model/traffic-rule.ts'
import type { DataPlaneLimits } from './limits.ts'
import type { CompiledIntegration, TextPlace } from './route-definition.ts'

/** What the steps of an HTTP API's route are compiled from, at deploy. */
export interface HttpRouteDefinition {
  readonly snapshot: RoutedApiSnapshot
  readonly stage: ApiStage
  readonly route: Route
  /** Of the route key: `/pets/{petId}`; `$default`. */
  readonly resourcePath: string
  /** Of the route key: a verb or `ANY`, which `$default` is for, too. */
  readonly httpMethod: string
  readonly stageVariables: Readonly<Record<string, string>>
  readonly limits: DataPlaneLimits
  /** VPC link → what else it is known by: its name. */
  readonly vpcLinks?: Readonly<Record<string, readonly string[]>> | undefined
  /** What the operator says of the stage's traffic. */
  readonly trafficRules?: readonly TrafficRule[] | undefined
  /** What the stage shows HTTP backends of itself; one object, for connections are shared by it. */
  readonly clientTls?: ClientTls | undefined
  /** Tells the owner what will not work as written. @param where below the route, such as `integration/integrationUri` */
  readonly warn: (message: string, where?: string, place?: TextPlace) => void
  /** The same about the whole API: however many routes say it, it is told once. */
  readonly warnOfApi: (message: string) => void
}

export interface ApiIntegrationDefinition extends HttpRouteDefinition {
  readonly integration: ApiIntegration
  readonly timeoutMs: number
  /** How requests go to the backend, where somebody says so. */
  readonly traffic?: TrafficSettings | undefined
}

export interface CompiledHttpRoute extends HttpRouteDefinition {
  /** Undefined: the route has none. */
  readonly integration: ApiIntegration | undefined
  readonly compiledIntegration: CompiledIntegration
}
