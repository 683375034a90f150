import type { Document, LineCounter, Node, Pair, YAMLMap } from 'yaml'
import { yaml } from './yaml.ts'

/** Largest document that API Gateway imports (developer guide, quotas: "Maximum size of API definition"). */
export const documentBytesMax: number = 6 * 1024 * 1024
/** Deepest nesting of maps and lists. */
export const documentDepthMax = 200
/** Most values in a document once its aliases are followed. */
export const documentValuesMax = 1_000_000

/**
 * Most words and signs of YAML, spaces and line ends among them: reading a million takes some two seconds. A document of
 * the largest size has fewer unless its lines are shorter than 20 characters; JSON has no such bound.
 */
export const yamlLexemesMax = 1_500_000

const tooDeep = `the document is nested more than ${documentDepthMax} levels deep`

/** Names and list positions from the root. */
export type DocumentPath = readonly (string | number)[]

/** Both from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** A document as plain data that still knows where each value was written. */
export interface ParsedDocument {
  readonly root: Readonly<Record<string, unknown>>
  readonly isJson: boolean
  /** Where a value (for a map's member: its name) stands; undefined when it has no place of its own. */
  locate(path: DocumentPath): Position | undefined
  /** A scalar exactly as written: `1.0`, which as a number is 1. */
  sourceOf(path: DocumentPath): string | undefined
}

/** A text that is no document; the message says what was found and what was expected. */
export class DocumentError extends Error {
  /** The message without the place. */
  readonly reason: string
  readonly position: Position | undefined
  constructor(message: string, position?: Position, options?: ErrorOptions) {
    super(
      position === undefined ? message : `line ${position.line}, column ${position.column}: ${message}`,
      options,
    )
    this.name = 'DocumentError'
    this.reason = message
    this.position = position
  }
}

/**
 * JSON or YAML, whichever it is.
 * @param variables what `${AWS::Region}` and the like stand for, by name; unknown ones stay as they are
 * @throws DocumentError
 */
export function parseApiDocument(
  bytes: Uint8Array,
  variables: Readonly<Record<string, string>> = {},
): ParsedDocument {
  if (bytes.length > documentBytesMax) {
    throw new DocumentError(`the document has ${bytes.length} bytes, at most ${documentBytesMax} are read`)
  }
  const text = decodeText(bytes).replace(/\$\{(AWS::\w+)\}/g, (written, name: string) =>
    Object.hasOwn(variables, name) ? (variables[name] as string) : written,
  )
  if (text.trim() === '') throw new DocumentError('the document is empty')
  const { isScalar, LineCounter, parseDocument } = yaml()
  const lines = new LineCounter()
  // Checking for duplicates in the parser is quadratic; `checkNames` does it in one pass.
  const readYaml = (): Document => {
    try {
      // Pretty errors copy the text around each of perhaps thousands.
      return parseDocument(text, {
        lineCounter: lines,
        prettyErrors: false,
        uniqueKeys: false,
        logLevel: 'silent',
      })
    } catch (cause) {
      throw new DocumentError(tooDeep, undefined, { cause })
    }
  }
  let read: Document | undefined
  const tree = (): Document => (read ??= readYaml())
  const root = /^\s*\{/.test(text) ? parseJson(text) : undefined
  let sized: boolean | undefined
  const isReadable = (): boolean => (sized ??= hasFewLexemes(text))
  if (root === undefined && !isReadable()) {
    throw new DocumentError(
      `the document has more than ${yamlLexemesMax} words and signs: write it as JSON, or with fewer lines`,
    )
  }
  const value = root ?? yamlValue(tree(), lines)
  checkBounds(value)
  if (!isRecord(value)) {
    throw new DocumentError(`expected a map with "openapi" or "swagger" at the root, found ${kindOf(value)}`)
  }
  return {
    root: value,
    isJson: root !== undefined,
    locate: (path) => {
      if (!isReadable()) return undefined
      const offset = offsetOf(tree(), path)
      if (offset === undefined) return undefined
      const { line, col } = lines.linePos(offset)
      return line === 0 ? undefined : { line, column: col }
    },
    sourceOf: (path) => {
      if (!isReadable()) return undefined
      const node = tree().getIn(path, true)
      return isScalar(node) ? node.source : undefined
    },
  }
}

function hasFewLexemes(text: string): boolean {
  const { Lexer } = yaml()
  let count = 0
  for (const _ of new Lexer().lex(text)) if (++count > yamlLexemesMax) return false
  return true
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new DocumentError('the document is not UTF-8 text', undefined, { cause })
  }
}

