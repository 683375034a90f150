import type { IntegrationResponse } from '#model/rest-api.ts'
import type { IntegrationDefinition } from './definition.ts'
import type { Cursor, DocumentReader } from './document-reader.ts'

const contentHandlings = ['CONVERT_TO_BINARY', 'CONVERT_TO_TEXT'] as const

/**
 * `x-amazon-apigateway-integration` (developer guide, "OpenAPI extensions").
 * @param where the method it is of, for messages
 */
export function readIntegration(
  reader: DocumentReader,
  at: Cursor,
  where: { readonly path: string; readonly httpMethod: string },
): IntegrationDefinition | undefined {
  const types = ['HTTP', 'AWS', 'MOCK', 'HTTP_PROXY', 'AWS_PROXY'] as const
  const type = reader.choiceMember(at, 'type', types)
  if (type === undefined) {
    if (reader.member(at, 'type') === undefined) {
      reader.error(at, `the integration has no type: expected one of ${types.join(', ').toLowerCase()}`)
    }
    return undefined
  }
  const tls = reader.member(at, 'tlsConfig')
  return {
    at,
    type,
    // Nothing is asked of a MOCK integration (recorded on AWS).
    httpMethod: type === 'MOCK' ? undefined : reader.textMember(at, 'httpMethod')?.toUpperCase(),
    uri: reader.textMember(at, 'uri'),
    connectionType: reader.choiceMember(at, 'connectionType', ['INTERNET', 'VPC_LINK'] as const),
    connectionId: reader.textMember(at, 'connectionId'),
    credentials: reader.textMember(at, 'credentials'),
    requestParameters: reader.texts(reader.member(at, 'requestParameters'), (name, member) =>
      // The wording was recorded on AWS.
      reader.warn(
        member,
        `Invalid format for 'requestParameters'. Expected type string for property '${name}' of resource ` +
          `'${where.path}' and method '${where.httpMethod}' but got '${String(member.value)}'`,
      ),
    ),
    requestTemplates: reader.texts(reader.member(at, 'requestTemplates')),
    passthroughBehavior: reader.textMember(at, 'passthroughBehavior'),
    contentHandling: reader.choiceMember(at, 'contentHandling', contentHandlings),
    timeoutInMillis: reader.integerMember(at, 'timeoutInMillis'),
    cacheNamespace: reader.textMember(at, 'cacheNamespace'),
    cacheKeyParameters: reader.textItems(reader.member(at, 'cacheKeyParameters')),
    tlsConfig: tls && {
      insecureSkipVerification: reader.booleanMember(tls, 'insecureSkipVerification') ?? false,
    },
    responseTransferMode: reader.choiceMember(at, 'responseTransferMode', ['BUFFERED', 'STREAM'] as const),
    integrationTarget: reader.textMember(at, 'integrationTarget'),
    responses: reader
      .members(reader.member(at, 'responses'))
      .flatMap(([pattern, response]) => readResponse(reader, pattern, response) ?? []),
  }
}

/** @param pattern the selection pattern; `default` is the one that has none */
function readResponse(reader: DocumentReader, pattern: string, at: Cursor): IntegrationResponse | undefined {
  const statusCode = reader.textMember(at, 'statusCode')
  if (statusCode === undefined || !/^[1-5]\d\d$/.test(statusCode)) {
    reader.error(
      at,
      `integration response ${pattern}: expected a statusCode such as 200, found ${statusCode}`,
    )
    return undefined
  }
  return {
    statusCode,
    selectionPattern: pattern === 'default' ? undefined : pattern,
    responseParameters: reader.texts(reader.member(at, 'responseParameters')),
    responseTemplates: reader.texts(reader.member(at, 'responseTemplates')),
    contentHandling: reader.choiceMember(at, 'contentHandling', contentHandlings),
  }
}
