import { ExpressionError } from '#languages/expressions/error.ts'

/** A parameter mapping as a tree: where a value comes from. Developer guide, "Parameter mapping reference". */
export type MappingExpression =
  | { readonly kind: 'static'; readonly value: string }
  | { readonly kind: 'path'; readonly name: string }
  | { readonly kind: 'querystring'; readonly name: string }
  | { readonly kind: 'header'; readonly name: string }
  /** Every value of a repeated query parameter. */
  | { readonly kind: 'multivaluequerystring'; readonly name: string }
  /** Every value of a repeated header, joined by commas. */
  | { readonly kind: 'multivalueheader'; readonly name: string }
  /** The whole body, or what a JSONPath finds in it (`$.` included). */
  | { readonly kind: 'body'; readonly path?: string | undefined }
  | { readonly kind: 'context'; readonly name: string }
  | { readonly kind: 'stageVariable'; readonly name: string }

/** Which message a mapping reads: the client's request, of REST APIs or of WebSocket APIs, or the backend's answer. */
export type MappingSide = 'method.request' | 'route.request' | 'integration.response'

/** A mapping that cannot be read; the message says what was found and what was expected. */
export class MappingError extends ExpressionError {
  constructor(message: string, offset: number = 0) {
    super(message, offset)
    this.name = 'MappingError'
  }
}

const NAME = /^[a-zA-Z0-9._$-]+$/
/** Claims of Amazon Cognito have names such as `cognito:username`. */
const CONTEXT_NAME = /^[a-zA-Z0-9._$:-]+$/

/** Where each side's values may be. Developer guide, "Setting up data mapping for WebSocket APIs" for `route.request`. */
const PLACES: Readonly<Record<MappingSide, readonly string[]>> = {
  'method.request': ['path', 'querystring', 'header', 'multivaluequerystring', 'multivalueheader'],
  'route.request': ['querystring', 'header', 'multivaluequerystring', 'multivalueheader'],
  'integration.response': ['header', 'multivalueheader'],
}

/**
 * @param side the message that `{side}.header.X` and the like may name
 * @throws MappingError
 */
export function parseMapping(text: string, side: MappingSide): MappingExpression {
  if (text.length >= 2 && text.startsWith("'") && text.endsWith("'")) {
    return { kind: 'static', value: text.slice(1, -1) }
  }
  const context = after(text, 'context.')
  if (context !== undefined) return { kind: 'context', name: named(context, text, CONTEXT_NAME) }
  const variable = after(text, 'stageVariables.')
  if (variable !== undefined) return { kind: 'stageVariable', name: named(variable, text) }
  const rest = after(text, `${side}.`)
  if (rest !== undefined) {
    if (rest === 'body') return { kind: 'body' }
    const path = after(rest, 'body.')
    if (path !== undefined) return { kind: 'body', path: jsonPath(path, text) }
    const dot = rest.indexOf('.')
    const place = rest.slice(0, dot)
    if (PLACES[side].includes(place)) {
      return { kind: place as 'header', name: named(rest.slice(dot + 1), text) }
    }
  }
  const places = PLACES[side].map((place) => `${side}.${place}.{name}`).join(', ')
  throw new MappingError(
    `invalid mapping expression ${text}: expected ${places}, ${side}.body, ${side}.body.{JSONPath}, ` +
      `context.{name}, stageVariables.{name} or a static value in single quotes`,
  )
}

/** A JSONPath may be written with or without its `$`. */
function jsonPath(path: string, text: string): string {
  if (path === '') {
    throw new MappingError(`invalid mapping expression ${text}: the JSONPath is empty`, text.length)
  }
  if (path.startsWith('$')) return path
  return path.startsWith('[') ? `$${path}` : `$.${path}`
}

function after(text: string, prefix: string): string | undefined {
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined
}

function named(name: string, text: string, pattern: RegExp = NAME): string {
  if (pattern.test(name)) return name
  throw new MappingError(
    `invalid mapping expression ${text}: ${name === '' ? 'the name is missing' : `${name} is no parameter name`}`,
    text.length - name.length,
  )
}
