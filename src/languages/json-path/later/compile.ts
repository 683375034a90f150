import { JsonArray, JsonObject, type JsonValue } from '#languages/json/value.ts'
import { PathError } from '../tree.ts'
import { NotFound, notFound, type Visits } from '../visits.ts'
import { compileLaterFilter, type ItemTest } from './filter.ts'
import { applyFunction } from './functions.ts'
import type { LaterPath, LaterToken } from './tree.ts'

/** Undefined where the path leads nowhere. */
export type LaterReader = (value: JsonValue, visits: Visits) => JsonValue | undefined
type Visit = (value: JsonValue, visits: Visits) => void

/** Whether a path leads to one value at most; others give an array of all that they find. */
export function isLaterDefinite({ tokens }: LaterPath): boolean {
  return tokens.every((token, place) => isDefiniteToken(token, place === tokens.length - 1))
}

function isDefiniteToken(token: LaterToken, isLeaf: boolean): boolean {
  switch (token.kind) {
    case 'property':
      // Several names at the end make one object.
      return token.names.length === 1 || isLeaf
    case 'indexes':
      return token.indexes.length === 1
    case 'function':
      return true
    default:
      return false
  }
}

/**
 * @param needsAll whether a name that is missing anywhere makes the whole path lead nowhere, as where a filter asks
 *   whether the path is there
 */
export function compileLaterReader(given: LaterPath, needsAll: boolean = false): LaterReader {
  const path = measuringItems(given)
  const [first, ...others] = path.tokens
  const fn = path.tokens.at(-1)
  // A function after a leading scan is applied to all that the scan finds, others to each value.
  if (first?.kind === 'scan' && fn?.kind === 'function') {
    const scanned = { ...path, tokens: [first, ...others.slice(0, -1)] }
    const read = compileLaterReader(scanned, needsAll)
    const apply = compileFunction(fn)
    return (value, visits) => {
      const found = read(value, visits)
      return found === undefined ? undefined : apply(found, visits)
    }
  }
  const definite = isLaterDefinite(path)
  const visit = compileTokens(path, needsAll)
  return (value, visits) => {
    const found = visits.collect(path.fromRoot ? visits.root : value, visit)
    if (found === undefined) return undefined
    return definite ? found.at(-1) : new JsonArray(found)
  }
}

/** `$..list.length()` counts the items of the lists, not the lists. */
function measuringItems(path: LaterPath): LaterPath {
  const last = path.tokens.at(-1)
  if (path.tokens[0]?.kind !== 'scan' || last?.kind !== 'function') return path
  if (last.name !== 'length' && last.name !== 'size') return path
  return { ...path, tokens: [...path.tokens.slice(0, -1), { kind: 'wildcard' }, last] }
}

function compileFunction({ name, args }: Extract<LaterToken, { kind: 'function' }>): LaterApply {
  const readers = args.map((arg): LaterReader => {
    if (arg.kind === 'value') return () => arg.value
    return compileLaterReader(arg.path)
  })
  return (value, visits) => {
    const given = readers.map((read) => read(value, visits))
    return applyFunction(name, value, given)
  }
}
type LaterApply = (value: JsonValue, visits: Visits) => JsonValue

function compileTokens({ tokens }: LaterPath, needsAll: boolean): Visit {
  // From the end: each token knows what comes after it.
  let next: Visit = (value, { found }) => void found.push(value)
  for (let place = tokens.length - 1; place >= 0; place--) {
    const upstream = tokens.slice(0, place).every((token) => isDefiniteToken(token, false))
    const missing = upstream || needsAll ? leadsNowhere : skips
    const token = tokens[place] as LaterToken
    if (token.kind === 'scan') continue
    next = compileToken(token, { next, missing, needsAll, isLeaf: place === tokens.length - 1 })
    if (tokens[place - 1]?.kind === 'scan') next = compileScan(token, next)
  }
  return next
}

const leadsNowhere = (): never => {
  throw notFound
}
const skips = (): void => {}

interface After {
  readonly next: Visit
  /** What happens where the token does not fit: before anything indefinite, the path leads nowhere. */
  readonly missing: () => void
  readonly needsAll: boolean
  readonly isLeaf: boolean
}

