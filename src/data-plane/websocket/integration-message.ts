import { compileRequestConversion } from '#data-plane/conversion.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { overrideRequest } from '#data-plane/mapped-request.ts'
import {
  compileRequestParameters,
  forbiddenAwsHeaders,
  forbiddenHeaders,
} from '#data-plane/request-parameters.ts'
import type { Step } from '#data-plane/plan.ts'
import type { IntegrationDefinition } from '#data-plane/route-definition.ts'
import { compileTemplates } from './chosen-template.ts'
import type { WebSocketIntegrationDefinition } from './route-definition.ts'

const NOTHING = new Uint8Array(0)

/**
 * What an integration is sent: content handling, the template that the expression gives, parameters. Without a template the
 * message passes as it is, where `passthroughBehavior` lets it. Developer guide, "Setting up data transformation for
 * WebSocket APIs".
 * @param method the same as a method
 * @throws DefinitionError
 */
export function compileIntegrationMessage(
  definition: WebSocketIntegrationDefinition,
  method: IntegrationDefinition,
): Step {
  const { integration } = definition
  const forbidden = integration.integrationType === 'AWS' ? forbiddenAwsHeaders : forbiddenHeaders
  const parameters = compileRequestParameters(method, forbidden)
  const convert = compileRequestConversion(method)
  const { requestTemplates = {}, templateSelectionExpression, passthroughBehavior } = integration
  const choose = compileTemplates(method, {
    templates: requestTemplates,
    selection: templateSelectionExpression,
    place: 'requestTemplate',
    where: 'integration/requestTemplates',
  })
  const hasTemplates = Object.keys(requestTemplates).length > 0
  const refuses =
    passthroughBehavior === 'NEVER' || (passthroughBehavior === 'WHEN_NO_TEMPLATES' && hasTemplates)
  return (exchange) => {
    const template = choose(exchange)
    if (template === undefined && refuses) {
      throw new GatewayError('UNSUPPORTED_MEDIA_TYPE', { reason: 'no request template is for the message' })
    }
    const payload = convert(exchange, exchange.body ?? NOTHING)
    const mapped = parameters.evaluate(exchange)
    const body = template === undefined ? payload : template(exchange, payload)
    exchange.integrationRequest = { ...mapped, body }
    if (template !== undefined) overrideRequest(exchange, mapped)
  }
}
