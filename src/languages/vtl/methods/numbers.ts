import { integer, parseInteger, printDouble } from '#languages/json/number.ts'
import { Double } from '#languages/json/value.ts'
import { compareNumbers, isNumber, type JavaNumber } from '#languages/vtl/compare.ts'
import { methodTable, type Budget, type MethodTable, type VtlValue } from '#languages/vtl/scope.ts'
import { hashOf } from './objects.ts'

type Method = (self: JavaNumber, args: readonly VtlValue[], budget: Budget) => VtlValue | undefined

/** As Java narrows: a double saturates, an integer keeps its low bits. */
function narrow(value: JavaNumber, bits: number): number | bigint {
  if (!(value instanceof Double)) return integer(BigInt.asIntN(bits, BigInt(value)))
  if (Number.isNaN(value.value)) return 0
  const limit = 2n ** BigInt(bits - 1)
  if (value.value >= Number(limit)) return integer(limit - 1n)
  if (value.value <= -Number(limit)) return integer(-limit)
  return integer(BigInt(Math.trunc(value.value)))
}

const className = (value: JavaNumber): string =>
  value instanceof Double ? 'Double' : isInt32(value) ? 'Integer' : 'Long'

const doubleOf = (value: JavaNumber): number => (value instanceof Double ? value.value : Number(value))

function parseInt(
  text: VtlValue | undefined,
  radix: VtlValue | undefined,
  bits: number,
): number | bigint | undefined {
  if (typeof text !== 'string' || typeof radix !== 'number') return undefined
  if (radix !== 10) return parseRadix(text, radix, bits)
  if (!/^[+-]?\d{1,20}$/.test(text)) throw new Error(`not an integer: ${JSON.stringify(text.slice(0, 64))}`)
  return bounded(parseInteger(text.replace(/^\+/, '')), text, bits)
}

function parseRadix(text: string, radix: number, bits: number): number | bigint {
  const digits = /^([+-]?)([0-9a-zA-Z]{1,64})$/.exec(text)
  let value = 0n
  for (const char of digits?.[2]?.toLowerCase() ?? '') {
    const digit = char <= '9' ? char.charCodeAt(0) - 48 : char.charCodeAt(0) - 87
    if (digit >= radix)
      throw new Error(`not an integer of radix ${radix}: ${JSON.stringify(text.slice(0, 64))}`)
    value = value * BigInt(radix) + BigInt(digit)
  }
  if (digits === null || radix < 2 || radix > 36)
    throw new Error(`not an integer: ${JSON.stringify(text.slice(0, 64))}`)
  return bounded(integer(digits[1] === '-' ? -value : value), text, bits)
}

function bounded(value: number | bigint, text: string, bits: number): number | bigint {
  if (BigInt.asIntN(bits, BigInt(value)) !== BigInt(value))
    throw new RangeError(`too large for ${bits} bits: ${text}`)
  return value
}

function parseDouble(text: VtlValue | undefined): Double | undefined {
  if (typeof text !== 'string') return undefined
  const trimmed = text.trim()
  if (!/^[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[dDfF]?)$/.test(trimmed)) {
    throw new Error(`not a number: ${JSON.stringify(text.slice(0, 64))}`)
  }
  return new Double(Number(trimmed.replace(/[dDfF]$/, '')))
}

/** A `float`: the shortest digits that give the same one, as Java prints it. */
function toFloat(value: number): Double {
  const float = Math.fround(value)
  for (let digits = 1; digits < 10; digits++) {
    const short = Number(float.toPrecision(digits))
    if (Math.fround(short) === float) return new Double(short)
  }
  return new Double(float)
}

function printNumber(value: JavaNumber): string {
  return value instanceof Double ? printDouble(value) : String(value)
}

const common: Readonly<Record<string, Method>> = {
  'intValue/0': (self) => narrow(self, 32),
  'longValue/0': (self) => narrow(self, 64),
  'shortValue/0': (self) => narrow(self, 16),
  'byteValue/0': (self) => narrow(self, 8),
  'doubleValue/0': (self) => new Double(doubleOf(self)),
  'floatValue/0': (self) => toFloat(doubleOf(self)),
  'toString/0': (self) => printNumber(self),
  'hashCode/0': (self, _, budget) => hashOf(self, budget),
  'equals/1': (self, [other = null]) => {
    if (!isNumber(other)) return false
    return self instanceof Double === other instanceof Double && compareNumbers(self, other) === 0
  },
  'compareTo/1': (self, [other = null]) => {
    if (!isNumber(other) || className(self) !== className(other))
      throw new Error('the argument is of another class')
    return compareNumbers(self, other)
  },
}

