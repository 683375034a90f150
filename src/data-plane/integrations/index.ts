import type { CompiledIntegration, IntegrationDefinition } from '#data-plane/route-definition.ts'
import type { IntegrationType } from '#model/rest-api.ts'
import { compileAws } from './aws.ts'
import { compileAwsProxy } from './aws-proxy.ts'
import { compileHttp } from './http.ts'
import { compileHttpProxy } from './http-proxy.ts'
import { compileMock } from './mock.ts'

/** Makes an integration ready to run. @throws DefinitionError when it cannot work as it is written */
export type CompileIntegration = (definition: IntegrationDefinition) => CompiledIntegration

/** Every integration type. */
export const integrationTypes: Readonly<Record<IntegrationType, CompileIntegration>> = {
  AWS: compileAws,
  AWS_PROXY: compileAwsProxy,
  HTTP: compileHttp,
  HTTP_PROXY: compileHttpProxy,
  MOCK: compileMock,
}
