/** A JSON number without loss: `digits` × 10^`exponent`. Zero has exponent 0, others no zeros at their end. */
export interface Decimal {
  readonly digits: bigint
  readonly exponent: number
}

/** Digits of a number, and the power of ten that two numbers may differ by: beyond, arithmetic would cost too much. */
const digitsMax = 1000

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/

/** @param text a JSON number @throws RangeError when it is too long */
export function parseDecimal(text: string): Decimal {
  const [, sign = '', whole = '', fraction = '', power = '0'] = NUMBER.exec(text) ?? []
  if (whole.length + fraction.length > digitsMax)
    throw new RangeError(`a number of more than ${digitsMax} digits`)
  const all = whole + fraction
  const significant = all.replace(/0+$/, '')
  if (/^0*$/.test(all)) return { digits: 0n, exponent: 0 }
  const exponent = Number(power) - fraction.length + (all.length - significant.length)
  return { digits: BigInt(sign + significant), exponent }
}

/** Below, at or above zero, as `left` is below, at or above `right`. */
export function compareDecimals(left: Decimal, right: Decimal): number {
  const signs = signOf(left) - signOf(right)
  if (signs !== 0 || left.digits === 0n) return signs
  const sizes = sizeOf(left) - sizeOf(right)
  if (sizes !== 0) return sizes * signOf(left)
  // Of one size: their exponents differ by no more digits than they have.
  const least = Math.min(left.exponent, right.exponent)
  const difference = scaled(left, least) - scaled(right, least)
  return difference > 0n ? 1 : difference < 0n ? -1 : 0
}

/** Whether a division leaves nothing; false where the sizes differ so much that dividing would cost too much. */
export function isMultiple(value: Decimal, of: Decimal): boolean {
  if (value.digits === 0n) return true
  const least = Math.min(value.exponent, of.exponent)
  if (Math.max(value.exponent, of.exponent) - least > digitsMax) return false
  return scaled(value, least) % scaled(of, least) === 0n
}

function scaled({ digits, exponent }: Decimal, to: number): bigint {
  return digits * 10n ** BigInt(exponent - to)
}

function signOf({ digits }: Decimal): number {
  return digits > 0n ? 1 : digits < 0n ? -1 : 0
}

/** Place of the first digit before the point. */
function sizeOf({ digits, exponent }: Decimal): number {
  return String(digits < 0n ? -digits : digits).length + exponent
}
