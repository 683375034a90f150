import { StateUnavailable } from '#base/state-unavailable.ts'
import { BodyTooLarge } from '#http/errors.ts'
import type { Address } from '#data-plane/address.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import type { DataPlaneLimits } from '#data-plane/limits.ts'
import type { RoutePlan, Step } from '#data-plane/plan.ts'
import { throttleBy } from '#data-plane/steps/throttle.ts'
import { HolderSilent } from './holder-silent.ts'
import { managementAccess } from './management-access.ts'
import { manyConnectionCalls, oneConnectionCalls } from './management-calls.ts'
import { isConnectionId, readManagementPath } from './management-path.ts'
import { managementError } from './management-reply.ts'
import { broadcastIdsBytesMax } from './management-settings.ts'

/** Whose connections are managed. */
export interface ManagedStage {
  readonly account: string
  readonly region: string
  readonly apiId: string
  readonly stageName: string
}

/** Whether a request that asks for no WebSocket is a management call. */
export function isManagementCall({ path }: Address): boolean {
  return readManagementPath(path) !== undefined
}

/**
 * `@connections` of a stage: backends' way to its clients. Who calls is looked at first, what of second.
 * @param pushBytesMax of one message: 413 past it
 */
export function managementRoute(
  { account, region, apiId, stageName }: ManagedStage,
  limits: DataPlaneLimits,
  pushBytesMax: number,
): RoutePlan {
  const apiArn = `arn:aws:execute-api:${region}:${account}:${apiId}`
  const forOne = refusing(managementAccess(apiArn, pushBytesMax))
  const forMany = refusing(managementAccess(apiArn, broadcastBytesMax(pushBytesMax)))
  const throttle = throttleBy([], { account, region }, limits)
  const stage = `${apiId}/${stageName}`
  const steps: readonly (readonly [string, Step])[] = [
    ['access', (exchange) => (isForMany(exchange) ? forMany : forOne)(exchange)],
    ...(throttle === undefined ? [] : [['throttle', refusing(throttle)] as const]),
    ['manage', (exchange) => manage(exchange, stage, pushBytesMax)],
  ]
  return {
    routeKey: '@connections',
    resourcePath: '/@connections',
    httpMethod: 'ANY',
    operationName: undefined,
    pathParameterNames: [],
    steps: steps.map(([, step]) => step),
    stepNames: steps.map(([name]) => name),
  }
}

/** Whether it is one of Gatehouse's own calls, where they are served. */
function isForMany({ services: { management }, address }: Exchange): boolean {
  return management?.extensions === true && readManagementPath(address.path)?.connectionId === undefined
}

/** Binary data is a third longer as base64, and a text may be escaped all through. */
function broadcastBytesMax(pushBytesMax: number): number {
  return 6 * pushBytesMax + broadcastIdsBytesMax
}

/** The names that AWS's clients know these refusals by. */
const errorTypes: Readonly<Record<string, string>> = {
  REQUEST_TOO_LARGE: 'PayloadTooLargeException',
  THROTTLED: 'LimitExceededException',
}

/** What a step refuses is answered as this API does: the routes' own way is for those who ask for a WebSocket. */
function refusing(step: Step): Step {
  const refused = (exchange: Exchange, error: unknown): void => {
    if (!(error instanceof GatewayError) || error.status >= 500) throw error
    const { responseType, status, errorType, clientMessage } = error
    const type = errorTypes[responseType] ?? errorType
    exchange.reply = managementError(exchange, status, type, clientMessage ?? undefined)
  }
  return (exchange) => {
    try {
      return step(exchange)?.catch((error: unknown) => refused(exchange, error))
    } catch (error) {
      return refused(exchange, error)
    }
  }
}

function manage(exchange: Exchange, stage: string, pushBytesMax: number): void | Promise<void> {
  const { method, address } = exchange
  const forMany = isForMany(exchange)
  const id = readManagementPath(address.path)?.connectionId ?? ''
  const calls = forMany ? manyConnectionCalls : oneConnectionCalls
  const call = Object.hasOwn(calls, method) && (forMany || id !== '') ? calls[method] : undefined
  if (call === undefined) {
    const message = `No method found matching route ${address.path.slice(1)} for http method ${method}.`
    exchange.reply = managementError(exchange, 403, 'ForbiddenException', message)
    return undefined
  }
  if (!forMany && !isConnectionId(id)) {
    exchange.reply = managementError(exchange, 400, 'BadRequestException', `Invalid connectionId: ${id}`)
    return undefined
  }
  const called = (body: Uint8Array): void | Promise<void> =>
    call(exchange, { stage, id, body, pushBytesMax })?.catch((error: unknown) => failed(exchange, error))
  if (method !== 'POST') return called(NO_BYTES)
  try {
    const body = exchange.requestBody.bytes(forMany ? broadcastBytesMax(pushBytesMax) : pushBytesMax)
    return body instanceof Promise ? body.then(called, (error) => tooLarge(exchange, error)) : called(body)
  } catch (error) {
    return tooLarge(exchange, error)
  }
}

const NO_BYTES = new Uint8Array(0)

function tooLarge(exchange: Exchange, error: unknown): void {
  if (!(error instanceof BodyTooLarge)) throw error
  exchange.reply = managementError(exchange, 413, 'PayloadTooLargeException', 'Message too long')
}

function failed(exchange: Exchange, error: unknown): void {
  if (!(error instanceof HolderSilent) && !(error instanceof StateUnavailable)) throw error
  exchange.services.log.warn('a connection of another process is not reached', { reason: error.message })
  exchange.reply = managementError(exchange, 503, 'ServiceUnavailableException', 'Service Unavailable')
}
