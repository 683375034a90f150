import { JsonArray, JsonObject } from '#languages/json/value.ts'
import { JavaArray, JavaCollection } from './java-lists.ts'
import { LoopScope } from './java-objects.ts'
import { findMethod, methodsOf } from './methods/index.ts'
import type { Budget, HostMethod, MethodTable, VtlValue } from './scope.ts'

/** Reads `value.name`; null when there is no such property. */
export type PropertyReader = (value: VtlValue, budget: Budget) => VtlValue

/** `getName`, `isName`, or a map's member: what `$value.name` means in Java. */
export function propertyReader(name: string): PropertyReader {
  const [getters, testers] = [accessorKeys('get', name), accessorKeys('is', name)]
  const isClass = name === 'class' || name === 'Class'
  // A place in a template mostly sees values of one class.
  let table: MethodTable | undefined
  let getter: HostMethod | undefined
  let tester: HostMethod | undefined
  return (value, budget) => {
    if (value instanceof JsonObject && !isClass && !(value instanceof LoopScope))
      return value.get(name) ?? null
    // An array has a list's methods, but none of its properties.
    if (value instanceof JavaArray && !isClass) return null
    const own = methodsOf(value)
    if (own !== table) {
      table = own
      getter = findFirst(value, getters)
      tester = findFirst(value, testers)
    }
    if (getter !== undefined) return getter(value as never, [], budget) ?? null
    if (value instanceof JsonObject) return value.get(name) ?? null
    return tester?.(value as never, [], budget) ?? null
  }
}

function findFirst(value: VtlValue, keys: readonly string[]): HostMethod | undefined {
  for (const key of keys) {
    const method = findMethod(value, key)
    if (method !== undefined) return method
  }
  return undefined
}

/** `getname/0` and `getName/0`: Velocity tries the name as written, then with its first letter's case changed. */
function accessorKeys(prefix: string, name: string): readonly string[] {
  const first = name[0] ?? ''
  const other = first === first.toLowerCase() ? first.toUpperCase() : first.toLowerCase()
  return [`${prefix}${name}/0`, `${prefix}${other}${name.slice(1)}/0`]
}

/** Sets `target.name`: only maps have members to set. */
export function setProperty(target: VtlValue, name: string, value: VtlValue): void {
  if (target instanceof JsonObject) target.set(name, value)
}

/**
 * `value[index]`: an item of a list, counted from the end when negative, or a map's member.
 * @throws RangeError when a list has no such item
 */
export function readIndex(target: VtlValue, index: VtlValue): VtlValue {
  const place = fromEnd(target, index)
  if (target instanceof JsonObject) return target.get(place) ?? null
  if (!isIndexed(target) || typeof place !== 'number') return null
  return target.items[within(target, place)] as VtlValue
}

/** @throws RangeError when a list has no such item */
export function setIndex(target: VtlValue, index: VtlValue, value: VtlValue): void {
  const place = fromEnd(target, index)
  if (target instanceof JsonObject) target.set(place, value)
  else if (isIndexed(target) && typeof place === 'number') target.items[within(target, place)] = value
}

const isIndexed = (value: VtlValue): value is JsonArray =>
  value instanceof JsonArray && (!(value instanceof JavaCollection) || value instanceof JavaArray)

function within(list: JsonArray, place: number): number {
  if (place < 0 || place >= list.items.length) {
    throw new RangeError(`index ${place} out of bounds for length ${list.items.length}`)
  }
  return place
}

function fromEnd(target: VtlValue, index: VtlValue): VtlValue {
  if (typeof index !== 'number' || index >= 0) return index
  if (target instanceof JsonArray) return target.items.length + index
  if (target instanceof JsonObject) return target.size + index
  throw new RangeError(`the index ${index} counts from the end of what has no size`)
}
