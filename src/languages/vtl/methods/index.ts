import { Double, JsonArray, JsonObject } from '#languages/json/value.ts'
import { isNumber, javaEquals } from '#languages/vtl/compare.ts'
import { JavaArray, JavaCollection, JavaList } from '#languages/vtl/java-lists.ts'
import { JavaChar, JavaClass, LoopScope } from '#languages/vtl/java-objects.ts'
import {
  HostObject,
  methodTable,
  type HostMethod,
  type MethodTable,
  type VtlValue,
} from '#languages/vtl/scope.ts'
import { textOf } from '#languages/vtl/text.ts'
import { booleanMethods } from './booleans.ts'
import { methodsOfList } from './lists.ts'
import { methodsOfMap } from './maps.ts'
import { methodsOfNumber } from './numbers.ts'
import { hashOf } from './objects.ts'
import { stringMethods } from './strings.ts'

const NONE: MethodTable = new Map()

/** What every object has. */
const objectMethods: MethodTable = methodTable<VtlValue>({
  'getClass/0': (self) => new JavaClass(classNameOf(self)),
  'toString/0': (self, _, budget) => textOf(self, budget.textMax),
  'equals/1': (self, [other = null], budget) => javaEquals(self, other, budget),
  'hashCode/0': (self, _, budget) => hashOf(self, budget),
})

/** The method behind `name/arity` of a value; undefined when Java has none. */
export function findMethod(value: VtlValue, key: string): HostMethod | undefined {
  return methodsOf(value).get(key) ?? (value instanceof JavaClass ? undefined : objectMethods.get(key))
}

function methodsOf(value: VtlValue): MethodTable {
  if (typeof value === 'string') return stringMethods
  if (value instanceof HostObject) return value.methods
  if (value instanceof JsonObject) return methodsOfMap(value)
  if (value instanceof JsonArray) return methodsOfList(value)
  if (isNumber(value)) return methodsOfNumber(value)
  return typeof value === 'boolean' ? booleanMethods : NONE
}

/** What `$value.class.name` prints: names only, nothing is behind them. */
function classNameOf(value: VtlValue): string {
  if (typeof value === 'string') return 'java.lang.String'
  if (typeof value === 'boolean') return 'java.lang.Boolean'
  if (value instanceof JavaChar) return 'java.lang.Character'
  if (typeof value === 'number') return (value | 0) === value ? 'java.lang.Integer' : 'java.lang.Long'
  if (typeof value === 'bigint') {
    return BigInt.asIntN(64, value) === value ? 'java.lang.Long' : 'java.math.BigInteger'
  }
  if (value instanceof Double) return value.exact === undefined ? 'java.lang.Double' : 'java.math.BigDecimal'
  if (value instanceof LoopScope) return 'org.apache.velocity.runtime.directive.ForeachScope'
  if (value instanceof JsonObject) return 'java.util.LinkedHashMap'
  if (value instanceof JavaArray || value instanceof JavaCollection) return value.className
  if (value instanceof JavaList) return 'java.util.ArrayList'
  return value instanceof JsonArray ? 'net.minidev.json.JSONArray' : 'java.lang.Object'
}
