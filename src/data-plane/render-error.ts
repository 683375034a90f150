import { Headers } from '#http/headers.ts'
import { textBody } from '#http/body.ts'
import type { HttpReply } from '#http/message.ts'
import { checkGatewayTemplate, compileGatewayTemplate } from '#languages/gateway-response/template.ts'
import { compileMapping, type Mapping } from '#languages/parameter-mapping/compile.ts'
import { MappingError, parseMapping } from '#languages/parameter-mapping/expression.ts'
import { parseGatewayResponseTarget } from '#languages/parameter-mapping/target.ts'
import {
  defaultResponseTemplates,
  gatewayResponseDefaults,
  type GatewayResponseType,
} from '#model/gateway-response.ts'
import type { GatewayResponse } from '#model/rest-api.ts'
import { newRequestId } from '#base/ids.ts'
import type { Exchange } from './exchange.ts'
import type { GatewayError } from './gateway-error.ts'
import { RequestScope } from './mapping-scope.ts'
import { mediaTypeOf } from './media-type.ts'
import { headerValue, replyHeaders } from './reply-headers.ts'
import { newExtendedRequestId } from './trace-ids.ts'

export type ErrorRenderer = (exchange: Exchange, error: GatewayError) => HttpReply

/** Answers for which no API exists yet, so none can customise them. */
export function renderForbidden(): HttpReply {
  const headers = new Headers(['Content-Type', 'application/json', 'x-amzn-RequestId', newRequestId()])
  headers.add('x-amzn-ErrorType', gatewayResponseDefaults.INVALID_API_KEY.errorType)
  headers.add('x-amz-apigw-id', newExtendedRequestId())
  return { status: 403, headers, body: textBody('{"message":"Forbidden"}') }
}

/**
 * The gateway responses of an API: its own where it has customised them, DEFAULT_4XX and DEFAULT_5XX behind, AWS's
 * built-in ones last. Developer guide, "Gateway responses in API Gateway".
 * @param warn told of what cannot be used, with its place
 */
export function compileErrorRenderer(
  responses: readonly GatewayResponse[],
  warn: (message: string, where: string) => void,
): ErrorRenderer {
  const customised = new Map(
    responses.map((response) => [response.responseType, compileCustom(response, warn)]),
  )
  return (exchange, error) => {
    exchange.error = error
    const custom = customised.size === 0 ? undefined : customOf(customised, error)
    exchange.explanation?.tell('gatewayResponse', custom === undefined ? "AWS's own" : "the API's own")
    return custom === undefined ? renderDefault(exchange, error) : custom(exchange, error)
  }
}

function customOf(
  customised: ReadonlyMap<string, ErrorRenderer>,
  error: GatewayError,
): ErrorRenderer | undefined {
  // Cannot be customised. Developer guide, "Quotas for configuring and running a REST API".
  if (error.responseType === 'REQUEST_TOO_LARGE') return undefined
  const fallback: GatewayResponseType = error.status < 500 ? 'DEFAULT_4XX' : 'DEFAULT_5XX'
  return customised.get(error.responseType) ?? customised.get(fallback)
}

function renderDefault(exchange: Exchange, error: GatewayError): HttpReply {
  const { opening } = gatewayResponseDefaults[error.responseType]
  return {
    status: error.status,
    headers: replyHeaders(exchange, 'application/json', error.errorType),
    body: textBody(`${opening}${JSON.stringify(error.clientMessage)}}`),
  }
}

function compileCustom(
  response: GatewayResponse,
  warn: (message: string, where: string) => void,
): ErrorRenderer {
  const where = `gatewayResponses/${response.responseType}`
  const headers: { readonly name: string; readonly value: Mapping }[] = []
  for (const [key, expression] of Object.entries(response.responseParameters)) {
    try {
      const { name } = parseGatewayResponseTarget(key)
      const source = parseMapping(expression, 'method.request')
      if (source.kind === 'body')
        throw new MappingError(`gateway responses cannot read the request body: ${expression}`)
      headers.push({ name, value: compileMapping(source) })
    } catch (error) {
      if (!(error instanceof MappingError)) throw error
      warn(error.message, `${where}/responseParameters/${key}`)
    }
  }
  const given = Object.entries(response.responseTemplates)
  for (const [type, text] of given) {
    for (const { message } of checkGatewayTemplate(text)) warn(message, `${where}/responseTemplates/${type}`)
  }
  const templates = new Map(
    (given.length === 0 ? Object.entries(defaultResponseTemplates) : given).map(([type, text]) => [
      type,
      compileGatewayTemplate(text),
    ]),
  )
  const status = response.statusCode === undefined ? undefined : Number(response.statusCode)
  return (exchange, error) => {
    const type = templateType(templates, exchange)
    const replied = replyHeaders(exchange, type, error.errorType)
    const scope = new RequestScope(exchange)
    for (const { name, value } of headers) {
      const mapped = value(scope)
      if (mapped !== undefined) replied.set(name, headerValue(String(mapped)))
    }
    const body = templates.get(type)?.(scope) ?? ''
    return { status: status ?? error.status, headers: replied, body: textBody(body) }
  }
}

/** By the request's Accept, else JSON, else the first. */
function templateType(templates: ReadonlyMap<string, unknown>, exchange: Exchange): string {
  const accepted = mediaTypeOf(exchange.request.headers.get('accept'))
  if (accepted !== undefined && templates.has(accepted)) return accepted
  if (templates.has('application/json')) return 'application/json'
  return templates.keys().next().value as string
}
