/** A path with parameters, `/pets/{petId}/{rest+}`, as a tree. */
export interface PathPattern {
  readonly segments: readonly PathSegment[]
  /** The parameters' names, in order. */
  readonly names: readonly string[]
}

export type PathSegment =
  /** Compared with the request's segment as sent; empty where a path ends with a slash. */
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string }
  /** Takes the rest of the path; only at the end. */
  | { readonly kind: 'greedy'; readonly name: string }

/** A path pattern or route key that cannot be read; the message says what was found and what was expected. */
export class PathPatternError extends Error {
  /** Where in the text, in UTF-16 units from 0. */
  readonly offset: number
  constructor(message: string, offset: number) {
    super(message)
    this.name = 'PathPatternError'
    this.offset = offset
  }
}

const PARAMETER = /^\{([A-Za-z0-9._:-]+)(\+?)\}$/

/**
 * Reads `/pets/{petId}/{rest+}`. The root, `/`, is one empty segment.
 * Developer guide, "Working with routes for HTTP APIs" and "Set up a proxy resource".
 * @param base where the path stands in a longer text, for the offsets of errors
 * @throws PathPatternError
 */
export function parsePathPattern(text: string, base: number = 0): PathPattern {
  if (!text.startsWith('/')) throw new PathPatternError(`a path begins with "/": found "${text}"`, base)
  const segments: PathSegment[] = []
  const names: string[] = []
  let at = 1
  for (const part of text.slice(1).split('/')) {
    const segment = parseSegment(part, base + at)
    if (segments.at(-1)?.kind === 'greedy') {
      throw new PathPatternError(`nothing can follow a greedy parameter: found "/${part}"`, base + at - 1)
    }
    if (segment.kind !== 'literal') names.push(segment.name)
    segments.push(segment)
    at += part.length + 1
  }
  return { segments, names }
}

function parseSegment(part: string, at: number): PathSegment {
  const [, name, plus] = PARAMETER.exec(part) ?? []
  if (name !== undefined) return { kind: plus === '' ? 'parameter' : 'greedy', name }
  const brace = part.search(/[{}]/)
  if (brace === -1) return { kind: 'literal', text: part }
  throw new PathPatternError(
    `a segment is a text, {name} or {name+}, of letters, digits and . _ : - : found "${part}"`,
    at + brace,
  )
}
