import { AwsAccess, type AwsAccessOptions } from '#aws/access.ts'
import { steadily } from '#base/clock.fixture.ts'
import { systemClock, type Clock, type SteadyClock } from '#base/clock.ts'
import type { AuthorizerAnswer } from '#data-plane/authorizers/lambda-authorizer-answer.ts'
import type { KeySetLimits } from '#data-plane/tokens/limits.ts'
import type { StandIn, UserPoolSource } from '#data-plane/tokens/token-issuers.ts'
import type { VerifiedToken } from '#data-plane/tokens/verify-token.ts'
import { MemoryAnswerCache } from '#store/answer-cache-memory.ts'
import { MemoryCounters } from '#store/counters-memory.ts'
import { silentLog, type Log } from '#base/log.ts'
import { compile, type CompileOptions } from '#compiler/compile.ts'
import { DomainTable } from '#data-plane/domains/domain-table.ts'
import { PlanTable } from '#data-plane/plan-table.ts'
import type { CallerSource, FunctionInvoker, ResponseCache, UsagePorts } from '#data-plane/ports.ts'
import type { KeptResponse } from '#data-plane/stage-cache/kept-response.ts'
import type { ResilienceState } from '#data-plane/resilience/resilience-state.ts'
import type { Targets } from '#data-plane/targets/targets.ts'
import { createDataPlane } from '#data-plane/serve.ts'
import type { Connections } from '#data-plane/websocket/connections.ts'
import type { Diagnostic } from '#base/diagnostic.ts'
import { createHttpClient, type HttpClientOptions } from '#http/client.ts'
import { Headers } from '#http/headers.ts'
import { textBody } from '#http/body.ts'
import { createDispatch } from '#server/dispatch.ts'
import { Explainer } from '#server/explain/explainer.ts'
import type { HttpHandler } from '#http/message.ts'
import { startHttpServer } from '#http/server.ts'
import type { VpcEndpoints } from '#data-plane/origin.ts'
import type { TrustedProxies } from '#http/trusted-proxies.ts'
import { define, REGION, STAGE, type ApiDefinition } from './definition.ts'
import { LocalFunctions } from './functions.ts'
import { requestText, sendRaw, type RawReply, type RawRequest } from './raw-http.ts'

/** A data plane behind a real HTTP server. */
export interface House {
  readonly port: number
  /** For further servers. */
  readonly handler: HttpHandler
  readonly planTable: PlanTable
  readonly domains: DomainTable
  readonly explainer: Explainer
  /** Clients of WebSocket APIs. */
  readonly connections: Connections
  /** Without `invokeStreaming`: none that answers in pieces. */
  functions: Pick<FunctionInvoker, 'invoke'> & Partial<FunctionInvoker>
  /** What authorizers answered. */
  readonly authorizerAnswers: MemoryAnswerCache<AuthorizerAnswer>
  readonly verifiedTokens: MemoryAnswerCache<VerifiedToken>
  /** What methods answered. */
  readonly responses: MemoryAnswerCache<KeptResponse>
  deploy(apiId: string, definition: ApiDefinition, options?: CompileOptions): readonly Diagnostic[]
  /** Sends over a connection of its own; targets are below the stage unless they begin with `raw:`. */
  send(apiId: string, request: RawRequest): Promise<RawReply>
  /** As when something has changed about who signs. */
  forgetCallers(): void
  stop(): Promise<void>
}

export interface HouseOptions {
  readonly trustedProxies?: TrustedProxies
  readonly vpcEndpoints?: VpcEndpoints | undefined
  readonly random?: () => number
  readonly clock?: Clock | SteadyClock
  readonly targets?: Targets
  /** Whoever stands in for user pools. */
  readonly standIns?: ReadonlyMap<string, StandIn>
  readonly userPools?: UserPoolSource
  readonly keySetLimits?: Partial<KeySetLimits>
  readonly log?: Log
  /** Where AWS services are, and who calls them. */
  readonly aws?: Pick<AwsAccessOptions, 'environment' | 'own'>
  /** How answers of methods are kept. */
  readonly cache?: Partial<ResponseCache>
  /** Of the client that asks backends. */
  readonly client?: HttpClientOptions
  /** Who signs. */
  readonly callers?: CallerSource
  readonly usage?: UsagePorts
  /** What is known of backends. */
  readonly resilience?: ResilienceState
}

/** @param options what differs from a house that trusts nobody and calls no AWS service */
export async function startHouse({
  aws,
  client,
  callers,
  targets,
  userPools,
  cache,
  usage,
  clock = systemClock,
  ...options
}: HouseOptions = {}): Promise<House> {
  const planTable = new PlanTable()
  const domains = new DomainTable()
  const verifiedTokens = new MemoryAnswerCache<VerifiedToken>()
  const authorizerAnswers = new MemoryAnswerCache<AuthorizerAnswer>()
  const responses = new MemoryAnswerCache<KeptResponse>({ entryBytesMax: 2 * 1024 * 1024 })
  const httpClient = createHttpClient(client)
  const functions: FunctionInvoker = {
    invoke: (call) => house.functions.invoke(call),
    invokeStreaming: (call) =>
      house.functions.invokeStreaming?.(call) ??
      Promise.reject(new Error('no function of this house answers in pieces')),
  }
  const dataPlane = createDataPlane({
    planTable,
    ports: {
      functions,
      counters: new MemoryCounters(),
      authorizerAnswers,
      verifiedTokens,
      callers,
      userPools,
      responses: { answers: responses, processes: 1, staleMs: 0, keepsErrors: false, ...cache },
      aws: aws && new AwsAccess({ ...aws, client: httpClient, clock: systemClock, region: REGION }),
      targets,
      usage,
    },
    httpClient,
    log: silentLog,
    ...options,
    clock: steadily(clock),
  })
  const explainer = new Explainer()
  const handler = createDispatch({
    dataPlane,
    domains,
    counters: new MemoryCounters(),
    explainer,
    surroundings: options,
    office: () => ({ status: 404, headers: new Headers(), body: textBody('not an API') }),
  })
  const server = startHttpServer({ hostname: '127.0.0.1', port: 0, handler })
  const house: House = {
    port: server.port,
    handler,
    planTable,
    domains,
    explainer,
    connections: dataPlane.connections,
    functions: new LocalFunctions({}),
    authorizerAnswers,
    verifiedTokens,
    responses,
    deploy: (apiId, definition, options) => {
      const { snapshot, stage } = define(apiId, definition)
      const { plan, diagnostics } = compile(snapshot, stage, options)
      planTable.swap(plan)
      return diagnostics
    },
    send: (apiId, request) => {
      const { target } = request
      const full = target.startsWith('raw:') ? target.slice(4) : `/${STAGE}${target}`
      return sendRaw(server.port, requestText(hostOf(apiId), { ...request, target: full }))
    },
    forgetCallers: () => dataPlane.forgetCallers(),
    stop: async () => {
      await server.stop()
      httpClient.close()
    },
  }
  return house
}

export function hostOf(apiId: string): string {
  return `${apiId}.execute-api.${REGION}.amazonaws.com`
}
