import { findLogVariable } from './variables.ts'

/** An access log format, piece by piece. */
export type LogPiece =
  | { readonly kind: 'text'; readonly text: string }
  /** `$context.{name}`; `offset` is where the sign stands. */
  | { readonly kind: 'variable'; readonly name: string; readonly offset: number }

const REFERENCE = /\$context\.([A-Za-z0-9_]+(?:[.:-]+[A-Za-z0-9_]+)*)/g

/**
 * A name goes on as long as there is such a variable: `$context.stage-blue` is `$context.stage` and `-blue`. A name
 * that is none at all stays whole. Never fails: what is no variable is text.
 */
export function parseLogFormat(text: string): readonly LogPiece[] {
  const pieces: LogPiece[] = []
  let end = 0
  for (const match of text.matchAll(REFERENCE)) {
    const name = knownPart(match[1] as string)
    if (match.index > end) pieces.push({ kind: 'text', text: text.slice(end, match.index) })
    pieces.push({ kind: 'variable', name, offset: match.index })
    end = match.index + '$context.'.length + name.length
  }
  if (end < text.length) pieces.push({ kind: 'text', text: text.slice(end) })
  return pieces
}

/** No variable with a name of its own is as long. */
const NAME_MAX = 64

function knownPart(name: string): string {
  if (findLogVariable(name) !== undefined) return name
  for (let end = Math.min(name.length - 1, NAME_MAX); end > 0; end--) {
    // A name ends before a sign, or is no name.
    if (!/[.:-]/.test(name[end] as string)) continue
    const part = name.slice(0, end)
    if (findLogVariable(part) !== undefined) return part
  }
  return name
}
