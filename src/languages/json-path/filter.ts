import { compileRegex } from '#languages/java-regex/compile.ts'
import { Double, type JsonValue } from '#languages/json/value.ts'
import { printDouble } from '#languages/json/number.ts'
import { printJson } from '#languages/json/print.ts'
import { PathError, type Filter, type FilterOperator, type Operand, type Path } from './tree.ts'
import type { Visits } from './visits.ts'

/** Whether a filter keeps an item. */
export type ItemTest = (item: JsonValue, visits: Visits) => boolean

type Reader = (value: JsonValue, visits: Visits) => JsonValue | undefined
/** Undefined: the path leads nowhere, and then no comparison holds. */
type OperandValue = (item: JsonValue, visits: Visits) => JsonValue | undefined

type CompileReader = (path: Path, needsAll: boolean) => Reader

/** @param compileReader how paths inside filters are read */
export function compileFilter(filter: Filter, compileReader: CompileReader): ItemTest {
  switch (filter.kind) {
    case 'and': {
      const tests = filter.parts.map((part) => compileFilter(part, compileReader))
      return (item, visits) => tests.every((test) => test(item, visits))
    }
    case 'or': {
      const left = compileFilter(filter.left, compileReader)
      const right = compileFilter(filter.right, compileReader)
      return (item, visits) => left(item, visits) || right(item, visits)
    }
    case 'exists': {
      const read = compilePathOperand(filter.path, compileReader, true)
      return (item, visits) => ((read(item, visits) ?? null) !== null) === filter.wanted
    }
    case 'compare':
      return compileComparison(filter, compileReader)
  }
}

function compilePathOperand(path: Path, compileReader: CompileReader, needsAll: boolean): OperandValue {
  const read = compileReader(path, needsAll)
  return path.fromRoot ? (_, visits) => read(visits.root, visits) : read
}

function compileComparison(
  { operator, left, right, strict }: Extract<Filter, { kind: 'compare' }>,
  compileReader: CompileReader,
): ItemTest {
  if (operator === '=~') return compilePattern(left, right, compileReader)
  const holds = HOLDS[operator]
  const leftValue = compileOperand(left, compileReader)
  const rightValue = compileOperand(right, compileReader)
  const isOrder = operator !== '==' && operator !== '!='
  return (item, visits) => {
    const model = leftValue(item, visits)
    const expected = model === undefined ? undefined : rightValue(item, visits)
    if (model === undefined || expected === undefined) return false
    if (isOrder && (model === null) !== (expected === null)) return false
    const sign = compare(expected, model, strict)
    return sign !== undefined && holds(sign)
  }
}

/** By the sign of expected compared with model, right side with left. */
const HOLDS: Readonly<Record<Exclude<FilterOperator, '=~'>, (sign: number) => boolean>> = {
  '==': (sign) => sign === 0,
  '!=': (sign) => sign !== 0,
  '>': (sign) => sign < 0,
  '>=': (sign) => sign <= 0,
  '<': (sign) => sign > 0,
  '<=': (sign) => sign >= 0,
}

function compileOperand(operand: Operand, compileReader: CompileReader): OperandValue {
  switch (operand.kind) {
    case 'path':
      return compilePathOperand(operand.path, compileReader, false)
    case 'text':
      return () => operand.text
    case 'pattern':
      // Compared as anything but a match, a pattern equals nothing.
      return () => undefined
  }
}

/** Steps that all regular expressions of one filter test may take. */
const REGEX_STEPS_MAX = 200_000

function compilePattern(left: Operand, right: Operand, compileReader: CompileReader): ItemTest {
  const pattern = left.kind === 'pattern' ? left : right
  if (pattern.kind !== 'pattern') throw new PathError('"=~" needs a pattern between slashes')
  const regex = orPathError(() => compileRegex(pattern.source))
  const read = compileOperand(left.kind === 'pattern' ? right : left, compileReader)
  return (item, visits) => {
    const value = read(item, visits)
    if (value === undefined || value === null) return false
    const steps = { left: REGEX_STEPS_MAX }
    const matches = orPathError(() => regex.matches(textOf(value), steps))
    visits.count((REGEX_STEPS_MAX - steps.left) >> 2)
    return matches
  }
}

function orPathError<T>(run: () => T): T {
  try {
    return run()
  } catch (cause) {
    throw new PathError((cause as Error).message, { cause })
  }
}

function textOf(value: JsonValue): string {
  if (typeof value === 'string') return value
  return value instanceof Double ? printDouble(value) : printJson(value)
}

const isNullish = (value: JsonValue): boolean => value === null || value === 'null'
const isNumber = (value: JsonValue): value is number | bigint | Double =>
  typeof value === 'number' || typeof value === 'bigint' || value instanceof Double
const numeric = (value: number | bigint | Double): number | bigint =>
  value instanceof Double ? value.value : value

/** As Jayway compares; undefined when it cannot, NaN when only `!=` holds. */
function compare(expected: JsonValue, model: JsonValue, strict: boolean): number | undefined {
  if (isNullish(expected) || isNullish(model)) return Number(isNullish(model)) - Number(isNullish(expected))
  if (typeof expected === 'string') return compareText(expected, model, strict)
  if (isNumber(expected) && isNumber(model)) return order(numeric(expected), numeric(model))
  if (typeof expected === 'boolean' && typeof model === 'boolean') return Number(expected) - Number(model)
  return expected === model ? 0 : undefined
}

function compareText(expected: string, model: JsonValue, strict: boolean): number | undefined {
  if (typeof model === 'string') return order(expected.replaceAll("\\'", "'"), model)
  if (typeof model === 'boolean') return Number(expected.toLowerCase() === 'true') - Number(model)
  if (!isNumber(model)) return undefined
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(expected)) {
    if (!strict) return NaN
    throw new PathError(`a number was compared with ${JSON.stringify(expected.slice(0, 64))}`)
  }
  return order(
    /^[+-]?\d{1,400}$/.test(expected) ? BigInt(expected.replace('+', '')) : Number(expected),
    numeric(model),
  )
}

function order<T extends string | number | bigint>(left: T, right: T): number {
  return left < right ? -1 : left > right ? 1 : 0
}
