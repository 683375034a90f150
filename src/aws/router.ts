import { decodePercent, type RawTarget } from './raw-target.ts'
import type { HttpBinding } from './table.ts'

export interface Match {
  readonly operation: string
  /** Label name → decoded value. */
  readonly labels: ReadonlyMap<string, string>
}

interface Node {
  readonly literals: Map<string, Node>
  label?: { readonly node: Node }
  /** `{proxy+}`: takes the rest of the path, at least one segment. */
  greedy?: Leaf[]
  readonly leaves: Leaf[]
}

interface Leaf {
  readonly operation: string
  readonly method: string
  /** Label names in path order. */
  readonly names: readonly string[]
  /** Query parameters that tell operations of one path apart: `mode=import`. */
  readonly query: readonly (readonly [name: string, value: string | undefined])[]
}

/**
 * Finds the operation of a restJson1 request. The path is split as it was sent, and each label decoded by itself:
 * ARNs come as one segment, `%2F` and all. Literals win over labels, labels over greedy ones; of operations on one path
 * the one with the most static query parameters wins. A trailing slash is nothing.
 */
export class Router {
  readonly #root: Node = newNode()

  constructor(bindings: Iterable<readonly [operation: string, binding: HttpBinding]>) {
    for (const [operation, binding] of bindings) this.#add(operation, binding)
  }

  match(method: string, target: RawTarget): Match | undefined {
    const values: string[] = []
    const leaf = find(this.#root, segmentsOf(target.path), 0, values, (leaves) =>
      leaves.find((each) => each.method === method && asksFor(target, each.query)),
    )
    if (leaf === undefined) return undefined
    const labels = new Map<string, string>()
    for (const [index, name] of leaf.names.entries()) labels.set(name, values[index] as string)
    return { operation: leaf.operation, labels }
  }

  #add(operation: string, { method, uri }: HttpBinding): void {
    const [path = '', query = ''] = uri.split('?')
    const names: string[] = []
    const leaf: Leaf = {
      operation,
      method,
      names,
      query: query
        .split('&')
        .filter((pair) => pair !== '')
        .map((pair) => [pair.split('=')[0] as string, pair.split('=')[1]] as const),
    }
    let node = this.#root
    for (const segment of segmentsOf(path)) {
      const label = /^\{(\w+)(\+)?\}$/.exec(segment)
      if (label === null) {
        let next = node.literals.get(segment)
        if (next === undefined) node.literals.set(segment, (next = newNode()))
        node = next
        continue
      }
      names.push(label[1] as string)
      if (label[2] !== undefined) {
        insert((node.greedy ??= []), leaf)
        return
      }
      node.label ??= { node: newNode() }
      node = node.label.node
    }
    insert(node.leaves, leaf)
  }
}

function find(
  node: Node,
  segments: readonly string[],
  at: number,
  values: string[],
  choose: (leaves: readonly Leaf[]) => Leaf | undefined,
): Leaf | undefined {
  const segment = segments[at]
  if (segment === undefined) return choose(node.leaves)
  const literal = node.literals.get(segment)
  const byLiteral = literal && find(literal, segments, at + 1, values, choose)
  if (byLiteral !== undefined) return byLiteral
  if (node.label !== undefined && segment !== '') {
    const value = decodePercent(segment)
    if (value !== undefined) {
      values.push(value)
      const byLabel = find(node.label.node, segments, at + 1, values, choose)
      if (byLabel !== undefined) return byLabel
      values.pop()
    }
  }
  const leaf = node.greedy && choose(node.greedy)
  const rest = leaf && decodePercent(segments.slice(at).join('/'))
  if (rest === undefined) return undefined
  values.push(rest)
  return leaf
}

function asksFor({ pairs }: RawTarget, wanted: Leaf['query']): boolean {
  return wanted.every(([name, value]) =>
    pairs.some(([key, given]) => key === name && (value === undefined || given === value)),
  )
}

/** More static query parameters first. */
function insert(leaves: Leaf[], leaf: Leaf): void {
  leaves.push(leaf)
  leaves.sort((a, b) => b.query.length - a.query.length)
}

function segmentsOf(path: string): string[] {
  const segments = path.split('/').slice(1)
  if (segments.at(-1) === '') segments.pop()
  return segments
}

function newNode(): Node {
  return { literals: new Map(), leaves: [] }
}
