import { integer } from '#languages/json/number.ts'
import { Double } from '#languages/json/value.ts'
import type { JavaNumber } from './compare.ts'
import { decimalArithmetic } from './decimal.ts'

export type ArithmeticOperator = 'plus' | 'minus' | 'times' | 'divide' | 'modulo'

/** Digits of the widest integer that templates may compute with. */
const INTEGER_BITS_MAX = 1 << 16

/**
 * Arithmetic as Velocity does it: integers grow from int to long to BigInteger, one double makes all double.
 * @returns null for a division by zero
 * @throws RangeError when an integer gets too wide
 */
export function arithmetic(
  operator: ArithmeticOperator,
  left: JavaNumber,
  right: JavaNumber,
): JavaNumber | null {
  if (typeof left === 'number' && typeof right === 'number') {
    const result = onIntegers[operator](left, right)
    // `+ 0`: there is no -0 among integers.
    if (result === null || Number.isSafeInteger(result)) return result === null ? null : result + 0
  }
  if (left instanceof Double || right instanceof Double) {
    if (isDecimal(left, right) || isDecimal(right, left)) {
      return decimalArithmetic(operator, decimalOperand(left), decimalOperand(right))
    }
    const b = asDouble(right)
    return b === 0 && (operator === 'divide' || operator === 'modulo')
      ? null
      : new Double(onDoubles[operator](asDouble(left), b))
  }
  return onBigIntegers(operator, BigInt(left), BigInt(right))
}

/** Whether `value` makes decimals of both. */
function isDecimal(value: JavaNumber, other: JavaNumber): boolean {
  if (value instanceof Double) return value.exact !== undefined
  return typeof value === 'bigint' && !isLong(value) && other instanceof Double
}

const decimalOperand = (value: JavaNumber): bigint | Double =>
  value instanceof Double ? value : BigInt(value)

function asDouble(value: JavaNumber): number {
  return value instanceof Double ? value.value : Number(value)
}

const onIntegers: Readonly<Record<ArithmeticOperator, (a: number, b: number) => number | null>> = {
  plus: (a, b) => a + b,
  minus: (a, b) => a - b,
  times: (a, b) => a * b,
  divide: (a, b) => (b === 0 ? null : Math.trunc(a / b)),
  modulo: (a, b) => (b === 0 ? null : a % b),
}

const onDoubles: Readonly<Record<ArithmeticOperator, (a: number, b: number) => number>> = {
  plus: (a, b) => a + b,
  minus: (a, b) => a - b,
  times: (a, b) => a * b,
  divide: (a, b) => a / b,
  modulo: (a, b) => a % b,
}

const LONG_MAX = 2n ** 63n - 1n
const LONG_MIN = -(2n ** 63n)
const isLong = (value: bigint): boolean => value >= LONG_MIN && value <= LONG_MAX

function onBigIntegers(operator: ArithmeticOperator, a: bigint, b: bigint): JavaNumber | null {
  switch (operator) {
    case 'plus':
      return integer(a + b)
    case 'minus':
      return integer(a - b)
    case 'times': {
      const product = a * b
      if (BigInt.asIntN(INTEGER_BITS_MAX, product) !== product) {
        throw new RangeError(`an integer of more than ${INTEGER_BITS_MAX} bits`)
      }
      return integer(product)
    }
    case 'divide':
      return b === 0n ? null : integer(a / b)
    case 'modulo': {
      if (b === 0n) return null
      const rest = a % b
      // BigInteger.mod is never negative; the long's % is.
      if (isLong(a) && isLong(b)) return integer(rest)
      if (b < 0n) throw new RangeError('modulus of a negative BigInteger')
      return integer(rest < 0n ? rest + b : rest)
    }
  }
}
