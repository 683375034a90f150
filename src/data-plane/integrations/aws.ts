import type { CompiledIntegration, IntegrationDefinition } from '#data-plane/route-definition.ts'
import { compileAwsService } from './aws-service.ts'
import { compileLambdaCustom } from './lambda-custom.ts'
import { isFunctionUri, parseServiceUri } from './lambda-uri.ts'

/** AWS: an action of an AWS service, request and response mapped. */
export function compileAws(definition: IntegrationDefinition): CompiledIntegration {
  const uri = parseServiceUri(definition)
  return isFunctionUri(uri) ? compileLambdaCustom(definition, uri) : compileAwsService(definition, uri)
}
