import type { PathSegment } from './pattern.ts'
import { SegmentTable } from './segment-table.ts'

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
  readonly literals: SegmentTable<PathNode<Leaf>>
  parameter: PathNode<Leaf> | undefined
  /** Ends the path whatever follows. */
  greedy: Leaf | undefined
  /** Ends here. */
  leaf: Leaf | undefined
}

export const SLASH = 47

export function newNode<Leaf>(): PathNode<Leaf> {
  return { literals: new SegmentTable(), parameter: undefined, greedy: undefined, leaf: undefined }
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

function literalChild<Leaf>({ literals }: PathNode<Leaf>, text: string): PathNode<Leaf> {
  let child = literals.get(text)
  if (child === undefined) literals.set(text, (child = newNode()))
  return child
}

/** Where the segment that begins at `at` ends. */
export function segmentEnd(target: string, at: number, end: number): number {
  let slash = at
  while (slash < end && target.charCodeAt(slash) !== SLASH) slash++
  return slash
}
