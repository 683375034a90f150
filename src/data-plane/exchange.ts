import type { SteadyClock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { FieldName } from '#http/added-lines.ts'
import type { HttpClient } from '#http/client.ts'
import type { Headers } from '#http/headers.ts'
import type { Body, HttpReply, HttpRequest } from '#http/message.ts'
import type { HttpClientIdentity } from '#http/trusted-proxies.ts'
import type { TemplateContext } from '#languages/vtl/aws-objects.ts'
import type { Decision } from '#languages/policy/compile.ts'
import type { Address } from './address.ts'
import type { KnownCallers } from './authorizers/known-callers.ts'
import type { SignedCaller } from './authorizers/signed-caller.ts'
import type { AuthorizerCalls } from './authorizers/authorizer-calls.ts'
import type { AuthorizerCall, AuthorizerGrant, CallerIdentity } from './caller.ts'
import type { ConnectionDirectory } from './connections/connection-directory.ts'
import type { ManagementSettings } from './connections/management-settings.ts'
import type { ExecutionLog } from './execution-log.ts'
import type { Explanation } from './explain/explanation.ts'
import type { GatewayError } from './gateway-error.ts'
import type { Phase, PhaseName } from './logs/phase.ts'
import { gatewayHeaders, methodHeaders } from './method-headers.ts'
import { endpointOf, identify, type Surroundings, type VpcEndpoint } from './origin.ts'
import type { ApiPlan, RoutePlan } from './plan.ts'
import type { Ports } from './ports.ts'
import { parseQuery, type Query } from './query-string.ts'
import type { ResilienceState } from './resilience/resilience-state.ts'
import type { TokenIssuers } from './tokens/token-issuers.ts'
import type { ResponseCalls } from './stage-cache/response-calls.ts'
import type { Connections } from './websocket/connections.ts'
import type { WebSocketEvent } from './websocket/websocket-event.ts'
import { newTemplateContext } from './template-scope.ts'
import { newExtendedRequestId, newTraceRoot } from './trace-ids.ts'

/** What steps may use of the world. */
export interface Services extends Surroundings {
  readonly ports: Ports
  /** Undefined where nobody is kept out: an owner tests a method. */
  readonly authorizerCalls?: AuthorizerCalls | undefined
  /** Who signs requests; undefined where nobody is kept out. */
  readonly callers?: KnownCallers | undefined
  /** Whose tokens are taken; undefined: nobody's. */
  readonly issuers?: TokenIssuers | undefined
  /** Undefined: nothing is cached. */
  readonly responseCalls?: ResponseCalls | undefined
  /** What is known of backends, for methods that protect theirs; undefined: nothing is remembered. */
  readonly resilience?: ResilienceState | undefined
  /** Clients of WebSocket APIs; undefined: none are held. */
  readonly connections?: Connections | undefined
  /** WebSockets of all processes; undefined: there are none. */
  readonly directory?: ConnectionDirectory | undefined
  /** Who may do what with them; undefined: as AWS has it. */
  readonly management?: ManagementSettings | undefined
  readonly httpClient: HttpClient
  readonly log: Log
  readonly clock: SteadyClock
}

/** Somebody who signed a request, with what it takes to sign another one in that name. */
export interface RequestSigner {
  readonly signer: SignedCaller
  /** Of temporary credentials. */
  readonly sessionToken: string | undefined
}

/** What an integration sends, once mapped. */
export interface IntegrationRequest {
  readonly headers: Headers
  /** Values for the `{name}`s of the URI. */
  readonly path: ReadonlyMap<string, string>
  readonly query: Query
  readonly body: Uint8Array
}

/** What a backend answered, before it is mapped. */
export interface IntegrationResponse {
  readonly status: number
  readonly headers: Headers
  /** Empty while it is unread. */
  readonly body: Uint8Array
  /** A body that is still arriving: mapped as it comes where nothing looks at it, else read first. */
  readonly unread?: UnreadBody | undefined
  /** What selection patterns are matched with: the status, or a function's error message. */
  readonly selection: string
}

/** One of the two is used, once. */
export interface UnreadBody {
  readonly body: Body
  /** @throws GatewayError */
  read(): Promise<Uint8Array>
}

/** What the client gets, before the gateway's own headers. */
export interface MethodResponse {
  readonly status: number
  readonly reason?: string | undefined
  readonly headers: Headers
  readonly body: Body
}

/**
 * The state of one request. Steps read what earlier ones put here; what is costly is computed when first read.
 */
export class Exchange {
  readonly request: HttpRequest
  readonly address: Address
  readonly plan: ApiPlan
  readonly services: Services
  /** The client's; of a REST API what `X-HTTP-Method-Override` asked for. */
  readonly method: string
  readonly startedAtMs: number
  /** UUID v4; of HTTP APIs in the form of `extendedRequestId`. */
  readonly requestId: string

  /** Undefined until the request was matched. */
  route: RoutePlan | undefined
  pathValues: readonly string[] = []
  /** Who the caller is, where a signature or an API key tells. */
  identity: CallerIdentity | undefined
  /** What the method's authorizer said of the caller. */
  authorizer: AuthorizerGrant | undefined
  /** How it was asked. */
  authorizerCall: AuthorizerCall | undefined
  /** What the API's resource policy says of a caller without identity; undefined where nobody had to ask it. */
  resourceDecision: Decision | undefined
  /** Whether a caller who signs may do something else than invoke the method: `execute-api:InvalidateCache`. */
  callerMay: ((action: string) => boolean) | undefined
  /** Who signed the request, where the integration calls in that name. */
  signedBy: RequestSigner | undefined
  /** The request body in no content coding. */
  requestBody: Body
  /** The whole of it, once a step has received it. */
  body: Uint8Array | undefined
  integrationRequest: IntegrationRequest | undefined
  integrationResponse: IntegrationResponse | undefined
  response: MethodResponse | undefined
  /** Ends the exchange. */
  reply: HttpReply | undefined
  /** Why the gateway answered itself. */
  error: GatewayError | undefined
  /** Of WebSocket APIs: what happened to which connection. */
  event: WebSocketEvent | undefined
  /** Told of what happens, where somebody wants to read it. */
  executionLog: ExecutionLog | undefined
  /** Told why things were decided, where the owner asked for it. */
  explanation: Explanation | undefined
  /** How its parts went, of which an access log tells. */
  phases: Readonly<Partial<Record<PhaseName, Phase>>> | undefined
  /** Lambda's, of the function that a method is integrated with, once it was run. */
  functionRequestId: string | undefined

  #extendedRequestId: string | undefined
  #traceId: string | undefined
  #client: HttpClientIdentity | undefined
  #headers: string[] | undefined
  #query: Query | undefined
  /** Null: through none. */
  #vpcEndpoint: VpcEndpoint | null | undefined
  #templateContext: TemplateContext | undefined

  constructor(request: HttpRequest, address: Address, plan: ApiPlan, services: Services) {
    this.request = request
    this.requestBody = request.body
    this.address = address
    this.plan = plan
    this.services = services
    this.method = plan.kind.methodOf(request)
    this.requestId = plan.kind.newRequestId()
    this.startedAtMs = services.clock.now()
  }

  /** `x-amz-apigw-id`. */
  get extendedRequestId(): string {
    return (this.#extendedRequestId ??= newExtendedRequestId())
  }

  /** `X-Amzn-Trace-Id` towards backends: the client's when it holds a root, else a new root. */
  get traceId(): string {
    return (this.#traceId ??= traceIdOf(this.request.headers, this.startedAtMs))
  }

  /** Who sent the request, behind proxies that are trusted. */
  get client(): HttpClientIdentity {
    return (this.#client ??= identify(this.request, this.services.trustedProxies))
  }

  /** What a private API was reached through; undefined, too, for public APIs, which nobody reaches by an endpoint. */
  get vpcEndpoint(): VpcEndpoint | undefined {
    const { vpcEndpoints } = this.services
    if (this.plan.vpcEndpointIds === undefined || vpcEndpoints === undefined) return undefined
    const { request, client, address } = this
    if (this.#vpcEndpoint === undefined) {
      const { vpcEndpointId } = address.host
      this.#vpcEndpoint = endpointOf(vpcEndpoints, request, client.address, vpcEndpointId) ?? null
    }
    return this.#vpcEndpoint ?? undefined
  }

  /**
   * Tells who calls an integration that nobody waits for its answer any more. A `$connect` that has begun is not given up:
   * whoever let a client in is told of its `$disconnect`.
   */
  onLeft(listener: () => void): void {
    if (this.event === undefined) this.request.onAbort(listener)
  }

  /** What the gateway adds to the client's headers. */
  addedHeaders(): (FieldName | string)[] {
    return gatewayHeaders(this.request, this.client, this.traceId)
  }

  /** The method request's headers: name, value, name, value … */
  get headers(): readonly string[] {
    return (this.#headers ??= methodHeaders(this.request, this.addedHeaders()))
  }

  get query(): Query {
    return (this.#query ??= parseQuery(this.address.query))
  }

  /** `$context` of this exchange's templates, overrides included. */
  get templateContext(): TemplateContext {
    return (this.#templateContext ??= newTemplateContext(this))
  }

  /** The value of a header, by its exact name (developer guide: names are case-sensitive); the last of several. */
  header(name: string): string | undefined {
    const { headers } = this
    for (let i = headers.length - 2; i >= 0; i -= 2) {
      if (headers[i] === name) return headers[i + 1]
    }
    return undefined
  }

  pathParameter(name: string): string | undefined {
    const at = this.route?.pathParameterNames.indexOf(name) ?? -1
    return at === -1 ? undefined : this.pathValues[at]
  }
}

const TRACE_ROOT = /(?:^|;)Root=1-[0-9a-f]{8}-[0-9a-f]{24}(?:;|$)/

function traceIdOf(headers: Headers, nowMs: number): string {
  const sent = headers.get('x-amzn-trace-id')
  return sent !== undefined && TRACE_ROOT.test(sent) ? sent : `Root=${newTraceRoot(nowMs)}`
}
