import { compileGlob, type Match, type WildcardStyle } from './glob.ts'
import type { PatternPiece } from './pattern.ts'
import type { RequestContext } from './request.ts'

/** Tests a text against a pattern whose variables come from the request. */
export type ContextMatch = (text: string, context: RequestContext) => boolean

/** A variable's value is text: a wildcard in it is none. One that the request does not have matches nothing. */
export function compilePattern(pieces: readonly PatternPiece[], style: WildcardStyle): ContextMatch {
  if (pieces.every((piece) => piece.kind !== 'variable')) return compileGlob(pieces, style)
  return (text, context) => resolve(pieces, context, style)?.(text) ?? false
}

function resolve(
  pieces: readonly PatternPiece[],
  context: RequestContext,
  style: WildcardStyle,
): Match | undefined {
  const resolved: PatternPiece[] = []
  for (const piece of pieces) {
    if (piece.kind !== 'variable') {
      resolved.push(piece)
      continue
    }
    const value = context.get(piece.key) ?? piece.fallback
    // Which of several values is meant nobody could say.
    if (typeof value !== 'string') return undefined
    resolved.push({ kind: 'literal', text: value })
  }
  return compileGlob(resolved, style)
}
