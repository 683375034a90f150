import { contextText } from '#data-plane/context-variables.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { DefinitionError } from '#data-plane/route-definition.ts'
import { sameName } from '#http/same-name.ts'
import { compileRegex, RegexStepsError } from '#languages/java-regex/compile.ts'
import { RegexSyntaxError } from '#languages/java-regex/parse.ts'
import type { ExpressionScope } from '#languages/expressions/scope.ts'
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
  // A REQUEST authorizer that keeps no answers may do without.
  const sources = identitySource === undefined ? [] : splitIdentitySources(identitySource)
  const identity = refusing('identitySource', () => compileIdentitySources(sources, 'REST'))
  const isValid =
    authorizer.type === 'REQUEST' || identityValidationExpression === undefined
      ? () => true
      : validator(identityValidationExpression)
  return {
    sources,
    read(exchange, context = (name) => contextText(exchange, name)) {
      const values = identity(scopeOf(exchange, context))
      if (values === undefined && isOptional && authorizer.type === 'REQUEST') return []
      if (values?.every(isValid) !== true) throw new GatewayError('UNAUTHORIZED')
      return values
    },
  }
}

/** Whether the whole of a token is as it should be; one that takes too long to tell is not. */
function validator(expression: string): (token: string) => boolean {
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

/** Identity sources read headers, query, stage variables and context alone. */
function scopeOf(exchange: Exchange, context: (name: string) => string | undefined): ExpressionScope {
  return {
    request: {
      method: exchange.method,
      path: exchange.address.path,
      basePath: '',
      body: { text: () => '', json: () => undefined },
      pathParameter: (name) => exchange.pathParameter(name),
      header: (name) => joined(valuesOf(exchange.headers, name)),
      queryParameter: (name) => joined(exchange.query.get(name)),
    },
    context,
    stageVariable: (name) => exchange.plan.stageVariables[name],
  }
}

/** All values: a header that is sent twice is not the one that was checked. */
function joined(values: readonly string[] | undefined): string | undefined {
  return values === undefined || values.length === 0 ? undefined : values.join(',')
}

/** HTTP/2 clients send lower case whatever an owner wrote. */
function valuesOf(list: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < list.length; i += 2) {
    if (sameName(list[i] as string, name)) values.push(list[i + 1] as string)
  }
  return values
}
