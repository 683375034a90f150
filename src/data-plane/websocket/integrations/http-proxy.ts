import { integrationTypes } from '#data-plane/integrations/index.ts'
import type { CompiledIntegration } from '#data-plane/route-definition.ts'
import { asMethodIntegration } from '#data-plane/websocket/as-method.ts'
import { compileIntegrationMessage } from '#data-plane/websocket/integration-message.ts'
import { passAnswer } from '#data-plane/websocket/integration-answer.ts'
import type { WebSocketIntegrationDefinition } from '#data-plane/websocket/route-definition.ts'

/**
 * HTTP_PROXY: the message as it came is the body of a request, with the headers that are mapped; the body of the answer is
 * the message back.
 */
export function compilePassed(definition: WebSocketIntegrationDefinition): CompiledIntegration {
  const method = asMethodIntegration(definition)
  const { integration } = definition
  const passed = { ...definition, integration: { ...integration, requestTemplates: {} } }
  return {
    readsBody: false,
    request: compileIntegrationMessage(passed, method),
    invoke: integrationTypes.HTTP({ ...method, integration: { ...method.integration, type: 'HTTP' } }).invoke,
    response: passAnswer,
  }
}
