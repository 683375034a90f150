import { Double, JsonArray, JsonObject } from '#languages/json/value.ts'
import type { Budget, VtlValue } from './scope.ts'
import { textOf } from './text.ts'
import { JavaArray, JavaCollection } from './java-lists.ts'
import { Entry, JavaChar } from './java-objects.ts'

export type JavaNumber = number | bigint | Double

export function isNumber(value: VtlValue): value is JavaNumber {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Double
}

/** Java's kinds of class, as far as `==` asks whether one is the other's. */
function family(value: VtlValue): string {
  if (typeof value !== 'object' || value === null) return typeof value
  if (value instanceof JsonObject) return 'map'
  if (value instanceof JavaArray || value instanceof JavaCollection) return value.className
  if (value instanceof JsonArray) return 'list'
  return value.constructor.name
}

/** Negative, zero or positive; NaN is neither less nor greater, as Velocity compares. */
export function compareNumbers(left: JavaNumber, right: JavaNumber): number {
  const a = left instanceof Double ? left.value : left
  const b = right instanceof Double ? right.value : right
  return a < b ? -1 : a > b ? 1 : 0
}

/** `==` of templates: numbers by value, values of one class by `equals`, all else by their text. */
export function looselyEqual(left: VtlValue, right: VtlValue, budget: Budget): boolean {
  if (typeof left === 'string' && typeof right === 'string') {
    if (left.length === right.length) budget.work(left.length >> 8)
    return left === right
  }
  if (isNumber(left) && isNumber(right)) return compareNumbers(left, right) === 0
  if (left === null || right === null) return left === right
  if (family(left) === family(right)) return javaEquals(left, right, budget)
  const [a, b] = [textOf(left, budget.textMax), textOf(right, budget.textMax)]
  budget.work((a.length + b.length) >> 6)
  return a === b
}

// Comparing two values that hold themselves would never end.
const DEPTH_MAX = 256

/** Java's `equals`. */
export function javaEquals(left: VtlValue, right: VtlValue, budget: Budget, depth: number = 0): boolean {
  if (left === right) return true
  if (left === null || right === null || typeof left !== 'object' || typeof right !== 'object') return false
  if (depth > DEPTH_MAX) throw new RangeError(`a value nests more than ${DEPTH_MAX} levels`)
  if (left instanceof Double) return right instanceof Double && Object.is(left.value, right.value)
  if (left instanceof JavaChar && right instanceof JavaChar) return left.text() === right.text()
  if (left instanceof Entry && right instanceof Entry) {
    return (
      javaEquals(left.key, right.key, budget, depth + 1) &&
      javaEquals(left.value, right.value, budget, depth + 1)
    )
  }
  if (left instanceof JsonObject) {
    if (!(right instanceof JsonObject) || left.size !== right.size) return false
    budget.work(left.size >> 2)
    return left.keys.every((key, at) => {
      const other = right.get(key)
      return other !== undefined && javaEquals(left.values[at] as VtlValue, other, budget, depth + 1)
    })
  }
  if (left instanceof JavaArray || right instanceof JavaArray) return false
  if (left instanceof JsonArray && right instanceof JsonArray) {
    if (family(left) !== family(right) || left.items.length !== right.items.length) return false
    budget.work(left.items.length >> 2)
    return left.items.every((item, at) => javaEquals(item, right.items[at] as VtlValue, budget, depth + 1))
  }
  return false
}
