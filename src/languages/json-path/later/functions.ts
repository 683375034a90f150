import { printJson } from '#languages/json/print.ts'
import { Double, JsonArray, JsonObject, type JsonValue } from '#languages/json/value.ts'
import { PathError } from '../tree.ts'
import type { PathFunction } from './tree.ts'

/**
 * A function at the end of a path.
 * @param args what its arguments found
 * @throws PathError when it does not fit the value
 */
export function applyFunction(
  name: PathFunction,
  value: JsonValue,
  args: readonly (JsonValue | undefined)[],
): JsonValue {
  return FUNCTIONS[name](value, args)
}

type Apply = (value: JsonValue, args: readonly (JsonValue | undefined)[]) => JsonValue

/** Of the numbers that the value and the arguments hold. */
const ofNumbers =
  (aggregate: (numbers: readonly number[]) => number): Apply =>
  (value, args) => {
    const numbers = [value instanceof JsonArray ? value : undefined, ...args].flatMap(numbersOf)
    if (numbers.length === 0) throw new PathError('a function of numbers was applied to an array without any')
    return new Double(aggregate(numbers))
  }

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
const mean = (numbers: readonly number[]): number => sum(numbers) / numbers.length

const FUNCTIONS: Readonly<Record<PathFunction, Apply>> = {
  length: lengthOf,
  size: lengthOf,
  keys: (value) => (value instanceof JsonObject ? new JsonArray([...value.keys]) : null),
  first: (value) => itemAt(value, 0),
  last: (value) => itemAt(value, -1),
  index: (value, [index]) => {
    if (typeof index !== 'number') throw new PathError('index() needs a whole number')
    return itemAt(value, index)
  },
  append: (value, args) =>
    value instanceof JsonArray ? new JsonArray([...value.items, ...args.map((arg) => arg ?? null)]) : value,
  concat: (value, args) => {
    const own = value instanceof JsonArray ? value.items.filter((item) => typeof item === 'string') : []
    return [...own, ...args.flatMap(textsOf)].join('')
  },
  min: ofNumbers((numbers) => numbers.reduce((a, b) => Math.min(a, b))),
  max: ofNumbers((numbers) => numbers.reduce((a, b) => Math.max(a, b))),
  sum: ofNumbers(sum),
  avg: ofNumbers(mean),
  stddev: ofNumbers((numbers) => {
    const middle = mean(numbers)
    return Math.sqrt(mean(numbers.map((number) => (number - middle) ** 2)))
  }),
}

function lengthOf(value: JsonValue, [of]: readonly (JsonValue | undefined)[]): number | null {
  const measured = of instanceof JsonArray || of instanceof JsonObject ? of : value
  if (measured instanceof JsonArray) return measured.items.length
  return measured instanceof JsonObject ? measured.size : null
}

/** @throws PathError when there is none */
function itemAt(value: JsonValue, index: number): JsonValue {
  const item = value instanceof JsonArray ? value.items.at(index) : undefined
  if (item === undefined) throw new PathError(`there is no item ${index}`)
  return item
}

/** The numbers of an array, or the number itself; others do not count. */
function numbersOf(value: JsonValue | undefined): number[] {
  if (value instanceof JsonArray) return value.items.flatMap((item) => oneNumber(item))
  return oneNumber(value)
}

function oneNumber(value: JsonValue | undefined): number[] {
  if (value instanceof Double) return [value.value]
  return typeof value === 'number' || typeof value === 'bigint' ? [Number(value)] : []
}

function textsOf(value: JsonValue | undefined): string[] {
  if (value instanceof JsonArray) return value.items.flatMap((item) => textsOf(item))
  if (value === undefined || value === null || value instanceof JsonObject) return []
  return [typeof value === 'string' ? value : printJson(value)]
}
