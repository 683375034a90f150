import { systemClock, type SteadyClock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { HttpClient } from '#http/client.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import type { Address } from './address.ts'
import { AuthorizerCalls } from './authorizers/authorizer-calls.ts'
import { KnownCallers } from './authorizers/known-callers.ts'
import type { ConnectionDirectory } from './connections/connection-directory.ts'
import type { ManagementSettings } from './connections/management-settings.ts'
import { execute, fail } from './execute.ts'
import { Exchange, type Services } from './exchange.ts'
import type { Explanation } from './explain/explanation.ts'
import { GatewayError } from './gateway-error.ts'
import type { Surroundings } from './origin.ts'
import type { ApiPlan, CanaryPlan } from './plan.ts'
import type { PlanTable } from './plan-table.ts'
import type { Ports } from './ports.ts'
import { strictFault } from './strict-access.ts'
import { renderForbidden } from './render-error.ts'
import type { KeySetLimits } from './tokens/limits.ts'
import { TokenIssuers, type StandIn } from './tokens/token-issuers.ts'
import { ResilienceState } from './resilience/resilience-state.ts'
import { ResponseCalls, type CacheCounts } from './stage-cache/response-calls.ts'
import type { ConnectionFacts } from './websocket/connection-facts.ts'
import { Connections, type ConnectionWatcher } from './websocket/connections.ts'
import type { ConnectionEnd } from './websocket/websocket-event.ts'

export interface DataPlaneOptions extends Surroundings {
  readonly planTable: PlanTable
  readonly ports: Ports
  /** Whoever stands in for user pools, by their ARN or id. */
  readonly standIns?: ReadonlyMap<string, StandIn> | undefined
  /** What is fetched from issuers of tokens. */
  readonly keySetLimits?: Partial<KeySetLimits> | undefined
  readonly directory?: ConnectionDirectory | undefined
  readonly management?: ManagementSettings | undefined
  readonly httpClient: HttpClient
  /** Undefined: of its own. */
  readonly resilience?: ResilienceState | undefined
  /** Told of the WebSocket connections of this process. */
  readonly connectionWatcher?: ConnectionWatcher | undefined
  readonly log: Log
  readonly clock?: SteadyClock
  /** From 0 to less than 1: which requests canaries answer. */
  readonly random?: (() => number) | undefined
}

/**
 * Whether the API is there at the address that was asked: its own may be disabled. A private API is reached through a VPC
 * endpoint, and a public one is not: endpoints lead to private APIs alone (AWS re:Post, "HTTP 403 Forbidden errors when
 * connecting to my API Gateway APIs from a VPC"). An alias of API and endpoint is there for those that are associated.
 */
export function isReached(exchange: Exchange): boolean {
  const {
    plan,
    address: { host, domain },
    vpcEndpoint,
  } = exchange
  const { endpointDisabled, strict, vpcEndpointIds } = plan
  if (endpointDisabled && domain === undefined) return false
  // A custom domain name has a mode of its own.
  if (strict === true && domain === undefined && !isStrictlyReached(exchange)) return false
  if (vpcEndpointIds === undefined) return host.vpcEndpointId === undefined
  if (vpcEndpoint === undefined) return false
  return !host.apiId || host.vpcEndpointId === undefined || vpcEndpointIds.includes(host.vpcEndpointId)
}

function isStrictlyReached({ plan, request, services, address: { host } }: Exchange): boolean {
  return strictFault(plan.vpcEndpointIds !== undefined, host, request, services) === undefined
}

export interface DataPlane {
  /** What is known of who signs requests may be so no more: it is asked for again. */
  forgetCallers(): void
  /**
   * Answers a request for an API. Never throws, never rejects.
   * @param explanation told what happens, where the owner asked for it
   */
  serve(request: HttpRequest, address: Address, explanation?: Explanation): HttpReply | Promise<HttpReply>
  /** Of the stage cache. */
  readonly cacheCounts: CacheCounts
  /** The WebSocket connections of this process. */
  readonly connections: Connections
  /** Delivers the `$disconnect` of a connection that another process held. Never rejects. */
  disconnected(facts: ConnectionFacts, end: ConnectionEnd): Promise<void>
}

export function createDataPlane(options: DataPlaneOptions): DataPlane {
  const { planTable, clock = systemClock, random = Math.random } = options
  const authorizerCalls = new AuthorizerCalls(options.ports.authorizerAnswers)
  const callers = new KnownCallers(options.ports.callers)
  const issuers = new TokenIssuers({
    standIns: options.standIns ?? new Map(),
    userPools: options.ports.userPools,
    client: options.httpClient,
    clock,
    log: options.log,
    limits: options.keySetLimits,
  })
  const responseCalls = new ResponseCalls(options.ports.responses)
  const resilience =
    options.resilience ?? new ResilienceState({ log: options.log, turns: options.ports.turns })
  const connections = new Connections(planTable, options.connectionWatcher)
  const services: Services = {
    ...options,
    connections,
    clock,
    authorizerCalls,
    callers,
    issuers,
    responseCalls,
    resilience,
  }
  return {
    forgetCallers: () => callers.forget(),
    cacheCounts: responseCalls.counts,
    connections,
    disconnected: (facts, end) => connections.disconnected(facts, end, services),
    serve: (request, address, explanation) => {
      const found = planTable.find(address)
      const plan = found?.canary === undefined ? found : chosen(found, found.canary, random)
      explanation?.planned(found, plan, stagesOf(planTable, address))
      // Answered before an API is known, so no API's gateway responses apply.
      if (plan === undefined) return planTable.kindOf(address.apiId)?.nothingThere() ?? renderForbidden()
      const exchange = new Exchange(request, address.within(plan.stage), plan, services)
      if (!isReached(exchange)) return plan.kind.nothingThere()
      const preflight = plan.preflight?.(exchange)
      const match =
        preflight === undefined
          ? plan.match(exchange.method, exchange.address)
          : { route: preflight, pathValues: [] }
      explanation?.began(exchange, match)
      if (match === undefined) return fail(exchange, new GatewayError(plan.kind.unrouted))
      exchange.route = match.route
      exchange.pathValues = match.pathValues
      return execute(exchange, explanation?.watched(match.route) ?? match.route.steps)
    },
  }
}

function stagesOf(planTable: PlanTable, { apiId }: Address): string[] {
  return [...planTable].filter((plan) => plan.apiId === apiId).map(({ stage }) => stage)
}

/** Each request for itself: a client may meet both (developer guide, "Canary release deployment in API Gateway"). */
function chosen(base: ApiPlan, { plan, percentTraffic }: CanaryPlan, random: () => number): ApiPlan {
  return percentTraffic > random() * 100 ? plan : base
}
