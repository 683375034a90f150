import type { CompiledIntegration } from '#data-plane/route-definition.ts'
import type { WebSocketIntegrationDefinition } from '#data-plane/websocket/route-definition.ts'
import type { ApiIntegrationType } from '#model/http-api.ts'
import { compileLambdaProxy } from './lambda-proxy.ts'
import { compileMapped } from './mapped.ts'
import { compilePassed } from './http-proxy.ts'

/** Makes an integration ready to run. @throws DefinitionError when it cannot work as it is written */
export type CompileWebSocketIntegration = (definition: WebSocketIntegrationDefinition) => CompiledIntegration

/** Every integration type. */
export const webSocketIntegrationTypes: Readonly<Record<ApiIntegrationType, CompileWebSocketIntegration>> = {
  AWS: compileMapped,
  AWS_PROXY: compileLambdaProxy,
  HTTP: compileMapped,
  HTTP_PROXY: compilePassed,
  MOCK: compileMapped,
}
