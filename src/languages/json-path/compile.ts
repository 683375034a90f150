import { JsonArray, JsonObject, type JsonValue } from '#languages/json/value.ts'
import { compileFilter, type ItemTest } from './filter.ts'
import { reachesBeyond } from './beyond.ts'
import { compileLaterReader, isLaterDefinite } from './later/compile.ts'
import { parseLaterPath } from './later/parse.ts'
import type { LaterToken } from './later/tree.ts'
import { isDefinite, parsePath } from './parse.ts'
import { defaultDialect, PathError, type Path, type PathDialect, type PathToken } from './tree.ts'
import { NotFound, notFound, Visits } from './visits.ts'

export interface CompiledPath {
  /** Whether it gives one value; others give an array of all that they find, new each time. */
  readonly definite: boolean
  /** What its steps are, in either dialect's words. */
  readonly kinds: ReadonlySet<(PathToken | LaterToken)['kind']>
  /**
   * @param spend is told how many values the read looked at
   * @returns undefined when there is no such value
   * @throws PathError when the path cannot be applied: an index on what is no array, too much to look at
   */
  read(root: JsonValue, spend?: (values: number) => void): JsonValue | undefined
}

/** Goes on from a value; `found` takes what the whole path leads to. */
export type Visit = (value: JsonValue, visits: Visits) => void

/** Compiled paths that are kept: templates use the same few again and again. */
const KEPT_MAX = 512
const kept = new Map<string, CompiledPath>()

/** @throws PathError */
export function compilePath(text: string, dialect: PathDialect = defaultDialect): CompiledPath {
  const key = dialect === defaultDialect ? text : `${dialect} ${text}`
  let path = kept.get(key)
  if (path === undefined) {
    path = compile(text, dialect)
    if (kept.size >= KEPT_MAX) kept.delete(kept.keys().next().value as string)
    kept.set(key, path)
  }
  return path
}

function compile(text: string, dialect: PathDialect): CompiledPath {
  if (dialect === '2.0') return compileEarly(parsePath(text, dialect))
  const early = orUndefined(() => parsePath(text, dialect))
  if (early === undefined) return compileLater(text)
  const later = reachesBeyond(early) ? orUndefined(() => compileLater(text)) : undefined
  return later ?? compileEarly(early)
}

function orUndefined<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof PathError)) throw error
    return undefined
  }
}

function compileEarly(path: Path): CompiledPath {
  return compiledPath(path.definite, path.tokens, compileReader(path))
}

function compileLater(text: string): CompiledPath {
  const path = parseLaterPath(text)
  return compiledPath(isLaterDefinite(path), path.tokens, compileLaterReader(path))
}

function compiledPath(
  definite: boolean,
  tokens: readonly (PathToken | LaterToken)[],
  read: Reader,
): CompiledPath {
  return {
    definite,
    kinds: new Set(tokens.map(({ kind }) => kind)),
    read: (root, spend) => {
      const visits = new Visits(root)
      const found = read(root, visits)
      spend?.(visits.total)
      return found
    },
  }
}

type Reader = (value: JsonValue, visits: Visits) => JsonValue | undefined

/**
 * Reads from `value`; `visits` counts and knows the document.
 * @param needsAll whether `['a','b']` leads nowhere when one of the names is missing, as in a filter that asks
 *   whether it exists
 */
export function compileReader(path: Path, needsAll: boolean = false): Reader {
  return simpleReader(path) ?? generalReader(path, needsAll)
}

/** Names and indexes only, which is nearly every path: no search, just a walk. */
function simpleReader({ tokens }: Path): Reader | undefined {
  const steps: (string | number)[] = []
  for (const token of tokens) {
    if (token.kind === 'property' && token.names.length === 1) steps.push(token.names[0] as string)
    else if (token.kind === 'index') steps.push(token.index)
    else return undefined
  }
  return (root) => {
    let value: JsonValue | undefined = root
    for (let place = 0; place < steps.length; place++) {
      const step = steps[place] as string | number
      if (typeof step === 'string') {
        if (!(value instanceof JsonObject)) return undefined
        value = value.get(step)
      } else {
        if (value === null) return undefined
        value = itemsOf(value)[step]
      }
      if (value === undefined) return undefined
    }
    return value
  }
}

function itemsOf(value: JsonValue): readonly JsonValue[] {
  if (value instanceof JsonArray) return value.items
  throw new PathError('an index or a slice was applied to what is no array')
}

function generalReader(path: Path, needsAll: boolean): Reader {
  const { definite } = path
  const visit = compileTokens(path, needsAll)
  return (value, visits) => {
    const results = visits.collect(value, visit)
    if (results === undefined) return undefined
    return definite ? results[0] : new JsonArray(results)
  }
}

function compileTokens(path: Path, needsAll: boolean): Visit {
  const { tokens } = path
  // From the end: each token knows what comes after it.
  const visits: Visit[] = [(value, { found }) => void found.push(value)]
  for (let place = tokens.length - 1; place >= 0; place--) {
    visits.unshift(compileToken(path, place, visits, needsAll))
  }
  return visits[0] as Visit
}

