import { compileRegex, RegexStepsError } from '#languages/java-regex/compile.ts'
import { RegexSyntaxError } from '#languages/java-regex/parse.ts'
import { printDouble } from '#languages/json/number.ts'
import { Double, JsonArray, JsonObject, type JsonValue } from '#languages/json/value.ts'
import { PathError } from '../tree.ts'
import type { Visits } from '../visits.ts'
import type { LaterReader } from './compile.ts'
import type { LaterFilter, LaterOperand, LaterOperator, LaterPath } from './tree.ts'

/** Whether a filter keeps an item. */
export type ItemTest = (item: JsonValue, visits: Visits) => boolean
type CompileReader = (path: LaterPath, needsAll?: boolean) => LaterReader
/** Undefined: the path leads nowhere. */
type Operand = JsonValue | undefined

/** @param compileReader how paths inside filters are read */
export function compileLaterFilter(filter: LaterFilter, compileReader: CompileReader): ItemTest {
  switch (filter.kind) {
    case 'and': {
      const tests = filter.parts.map((part) => compileLaterFilter(part, compileReader))
      return (item, visits) => tests.every((test) => test(item, visits))
    }
    case 'or': {
      const tests = filter.parts.map((part) => compileLaterFilter(part, compileReader))
      return (item, visits) => tests.some((test) => test(item, visits))
    }
    case 'not': {
      const test = compileLaterFilter(filter.part, compileReader)
      return (item, visits) => !test(item, visits)
    }
    case 'exists': {
      const read = compileReader(filter.path, true)
      return (item, visits) => (read(item, visits) !== undefined) === filter.wanted
    }
    case 'compare':
      return compileComparison(filter, compileReader)
  }
}

function compileComparison(
  { operator, left, right }: Extract<LaterFilter, { kind: 'compare' }>,
  compileReader: CompileReader,
): ItemTest {
  if (operator === '=~') return compilePattern(left, right, compileReader)
  if (left.kind === 'pattern' || right.kind === 'pattern') {
    throw new PathError(`a pattern is compared with "=~", not with "${operator}"`)
  }
  const holds = HOLDS[operator]
  const readLeft = compileOperand(left, compileReader)
  const readRight = compileOperand(right, compileReader)
  return (item, visits) => {
    const given = readLeft(item, visits)
    const expected = readRight(item, visits)
    visits.count(Math.max(sizeOf(given), sizeOf(expected)))
    return holds(given, expected, visits)
  }
}

type Holds = (left: Operand, right: Operand, visits: Visits) => boolean

const HOLDS: Readonly<Record<Exclude<LaterOperator, '=~'>, Holds>> = {
  '==': equals,
  '!=': (left, right, visits) => !equals(left, right, visits),
  '===': (left, right, visits) => kindOf(left) === kindOf(right) && equals(left, right, visits),
  '!==': (left, right, visits) => !(kindOf(left) === kindOf(right) && equals(left, right, visits)),
  '<': (left, right) => (order(left, right) ?? 0) < 0,
  '>': (left, right) => (order(left, right) ?? 0) > 0,
  '<=': (left, right) => (order(left, right) ?? 1) <= 0,
  '>=': (left, right) => (order(left, right) ?? -1) >= 0,
  in: (left, right, visits) => right instanceof JsonArray && includes(right, left, visits),
  // What is no list holds nothing, so nothing is "not in" it either; an object counts as a list without items.
  nin: (left, right, visits) =>
    right instanceof JsonObject || (right instanceof JsonArray && !includes(right, left, visits)),
  subsetof: ofLists((left, right, visits) => left.items.every((item) => includes(right, item, visits))),
  anyof: ofLists((left, right, visits) => left.items.some((item) => includes(right, item, visits))),
  noneof: ofLists((left, right, visits) => !left.items.some((item) => includes(right, item, visits))),
  all: ofLists((left, right, visits) => right.items.every((item) => includes(left, item, visits))),
  contains: (left, right, visits) => {
    if (typeof left === 'string' && typeof right === 'string') return left.includes(right)
    return left instanceof JsonArray && includes(left, right, visits)
  },
  size: (left, right) => typeof right === 'number' && lengthOf(left) === right,
  empty: (left, right) => {
    const length = lengthOf(left)
    return length !== undefined && typeof right === 'boolean' && (length === 0) === right
  },
}

function ofLists(holds: (left: JsonArray, right: JsonArray, visits: Visits) => boolean): Holds {
  return (left, right, visits) =>
    left instanceof JsonArray && right instanceof JsonArray && holds(left, right, visits)
}

