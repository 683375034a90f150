import type { ApiIntegrationDefinition } from '#data-plane/http-route-definition.ts'
import type { CompiledIntegration } from '#data-plane/route-definition.ts'
import type { ApiIntegrationType } from '#model/http-api.ts'
import { compileHttpRouteProxy } from './http-proxy.ts'
import { compileLambda } from './lambda.ts'
import { compileServiceAction } from './service-action.ts'

/** Makes an integration ready to run. @throws DefinitionError when it cannot work as it is written */
export type CompileHttpIntegration = (definition: ApiIntegrationDefinition) => CompiledIntegration

/** Every integration type that HTTP APIs have. */
export const httpIntegrationTypes: Readonly<Partial<Record<ApiIntegrationType, CompileHttpIntegration>>> = {
  AWS_PROXY: (definition) =>
    definition.integration.integrationSubtype === undefined
      ? compileLambda(definition)
      : compileServiceAction(definition),
  HTTP_PROXY: compileHttpRouteProxy,
}
