import { Double, JsonArray, JsonObject } from '#languages/json/value.ts'
import { isNumber } from '../compare.ts'
import { JavaArray, JavaCollection, JavaList } from '../java-lists.ts'
import { JavaChar, JavaClass, LoopScope } from '../java-objects.ts'
import { HostObject, type HostMethod, type MethodTable, type VtlValue } from '../scope.ts'
import { booleanMethods } from './booleans.ts'
import { methodsOfList } from './lists.ts'
import { methodsOfMap } from './maps.ts'
import { methodsOfNumber } from './numbers.ts'
import { stringMethods } from './strings.ts'

const NONE: MethodTable = new Map()

const getClass: HostMethod = (self: VtlValue) => new JavaClass(classNameOf(self))

/** The method behind `name/arity` of a value; undefined when Java has none. */
export function findMethod(value: VtlValue, key: string): HostMethod | undefined {
  return (
    methodsOf(value).get(key) ??
    (key === 'getClass/0' && !(value instanceof JavaClass) ? getClass : undefined)
  )
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
