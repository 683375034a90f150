import type { Authorizer, Method } from '#model/rest-api.ts'
import type { RestApiSnapshot } from '#model/snapshot.ts'
import type { DocumentationLookup } from './documentation-lookup.ts'
import type { ExportOptions } from './export-options.ts'
import { present, type Written } from './written.ts'

/** The names that API Gateway gives to what guards a method without an authorizer. */
const API_KEY = 'api_key'
const IAM = 'sigv4'

/** The security schemes that the methods of an API need, by name. */
export function exportSecuritySchemes(
  { authorizers, resources }: RestApiSnapshot,
  options: ExportOptions,
  documentation: DocumentationLookup,
): Written {
  const methods = resources.flatMap((resource) => Object.values(resource.methods))
  const schemes: Record<string, Written> = {}
  for (const authorizer of authorizers) {
    if (methods.some(({ authorizerId }) => authorizerId === authorizer.id) || options.everything) {
      const { name } = authorizer
      schemes[name] = {
        ...authorizerScheme(authorizer, options),
        ...documentation.of({ type: 'AUTHORIZER', name }),
      }
    }
  }
  if (methods.some(({ authorizationType }) => authorizationType === 'AWS_IAM')) {
    schemes[IAM] = { ...headerScheme('Authorization'), 'x-amazon-apigateway-authtype': 'awsSigv4' }
  }
  if (methods.some(({ apiKeyRequired }) => apiKeyRequired)) schemes[API_KEY] = headerScheme('x-api-key')
  return schemes
}

/** What a method demands of its callers; undefined when it is open. */
export function exportSecurity(
  method: Method,
  authorizers: readonly Authorizer[],
): readonly Written[] | undefined {
  const { authorizationType, authorizerId, authorizationScopes, apiKeyRequired } = method
  const authorizer = authorizers.find(({ id }) => id === authorizerId)
  const demands: Written[] = []
  if (authorizationType === 'AWS_IAM') demands.push({ [IAM]: [] })
  else if (authorizer !== undefined) demands.push({ [authorizer.name]: authorizationScopes ?? [] })
  if (apiKeyRequired) demands.push({ [API_KEY]: [] })
  return demands.length === 0 ? undefined : demands
}

function headerScheme(name: string): Written {
  return { type: 'apiKey', name, in: 'header' }
}

function authorizerScheme(authorizer: Authorizer, options: ExportOptions): Written {
  const { type, identitySource, authType } = authorizer
  const isUserPool = type === 'COGNITO_USER_POOLS'
  return {
    ...headerScheme(headerOf(identitySource)),
    'x-amazon-apigateway-authtype': authType ?? (isUserPool ? 'cognito_user_pools' : 'custom'),
    ...(options.authorizers ? { 'x-amazon-apigateway-authorizer': exportAuthorizer(authorizer) } : {}),
  }
}

/** The header that callers send: of several sources none can be named, and AWS says so. */
function headerOf(identitySource: string | undefined): string {
  const [, header] = /^method\.request\.header\.([^,\s]+)$/.exec(identitySource ?? '') ?? []
  return header ?? (identitySource === undefined ? 'Authorization' : 'Unused')
}

function exportAuthorizer(authorizer: Authorizer): Written {
  const { type, identitySource } = authorizer
  return present({
    type: type.toLowerCase(),
    authorizerUri: authorizer.authorizerUri,
    authorizerCredentials: authorizer.authorizerCredentials,
    providerARNs: authorizer.providerARNs,
    // A token's source is the scheme's own header.
    identitySource: type === 'REQUEST' ? identitySource : undefined,
    identityValidationExpression: authorizer.identityValidationExpression,
    authorizerResultTtlInSeconds: authorizer.authorizerResultTtlInSeconds,
  })
}
