import { printJson } from '#languages/json/print.ts'
import { JsonArray } from '#languages/json/value.ts'
import { javaEquals } from '#languages/vtl/compare.ts'
import { JavaArray, JavaCollection, JavaList } from '#languages/vtl/java-lists.ts'
import { JavaIterator } from '#languages/vtl/java-objects.ts'
import {
  methodTable,
  type Budget,
  type HostMethod,
  type MethodTable,
  type VtlValue,
} from '#languages/vtl/scope.ts'
import { textOf } from '#languages/vtl/text.ts'
import { hashOf } from './objects.ts'

type Method = (self: JsonArray, args: readonly VtlValue[], budget: Budget) => VtlValue | undefined

const isInt = (value: VtlValue | undefined): value is number =>
  typeof value === 'number' && (value | 0) === value

function place(list: JsonArray, index: number, end: number): number {
  if (index < 0 || index >= end)
    throw new RangeError(`index ${index} out of bounds for length ${list.items.length}`)
  return index
}

function find(list: JsonArray, item: VtlValue | undefined, budget: Budget): number {
  budget.work(list.items.length >> 3)
  return list.items.findIndex((other) => javaEquals(other, item ?? null, budget))
}

function removeItem(list: JsonArray, item: VtlValue | undefined, budget: Budget): boolean {
  const at = find(list, item, budget)
  if (at >= 0) list.items.splice(at, 1)
  return at >= 0
}

const itemsOf = (value: VtlValue | undefined): readonly VtlValue[] | undefined =>
  value instanceof JsonArray && !(value instanceof JavaArray) ? value.items : undefined

/** Keeps the items for which `keeps` holds; whether any went. */
function filter(list: JsonArray, keeps: (item: VtlValue) => boolean): boolean {
  const kept = list.items.filter(keeps)
  const changed = kept.length < list.items.length
  if (changed) list.items.splice(0, list.items.length, ...kept)
  return changed
}

const has = (items: readonly VtlValue[], item: VtlValue, budget: Budget): boolean =>
  items.some((other) => javaEquals(other, item, budget))

/** What every `java.util.Collection` has. */
const collection: Readonly<Record<string, Method>> = {
  'size/0': (list) => list.items.length,
  'isEmpty/0': (list) => list.items.length === 0,
  'contains/1': (list, [item], budget) => find(list, item, budget) >= 0,
  'containsAll/1': (list, [other], budget) => {
    const items = itemsOf(other)
    if (items === undefined) return undefined
    budget.work((items.length * list.items.length) >> 3)
    return items.every((item) => has(list.items, item, budget))
  },
  'clear/0': (list) => {
    list.items.length = 0
    return ''
  },
  'remove/1': removeItemMethod,
  'removeAll/1': (list, [other], budget) => {
    const items = itemsOf(other)
    if (items === undefined) return undefined
    budget.work((items.length * list.items.length) >> 3)
    return filter(list, (item) => !has(items, item, budget))
  },
  'retainAll/1': (list, [other], budget) => {
    const items = itemsOf(other)
    if (items === undefined) return undefined
    budget.work((items.length * list.items.length) >> 3)
    return filter(list, (item) => has(items, item, budget))
  },
  'iterator/0': (list) => new JavaIterator(list.items),
  'toArray/0': (list, _, budget) => {
    budget.work(list.items.length)
    return new JavaArray([...list.items], '[Ljava.lang.Object;')
  },
  'toString/0': (list, _, budget) => textOf(list, budget.textMax),
  'equals/1': (list, [other = null], budget) => javaEquals(list, other, budget),
  'hashCode/0': (list, _, budget) => hashOf(list, budget),
}

function removeItemMethod(list: JsonArray, [item]: readonly VtlValue[], budget: Budget): boolean {
  return removeItem(list, item, budget)
}

/** `java.util.List` besides what collections have. */
const list: Readonly<Record<string, Method>> = {
  ...collection,
  'get/1': (self, [index]) =>
    isInt(index) ? (self.items[place(self, index, self.items.length)] as VtlValue) : undefined,
  'set/2': (self, [index, item = null]) => {
    if (!isInt(index)) return undefined
    const before = self.items[place(self, index, self.items.length)] as VtlValue
    self.items[index] = item
    return before
  },
  'add/1': (self, [item = null]) => {
    self.items.push(item)
    return true
  },
  'add/2': (self, [index, item = null], budget) => {
    if (!isInt(index)) return undefined
    budget.work((self.items.length - index) >> 3)
    self.items.splice(place(self, index, self.items.length + 1), 0, item)
    return ''
  },
  'addAll/1': (self, [other], budget) => {
    const items = itemsOf(other)
    if (items === undefined) return undefined
    budget.work(items.length)
    // Not the iterator: a list may be added to itself.
    const count = items.length
    for (let at = 0; at < count; at++) self.items.push(items[at] as VtlValue)
    return count > 0
  },
  'addAll/2': (self, [index, other], budget) => {
    const items = itemsOf(other)
    if (items === undefined || !isInt(index)) return undefined
    budget.work(items.length + self.items.length)
    const tail = self.items.splice(place(self, index, self.items.length + 1))
    for (const item of [...items, ...tail]) self.items.push(item)
    return items.length > 0
  },
  // An integer is a place, anything else an item.
  'remove/1': (self, [item], budget) => {
    if (!isInt(item)) return removeItem(self, item, budget)
    return self.items.splice(place(self, item, self.items.length), 1)[0]
  },
  'indexOf/1': (self, [item], budget) => find(self, item, budget),
  'lastIndexOf/1': (self, [item], budget) => {
    budget.work(self.items.length >> 3)
    return self.items.findLastIndex((other) => javaEquals(other, item ?? null, budget))
  },
  'subList/2': (self, [from, to], budget) => {
    if (!isInt(from) || !isInt(to)) return undefined
    if (from < 0 || to > self.items.length || from > to) throw new RangeError(`from ${from} to ${to}`)
    budget.work(to - from)
    return new JavaList(self.items.slice(from, to))
  },
}

export const listMethods: MethodTable = methodTable<JsonArray>(list)

/** `net.minidev.json.JSONArray`. */
export const jsonArrayMethods: MethodTable = methodTable<JsonArray>({
  ...list,
  'toJSONString/0': (self, _, budget) => printJson(self, 'web', budget.textMax),
})

export const collectionMethods: MethodTable = methodTable<JsonArray>(collection)

function refuseChange(): never {
  throw new Error('an array cannot change its length')
}

/** Velocity lets the methods of a list be called on an array, as far as they leave its length. */
export const arrayMethods: MethodTable = new Map<string, HostMethod>(
  [...listMethods].filter(([name]) =>
    /^(?:size|isEmpty|get|set|contains|containsAll|indexOf|lastIndexOf)\//.test(name),
  ),
)
  .set('add/1', refuseChange)
  .set('addAll/1', refuseChange)
  .set('remove/1', refuseChange)
  .set('clear/0', refuseChange)
  .set('retainAll/1', refuseChange)
  .set('removeAll/1', refuseChange)
  .set('toString/0', ((self: JavaArray) => textOf(self)) as HostMethod)
  .set('equals/1', ((self: JavaArray, [other]: readonly VtlValue[]) => self === other) as HostMethod)

export function methodsOfList(value: JsonArray): MethodTable {
  if (value instanceof JavaArray) return arrayMethods
  if (value instanceof JavaCollection) return collectionMethods
  return value instanceof JavaList ? listMethods : jsonArrayMethods
}