function includes(list: JsonArray, value: Operand, visits: Visits): boolean {
  visits.count(list.items.length)
  return list.items.some((item) => equals(value, item, visits))
}

function compileOperand(operand: LaterOperand, compileReader: CompileReader): LaterReader {
  switch (operand.kind) {
    case 'path':
      return compileReader(operand.path)
    case 'value':
      return () => operand.value
    case 'pattern':
      return () => undefined
  }
}

/** Steps that all regular expressions of one filter test may take. */
const REGEX_STEPS_MAX = 200_000

function compilePattern(left: LaterOperand, right: LaterOperand, compileReader: CompileReader): ItemTest {
  const pattern = left.kind === 'pattern' ? left : right
  if (pattern.kind !== 'pattern' || left.kind === right.kind) {
    throw new PathError('"=~" needs one pattern between slashes')
  }
  const regex = orPathError(() => compileRegex(pattern.source))
  const read = compileOperand(left.kind === 'pattern' ? right : left, compileReader)
  return (item, visits) => {
    const value = read(item, visits)
    const texts = value instanceof JsonArray ? value.items.map(patternText) : [patternText(value)]
    const steps = { left: REGEX_STEPS_MAX }
    const matches = orPathError(() => texts.some((text) => regex.matches(text, steps)))
    visits.count((REGEX_STEPS_MAX - steps.left) >> 2)
    return matches
  }
}

function orPathError<T>(run: () => T): T {
  try {
    return run()
  } catch (cause) {
    if (
      !(cause instanceof RegexSyntaxError || cause instanceof RangeError || cause instanceof RegexStepsError)
    )
      throw cause
    throw new PathError(cause.message, { cause })
  }
}

/** What a pattern sees of a value: nothing of lists, objects and what is not there. */
function patternText(value: Operand): string {
  if (typeof value === 'string') return value
  if (value instanceof Double) return printDouble(value)
  if (value === undefined || value === null || typeof value === 'object') return ''
  return String(value)
}

function kindOf(value: Operand): string {
  if (isNumber(value)) return 'number'
  if (value instanceof JsonArray || value instanceof JsonObject) return 'json'
  return value === null ? 'null' : typeof value
}

const isNumber = (value: Operand): value is number | bigint | Double =>
  typeof value === 'number' || typeof value === 'bigint' || value instanceof Double
const numeric = (value: number | bigint | Double): number | bigint =>
  value instanceof Double ? value.value : value

/** How many values a comparison looks at, roughly. */
function sizeOf(value: Operand): number {
  if (value instanceof JsonArray) return value.items.length
  return value instanceof JsonObject ? value.size : typeof value === 'string' ? value.length >> 6 : 0
}

/** Of a text, a list or an object. */
function lengthOf(value: Operand): number | undefined {
  if (typeof value === 'string') return value.length
  if (value instanceof JsonArray) return value.items.length
  return value instanceof JsonObject ? value.size : undefined
}

function equals(left: Operand, right: Operand, visits: Visits): boolean {
  if (typeof left === 'string') {
    if (typeof right === 'string') return left === right
    return isNumber(right) && left === patternText(right)
  }
  if (isNumber(left)) {
    if (isNumber(right)) return order(left, right) === 0
    return typeof right === 'string' && NUMBER.test(right) && order(left, new Double(Number(right))) === 0
  }
  if (left instanceof JsonArray || left instanceof JsonObject) return sameTree(left, right, visits)
  return left !== undefined && left === right
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

/** Inside lists and objects everything is compared as Java compares: `1` is not `1.0`. */
function sameTree(left: JsonValue, right: Operand, visits: Visits): boolean {
  visits.count()
  if (left instanceof JsonArray) {
    if (!(right instanceof JsonArray) || left.items.length !== right.items.length) return false
    return left.items.every((item, at) => sameTree(item, right.items[at], visits))
  }
  if (left instanceof JsonObject) {
    if (!(right instanceof JsonObject) || left.size !== right.size) return false
    return left.keys.every((key) => sameTree(left.get(key) ?? null, right.get(key), visits))
  }
  if (left instanceof Double) return right instanceof Double && Object.is(left.value, right.value)
  return left === right
}

/** Undefined for what has no order: only numbers with numbers, texts with texts. */
function order(left: Operand, right: Operand): number | undefined {
  if (isNumber(left) && isNumber(right)) return sign(numeric(left), numeric(right))
  return typeof left === 'string' && typeof right === 'string' ? sign(left, right) : undefined
}

function sign<T extends string | number | bigint>(left: T, right: T): number {
  return left < right ? -1 : left > right ? 1 : 0
}
