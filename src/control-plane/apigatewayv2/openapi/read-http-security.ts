import type { AuthorizerInput } from '../authorizer-definition.ts'
import { openapi3 } from '../../openapi/dialect.ts'
import type { Cursor, DocumentReader } from '../../openapi/document-reader.ts'
import type { AuthorizerDefinition, RouteAuthorization } from './http-api-definition.ts'

/** What naming a security scheme means for a route; undefined: nothing. */
type Guard = Pick<RouteAuthorization, 'authorizationType' | 'authorizer'>

const open: RouteAuthorization = { authorizationType: 'NONE' }

/** A document's security schemes as HTTP APIs have them: JWT and Lambda authorizers, and IAM. */
export class HttpSecurityReader {
  readonly authorizers: readonly AuthorizerDefinition[]
  readonly #reader: DocumentReader
  readonly #guards = new Map<string, Guard | undefined>()
  #default: RouteAuthorization | undefined

  constructor(reader: DocumentReader) {
    this.#reader = reader
    const authorizers: AuthorizerDefinition[] = []
    for (const [name, scheme] of reader.members(openapi3.securitySchemes(reader))) {
      const extension = reader.member(scheme, 'x-amazon-apigateway-authorizer')
      const isIam = reader.textMember(scheme, 'x-amazon-apigateway-authtype')?.toLowerCase() === 'awssigv4'
      const authorizer = extension && readAuthorizer(reader, name, scheme, extension)
      if (authorizer !== undefined) authorizers.push(authorizer)
      this.#guards.set(name, guardOf(name, authorizer?.input, extension !== undefined, isIam))
    }
    this.authorizers = authorizers
  }

  /** `x-amazon-apigateway-auth`, else the operation's own requirements, else the document's. */
  authorization(operation: Cursor): RouteAuthorization {
    const reader = this.#reader
    const auth = reader.member(operation, 'x-amazon-apigateway-auth')
    const isIam =
      auth !== undefined && reader.choiceMember(auth, 'type', ['AWS_IAM', 'NONE'] as const) === 'AWS_IAM'
    const own = reader.member(operation, 'security')
    if (own === undefined && !isIam) return this.#ofDocument()
    const found = this.#required(own)
    return this.#only(own ?? operation, isIam ? [...found, { authorizationType: 'AWS_IAM' }] : found)
  }

  /** What holds for operations that say nothing: read once. */
  #ofDocument(): RouteAuthorization {
    const { root } = this.#reader
    const given = this.#reader.member(root, 'security')
    return (this.#default ??= this.#only(given ?? root, this.#required(given)))
  }

  #only(at: Cursor, found: readonly RouteAuthorization[]): RouteAuthorization {
    if (found.length > 1) {
      // Developer guide, "Working with OpenAPI definitions for HTTP APIs".
      this.#reader.error(
        at,
        'found several security requirements, expected one: a route has one of IAM authorization, a Lambda authorizer, or a JWT authorizer',
      )
    }
    return found[0] ?? open
  }

  #required(requirements: Cursor | undefined): RouteAuthorization[] {
    const reader = this.#reader
    return reader.items(requirements).flatMap((requirement) =>
      reader.members(requirement).flatMap(([name, scopes]): RouteAuthorization[] => {
        const guard = this.#guards.get(name)
        if (guard !== undefined) {
          const listed = reader.textItems(scopes) ?? []
          return [{ ...guard, authorizationScopes: listed.length === 0 ? undefined : listed }]
        }
        const why = this.#guards.has(name)
          ? 'it has no x-amazon-apigateway-authorizer'
          : 'this document does not define it'
        reader.warn(scopes, `Security scheme '${name}' guards nothing: ${why}. Ignoring.`)
        return []
      }),
    )
  }
}

function guardOf(
  name: string,
  authorizer: AuthorizerInput | undefined,
  isAuthorizer: boolean,
  isIam: boolean,
): Guard | undefined {
  if (authorizer !== undefined) {
    return { authorizationType: authorizer.AuthorizerType === 'JWT' ? 'JWT' : 'CUSTOM', authorizer: name }
  }
  // One that cannot be made: its routes cannot be made either.
  if (isAuthorizer) return { authorizationType: 'CUSTOM', authorizer: name }
  return isIam ? { authorizationType: 'AWS_IAM' } : undefined
}

const discovery = '/.well-known/openid-configuration'

/** @returns undefined for types that HTTP APIs do not have: a warning is noted */
function readAuthorizer(
  reader: DocumentReader,
  name: string,
  scheme: Cursor,
  extension: Cursor,
): AuthorizerDefinition | undefined {
  const type = reader.textMember(extension, 'type')?.toUpperCase()
  if (type !== 'JWT' && type !== 'REQUEST') {
    reader.warn(
      extension,
      `Unable to create Authorizer '${name}': Authorizer type ${type ?? 'none'} is not supported on protocolType HTTP. Must be one of [JWT, REQUEST]. Ignoring.`,
    )
    return undefined
  }
  const jwt = reader.member(extension, 'jwtConfiguration')
  return {
    at: extension,
    input: {
      Name: name,
      AuthorizerType: type,
      AuthorizerUri: reader.textMember(extension, 'authorizerUri'),
      AuthorizerCredentialsArn: reader.textMember(extension, 'authorizerCredentials'),
      AuthorizerPayloadFormatVersion: reader.versionMember(extension, 'authorizerPayloadFormatVersion'),
      AuthorizerResultTtlInSeconds: reader.integerMember(extension, 'authorizerResultTtlInSeconds'),
      EnableSimpleResponses: reader.booleanMember(extension, 'enableSimpleResponses'),
      IdentitySource:
        sourcesOf(reader, reader.member(extension, 'identitySource')) ??
        (type === 'JWT' ? ['$request.header.Authorization'] : []),
      JwtConfiguration:
        type === 'JWT'
          ? {
              Issuer: (jwt && reader.textMember(jwt, 'issuer')) ?? discoveredIssuer(reader, scheme),
              Audience: jwt && audiencesOf(reader, reader.member(jwt, 'audience')),
            }
          : undefined,
    },
  }
}

/** Of a scheme of type openIdConnect: where its configuration is, is what the issuer is called. */
function discoveredIssuer(reader: DocumentReader, scheme: Cursor): string | undefined {
  const url = reader.textMember(scheme, 'openIdConnectUrl')
  return url?.endsWith(discovery) ? url.slice(0, -discovery.length) : url
}

/** `$request.header.a, $context.b`, or a list. */
function sourcesOf(reader: DocumentReader, at: Cursor | undefined): readonly string[] | undefined {
  if (Array.isArray(at?.value)) return reader.textItems(at)
  return reader
    .text(at)
    ?.split(',')
    .map((source) => source.trim())
}

function audiencesOf(reader: DocumentReader, at: Cursor | undefined): readonly string[] | undefined {
  if (at === undefined || Array.isArray(at.value)) return reader.textItems(at)
  const audience = reader.text(at)
  return audience === undefined ? undefined : [audience]
}
