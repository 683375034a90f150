import type { Cursor, DocumentReader } from '../../openapi/document-reader.ts'
import { readTrafficExtension } from '../../openapi/read-traffic-extension.ts'
import type { IntegrationDefinition, RouteDefinition } from './http-api-definition.ts'
import { ignoredMembers, warnOfMissingSchemas } from './ignored-members.ts'
import { readHttpIntegration } from './read-http-integration.ts'
import type { HttpSecurityReader } from './read-http-security.ts'

/** What an operation says, wherever it is. */
export interface HttpOperation extends Omit<RouteDefinition, 'routeKey'> {
  readonly isDefault: boolean
  /** What is ignored of it, to be told behind where it is. */
  readonly ignored: readonly string[]
}

const integrationExtension = 'x-amazon-apigateway-integration'

/** Reads operations and integrations once each, however many references lead to them. */
export class HttpOperationReader {
  readonly #reader: DocumentReader
  readonly #security: HttpSecurityReader
  readonly #operations = new Map<string, HttpOperation>()
  readonly #integrations = new Map<string, IntegrationDefinition | undefined>()

  constructor(reader: DocumentReader, security: HttpSecurityReader) {
    this.#reader = reader
    this.#security = security
  }

  /** @param place where it is first met, for messages */
  read(at: Cursor, place: { readonly path: string; readonly member: string }): HttpOperation {
    const key = keyOf(at)
    const known = this.#operations.get(key)
    if (known !== undefined) return known
    const reader = this.#reader
    warnOfMissingSchemas(reader, place.path, place.member, at)
    const integration = reader.member(at, integrationExtension)
    const operation: HttpOperation = {
      at,
      operationName: reader.textMember(at, 'operationId'),
      authorization: this.#security.authorization(at),
      traffic: readTrafficExtension(reader, at),
      integration: integration && this.#integration(integration),
      isDefault: reader.booleanMember(at, 'isDefaultRoute') === true,
      ignored: [
        ...ignoredMembers('operation', '', at).map((text) => `: ${text}`),
        ...(integration === undefined
          ? []
          : ignoredMembers('integration', `.${integrationExtension}`, integration)),
      ],
    }
    this.#operations.set(key, operation)
    return operation
  }

  #integration(at: Cursor): IntegrationDefinition | undefined {
    const key = keyOf(at)
    const known = this.#integrations.get(key)
    if (known !== undefined || this.#integrations.has(key)) return known
    const read = readHttpIntegration(this.#reader, at)
    this.#integrations.set(key, read)
    return read
  }
}

function keyOf({ path }: Cursor): string {
  return path.join('\n')
}