/** What a static method of the class of `self` takes: no wider number than its own. */
function takes(self: JavaNumber, value: VtlValue): value is JavaNumber {
  if (!isNumber(value)) return false
  return self instanceof Double || (!(value instanceof Double) && (isInt32(value) || !isInt32(self)))
}

const pair =
  (combine: (a: JavaNumber, b: JavaNumber) => VtlValue): Method =>
  (self, [a = null, b = null]) =>
    takes(self, a) && takes(self, b) ? combine(a, b) : undefined

const single =
  (of: (value: JavaNumber) => VtlValue | undefined): Method =>
  (self, [value = null]) =>
    takes(self, value) ? of(value) : undefined

/** What `Integer` and `Long` share, with the static methods that templates reach through any number. */
const integral: Readonly<Record<string, Method>> = {
  ...common,
  'valueOf/1': (self, [value = null]) =>
    typeof value === 'string' ? parseInt(value, 10, bitsOf(self)) : takes(self, value) ? value : undefined,
  'toString/1': single(printNumber),
  'toHexString/1': (self, [value = null]) => radixText(self, value, 16),
  'toBinaryString/1': (self, [value = null]) => radixText(self, value, 2),
  'toOctalString/1': (self, [value = null]) => radixText(self, value, 8),
  'sum/2': (self, [a = null, b = null]) => {
    if (!takes(self, a) || !takes(self, b) || a instanceof Double || b instanceof Double) return undefined
    return narrow(integer(BigInt(a) + BigInt(b)), bitsOf(self))
  },
  'max/2': pair((a, b) => (compareNumbers(a, b) >= 0 ? a : b)),
  'min/2': pair((a, b) => (compareNumbers(a, b) <= 0 ? a : b)),
  'compare/2': pair((a, b) => compareNumbers(a, b)),
  'signum/1': single((value) => compareNumbers(value, 0)),
}

const integerMethods: MethodTable = methodTable<JavaNumber>({
  ...integral,
  'parseInt/1': (_, [text]) => parseInt(text, 10, 32),
  'parseInt/2': (_, [text, radix]) => parseInt(text, radix, 32),
})

const longMethods: MethodTable = methodTable<JavaNumber>({
  ...integral,
  'parseLong/1': (_, [text]) => parseInt(text, 10, 64),
  'parseLong/2': (_, [text, radix]) => parseInt(text, radix, 64),
})

const isInt32 = (value: JavaNumber): boolean => typeof value === 'number' && (value | 0) === value

const bitsOf = (value: JavaNumber): number => (isInt32(value) ? 32 : 64)

function radixText(self: JavaNumber, value: VtlValue, radix: number): string | undefined {
  if (!takes(self, value) || value instanceof Double) return undefined
  return BigInt.asUintN(bitsOf(self), BigInt(value)).toString(radix)
}

/** `Double`. */
const doubleMethods: MethodTable = methodTable<JavaNumber>({
  ...common,
  'isNaN/0': (self) => Number.isNaN(doubleOf(self)),
  'isInfinite/0': (self) => Math.abs(doubleOf(self)) === Infinity,
  'isNaN/1': single((value) => Number.isNaN(doubleOf(value))),
  'isInfinite/1': single((value) => Math.abs(doubleOf(value)) === Infinity),
  'sum/2': pair((a, b) => new Double(doubleOf(a) + doubleOf(b))),
  'parseDouble/1': (_, [text]) => parseDouble(text),
  'valueOf/1': (_, [value = null]) =>
    typeof value === 'string'
      ? parseDouble(value)
      : isNumber(value)
        ? new Double(doubleOf(value))
        : undefined,
  'toString/1': (_, [value = null]) =>
    isNumber(value) ? printDouble(new Double(doubleOf(value))) : undefined,
  'max/2': pair((a, b) => new Double(Math.max(doubleOf(a), doubleOf(b)))),
  'min/2': pair((a, b) => new Double(Math.min(doubleOf(a), doubleOf(b)))),
  'compare/2': pair((a, b) => compareNumbers(a, b)),
})

export function methodsOfNumber(value: JavaNumber): MethodTable {
  if (value instanceof Double) return doubleMethods
  return isInt32(value) ? integerMethods : longMethods
}
