import { Double, JsonArray, JsonObject, type JsonValue } from '#languages/json/value.ts'
import { PathError, type PathFunction } from './tree.ts'

/**
 * A function at the end of a path, as later Jayway 2 versions have them.
 * @throws PathError when it does not fit the value
 */
export function applyFunction(name: PathFunction, value: JsonValue): JsonValue | undefined {
  return FUNCTIONS[name](value)
}

const FUNCTIONS: Readonly<Record<PathFunction, (value: JsonValue) => JsonValue | undefined>> = {
  length: lengthOf,
  size: lengthOf,
  keys: (value) => (value instanceof JsonObject ? new JsonArray([...value.keys]) : undefined),
  first: (value) => itemsOf(value).at(0),
  last: (value) => itemsOf(value).at(-1),
  min: (value) => new Double(numbersOf(value).reduce((a, b) => Math.min(a, b))),
  max: (value) => new Double(numbersOf(value).reduce((a, b) => Math.max(a, b))),
  sum: (value) => new Double(sum(numbersOf(value))),
  avg: (value) => new Double(mean(numbersOf(value))),
  stddev: (value) => {
    const numbers = numbersOf(value)
    const middle = mean(numbers)
    return new Double(Math.sqrt(mean(numbers.map((number) => (number - middle) ** 2))))
  },
}

function lengthOf(value: JsonValue): number | undefined {
  if (value instanceof JsonArray) return value.items.length
  if (value instanceof JsonObject) return value.size
  return typeof value === 'string' ? value.length : undefined
}

function itemsOf(value: JsonValue): readonly JsonValue[] {
  return value instanceof JsonArray ? value.items : []
}

/** The numbers of an array; other items do not count. */
function numbersOf(value: JsonValue): number[] {
  const numbers: number[] = []
  for (const item of itemsOf(value)) {
    if (item instanceof Double) numbers.push(item.value)
    else if (typeof item === 'number' || typeof item === 'bigint') numbers.push(Number(item))
  }
  if (numbers.length === 0) throw new PathError('a function of numbers was applied to an array without any')
  return numbers
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
const mean = (numbers: readonly number[]): number => sum(numbers) / numbers.length
