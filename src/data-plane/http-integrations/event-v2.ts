import type { Exchange } from '#data-plane/exchange.ts'
import type { HttpRouteDefinition } from '#data-plane/http-route-definition.ts'
import { eventBody, pathParametersJson, type ReadEventRequest } from './event-parts.ts'
import { compileRequestV2 } from './request-v2.ts'

/** Writes the event that a function receives, as JSON text. What does not change between requests is written at deploy. */
export type CompileEvent = (
  definition: HttpRouteDefinition,
  read: ReadEventRequest,
) => (exchange: Exchange) => string

/**
 * Payload format 2.0. Developer guide, "Working with AWS Lambda proxy integrations for HTTP APIs"; what is not there is
 * left out.
 */
export const compileEventV2: CompileEvent = (definition, read) => {
  const { stageVariables } = definition
  const request = compileRequestV2(definition, read)
  const variables =
    Object.keys(stageVariables).length === 0 ? '' : `,"stageVariables":${JSON.stringify(stageVariables)}`
  return (exchange) => {
    const body = eventBody(exchange)
    const parameters = pathParametersJson(exchange)
    return (
      `{"version":"2.0",${request(exchange)},` +
      (body === undefined ? '' : `"body":${body.json},`) +
      (parameters === undefined ? '' : `"pathParameters":${parameters},`) +
      `"isBase64Encoded":${body?.isBase64 === true}${variables}}`
    )
  }
}
