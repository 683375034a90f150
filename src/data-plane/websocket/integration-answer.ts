import { isUtf8 } from 'node:buffer'
import { WholeBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import { responseConversion } from '#data-plane/conversion.ts'
import type { Exchange, IntegrationResponse } from '#data-plane/exchange.ts'
import { configurationError } from '#data-plane/gateway-error.ts'
import type { Step } from '#data-plane/plan.ts'
import { DefinitionError } from '#data-plane/route-definition.ts'
import { SelectionPatternError } from '#languages/selection/selection-pattern.ts'
import { compileResponseKeys } from '#languages/selection/response-key.ts'
import type { ApiIntegration, ApiIntegrationResponse } from '#model/http-api.ts'
import { compileTemplates } from './chosen-template.ts'
import type { WebSocketIntegrationDefinition } from './route-definition.ts'
import { compileRouteSelection } from './route-selection.ts'
import { eventOf } from './websocket-event.ts'

/**
 * What goes back of an integration's answer: the response whose key the expression gives, its template applied; where an
 * integration has no responses, all of it. Nothing is mapped where nobody gets it. Developer guide, "Setting up WebSocket API
 * integration responses".
 * @throws DefinitionError
 */
export function compileIntegrationAnswer(definition: WebSocketIntegrationDefinition): Step | undefined {
  const { integration, isTwoWay } = definition
  const responses = Object.values(integration.integrationResponses)
  if (!isTwoWay || responses.length === 0) return passAnswer
  const byKey = new Map(
    responses.map((response) => [response.integrationResponseKey, compileResponse(definition, response)]),
  )
  const expression = integration.integrationResponseSelectionExpression ?? selectionOf(integration)
  const where = 'integrationResponseSelectionExpression'
  const select = compileRouteSelection(expression, 'integrationResponse', where)
  const keyOf = keysOf([...byKey.keys()])
  return (exchange) => {
    const { integrationResponse: answer } = exchange
    if (answer?.unread !== undefined) return received(exchange, answer).then(() => map(exchange))
    return map(exchange)
  }

  function map(exchange: Exchange): void {
    const selected = select(eventOf(exchange).scope(exchange)) ?? ''
    const key = keyOf(selected)
    const apply = key === undefined ? undefined : byKey.get(key)
    if (apply === undefined) {
      throw configurationError(
        `no integration response is for ${JSON.stringify(selected)}, and none is $default`,
      )
    }
    apply(exchange)
  }
}

/**
 * Where nothing is said. Developer guide, "Setting up data transformations for WebSocket APIs", "Integration response
 * selection expressions".
 */
function selectionOf({ integrationUri = '' }: ApiIntegration): string {
  return integrationUri.includes(':lambda:path/')
    ? '$integration.response.body.errorMessage'
    : '$integration.response.statuscode'
}

function keysOf(keys: readonly string[]): (selected: string) => string | undefined {
  try {
    return compileResponseKeys(keys)
  } catch (error) {
    if (!(error instanceof SelectionPatternError)) throw error
    throw new DefinitionError(error.message, 'integration/integrationResponses')
  }
}

/** The answer as it came. */
export function passAnswer(exchange: Exchange): void | Promise<void> {
  const { integrationResponse: answer } = exchange
  if (answer?.unread !== undefined) return received(exchange, answer).then(() => pass(exchange))
  pass(exchange)
}

function pass(exchange: Exchange): void {
  const { integrationResponse: answer } = exchange
  if (answer === undefined) throw configurationError('the integration was not invoked')
  const { status, headers, body } = answer
  respond(exchange, status, headers, body)
}

async function received(exchange: Exchange, answer: IntegrationResponse): Promise<void> {
  const body = (await answer.unread?.read()) ?? answer.body
  exchange.integrationResponse = { ...answer, body, unread: undefined }
}

function respond(exchange: Exchange, status: number, headers: Headers, body: Uint8Array): void {
  const event = eventOf(exchange)
  event.answersBinary = event.isBinary
  exchange.response = { status, headers, body: new WholeBody(body) }
}

type Respond = (exchange: Exchange) => void

function compileResponse(
  definition: WebSocketIntegrationDefinition,
  response: ApiIntegrationResponse,
): Respond {
  const { contentHandlingStrategy: handling, responseTemplates = {}, integrationResponseKey } = response
  const choose = compileTemplates(definition, {
    templates: responseTemplates,
    selection: response.templateSelectionExpression,
    place: 'responseTemplate',
    where: `integration/integrationResponses/${integrationResponseKey}/responseTemplates`,
  })
  return (exchange) => {
    const answer = exchange.integrationResponse
    if (answer === undefined) throw configurationError('the integration was not invoked')
    const converted =
      handling === undefined
        ? answer.body
        : responseConversion(!isUtf8(answer.body), false, handling)(answer.body)
    const body = choose(exchange)?.(exchange, converted) ?? converted
    const status = exchange.templateContext.overrides()?.response.status
    respond(exchange, typeof status === 'number' ? status : answer.status, new Headers(), body)
    if (handling === 'CONVERT_TO_BINARY') eventOf(exchange).answersBinary = true
  }
}