/** Undefined when it is no JSON: it may still be YAML that begins with a brace. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function yamlValue(tree: Document, lines: LineCounter): unknown {
  const [error] = tree.errors
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0])
    const message = /call stack/.test(error.message) ? tooDeep : error.message
    throw new DocumentError(message, { line, column: col })
  }
  checkNames(tree.contents, lines)
  try {
    return tree.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw new DocumentError(`the document's aliases cannot be followed: ${(cause as Error).message}`)
  }
}

/** Names that are lists or maps cost the parser without end, and mean nothing in a document. @throws DocumentError */
function checkNames(contents: unknown, lines: LineCounter): void {
  const { isMap, isScalar, isSeq } = yaml()
  const misnamed = (key: Node | null, message: string): DocumentError => {
    const { line, col } = lines.linePos(key?.range?.[0] ?? 0)
    return new DocumentError(message, { line, column: col })
  }
  const pending: unknown[] = [contents]
  while (pending.length > 0) {
    const node = pending.pop()
    if (isSeq(node)) {
      // Not spread: a list may be longer than the stack.
      for (const item of node.items) pending.push(item)
    } else if (isMap(node)) {
      const names = new Set<unknown>()
      for (const { key, value } of (node as YAMLMap<Node | null, Node | null>).items) {
        pending.push(value)
        if (!isScalar(key)) throw misnamed(key, 'found a list, a map or an alias as a name, expected a text')
        if (names.has(key.value)) {
          throw misnamed(key, `the name ${JSON.stringify(key.value)} appears twice in one map`)
        }
        names.add(key.value)
      }
    }
  }
}

/** Aliases make a small text large, or a tree that contains itself. */
function checkBounds(root: unknown): void {
  let values = 0
  const pending: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, depth } = next
    if (++values > documentValuesMax) {
      throw new DocumentError(`the document holds more than ${documentValuesMax} values`)
    }
    if (typeof value !== 'object' || value === null) continue
    if (depth >= documentDepthMax) {
      throw new DocumentError(tooDeep)
    }
    for (const member of Object.values(value)) pending.push({ value: member, depth: depth + 1 })
  }
}

/** Maps with more members than these are looked up by an index: a document may have a finding for each of its names. */
const scannedMax = 16
const indexes = new WeakMap<YAMLMap<unknown, unknown>, ReadonlyMap<string, Pair<unknown, unknown>>>()

function memberOf(map: YAMLMap<unknown, unknown>, name: string): Pair<unknown, unknown> | undefined {
  const { isScalar } = yaml()
  const nameOf = ({ key }: Pair<unknown, unknown>): string | undefined =>
    isScalar(key) ? String(key.value) : undefined
  if (map.items.length <= scannedMax) return map.items.find((pair) => nameOf(pair) === name)
  let index = indexes.get(map)
  if (index === undefined) {
    // Of names that JSON has twice the first, as of those that are scanned.
    index = new Map(map.items.toReversed().map((pair) => [nameOf(pair) ?? '', pair]))
    indexes.set(map, index)
  }
  return index.get(name)
}

function offsetOf(tree: Document, path: DocumentPath): number | undefined {
  const { isMap, isSeq } = yaml()
  let node: unknown = tree.contents
  let offset = (node as Node | null)?.range?.[0]
  for (const name of path) {
    if (isMap(node)) {
      const pair = memberOf(node as YAMLMap<unknown, unknown>, String(name))
      if (pair === undefined) return offset
      offset = (pair.key as Node).range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(name)]
      offset = (node as Node | undefined)?.range?.[0] ?? offset
    } else {
      return offset
    }
  }
  return offset
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `a list`, `the number 5`: for messages. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  const text = JSON.stringify(value) ?? ''
  return `the ${typeof value} ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`
}
