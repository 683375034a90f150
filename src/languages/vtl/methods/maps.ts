import { JsonObject } from '#languages/json/value.ts'
import { javaEquals } from '#languages/vtl/compare.ts'
import { JavaCollection } from '#languages/vtl/java-lists.ts'
import { Entry, LoopScope } from '#languages/vtl/java-objects.ts'
import { methodTable, type Budget, type MethodTable, type VtlValue } from '#languages/vtl/scope.ts'
import { textOf } from '#languages/vtl/text.ts'
import { hashOf } from './objects.ts'

type Method = (self: JsonObject, args: readonly VtlValue[], budget: Budget) => VtlValue | undefined

/** `java.util.LinkedHashMap`. */
const map: Readonly<Record<string, Method>> = {
  'size/0': (self) => self.size,
  'isEmpty/0': (self) => self.size === 0,
  'get/1': (self, [key = null]) => self.get(key) ?? null,
  'getOrDefault/2': (self, [key = null, otherwise = null]) =>
    self.has(key) ? (self.get(key) ?? null) : otherwise,
  'containsKey/1': (self, [key = null]) => self.has(key),
  'containsValue/1': (self, [value = null], budget) => {
    budget.work(self.size >> 3)
    return self.values.some((other) => javaEquals(other, value, budget))
  },
  'put/2': (self, [key = null, value = null]) => {
    const before = self.get(key) ?? null
    self.set(key, value)
    return before
  },
  'putIfAbsent/2': (self, [key = null, value = null]) => {
    const before = self.get(key) ?? null
    if (before === null) self.set(key, value)
    return before
  },
  'putAll/1': (self, [other], budget) => {
    if (!(other instanceof JsonObject)) return undefined
    budget.work(other.size)
    for (const [at, key] of [...other.keys].entries()) self.set(key, other.values[at] as VtlValue)
    return ''
  },
  'replace/2': (self, [key = null, value = null]) => {
    const before = self.get(key) ?? null
    if (self.has(key)) self.set(key, value)
    return before
  },
  'remove/1': (self, [key = null], budget) => {
    budget.work(self.size >> 3)
    const before = self.get(key) ?? null
    self.delete(key)
    return before
  },
  'clear/0': (self) => {
    self.clear()
    return ''
  },
  'keySet/0': (self, _, budget) => {
    budget.work(self.size >> 3)
    return new JavaCollection(self.keys.slice(), 'java.util.LinkedHashMap$LinkedKeySet', self)
  },
  'values/0': (self, _, budget) => {
    budget.work(self.size >> 3)
    return new JavaCollection(self.values.slice(), 'java.util.LinkedHashMap$LinkedValues', self)
  },
  'entrySet/0': (self, _, budget) => {
    budget.work(self.size)
    const entries = self.keys.map((key) => new Entry(self, key))
    return new JavaCollection(entries, 'java.util.LinkedHashMap$LinkedEntrySet', self)
  },
  'clone/0': (self, _, budget) => {
    budget.work(self.size >> 3)
    const copy = new JsonObject()
    for (const [at, key] of self.keys.entries()) copy.set(key, self.values[at] as VtlValue)
    return copy
  },
  'toString/0': (self, _, budget) => textOf(self, budget.textMax),
  'equals/1': (self, [other = null], budget) => javaEquals(self, other, budget),
  'hashCode/0': (self, _, budget) => hashOf(self, budget),
}

export const mapMethods: MethodTable = methodTable<JsonObject>(map)

const loopMethods: MethodTable = new Map([...mapMethods, ...LoopScope.methods])

export function methodsOfMap(value: JsonObject): MethodTable {
  return value instanceof LoopScope ? loopMethods : mapMethods
}
