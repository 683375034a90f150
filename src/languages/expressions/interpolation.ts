import { ExpressionError } from './error.ts'

/** A text with variables in it, piece by piece. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  /** `$request.body.a` or `${request.body.a}`, without sign and braces; `offset` is where the sign stands. */
  | { readonly kind: 'variable'; readonly text: string; readonly offset: number }

/** Longest expression, in UTF-16 units. */
export const expressionTextMax = 10_000

/**
 * Reads `text`, `$variable`, `${variable}` and `\$` for a dollar sign. A variable without braces ends where a name
 * does: at a space, a slash, a dollar sign. A dollar sign before anything but a letter or a brace is itself.
 * Developer guide, "WebSocket selection expressions".
 * @throws ExpressionError
 */
export function parseInterpolation(text: string): readonly Piece[] {
  if (text.length > expressionTextMax) {
    throw new ExpressionError(`an expression of more than ${expressionTextMax} characters`)
  }
  const pieces: Piece[] = []
  let plain = ''
  for (let at = 0; at < text.length;) {
    if (text.startsWith('\\$', at)) {
      plain += '$'
      at += 2
      continue
    }
    const end = text[at] === '$' ? variableEnd(text, at) : at
    if (end === at) {
      plain += text[at++]
      continue
    }
    if (plain !== '') pieces.push({ kind: 'text', text: plain })
    plain = ''
    pieces.push({ kind: 'variable', text: variableText(text, at, end), offset: at })
    at = end
  }
  if (plain !== '') pieces.push({ kind: 'text', text: plain })
  return pieces
}

function variableText(text: string, at: number, end: number): string {
  return text[at + 1] === '{' ? text.slice(at + 2, end - 1) : text.slice(at + 1, end)
}

/** Where the variable that begins at `at` ends; `at` when there is none. */
function variableEnd(text: string, at: number): number {
  return text[at + 1] === '{' ? bracedEnd(text, at) : nameEnd(text, at)
}

function bracedEnd(text: string, at: number): number {
  let quote: string | undefined
  let brackets = 0
  for (let i = at + 2; i < text.length; i++) {
    const char = text[i] as string
    if (quote !== undefined) {
      if (char === quote) quote = undefined
    } else if (brackets > 0 && (char === "'" || char === '"')) quote = char
    else if (char === '[') brackets++
    else if (char === ']') brackets--
    else if (char === '}') {
      if (i === at + 2) throw new ExpressionError('${} names no variable', at)
      return i + 1
    }
  }
  throw new ExpressionError('expected "}" at the end of the variable', at)
}

/** A name, then names after points and colons, and brackets. */
const NAME =
  /\$[A-Za-z](?:[A-Za-z0-9_-]|[.:](?=[A-Za-z0-9_-])|\.{1,2}(?=[[*A-Za-z0-9_-])|(?<=\.)\*|\.\$(?=[.[])|\[(?:'[^']*'|"[^"]*"|[^\]'"])*\])*/y

function nameEnd(text: string, at: number): number {
  NAME.lastIndex = at
  return NAME.test(text) ? NAME.lastIndex : at
}
