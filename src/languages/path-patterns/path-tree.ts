import type { PathSegment } from './pattern.ts'

/** Where a path stands in a request-target; no characters at all are as `/`. */
export interface PathPlace {
  readonly target: string
  readonly pathStart: number
  readonly pathEnd: number
}

/** What a tree finds for a path. */
export interface PathMatch<Route> {
  readonly route: Route
  /** The parameters' values in order, as sent: not decoded. */
  readonly pathValues: readonly string[]
}

/**
 * Patterns by their segments. Finding one walks the request's segments, by place in the target, so its cost is the
 * length of the path and not the number of patterns: a second branch is tried only where a literal and a parameter
 * stand side by side and the first of them led nowhere.
 */
export interface PathNode<Leaf> {
  readonly literals: Map<string, PathNode<Leaf>>
  /** The literals again, while there are so few that comparing with each costs less than making a key. */
  few: readonly (readonly [segment: string, node: PathNode<Leaf>])[] | undefined
  parameter: PathNode<Leaf> | undefined
  /** Ends the path whatever follows. */
  greedy: Leaf | undefined
  /** Ends here. */
  leaf: Leaf | undefined
}

const FEW_LITERALS_MAX = 8
export const SLASH = 47

export function newNode<Leaf>(): PathNode<Leaf> {
  return { literals: new Map(), few: [], parameter: undefined, greedy: undefined, leaf: undefined }
}

/** What stands at a pattern's end, made by `make` when nothing does. */
export function leafAt<Leaf>(root: PathNode<Leaf>, segments: readonly PathSegment[], make: () => Leaf): Leaf {
  let node = root
  for (const segment of segments) {
    if (segment.kind === 'greedy') return (node.greedy ??= make())
    node = segment.kind === 'parameter' ? (node.parameter ??= newNode()) : literalChild(node, segment.text)
  }
  return (node.leaf ??= make())
}

function literalChild<Leaf>(node: PathNode<Leaf>, text: string): PathNode<Leaf> {
  const { literals } = node
  let child = literals.get(text)
  if (child === undefined) {
    literals.set(text, (child = newNode()))
    node.few = literals.size > FEW_LITERALS_MAX ? undefined : [...literals]
  }
  return child
}

/** The child for the literal segment that stands in the target from `at` to `end`. */
export function findLiteral<Leaf>(
  { literals, few }: PathNode<Leaf>,
  target: string,
  at: number,
  end: number,
): PathNode<Leaf> | undefined {
  if (few === undefined) return literals.get(target.slice(at, end))
  for (let i = 0; i < few.length; i++) {
    const [segment, node] = few[i] as readonly [string, PathNode<Leaf>]
    if (segment.length === end - at && target.startsWith(segment, at)) return node
  }
  return undefined
}

/** Where the segment that begins at `at` ends. */
export function segmentEnd(target: string, at: number, end: number): number {
  let slash = at
  while (slash < end && target.charCodeAt(slash) !== SLASH) slash++
  return slash
}
