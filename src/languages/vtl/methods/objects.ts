import { Double, Foreign, JsonArray, type JsonObject } from '#languages/json/value.ts'
import { Entry } from '#languages/vtl/java-objects.ts'
import type { Budget, VtlValue } from '#languages/vtl/scope.ts'
import { hashOfText } from './strings.ts'

// A value that a template put into itself has no hash.
const DEPTH_MAX = 256

/** Java's `hashCode`. */
export function hashOf(value: VtlValue, budget: Budget, depth: number = 0): number {
  if (depth > DEPTH_MAX) throw new RangeError(`a value nests more than ${DEPTH_MAX} levels`)
  if (value === null) return 0
  if (typeof value === 'string') return hashOfText(value)
  if (typeof value === 'boolean') return value ? 1231 : 1237
  if (typeof value === 'number' || typeof value === 'bigint') return hashOfInteger(BigInt(value))
  if (value instanceof Double) return hashOfDouble(value.value)
  if (value instanceof Entry)
    return hashOf(value.key, budget, depth + 1) ^ hashOf(value.value, budget, depth + 1)
  if (value instanceof Foreign) return hashOfText(value.text())
  budget.work((value instanceof JsonArray ? value.items.length : value.size) >> 2)
  if (value instanceof JsonArray) {
    return value.items.reduce<number>(
      (hash, item) => (Math.imul(hash, 31) + hashOf(item, budget, depth + 1)) | 0,
      1,
    )
  }
  const map = value as JsonObject
  return map.keys.reduce<number>(
    (hash, key, at) =>
      (hash + (hashOf(key, budget, depth + 1) ^ hashOf(map.values[at] as VtlValue, budget, depth + 1))) | 0,
    0,
  )
}

function hashOfInteger(value: bigint): number {
  const int = Number(BigInt.asIntN(32, value))
  // A long folds its halves; an int is its own hash.
  return BigInt(int) === value ? int : Number(BigInt.asIntN(32, value ^ (value >> 32n)))
}

function hashOfDouble(value: number): number {
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  return bits.getInt32(0) ^ bits.getInt32(4)
}
