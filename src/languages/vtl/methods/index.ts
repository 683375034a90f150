import { Double, JsonArray, JsonObject } from '#languages/json/value.ts'
import { isNumber, javaEquals } from '#languages/vtl/compare.ts'
import { JavaArray, JavaCollection, JavaList } from '#languages/vtl/java-lists.ts'
import { JavaChar, JavaClass, LoopScope } from '#languages/vtl/java-objects.ts'
import {
  HostObject,
  methodTable,
  type Budget,
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
  'getClass/0': (self) => new JavaClass(classNameOf(self), self),
  'toString/0': (self, _, budget) => textOf(self, budget.textMax),
  'equals/1': (self, [other = null], budget) => javaEquals(self, other, budget),
  'hashCode/0': (self, _, budget) => hashOf(self, budget),
})

/** The method behind `name/arity` of a value; undefined when Java has none. */
export function findMethod(value: VtlValue, key: string): HostMethod | undefined {
  return methodsOf(value).get(key) ?? (value instanceof JavaClass ? undefined : objectMethods.get(key))
}

/** Methods of Java classes that need no object: a template may call them on the class as well. */
const STATIC: ReadonlySet<string> = new Set([
  'valueOf/1',
  'parseInt/1',
  'parseInt/2',
  'parseLong/1',
  'parseLong/2',
  'parseDouble/1',
  'parseBoolean/1',
  'toString/1',
  'toHexString/1',
  'toBinaryString/1',
  'toOctalString/1',
  'max/2',
  'min/2',
  'sum/2',
  'compare/2',
  'signum/1',
  'join/2',
  'isNaN/1',
  'isInfinite/1',
  'isDigit/1',
  'isLetter/1',
  'isLetterOrDigit/1',
  'isUpperCase/1',
  'isLowerCase/1',
  'isWhitespace/1',
])

/**
 * What `value.name(…)` gives when no method of the value's class takes arguments of these types.
 * @param key `name/arity`
 * @returns null when Java finds no such method
 * @throws Error when Velocity calls another one, which fails
 */
export function callUnknown(
  value: VtlValue,
  name: string,
  key: string,
  args: readonly VtlValue[],
  budget: Budget,
): VtlValue {
  if (value instanceof JavaClass) return callOfClass(value, name, key, args, budget)
  // Velocity takes a method without parameters for one that takes any.
  if (args.length > 0 && findMethod(value, `${name}/0`) !== undefined)
    throw new Error('it takes no arguments')
  return null
}

/** Velocity looks in the class that a `Class` stands for, too, and then calls what it finds on the `Class`. */
function callOfClass(
  self: JavaClass,
  name: string,
  key: string,
  args: readonly VtlValue[],
  budget: Budget,
): VtlValue {
  if (key === 'getClass/0') return new JavaClass('java.lang.Class', self)
  const { instance } = self
  const method = findMethod(instance, key)
  if (method !== undefined && STATIC.has(key)) {
    const result = method(instance as never, args, budget)
    if (result !== undefined) return result
  } else if (method !== undefined || findMethod(instance, `${name}/0`) !== undefined) {
    throw new Error('it needs an object, not its class')
  }
  return null
}

/** Everything that a value's class has, besides what every object has. */
export function methodsOf(value: VtlValue): MethodTable {
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
