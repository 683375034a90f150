/**
 * The schema tuples say only "number". The examples in the command declarations tell integers from fractions
 * (`Number("int")`, `Number("double")`): this walks each example beside the schema that it prints.
 */
import { resolve, type Tuple } from './schema-tuple.ts'

export type NumberKind = 'integer' | 'long' | 'float' | 'double'

const KINDS: Readonly<Record<string, NumberKind>> = {
  int: 'integer',
  long: 'long',
  float: 'float',
  double: 'double',
  short: 'integer',
  byte: 'integer',
}

/** @returns `{structure}.{member}` → kind; a list's or map's numbers count as the member's */
export function readNumberKinds(
  tuples: readonly Tuple[],
  commands: ReadonlyMap<string, string>,
): Map<string, NumberKind> {
  const kinds = new Map<string, NumberKind>()
  for (const tuple of tuples) {
    if (tuple[0] !== 9) continue
    const text = commands.get(tuple[2])
    if (text === undefined) continue
    walk(exampleLines(text, / \* const input = /), tuple[4], kinds)
    walk(exampleLines(text, / \* \/\/ \{ \/\/ /), tuple[5], kinds)
  }
  return kinds
}

function exampleLines(text: string, start: RegExp): string[] {
  const lines = text.split('\n')
  const first = lines.findIndex((line) => start.test(line))
  if (first < 0) return []
  const last = lines.findIndex((line, index) => index >= first && /^ \* (\/\/ )?\};/.test(line))
  return lines.slice(first + 1, last).map((line) => line.replace(/^ \* (\/\/ )?/, '').trim())
}

/** Where the walk is: a structure, or the list or map of one of its members. */
interface Frame {
  readonly schema: unknown
  /** `{structure}.{member}` that a list or map belongs to. */
  readonly at: string
}

function walk(lines: readonly string[], root: unknown, kinds: Map<string, NumberKind>): void {
  const stack: Frame[] = [{ schema: resolve(root), at: '' }]
  for (const line of lines) {
    if (/^[}\]]/.test(line)) {
      stack.pop()
      continue
    }
    const frame = stack.at(-1)
    if (frame === undefined) return
    const { at, schema } = childOf(frame, /^"?([\w<>-]+)"?: /.exec(line)?.[1])
    const number = /Number\("(\w+)"\)/.exec(line)?.[1]
    if (number !== undefined) {
      const kind = KINDS[number]
      if (kind === undefined) throw new Error(`${at}: number kind ${number} is not known to this generator`)
      kinds.set(at, kind)
    } else if (/[{[]( \/\/.*)?$/.test(line)) stack.push({ schema, at })
  }
}

function childOf({ schema, at }: Frame, member: string | undefined): Frame {
  if (!Array.isArray(schema)) return { schema: undefined, at }
  const [kind, , name, , ...rest] = schema as unknown as Tuple
  if (kind === 1) return { schema: resolve(rest[0]), at }
  if (kind === 2) return { schema: resolve(rest[1]), at }
  const index = (rest[0] as readonly string[]).indexOf(member ?? '')
  const ref = (rest[1] as readonly unknown[])[index]
  return { schema: ref === undefined ? undefined : resolve(ref), at: `${name}.${member}` }
}
