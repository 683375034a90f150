import type { PassthroughBehavior } from '#model/rest-api.ts'
import type { Exchange } from './exchange.ts'
import { GatewayError } from './gateway-error.ts'
import { compileMappingTemplate, type MappingTemplate } from './mapping-template.ts'
import { mediaTypeOf } from './media-type.ts'
import type { IntegrationDefinition } from './route-definition.ts'

/** The template for a request's content type; undefined: the body passes as it is. @throws GatewayError 415 */
export type TemplateChoice = (exchange: Exchange) => MappingTemplate | undefined

/** What happens when no template fits. Developer guide, "Integration passthrough behaviors". */
const refuses: Readonly<Record<PassthroughBehavior, (hasTemplates: boolean) => boolean>> = {
  WHEN_NO_MATCH: () => false,
  WHEN_NO_TEMPLATES: (hasTemplates) => hasTemplates,
  NEVER: () => true,
}

/** @throws DefinitionError when a template cannot be read */
export function compileRequestTemplates(definition: IntegrationDefinition): TemplateChoice {
  const { integration } = definition
  const templates = new Map(
    Object.entries(integration.requestTemplates ?? {}).map(([type, text]) => [
      type.toLowerCase(),
      compileMappingTemplate(definition, text, `integration/requestTemplates/${type}`),
    ]),
  )
  const refused = (refuses[integration.passthroughBehavior] ?? refuses.WHEN_NO_MATCH)(templates.size > 0)
  return (exchange) => {
    const type = mediaTypeOf(exchange.request.headers.get('content-type')) ?? 'application/json'
    const template = templates.get(type) ?? templates.get('$default')
    exchange.explanation?.tell('choice', {
      contentType: type,
      templates: [...templates.keys()],
      passthroughBehavior: integration.passthroughBehavior,
      outcome: template !== undefined ? 'a template' : refused ? 'refused' : 'passed through',
    })
    if (template === undefined && refused) {
      throw new GatewayError('UNSUPPORTED_MEDIA_TYPE', { reason: `no mapping template for ${type}` })
    }
    return template
  }
}
