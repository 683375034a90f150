import { contextText, type ContextVariables } from '#data-plane/context-variables.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import type { Sent } from '#data-plane/plan.ts'
import { FunctionUnavailable, type FunctionUnavailableReason } from '#data-plane/ports.ts'
import type { Headers } from '#http/headers.ts'
import type { HttpReply } from '#http/message.ts'
import type { LogReader } from '#languages/log-format/compile.ts'
import type { LogValue } from '#languages/log-format/style.ts'
import type { PhaseName } from './phase.ts'
import { secretsHider } from './secrets.ts'

/** What an access log tells of: a request that is answered. */
export interface AnsweredExchange {
  readonly exchange: Exchange
  readonly reply: HttpReply
  readonly sent: Sent
}

type Readers = Readonly<Record<string, LogReader<AnsweredExchange>>>

/**
 * The variables that access logs have beside those of `contextVariables`. Latencies in ms. Developer guide,
 * "Variables for access logging for API Gateway".
 */
const readers: Readers = {
  status: ({ reply }) => reply.status,
  responseLength: ({ sent }) => sent.bodyBytes,
  responseLatency: ({ exchange }) => exchange.services.clock.now() - exchange.startedAtMs,
  xrayTraceId: ({ exchange }) => /Root=([^;]+)/.exec(exchange.traceId)?.[1],
  ...forEach(['integrationLatency', 'integration.latency'], latencyOf('integration')),
  ...forEach(['integrationErrorMessage', 'integration.error'], errorOf('integration')),
  ...forEach(['awsEndpointRequestId', 'integration.requestId'], endpointRequestId),
  awsEndpointRequestId2: ({ exchange }) => backendHeaders(exchange)?.get('x-amz-id-2'),
  dataProcessed: ({ exchange, sent }) => (exchange.request.body.length ?? 0) + sent.bodyBytes,
  ...forEach(['integrationStatus', 'integration.integrationStatus'], serviceStatus),
  'integration.status': ({ exchange }) => integrationStatus(exchange),
  ...forEach(['authorizer.latency', 'authorizer.integrationLatency'], latencyOf('authorizer')),
  'authorizer.error': errorOf('authorizer'),
  ...forEach(['authorizer.status', 'authorizer.integrationStatus'], authorizerStatus),
  'authorize.latency': latencyOf('authorizer'),
  'authorize.error': errorOf('authorizer'),
  'authorize.status': authorizeStatus,
}

/** The phase of which a variable tells. */
const phases: readonly (readonly [PhaseName, RegExp])[] = [
  ['integration', /^integration(?:Latency|Status|ErrorMessage|\.)/],
  ['authorizer', /^authorize(?:r\.(?:latency|integrationLatency|error|status|integrationStatus)$|\.)/],
]

/** What must be measured while a request is on its way, so that these variables have their values. */
export function phasesOf(names: ReadonlySet<string>): ReadonlySet<PhaseName> {
  const named = phases.filter(([, pattern]) => [...names].some((name) => pattern.test(name)))
  return new Set(named.map(([phase]) => phase))
}

/**
 * How a variable of an access log is read; undefined when it has no value ever.
 * @param variables of the kind of API
 */
export function accessLogReader(
  name: string,
  variables: ContextVariables,
): LogReader<AnsweredExchange> | undefined {
  const shared = Object.hasOwn(variables, name) ? variables[name] : undefined
  if (shared !== undefined) return ({ exchange }) => shared(exchange)
  const own = Object.hasOwn(readers, name) ? readers[name] : undefined
  if (own !== undefined) return own
  if (name.startsWith('authorizer.')) return ({ exchange }) => contextText(exchange, name)
  const override = /^(request|response)Override\.(\w+)(?:\.(.+))?$/.exec(name)
  return override === null ? undefined : overrideReader(override)
}

/** `responseOverride.status`, `requestOverride.header.{name}` and the like: what templates set. */
function overrideReader([, side, group = '', name]: readonly (
  | string
  | undefined
)[]): LogReader<AnsweredExchange> {
  return ({ exchange }) => {
    const overrides = exchange.templateContext.overrides()
    if (overrides === undefined) return undefined
    const members: Readonly<Record<string, unknown>> =
      side === 'request' ? overrides.request : overrides.response
    const member = Object.hasOwn(members, group) ? members[group] : undefined
    if (name === undefined) return textOf(member)
    if (typeof member !== 'object' || member === null || !Object.hasOwn(member, name)) return undefined
    return textOf((member as Readonly<Record<string, unknown>>)[name])
  }
}

function textOf(value: unknown): LogValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return value === undefined || value === null ? undefined : JSON.stringify(value)
}

function forEach(names: readonly string[], read: LogReader<AnsweredExchange>): Readers {
  return Object.fromEntries(names.map((name) => [name, read]))
}

function latencyOf(name: PhaseName): LogReader<AnsweredExchange> {
  return ({ exchange }) => exchange.phases?.[name]?.latencyMs
}

function errorOf(name: PhaseName): LogReader<AnsweredExchange> {
  return ({ exchange }) => {
    const error = exchange.phases?.[name]?.error
    // A function or a backend may repeat what the client sent.
    return error instanceof Error ? secretsHider(exchange)(error.message) : undefined
  }
}

/** What the backend answered, or the code of a function behind Lambda proxy integration. */
function integrationStatus({ integrationResponse, response, phases: measuredPhases }: Exchange): LogValue {
  if (measuredPhases?.integration === undefined) return undefined
  return (integrationResponse ?? response)?.status
}

/** What the Lambda service answers of a function that it did not run. */
const REFUSALS: Readonly<Record<FunctionUnavailableReason, number>> = {
  'access-denied': 403,
  'role-not-assumed': 403,
  'not-found': 404,
  throttled: 429,
  failed: 500,
}

/** What the service answered that runs functions; the backend, where there is none. */
function serviceStatus({ exchange }: AnsweredExchange): LogValue {
  const error = exchange.phases?.integration?.error
  if (error instanceof GatewayError && error.cause instanceof FunctionUnavailable) {
    return REFUSALS[error.cause.reason]
  }
  return exchange.functionRequestId === undefined ? integrationStatus(exchange) : 200
}

const REQUEST_ID_HEADERS = ['x-amzn-requestid', 'x-amzn-remapped-x-amzn-requestid', 'x-amz-request-id']

function endpointRequestId({ exchange }: AnsweredExchange): LogValue {
  const { functionRequestId } = exchange
  if (functionRequestId !== undefined) return functionRequestId
  const headers = backendHeaders(exchange)
  if (headers === undefined) return undefined
  for (const name of REQUEST_ID_HEADERS) {
    const id = headers.get(name)
    if (id !== undefined) return id
  }
  return undefined
}

function backendHeaders({ integrationResponse, response }: Exchange): Headers | undefined {
  return (integrationResponse ?? response)?.headers
}

/** What an authorizer said, before its policy was looked at. */
function authorizerStatus({ exchange }: AnsweredExchange): LogValue {
  const status = authorizeStatus({ exchange })
  return status === 403 ? 200 : status
}

/** What became of the caller: 200, or the status of the refusal. */
function authorizeStatus({ exchange }: Pick<AnsweredExchange, 'exchange'>): LogValue {
  const phase = exchange.phases?.authorizer
  if (phase === undefined) return undefined
  if (phase.error === undefined) return 200
  return phase.error instanceof GatewayError ? phase.error.status : 500
}
