import type { Cursor, DocumentReader } from '../../openapi/document-reader.ts'
import type { IntegrationDefinition } from './http-api-definition.ts'

/**
 * `x-amazon-apigateway-integration` as HTTP APIs have it (developer guide, "x-amazon-apigateway-integration object").
 * Whether it can be one is not looked at.
 */
export function readHttpIntegration(reader: DocumentReader, at: Cursor): IntegrationDefinition | undefined {
  const types = ['AWS', 'AWS_PROXY', 'HTTP', 'HTTP_PROXY', 'MOCK'] as const
  const type = reader.choiceMember(at, 'type', types)
  if (type === undefined) {
    if (reader.member(at, 'type') === undefined) {
      reader.error(at, 'the integration has no type: expected one of aws_proxy, http_proxy')
    }
    return undefined
  }
  const tls = reader.member(at, 'tlsConfig')
  const responses = reader.member(at, 'responseParameters')
  return {
    at,
    input: {
      IntegrationType: type,
      IntegrationSubtype: reader.textMember(at, 'integrationSubtype'),
      IntegrationMethod: methodOf(reader.textMember(at, 'httpMethod')),
      IntegrationUri: reader.textMember(at, 'uri'),
      PayloadFormatVersion: reader.versionMember(at, 'payloadFormatVersion'),
      ConnectionType: reader.choiceMember(at, 'connectionType', ['INTERNET', 'VPC_LINK'] as const),
      ConnectionId: reader.textMember(at, 'connectionId'),
      CredentialsArn: reader.textMember(at, 'credentials'),
      TimeoutInMillis: reader.integerMember(at, 'timeoutInMillis'),
      RequestParameters: reader.texts(reader.member(at, 'requestParameters')),
      ResponseParameters:
        responses &&
        Object.fromEntries(
          reader.members(responses).map(([status, mappings]) => [status, reader.texts(mappings) ?? {}]),
        ),
      TlsConfig: tls && { ServerNameToVerify: reader.textMember(tls, 'serverNameToVerify') },
    },
  }
}

/** As a request has it; AWS's own words for the any-method are taken, too. */
function methodOf(text: string | undefined): string | undefined {
  const method = text?.toUpperCase()
  return method === 'X-AMAZON-APIGATEWAY-ANY-METHOD' ? 'ANY' : method
}
