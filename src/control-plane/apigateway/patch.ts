import type { AwsError } from '#aws/error.ts'
import { badRequest } from './errors.ts'
import { parsePointer } from './json-pointer.ts'

/**
 * The PATCH operations of API Gateway: not RFC 6902, but its syntax over a fixed table of paths a noun, with
 * string values only (API reference, "PATCH operations").
 */
export interface PatchOperation {
  readonly op?: string | undefined
  readonly path?: string | undefined
  readonly value?: string | undefined
  readonly from?: string | undefined
}

/** What the rows of a table may allow; `move` and `test` are legal names that no noun supports. */
export type PatchOp = 'add' | 'replace' | 'remove' | 'copy'

/** One operation on a row's path. */
export interface PatchChange {
  readonly op: PatchOp
  readonly value: string | undefined
  /** What `copy` reads. */
  readonly from: string | undefined
  /** What the `{…}` tokens of the row's path matched, unescaped. */
  readonly names: readonly string[]
}

/** A path and what may be done to it. */
export interface PatchPath {
  /** `/description`, `/variables/{name}`: each `{…}` matches one token. */
  readonly path: string
  readonly ops: readonly PatchOp[]
}

export interface PatchRow<T> extends PatchPath {
  /** The target after the change; never mutates. */
  readonly apply: (target: T, change: PatchChange) => T
}

/** How a noun words its refusals: AWS has several ways. */
export interface PatchDialect {
  unknownPath(operation: PatchOperation, rows: readonly PatchPath[]): AwsError
  wrongOp(operation: PatchOperation, row: PatchPath, rows: readonly PatchPath[]): AwsError
}

export interface PatchTable<T> {
  readonly dialect: PatchDialect
  readonly rows: readonly PatchRow<T>[]
}

/**
 * Applies every operation in order, or none: the caller writes what is returned.
 * @throws AwsError in the table's dialect, or as the row's `apply` words it
 */
export function applyPatch<T>(
  table: PatchTable<T>,
  target: T,
  operations: readonly PatchOperation[] | undefined,
): T {
  let patched = target
  for (const operation of operations ?? []) {
    const match = matchRow(table.rows, operation.path)
    if (match === undefined) throw table.dialect.unknownPath(operation, table.rows)
    const { row, names } = match
    if (!(row.ops as readonly (string | undefined)[]).includes(operation.op)) {
      throw table.dialect.wrongOp(operation, row, table.rows)
    }
    const { op, value, from } = operation
    patched = row.apply(patched, { op: op as PatchOp, value, from, names })
  }
  return patched
}

function matchRow<T>(
  rows: readonly PatchRow<T>[],
  path: string | undefined,
): { row: PatchRow<T>; names: string[] } | undefined {
  const tokens = path === undefined ? undefined : parsePointer(path)
  if (tokens === undefined) return undefined
  for (const row of rows) {
    const names = matchTokens(row.path.slice(1).split('/'), tokens)
    if (names !== undefined) return { row, names }
  }
  return undefined
}

function matchTokens(pattern: readonly string[], tokens: readonly string[]): string[] | undefined {
  if (pattern.length !== tokens.length) return undefined
  const names: string[] = []
  for (const [i, part] of pattern.entries()) {
    const token = tokens[i] as string
    if (!part.startsWith('{')) {
      if (part !== token) return undefined
    } else if (token === '') {
      return undefined
    } else {
      names.push(token)
    }
  }
  return names
}

/** `Invalid patch path /x`: REST APIs, methods, their responses and integrations, gateway responses. */
export const plainDialect: PatchDialect = {
  unknownPath: ({ path }) => badRequest(`Invalid patch path ${path ?? null}`),
  wrongOp: (_, { ops }) =>
    badRequest(`Invalid patch operation specified. Must be one of: [${ops.join(', ')}]`),
}

/** `Invalid patch path  '/x' specified for op …` (two spaces, recorded on AWS): resources, models, validators. */
export const listingDialect: PatchDialect = {
  unknownPath: (operation, rows) => listing(operation, rows),
  wrongOp: (operation, _, rows) => listing(operation, rows),
}

function listing({ op, path }: PatchOperation, rows: readonly PatchPath[]): AwsError {
  const paths = rows.filter(({ ops }) => (ops as readonly (string | undefined)[]).includes(op))
  const advice =
    paths.length === 0
      ? 'Please choose supported operations'
      : `Must be one of: [${paths.map((row) => row.path.replace(/{(.*?)}/g, '<$1>')).join(', ')}]`
  return badRequest(`Invalid patch path  '${path ?? null}' specified for op '${op}'. ${advice}`)
}

/** `"true"`, in any case, is true; anything else is false, as AWS reads it. */
export function patchBoolean(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true'
}

/** The value, or undefined for none and for '', which clears a member. */
export function patchText(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}

/** The map with `name` set; maps start out absent. */
export function withEntry<V>(
  map: Readonly<Record<string, V>> | undefined,
  name: string,
  value: V,
): Readonly<Record<string, V>> {
  return Object.fromEntries([...Object.entries(map ?? {}).filter(([key]) => key !== name), [name, value]])
}

/** The map without `name`; undefined once it is empty, as AWS shows it. */
export function withoutEntry<V>(
  map: Readonly<Record<string, V>> | undefined,
  name: string,
): Readonly<Record<string, V>> | undefined {
  const left = Object.entries(map ?? {}).filter(([key]) => key !== name)
  return left.length === 0 ? undefined : Object.fromEntries(left)
}
