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

/** The items of an argument that must be a collection, which an array is not. @throws Error for null */
function itemsOf(value: VtlValue | undefined): readonly VtlValue[] | undefined {
  if (value === null) throw new Error('the argument is null')
  return value instanceof JsonArray && !(value instanceof JavaArray) ? value.items : undefined
}

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
  'iterator/0': (list) => new JavaIterator(list.items, iteratorName(list)),
  'toArray/0': (list, _, budget) => {
    budget.work(list.items.length)
    return new JavaArray([...list.items], '[Ljava.lang.Object;')
  },
  'toString/0': (list, _, budget) => textOf(list, budget.textMax),
  'equals/1': (list, [other = null], budget) => javaEquals(list, other, budget),
  'hashCode/0': (list, _, budget) => hashOf(list, budget),
}

const ITERATORS: Readonly<Record<string, string>> = {
  'java.util.LinkedHashMap$LinkedKeySet': 'java.util.LinkedHashMap$LinkedKeyIterator',
  'java.util.LinkedHashMap$LinkedValues': 'java.util.LinkedHashMap$LinkedValueIterator',
  'java.util.LinkedHashMap$LinkedEntrySet': 'java.util.LinkedHashMap$LinkedEntryIterator',
}

function iteratorName(list: JsonArray): string {
  if (list instanceof JavaArray) return 'java.util.AbstractList$Itr'
  return (list instanceof JavaCollection && ITERATORS[list.className]) || 'java.util.ArrayList$Itr'
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

export const listMethods: MethodTable = methodTable<JsonArray>({
  ...list,
  'clone/0': (self, _, budget) => {
    budget.work(self.items.length >> 3)
    return new JavaList([...self.items])
  },
})

/** `net.minidev.json.JSONArray`. */
export const jsonArrayMethods: MethodTable = methodTable<JsonArray>({
  ...list,
  'clone/0': (self, _, budget) => {
    budget.work(self.items.length >> 3)
    return new JsonArray([...self.items])
  },
  'toJSONString/0': (self, _, budget) => printJson(self, 'web', budget.textMax),
})

const refuseNew = (): never => {
  throw new Error('what a map gives takes no new items')
}

/** `keySet`, `values` and `entrySet` of a map: taking something away takes it from the map. */
export const collectionMethods: MethodTable = methodTable<JavaCollection>({
  ...(collection as Readonly<Record<string, HostMethod>>),
  'add/1': refuseNew,
  'addAll/1': (_, [other]) => {
    const items = itemsOf(other)
    if (items === undefined) return undefined
    return items.length > 0 && refuseNew()
  },
  'clear/0': (self) => {
    self.map.clear()
    self.items.length = 0
    return ''
  },
})

const refuseChange = (): never => {
  throw new Error('an array cannot change its length')
}

/** As the method of a list, on a copy; an error when it would change the length. */
const unchanging =
  (method: Method): Method =>
  (self, args, budget) => {
    budget.work(self.items.length >> 3)
    const copy = new JavaList([...self.items])
    const result = method(copy, args, budget)
    return copy.items.length === self.items.length ? result : refuseChange()
  }

const KEPT = [
  'size/0',
  'isEmpty/0',
  'get/1',
  'set/2',
  'contains/1',
  'containsAll/1',
  'indexOf/1',
  'lastIndexOf/1',
  'subList/2',
  'iterator/0',
  'toArray/0',
]
const CHANGING = [
  'add/1',
  'add/2',
  'addAll/1',
  'addAll/2',
  'remove/1',
  'removeAll/1',
  'retainAll/1',
  'clear/0',
]

/** Velocity lets the methods of a list be called on an array, as far as they leave its length. */
export const arrayMethods: MethodTable = methodTable<JsonArray>({
  ...Object.fromEntries(KEPT.map((key) => [key, list[key] as Method])),
  ...Object.fromEntries(CHANGING.map((key) => [key, unchanging(list[key] as Method)])),
  'toString/0': (self) => textOf(self),
  'equals/1': (self, [other]) => self === other,
})

export function methodsOfList(value: JsonArray): MethodTable {
  if (value instanceof JavaArray) return arrayMethods
  if (value instanceof JavaCollection) return collectionMethods
  return value instanceof JavaList ? listMethods : jsonArrayMethods
}
