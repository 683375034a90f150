import { integrationTypes } from '#data-plane/integrations/index.ts'
import type { CompiledIntegration } from '#data-plane/route-definition.ts'
import { asMethodIntegration } from '#data-plane/websocket/as-method.ts'
import { compileIntegrationAnswer } from '#data-plane/websocket/integration-answer.ts'
import { compileIntegrationMessage } from '#data-plane/websocket/integration-message.ts'
import type { WebSocketIntegrationDefinition } from '#data-plane/websocket/route-definition.ts'

/** AWS, HTTP and MOCK: called as REST APIs call them, mapped by templates that expressions choose. */
export function compileMapped(definition: WebSocketIntegrationDefinition): CompiledIntegration {
  const method = asMethodIntegration(definition)
  const { invoke } = integrationTypes[definition.integration.integrationType](method)
  return {
    readsBody: false,
    request: compileIntegrationMessage(definition, method),
    invoke,
    response: compileIntegrationAnswer(definition),
  }
}
