import type { AuthorizerDefinition } from './definition.ts'
import type { Dialect } from './dialect.ts'
import type { Cursor, DocumentReader } from './document-reader.ts'

/** How a method is guarded. */
export interface Authorization {
  readonly authorizationType: string
  readonly authorizer: string | undefined
  readonly authorizationScopes: readonly string[] | undefined
  readonly apiKeyRequired: boolean
}

/** What naming a security scheme means for a method. */
type Scheme =
  | { readonly kind: 'authorizer'; readonly authorizationType: string }
  | { readonly kind: 'iam' }
  | { readonly kind: 'api-key' }
  | { readonly kind: 'none' }

/** A document's security schemes as API Gateway has them: authorizers, IAM, API keys. */
export class SecurityReader {
  readonly authorizers: readonly AuthorizerDefinition[]
  readonly #reader: DocumentReader
  readonly #schemes = new Map<string, Scheme>()

  constructor(reader: DocumentReader, dialect: Dialect) {
    this.#reader = reader
    const authorizers: AuthorizerDefinition[] = []
    for (const [name, scheme] of reader.members(dialect.securitySchemes(reader))) {
      const extension = reader.member(scheme, 'x-amazon-apigateway-authorizer')
      if (extension !== undefined) {
        const authorizer = readAuthorizer(reader, name, scheme, extension)
        authorizers.push(authorizer)
        const authorizationType = authorizer.type === 'COGNITO_USER_POOLS' ? 'COGNITO_USER_POOLS' : 'CUSTOM'
        this.#schemes.set(name, { kind: 'authorizer', authorizationType })
      } else if (reader.textMember(scheme, 'x-amazon-apigateway-authtype')?.toLowerCase() === 'awssigv4') {
        this.#schemes.set(name, { kind: 'iam' })
      } else {
        const isApiKey =
          reader.textMember(scheme, 'type') === 'apiKey' &&
          reader.textMember(scheme, 'name')?.toLowerCase() === 'x-api-key'
        this.#schemes.set(name, { kind: isApiKey ? 'api-key' : 'none' })
      }
    }
    this.authorizers = authorizers
  }

  /** The operation's own requirements, else the document's. */
  authorization(operation: Cursor): Authorization {
    const reader = this.#reader
    const auth =
      reader.member(operation, 'x-amazon-apigateway-auth') ??
      reader.member(reader.root, 'x-amazon-apigateway-auth')
    let found: Authorization = {
      authorizationType:
        auth === undefined ? 'NONE' : (reader.textMember(auth, 'type') ?? 'NONE').toUpperCase(),
      authorizer: undefined,
      authorizationScopes: undefined,
      apiKeyRequired: false,
    }
    const requirements = reader.member(operation, 'security') ?? reader.member(reader.root, 'security')
    for (const requirement of reader.items(requirements)) {
      for (const [name, scopes] of reader.members(requirement)) {
        found = this.#required(found, name, scopes)
      }
    }
    return found
  }

  #required(found: Authorization, name: string, scopes: Cursor): Authorization {
    const scheme = this.#schemes.get(name)
    if (scheme === undefined) {
      this.#reader.warn(scopes, `security scheme ${name} guards nothing: this document does not define it`)
      return found
    }
    switch (scheme.kind) {
      case 'api-key':
        return { ...found, apiKeyRequired: true }
      case 'iam':
        return { ...found, authorizationType: 'AWS_IAM' }
      case 'authorizer': {
        // A method has one authorizer: the first that is named.
        if (found.authorizer !== undefined) return found
        const listed = this.#reader.textItems(scopes) ?? []
        return {
          ...found,
          authorizationType: scheme.authorizationType,
          authorizer: name,
          authorizationScopes: listed.length === 0 ? undefined : listed,
        }
      }
      case 'none':
        this.#reader.warn(
          scopes,
          `security scheme ${name} guards nothing: it has no x-amazon-apigateway-authorizer and is no x-api-key`,
        )
        return found
    }
  }
}

function readAuthorizer(
  reader: DocumentReader,
  name: string,
  scheme: Cursor,
  extension: Cursor,
): AuthorizerDefinition {
  const types = ['TOKEN', 'REQUEST', 'COGNITO_USER_POOLS'] as const
  const type = reader.choiceMember(extension, 'type', types) ?? 'TOKEN'
  const header = reader.textMember(scheme, 'name') ?? 'Authorization'
  const isRequest = type === 'REQUEST'
  return {
    name,
    type,
    providerARNs: reader.textItems(reader.member(extension, 'providerARNs')),
    authType:
      reader.textMember(scheme, 'x-amazon-apigateway-authtype') ??
      (type === 'COGNITO_USER_POOLS' ? 'cognito_user_pools' : 'custom'),
    authorizerUri: reader.textMember(extension, 'authorizerUri'),
    authorizerCredentials: reader.textMember(extension, 'authorizerCredentials'),
    identitySource:
      reader.textMember(extension, 'identitySource') ??
      (isRequest ? undefined : `method.request.header.${header}`),
    identityValidationExpression: reader.textMember(extension, 'identityValidationExpression'),
    // Not shown where the document says nothing (recorded on AWS): the default is that of whoever evaluates it.
    authorizerResultTtlInSeconds: reader.integerMember(extension, 'authorizerResultTtlInSeconds'),
  }
}
