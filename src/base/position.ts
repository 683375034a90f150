/** Line and column from 1 of an offset in a text; lines end as Java's do. */
export function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1
  let start = 0
  for (const match of text.matchAll(/\r\n|\n|\r/g)) {
    const end = match.index + match[0].length
    if (end > offset) break
    line++
    start = end
  }
  return { line, column: offset - start + 1 }
}
