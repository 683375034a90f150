import { printDecimal } from '#languages/json/number.ts'
import { Double } from '#languages/json/value.ts'
import type { ArithmeticOperator } from './arithmetic.ts'

/** A Java `BigDecimal`: `unscaled / 10 ** scale`. */
interface Decimal {
  readonly unscaled: bigint
  readonly scale: number
}

/** Places behind the point, and zeros before it, of what is computed with. */
const SCALE_MAX = 5000
const BITS_MAX = 1 << 16

/**
 * Arithmetic of `BigDecimal`s, which Velocity turns to when a `BigDecimal` or an integer wider than a long meets a
 * fraction. A double counts with all its binary digits.
 * @returns null for a division by zero
 * @throws RangeError when a number gets too long
 */
export function decimalArithmetic(
  operator: ArithmeticOperator,
  left: bigint | Double,
  right: bigint | Double,
): Double | null {
  const a = decimalOf(left)
  const b = decimalOf(right)
  if (b.unscaled === 0n && (operator === 'divide' || operator === 'modulo')) return null
  if (operator === 'modulo') throw new RangeError('decimal numbers of this length have no modulo')
  return doubleOf(OPERATIONS[operator](a, b))
}

const OPERATIONS: Readonly<
  Record<Exclude<ArithmeticOperator, 'modulo'>, (a: Decimal, b: Decimal) => Decimal>
> = {
  plus: (a, b) => sum(a, b),
  minus: (a, b) => sum(a, { ...b, unscaled: -b.unscaled }),
  times: (a, b) => ({ unscaled: a.unscaled * b.unscaled, scale: a.scale + b.scale }),
  divide,
}

function sum(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale)
  return {
    unscaled: a.unscaled * 10n ** BigInt(scale - a.scale) + b.unscaled * 10n ** BigInt(scale - b.scale),
    scale,
  }
}

/** Keeps the places of the dividend, rounding halves towards zero. */
function divide(a: Decimal, b: Decimal): Decimal {
  const dividend = b.scale > 0 ? a.unscaled * 10n ** BigInt(b.scale) : a.unscaled
  const divisor = b.scale < 0 ? b.unscaled * 10n ** BigInt(-b.scale) : b.unscaled
  const quotient = dividend / divisor
  const rest = dividend % divisor
  const absolute = (value: bigint): bigint => (value < 0n ? -value : value)
  const away = absolute(rest) * 2n > absolute(divisor)
  const sign = dividend < 0n === divisor < 0n ? 1n : -1n
  return { unscaled: away ? quotient + sign : quotient, scale: a.scale }
}

function decimalOf(value: bigint | Double): Decimal {
  if (typeof value === 'bigint') return { unscaled: value, scale: 0 }
  if (value.exact === undefined) return binary(value.value)
  const [, digits = '0', fraction = '', exponent = '0'] =
    /^(-?\d+)(?:\.(\d*))?(?:E([+-]?\d+))?$/.exec(value.exact) ?? []
  return bounded({ unscaled: BigInt(digits + fraction), scale: fraction.length - Number(exponent) })
}

/** All digits of a double. */
function binary(value: number): Decimal {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is no decimal number`)
  let [mantissa, scale] = [value, 0]
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2
    scale++
  }
  return { unscaled: BigInt(mantissa) * 5n ** BigInt(scale), scale }
}

function doubleOf(value: Decimal): Double {
  const { unscaled, scale } = bounded(value)
  const text = `${unscaled}E${-scale}`
  return new Double(Number(text), printDecimal(text))
}

function bounded(value: Decimal): Decimal {
  if (Math.abs(value.scale) > SCALE_MAX || BigInt.asIntN(BITS_MAX, value.unscaled) !== value.unscaled) {
    throw new RangeError(`a decimal number of more than ${SCALE_MAX} places`)
  }
  return value
}