/** @param after what follows: `after[0]` from the next token on, `after[1]` from the one after it */
function compileToken(path: Path, place: number, after: readonly Visit[], needsAll: boolean): Visit {
  const { tokens } = path
  const token = tokens[place] as PathToken
  const next = after[0] as Visit
  const isLeaf = place === tokens.length - 1
  switch (token.kind) {
    case 'here':
      return next
    case 'property':
      return token.names.length === 1
        ? compileProperty(token.names[0] as string, next, isLeaf, missingIsSilent(tokens, place))
        : compileProperties(token.names, next, isLeaf, needsAll)
    case 'wildcard':
      return compileWildcard(next)
    case 'scan':
      return compileScan(tokens[place + 1] as PathToken, place + 1 === tokens.length - 1, after)
    case 'filter': {
      const test = compileFilter(token.filter, compileReader)
      return (value, visits) => visitFiltered(value, visits, test, next)
    }
    default: {
      const select = selectorOf(token)
      return (value, visits) => {
        if (value === null) throw notFound
        const items = itemsOf(value)
        for (const index of select(items.length)) visitItem(items[index], visits, next)
      }
    }
  }
}

/** Jayway forgives a missing name on the way when, from the token before it on, something may find many. */
function missingIsSilent(tokens: readonly PathToken[], place: number): boolean {
  return !tokens.slice(Math.max(0, place - 1)).every(isDefinite)
}

function compileProperty(name: string, next: Visit, isLeaf: boolean, silent: boolean): Visit {
  return (value, visits) => {
    if (!(value instanceof JsonObject)) throw notFound
    visits.count()
    const member = value.get(name)
    if (member !== undefined) next(member, visits)
    else if (isLeaf || !silent) throw notFound
  }
}

function compileProperties(names: readonly string[], next: Visit, isLeaf: boolean, needsAll: boolean): Visit {
  return (value, visits) => {
    if (!(value instanceof JsonObject)) throw notFound
    if (!isLeaf) throw new PathError('several names can only end a path')
    const merged = new JsonObject()
    for (const name of names) {
      const member = value.get(name)
      if (member !== undefined) merged.set(name, member)
      else if (needsAll) throw notFound
    }
    next(merged, visits)
  }
}

function compileWildcard(next: Visit): Visit {
  return (value, visits) => {
    if (value instanceof JsonObject) {
      for (const member of value.values) {
        visits.count()
        next(member, visits)
      }
    } else if (value instanceof JsonArray) {
      for (const item of value.items) {
        visits.count()
        try {
          next(item, visits)
        } catch (thrown) {
          if (!(thrown instanceof NotFound)) throw thrown
        }
      }
    }
  }
}

function visitItem(item: JsonValue | undefined, visits: Visits, next: Visit): void {
  visits.count()
  if (item === undefined) throw notFound
  next(item, visits)
}

function visitFiltered(value: JsonValue, visits: Visits, test: ItemTest, next: Visit): void {
  if (value instanceof JsonObject) {
    if (test(value, visits)) next(value, visits)
  } else if (value instanceof JsonArray) {
    for (const item of value.items) {
      visits.count()
      if (test(item, visits)) next(item, visits)
    }
  } else {
    throw new PathError('a filter was applied to what is neither an object nor an array')
  }
}

type ArrayToken = Exclude<PathToken, { kind: 'here' | 'property' | 'wildcard' | 'scan' | 'filter' }>

/** The indexes that a token means in an array of a length. */
function selectorOf(token: ArrayToken): (length: number) => readonly number[] {
  switch (token.kind) {
    case 'index': {
      const indexes = [token.index]
      return () => indexes
    }
    case 'indexes':
      return () => token.indexes
    case 'from-length':
      return (length) => [length + token.offset]
    case 'slice-from':
      return (length) => sequence(Math.max(0, token.from < 0 ? length + token.from : token.from), length)
    case 'slice-to':
      return (length) => sequence(0, Math.min(length, token.to < 0 ? length + token.to : token.to))
    case 'slice-between':
      return (length) => (length === 0 ? [] : betweenIndexes(token.from, Math.min(length, token.to)))
  }
}

function sequence(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, place) => from + place)
}

/** Jayway does not count a slice of two ends from the end: negative ends find nothing at all. */
function betweenIndexes(from: number, to: number): number[] {
  if (from >= to) return []
  if (from < 0) throw notFound
  return sequence(from, to)
}

/** `..`: the next token at every level, parents before children. */
function compileScan(target: PathToken, targetIsLeaf: boolean, after: readonly Visit[]): Visit {
  const applyTarget = after[0] as Visit
  const afterTarget = after[1] as Visit
  const applies = scanTest(target)
  const walk: Visit = (value, visits) => {
    visits.count()
    if (value instanceof JsonObject) {
      if (applies(value, visits)) applyTarget(value, visits)
      for (const member of value.values) visits.deeper(member, walk)
    } else if (value instanceof JsonArray) {
      if (applies(value, visits)) {
        if (targetIsLeaf) applyTarget(value, visits)
        // Whatever the token says, Jayway goes on from every item here.
        else for (const item of value.items) afterTarget(item, visits)
      }
      for (const item of value.items) visits.deeper(item, walk)
    }
  }
  return walk
}

function scanTest(target: PathToken): ItemTest {
  switch (target.kind) {
    case 'property':
      return (value) => value instanceof JsonObject && target.names.every((name) => value.has(name))
    case 'wildcard':
      return () => true
    case 'filter':
      return compileFilter(target.filter, compileReader)
    case 'here':
    case 'scan':
      return () => false
    default:
      return (value) => value instanceof JsonArray
  }
}
