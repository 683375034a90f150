import type { PatternPiece } from './pattern.ts'

export type Match = (text: string) => boolean

/**
 * What `*` and `?` stand for:
 * - `none`: themselves.
 * - `text`: any characters, one character.
 * - `resource`: the same in the last part of an ARN; before it they stay between two colons, except that a `*` at the
 *   end of its part goes beyond (IAM User Guide, "IAM JSON policy elements: Resource").
 * - `arn`: parts are compared one by one, so that neither reaches beyond its own; the last part holds further colons
 *   (IAM User Guide, "Amazon Resource Name (ARN) condition operators").
 */
export type WildcardStyle = 'none' | 'text' | 'resource' | 'arn'

// In a row of UTF-16 units, what is no unit.
const MANY = -1
const ONE = -2
const MANY_IN_PART = -3
const ONE_IN_PART = -4
const COLON = 0x3a

/** Colons before an ARN's last part. */
const ARN_COLONS = 5

/**
 * A matcher for a whole text; time is at most the product of both lengths, and nothing backtracks.
 * @param pieces without variables, see `resolve`
 */
export function compileGlob(pieces: readonly PatternPiece[], style: WildcardStyle): Match {
  const row = unitsOf(pieces, style)
  if (row.every((unit) => unit >= MANY)) return compileChunks(row)
  return (text) => simulate(row, text)
}

function unitsOf(pieces: readonly PatternPiece[], style: WildcardStyle): number[] {
  const row: number[] = []
  let colons = 0
  for (const piece of pieces) {
    if (piece.kind === 'variable') continue
    const { text } = piece
    const wild = piece.kind === 'wild' && style !== 'none'
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      const isInPart = colons < ARN_COLONS && style !== 'text'
      if (wild && text[at] === '*') {
        const isLast = text[at + 1] === ':' || (at === text.length - 1 && piece === pieces.at(-1))
        const isWhole = text.length === 1 && pieces.length === 1
        const many = isInPart && !(style === 'resource' ? isLast : isWhole) ? MANY_IN_PART : MANY
        if (row.at(-1) !== many) row.push(many)
      } else if (wild && text[at] === '?') {
        row.push(isInPart ? ONE_IN_PART : ONE)
      } else {
        if (unit === COLON && piece.kind === 'wild') colons++
        row.push(unit)
      }
    }
  }
  return row
}

/** With `*` alone, the literals between them are looked for in order: the nearest find is never the wrong one. */
function compileChunks(row: readonly number[]): Match {
  const chunks: string[] = ['']
  for (const unit of row) {
    if (unit === MANY) chunks.push('')
    else chunks[chunks.length - 1] += String.fromCharCode(unit)
  }
  const prefix = chunks[0] as string
  if (chunks.length === 1) return (text) => text === prefix
  const suffix = chunks.at(-1) as string
  const middles = chunks.slice(1, -1)
  const lengthMin = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  if (lengthMin === 0) return () => true
  if (lengthMin === prefix.length) return (text) => text.startsWith(prefix)
  return (text) => {
    if (text.length < lengthMin || !text.startsWith(prefix) || !text.endsWith(suffix)) return false
    let at = prefix.length
    for (const middle of middles) {
      const found = text.indexOf(middle, at)
      if (found < 0) return false
      at = found + middle.length
    }
    return at <= text.length - suffix.length
  }
}

/** Follows all ways through the row at once. */
function simulate(row: readonly number[], text: string): boolean {
  const end = row.length
  let here = new Uint8Array(end + 1)
  let next = new Uint8Array(end + 1)
  let first = 0
  let last = reach(row, here, 0)
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    let nextFirst = end + 1
    let nextLast = -1
    for (let state = first; state <= last; state++) {
      if (here[state] === 0) continue
      here[state] = 0
      if (state === end) continue
      const wanted = row[state] as number
      const stays = wanted === MANY || (wanted === MANY_IN_PART && unit !== COLON)
      const moves = wanted === unit || wanted === ONE || (wanted === ONE_IN_PART && unit !== COLON)
      if (!stays && !moves) continue
      const target = stays ? state : state + 1
      nextFirst = Math.min(nextFirst, target)
      nextLast = Math.max(nextLast, reach(row, next, target))
    }
    if (nextLast < 0) return false
    ;[here, next] = [next, here]
    first = nextFirst
    last = nextLast
  }
  return here[end] === 1
}

/** Marks a state and those behind stars that may be empty. @returns the last one marked */
function reach(row: readonly number[], states: Uint8Array, from: number): number {
  let state = from
  states[state] = 1
  while (row[state] === MANY || row[state] === MANY_IN_PART) states[++state] = 1
  return state
}
