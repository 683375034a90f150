import type { Diagnostic } from '#base/diagnostic.ts'
import { diagnose, ExpressionError } from '#languages/expressions/error.ts'
import type { ExpressionScope } from '#languages/expressions/scope.ts'
import {
  compileVariable,
  parseVariable,
  type Reader,
  type VariableRules,
  type VariableSource,
} from '#languages/expressions/variables.ts'
import { composedText } from './composed-text.ts'

/** Whose authorizer it is. */
export type IdentityApi = 'REST' | 'HTTP' | 'WEBSOCKET'

interface ApiRow {
  readonly sources: readonly VariableSource[]
  /** Whether a dollar sign stands before a source. */
  readonly dollar: 'always' | 'never' | 'optional'
}

const apis: Readonly<Record<IdentityApi, ApiRow>> = {
  REST: {
    sources: ['method.request.header', 'method.request.querystring', 'stageVariables', 'context'],
    dollar: 'never',
  },
  HTTP: {
    sources: ['request.header', 'request.querystring', 'stageVariables', 'context'],
    dollar: 'always',
  },
  WEBSOCKET: {
    sources: [
      'route.request.header',
      'route.request.querystring',
      'request.header',
      'request.querystring',
      'stageVariables',
      'context',
    ],
    dollar: 'optional',
  },
}

/** Every source's value, in order; undefined when one is missing or empty: the request is refused unasked. */
export type Identity = (scope: ExpressionScope) => readonly string[] | undefined

/**
 * An authorizer's identity sources: `$request.header.Authorization`, `route.request.querystring.token`,
 * `method.request.header.Auth`, `$context.routeKey`, `stageVariables.x`.
 * Developer guide, "Working with AWS Lambda authorizers for HTTP APIs", "Creating a Lambda REQUEST authorizer function".
 * @param texts a REST API has them in one text, comma-separated: `splitIdentitySources`
 * @throws ExpressionError
 */
export function compileIdentitySources(texts: readonly string[], api: IdentityApi): Identity {
  const readers = texts.map((text) => compileSource(text, apis[api]))
  return (scope) => {
    const values: string[] = []
    for (const read of readers) {
      const value = read(scope)
      if (value === undefined || value === '') return undefined
      values.push(value)
    }
    return values
  }
}

/** What is wrong with one identity source. */
export function checkIdentitySource(text: string, api: IdentityApi): Diagnostic[] {
  return diagnose(text, (given) => compileSource(given, apis[api]))
}

/** The header that an identity source names; undefined: it is none. */
export function headerOfSource(text: string): string | undefined {
  return /^\$?\{?(?:method\.|route\.)?request\.header\.([^{}]+)\}?$/.exec(text)?.[1]
}

/** `method.request.header.A, method.request.querystring.B` one by one. */
export function splitIdentitySources(text: string): readonly string[] {
  return text.split(',').map((source) => source.trim())
}

function compileSource(text: string, { sources, dollar }: ApiRow): Reader {
  const [, sign, braced, plain] = /^(\$?)(?:\{([^{}]*)\}|([^{}]*))$/.exec(text) ?? []
  if (dollar === 'always' && sign !== '$') {
    throw new ExpressionError(`an identity source begins with "$": found ${text === '' ? 'nothing' : text}`)
  }
  const bare = sign === '$' ? (braced ?? plain) : plain
  if (bare === undefined || (dollar === 'never' && sign === '$')) {
    throw new ExpressionError(`an identity source is one variable, without "$" and braces: found ${text}`)
  }
  const rules: VariableRules = { sources, jsonPath: 'full', composed: composedText }
  const offset = text.length - bare.length - (braced === undefined ? 0 : 1)
  return compileVariable(parseVariable(bare, rules, offset), rules, offset)
}
