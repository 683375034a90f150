import type { ApiAuthorizer, Route } from '#model/http-api.ts'
import { filled, present, type Written } from '../../openapi/export/written.ts'

/** The authorizers of an API as security schemes, by name. @param extensions whether what makes them authorizers is told */
export function exportHttpSecuritySchemes(
  authorizers: readonly ApiAuthorizer[],
  extensions: boolean,
): Written | undefined {
  const sorted = authorizers.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return filled(
    Object.fromEntries(
      sorted.map((authorizer): [string, Written] => [
        authorizer.name,
        {
          ...schemes[authorizer.authorizerType](authorizer),
          ...(extensions ? { 'x-amazon-apigateway-authorizer': exportAuthorizer(authorizer) } : {}),
        },
      ]),
    ),
  )
}

const schemes: Readonly<Record<ApiAuthorizer['authorizerType'], (authorizer: ApiAuthorizer) => Written>> = {
  JWT: () => ({ type: 'oauth2', flows: {} }),
  REQUEST: ({ identitySource }) => {
    const [, header] = /^\$\{?request\.header\.([^}]+)\}?$/.exec(identitySource[0] ?? '') ?? []
    return { type: 'apiKey', name: header ?? 'Authorization', in: 'header' }
  },
}

function exportAuthorizer(authorizer: ApiAuthorizer): Written {
  const { identitySource, jwtConfiguration } = authorizer
  return present({
    identitySource: identitySource.length === 0 ? undefined : identitySource.join(', '),
    authorizerUri: authorizer.authorizerUri,
    authorizerCredentials: authorizer.authorizerCredentialsArn,
    authorizerPayloadFormatVersion: authorizer.authorizerPayloadFormatVersion,
    authorizerResultTtlInSeconds: authorizer.authorizerResultTtlInSeconds,
    enableSimpleResponses: authorizer.enableSimpleResponses,
    jwtConfiguration:
      jwtConfiguration && present({ audience: jwtConfiguration.audience, issuer: jwtConfiguration.issuer }),
    type: authorizer.authorizerType.toLowerCase(),
  })
}

/** What an operation says of who may call it. */
export function exportRouteSecurity(
  route: Route,
  authorizers: readonly ApiAuthorizer[],
  extensions: boolean,
): Written {
  const { authorizationType, authorizerId, authorizationScopes = [] } = route
  const authorizer = authorizers.find((each) => each.authorizerId === authorizerId)
  return present({
    security: authorizer && [{ [authorizer.name]: authorizationScopes }],
    'x-amazon-apigateway-auth':
      extensions && authorizationType === 'AWS_IAM' ? { type: 'AWS_IAM' } : undefined,
  })
}
