import { contextText } from '#data-plane/context-variables.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { endsAtDoor } from '#data-plane/method-headers.ts'
import { DefinitionError } from '#data-plane/route-definition.ts'
import { sameName } from '#http/same-name.ts'
import { compileRegex, RegexStepsError } from '#languages/java-regex/compile.ts'
import { RegexSyntaxError } from '#languages/java-regex/parse.ts'
import type { BodyView, ExpressionScope, RequestView } from '#languages/expressions/scope.ts'
import { ExpressionError } from '#languages/expressions/error.ts'
import { compileIdentitySources, splitIdentitySources } from '#languages/selection/identity-source.ts'
import type { Authorizer } from '#model/rest-api.ts'

/** What a request says of who sent it, by an authorizer's identity sources. */
export interface RequestIdentity {
  /** As the authorizer has them. */
  readonly sources: readonly string[]
  /**
   * The value of each source.
   * @param context `$context` variables; those of the exchange unless said otherwise
   * @throws GatewayError UNAUTHORIZED when one is missing, empty or not as the validation expression has it
   */
  read(exchange: Exchange, context?: (name: string) => string | undefined): readonly string[]
}

/** Most steps that matching a token with a validation expression may take. */
const identityStepsMax = 100_000

/**
 * @param isOptional whether a REQUEST authorizer is asked whatever is missing, as one is that keeps no answers (developer
 *   guide, "Configure a Lambda authorizer using the API Gateway console")
 * @throws DefinitionError
 */
export function compileRequestIdentity(authorizer: Authorizer, isOptional: boolean): RequestIdentity {
  const { identitySource, identityValidationExpression } = authorizer
  if (identitySource === undefined && authorizer.type === 'TOKEN') {
    throw new DefinitionError('a TOKEN authorizer needs an identitySource', 'identitySource')
  }
  // A REQUEST authorizer that keeps no answers may do without.
  const sources = identitySource === undefined ? [] : splitIdentitySources(identitySource)
  const identity = refusing('identitySource', () => compileIdentitySources(sources, 'REST'))
  const isValid =
    authorizer.type === 'REQUEST' || identityValidationExpression === undefined
      ? () => true
      : compileTokenValidation(identityValidationExpression)
  return {
    sources,
    read(exchange, context) {
      const values = identity(new IdentityScope(exchange, context))
      if (values === undefined && isOptional && authorizer.type === 'REQUEST') return []
      if (values?.every(isValid) !== true) throw new GatewayError('UNAUTHORIZED')
      return values
    },
  }
}

/**
 * The same of an HTTP API's authorizer: undefined where a value is missing or empty.
 * @throws DefinitionError
 */
export function compileRouteIdentity(
  sources: readonly string[],
): (exchange: Exchange) => readonly string[] | undefined {
  const identity = refusing('identitySource', () => compileIdentitySources(sources, 'HTTP'))
  return (exchange) => identity(new IdentityScope(exchange, undefined))
}

/**
 * Whether the whole of a token is as it should be; one that takes too long to tell is not.
 * @throws DefinitionError
 */
export function compileTokenValidation(expression: string): (token: string) => boolean {
  const regex = refusing('identityValidationExpression', () => compileRegex(expression))
  return (token) => {
    try {
      return regex.matches(token, { left: identityStepsMax })
    } catch (error) {
      if (error instanceof RegexStepsError) return false
      throw error
    }
  }
}

function refusing<T>(where: string, compile: () => T): T {
  try {
    return compile()
  } catch (error) {
    if (!(error instanceof ExpressionError) && !(error instanceof RegexSyntaxError)) throw error
    throw new DefinitionError(error.message, where)
  }
}

const NO_BODY: BodyView = { text: () => '', json: () => undefined }

/** Identity sources read headers, query, stage variables and context alone. */
class IdentityScope implements ExpressionScope, RequestView {
  readonly body: BodyView = NO_BODY
  readonly basePath: string = ''
  readonly #exchange: Exchange
  readonly #context: ((name: string) => string | undefined) | undefined

  constructor(exchange: Exchange, context: ((name: string) => string | undefined) | undefined) {
    this.#exchange = exchange
    this.#context = context
  }

  get request(): RequestView {
    return this
  }

  get method(): string {
    return this.#exchange.method
  }

  get path(): string {
    return this.#exchange.address.path
  }

  context(name: string): string | undefined {
    return this.#context === undefined ? contextText(this.#exchange, name) : this.#context(name)
  }

  stageVariable(name: string): string | undefined {
    return this.#exchange.plan.stageVariables[name]
  }

  pathParameter(name: string): string | undefined {
    return this.#exchange.pathParameter(name)
  }

  /** In any case: HTTP/2 clients send lower case whatever an owner wrote. */
  header(name: string): string | undefined {
    const { request } = this.#exchange
    // The whole list is only made for what is the gateway's own, or ends at the door.
    return joined(endsAtDoor(name) ? valuesOf(this.#exchange.headers, name) : request.headers.getAll(name))
  }

  queryParameter(name: string): string | undefined {
    return joined(this.#exchange.query.get(name))
  }
}

/** All values: a header that is sent twice is not the one that was checked. */
function joined(values: readonly string[] | undefined): string | undefined {
  if (values === undefined || values.length === 0) return undefined
  return values.length === 1 ? values[0] : values.join(',')
}

function valuesOf(list: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < list.length; i += 2) {
    if (sameName(list[i] as string, name)) values.push(list[i + 1] as string)
  }
  return values
}