function compileToken(token: Exclude<LaterToken, { kind: 'scan' }>, after: After): Visit {
  const { next, missing } = after
  switch (token.kind) {
    case 'property':
      return compileProperty(token.names, after)
    case 'wildcard':
      return (value, visits) => {
        for (const member of membersOf(value)) {
          visits.count()
          next(member, visits)
        }
      }
    case 'indexes':
      return (value, visits) => {
        if (!(value instanceof JsonArray)) return missing()
        for (const index of token.indexes) visitItem(value.items.at(index), visits, next)
      }
    case 'slice':
      return (value, visits) => {
        if (!(value instanceof JsonArray)) return missing()
        const { items } = value
        const [from, to] = sliceEnds(token, items.length)
        for (let index = from; index < to; index++) visitItem(items.at(index), visits, next)
      }
    case 'filter':
      return compileFilterToken(compileLaterFilter(token.filter, compileLaterReader), after)
    case 'function': {
      const apply = compileFunction(token)
      return (value, visits) => next(apply(value, visits), visits)
    }
  }
}

function compileProperty(names: readonly string[], { next, missing, needsAll, isLeaf }: After): Visit {
  if (names.length === 1) {
    const name = names[0] as string
    return (value, visits) => {
      visits.count()
      const member = value instanceof JsonObject ? value.get(name) : undefined
      if (member === undefined) missing()
      else next(member, visits)
    }
  }
  if (isLeaf) {
    return (value, visits) => {
      if (!(value instanceof JsonObject)) return missing()
      const merged = new JsonObject()
      for (const name of names) {
        visits.count()
        const member = value.get(name)
        if (member !== undefined) merged.set(name, member)
        else if (needsAll) throw notFound
      }
      next(merged, visits)
    }
  }
  return (value, visits) => {
    if (!(value instanceof JsonObject)) return missing()
    for (const name of names) {
      visits.count()
      const member = value.get(name)
      if (member !== undefined) next(member, visits)
      else if (needsAll) throw notFound
    }
  }
}

function membersOf(value: JsonValue): readonly JsonValue[] {
  if (value instanceof JsonArray) return value.items
  return value instanceof JsonObject ? value.values : []
}

function visitItem(item: JsonValue | undefined, visits: Visits, next: Visit): void {
  visits.count()
  if (item !== undefined) next(item, visits)
}

/** An open slice counts its end from the array's; in one with both ends each index counts by itself, as in Jayway. */
function sliceEnds({ from, to }: { from: number | undefined; to: number | undefined }, length: number) {
  if (from === undefined)
    return [0, Math.min(length, (to ?? 0) < 0 ? length + (to ?? 0) : (to ?? 0))] as const
  if (to === undefined) return [Math.max(0, from < 0 ? length + from : from), length] as const
  return [Math.max(from, -length), length === 0 ? from : Math.min(length, to)] as const
}

function compileFilterToken(test: ItemTest, { next, missing }: After): Visit {
  return (value, visits) => {
    if (value instanceof JsonObject) {
      if (test(value, visits)) next(value, visits)
    } else if (value instanceof JsonArray) {
      for (const item of value.items) {
        visits.count()
        if (test(item, visits)) next(item, visits)
      }
    } else if (missing === skips) {
      return
    } else {
      throw new PathError('a filter was applied to what is neither an object nor an array')
    }
  }
}

/** `..`: the token after it at every level, parents before children. */
function compileScan(token: LaterToken, apply: Visit): Visit {
  const applies = scanTest(token)
  const walk: Visit = (value, visits) => {
    visits.count()
    if (applies(value)) {
      try {
        apply(value, visits)
      } catch (thrown) {
        if (!(thrown instanceof NotFound)) throw thrown
      }
    }
    for (const member of membersOf(value)) visits.deeper(member, walk)
  }
  return walk
}

function scanTest(token: LaterToken): (value: JsonValue) => boolean {
  switch (token.kind) {
    case 'property':
      return (value) => value instanceof JsonObject && token.names.every((name) => value.has(name))
    case 'indexes':
    case 'slice':
      return (value) => value instanceof JsonArray
    default:
      return (value) => value instanceof JsonArray || value instanceof JsonObject
  }
}
