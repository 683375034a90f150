/** A piece of a pattern: text in which `*` and `?` are wildcards, text in which nothing is, or a policy variable. */
export type PatternPiece =
  | { readonly kind: 'wild'; readonly text: string }
  | { readonly kind: 'literal'; readonly text: string }
  /** The value of a condition key (in lower case) of the request. */
  | { readonly kind: 'variable'; readonly key: string; readonly fallback: string | undefined }

/** A `${…}` that is no policy variable. */
export class PatternError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'PatternError'
  }
}

const VARIABLE = /^\s*([A-Za-z0-9_.-]+:[^,'{}$]+?)\s*(?:,\s*'([^']*)'\s*)?$/

/**
 * Finds `${aws:username}`, `${aws:username, 'default'}` and the escapes `${*}`, `${?}`, `${$}`.
 * IAM User Guide, "IAM policy elements: Variables and tags".
 * @throws PatternError
 */
export function parsePattern(text: string): readonly PatternPiece[] {
  const pieces: PatternPiece[] = []
  let from = 0
  for (;;) {
    const start = text.indexOf('${', from)
    if (start < 0) break
    const end = text.indexOf('}', start)
    if (end < 0) throw new PatternError(`the policy variable ${text.slice(start)} has no end: expected "}"`)
    if (start > from) pieces.push({ kind: 'wild', text: text.slice(from, start) })
    pieces.push(variable(text.slice(start + 2, end)))
    from = end + 1
  }
  if (from < text.length || pieces.length === 0) pieces.push({ kind: 'wild', text: text.slice(from) })
  return pieces
}

function variable(inside: string): PatternPiece {
  if (inside === '*' || inside === '?' || inside === '$') return { kind: 'literal', text: inside }
  const [, key, fallback] = VARIABLE.exec(inside) ?? []
  if (key === undefined) {
    throw new PatternError(
      `"\${${inside}}" is no policy variable: expected a condition key such as \${aws:username}, ` +
        `one with a default such as \${aws:username, 'none'}, or \${*}, \${?}, \${$}`,
    )
  }
  return { kind: 'variable', key: key.toLowerCase(), fallback }
}
