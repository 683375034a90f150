import { compileRegex } from '#languages/java-regex/compile.ts'

/** Whether a pattern is found somewhere in a text. */
export interface Pattern {
  readonly source: string
  /** @throws RegexStepsError */
  test(text: string): boolean
}

/** The pattern is no ECMA 262 regular expression, or one that cannot be bounded. */
export class PatternSyntaxError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'PatternSyntaxError'
  }
}

/** Steps of one search: a pattern must not be able to hold the process. */
const STEPS_MAX = 200_000

// One character: an escape, a class, or itself. Its parts never begin alike, so this is read in one way only.
const ONE = String.raw`(?:\\[dDwWsS]|\\[^A-Za-z0-9]|\[\^?(?:[^\]\\]|\\[^])+\]|[^\\^$.*+?()[\]{}|]|\.)`
const FIXED = String.raw`(?:${ONE}(?:\{\d{1,3}\})?)*`
/** Begins at the start and repeats at most one thing: nothing in it can backtrack more than once over the text. */
const FLAT = new RegExp(String.raw`^\^${FIXED}(?:${ONE}(?:[*+?]|\{\d{1,3},\d{0,3}\})${FIXED})?\$?$`)
const FLAT_LENGTH_MAX = 1000

/**
 * A `pattern` of a schema. Those that cannot backtrack run as they are; others on our own engine, which counts steps.
 * @throws PatternSyntaxError
 */
export function compileEcmaPattern(source: string): Pattern {
  let native: RegExp
  try {
    native = new RegExp(source)
  } catch (cause) {
    throw new PatternSyntaxError(`${JSON.stringify(source)} is no regular expression (ECMA 262)`, { cause })
  }
  if (source.length <= FLAT_LENGTH_MAX && FLAT.test(source))
    return { source, test: (text) => native.test(text) }
  try {
    const regex = compileRegex(toJava(source))
    return { source, test: (text) => regex.find(text, 0, { left: STEPS_MAX }) !== undefined }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new PatternSyntaxError(`${JSON.stringify(source)} cannot be used: ${reason}`, { cause })
  }
}

// Escapes, whole classes, quantifiers and what is left, of a pattern that JavaScript has accepted.
const TOKEN =
  /\\(?:c[A-Za-z]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|k<[^>]*>|[^])|\[(?:[^\]\\]|\\[^])*\]|\{\d+(?:,\d*)?\}|[^]/g
const WHITE = String.raw`\s\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff`
const KEPT_ESCAPE = /^\\(?:[dDwWbBtnrf1-9]|c[A-Za-z]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|k<|[^A-Za-z0-9])/

/** The same pattern as Java writes it. */
function toJava(source: string): string {
  return source.replace(TOKEN, (token) => {
    if (token === '.') return String.raw`[^\n\r\u2028\u2029]`
    if (token === '$') return String.raw`\z`
    if (token === '{' || token === '}') return `\\${token}`
    if (token === '[]') return '(?!)'
    if (token === '[^]') return '(?s:.)'
    if (token.startsWith('[')) return toJavaClass(token)
    return token.startsWith('\\') ? toJavaEscape(token, false) : token
  })
}

function toJavaClass(token: string): string {
  const inner = token
    .slice(1, -1)
    .replace(/\\(?:c[A-Za-z]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^])|[[&]/g, (part) =>
      part.startsWith('\\') ? toJavaEscape(part, true) : `\\${part}`,
    )
  return `[${inner}]`
}

function toJavaEscape(token: string, isInClass: boolean): string {
  if (token === '\\s') return isInClass ? WHITE : `[${WHITE}]`
  if (token === '\\S') return `[^${WHITE}]`
  if (token === '\\v') return String.raw`\x0b`
  if (token === '\\0') return String.raw`\x00`
  if (isInClass && token === '\\b') return String.raw`\x08`
  // Other letters stand for themselves.
  return KEPT_ESCAPE.test(token) ? token : token.slice(1)
}
