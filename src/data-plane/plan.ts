import type { HttpReply } from '#http/message.ts'
import type { Address } from './address.ts'
import type { PlannedResource } from './explain/explain-routing.ts'
import type { Exchange } from './exchange.ts'
import type { GatewayError } from './gateway-error.ts'
import type { ApiKind } from './api-kind.ts'
import type { WebSocketPlan } from './websocket/websocket-plan.ts'

/** One thing done for a request. Throws GatewayError to end the exchange; returns a promise only when it must. */
export type Step = (exchange: Exchange) => void | Promise<void>

/** Called after a reply was handed out, with what became of it. Must not throw. */
export type Observer = (exchange: Exchange, reply: HttpReply, sent: Sent) => void

export interface Sent {
  readonly bodyBytes: number
  /** False when the client went away before the end. */
  readonly complete: boolean
}

/** A method of a REST API or a route of an HTTP API, ready to run. */
export interface RoutePlan {
  /** Of REST APIs. */
  readonly resourceId?: string | undefined
  /** Of HTTP and WebSocket APIs: `GET /pets/{petId}`, `$default`. */
  readonly routeKey?: string | undefined
  /** `/pets/{petId}`; `$default` */
  readonly resourcePath: string
  /** As defined: a verb, or `ANY`. */
  readonly httpMethod: string
  readonly operationName: string | undefined
  /** Names of the path's parameters, in order: the match gives their values. */
  readonly pathParameterNames: readonly string[]
  readonly steps: readonly Step[]
  /** Their names in the pipeline, then those of steps that one of them stands around. */
  readonly stepNames: readonly string[]
  /** Told of an error that the gateway answers. Must not throw. */
  readonly failed?: ((exchange: Exchange, error: GatewayError, reply: HttpReply) => void) | undefined
}

export interface RouteMatch {
  readonly route: RoutePlan
  /** As sent, not decoded. */
  readonly pathValues: readonly string[]
}

/** A stage of an API, ready to serve. Immutable: a change is another plan. */
export interface ApiPlan {
  /** What it does as all APIs of its kind do. */
  readonly kind: ApiKind
  readonly account: string
  readonly region: string
  readonly apiId: string
  readonly deploymentId: string
  readonly stage: string
  readonly stageVariables: Readonly<Record<string, string>>
  /** True when the API may be reached by custom domain names alone (`disableExecuteApiEndpoint`). */
  readonly endpointDisabled: boolean
  /** True when a request must be for the name that its TLS handshake was for (`endpointAccessMode` STRICT). */
  readonly strict?: boolean | undefined
  /** The VPC endpoints that a private API is associated with; undefined: the API is public. */
  readonly vpcEndpointIds?: readonly string[] | undefined
  match(method: string, address: Address): RouteMatch | undefined
  /**
   * The gateway's own answer to a CORS preflight; undefined when the request is none, or first has to get past an
   * authorizer. A plan without it answers none.
   */
  readonly preflight?: ((exchange: Exchange) => RoutePlan | undefined) | undefined
  /** What `match` chooses among, for those who are told why. */
  readonly resources: readonly PlannedResource[]
  /** The gateway response for an error, customisations applied. */
  renderError(exchange: Exchange, error: GatewayError): HttpReply
  readonly observers: readonly Observer[]
  /** Of WebSocket APIs: what becomes of connections; `match` finds the route of their handshakes. */
  readonly webSocket?: WebSocketPlan | undefined
  /** Another deployment that answers a part of the stage's requests. */
  readonly canary?: CanaryPlan | undefined
  /** `$context.isCanaryRequest`; undefined for a stage without a canary. */
  readonly isCanary?: boolean | undefined
}

export interface CanaryPlan {
  /** 0–100: how many of a hundred requests it answers. */
  readonly percentTraffic: number
  readonly plan: ApiPlan
}
