import { GatewayError } from './gateway-error.ts'
import type { Exchange } from './exchange.ts'
import type { RouteDefinition } from './route-definition.ts'
import type { RoutedApiSnapshot } from '#model/snapshot.ts'

/** `arn:aws:execute-api:{region}:{account}:{apiId}` */
export function apiArnOf({ snapshot: { region, account, api } }: RouteDefinition): string {
  return `arn:aws:execute-api:${region}:${account}:${api.id}`
}

/** The same of an HTTP API. */
export function routedApiArnOf({ region, account, api }: RoutedApiSnapshot): string {
  return `arn:aws:execute-api:${region}:${account}:${api.apiId}`
}

/**
 * What a request asks for, as policies name it: `{stage}/{METHOD}{path}`, below the API's ARN. The path is the
 * request's own, as sent. One slash at its end is as none, as it is for the router: it must not lead past a denial.
 */
export function methodPlace(exchange: Exchange): string {
  const { plan, method, address } = exchange
  const { stage, kind } = plan
  if (kind.placeOf !== undefined) return `${stage}/${kind.placeOf(exchange)}`
  const { path } = address
  const end = path.length > 1 && path.endsWith('/') ? -1 : path.length
  return `${stage}/${method}${path.slice(0, end)}`
}

/** Developer guide, "Amazon API Gateway quotas": the ARN of a method with authorization. */
const methodArnBytesMax = 1600

/** @throws GatewayError 414 when it is too long for a policy to be asked about it */
export function methodArn(apiArn: string, exchange: Exchange): string {
  return boundedArn(`${apiArn}/${methodPlace(exchange)}`)
}

/**
 * The same of an HTTP API, `{apiArn}/{stage}/{METHOD}{path}`, whatever the route's key: the path as sent, for a slash at its
 * end makes it another one for its router. Developer guide, "Working with AWS Lambda authorizers for HTTP APIs", `routeArn`.
 */
export function routeArn(apiArn: string, exchange: Exchange): string {
  return boundedArn(`${apiArn}/${routePlace(exchange)}`)
}

/** What stands below the API's ARN. */
export function routePlace({ plan: { stage }, method, address: { path } }: Exchange): string {
  return `${stage}/${method}${path}`
}

function boundedArn(arn: string): string {
  // A target is ASCII: its characters are its bytes.
  if (arn.length <= methodArnBytesMax) return arn
  throw new GatewayError('DEFAULT_4XX', { status: 414, message: 'Request URI too long' })
}
