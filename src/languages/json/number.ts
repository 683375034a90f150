import type { Double } from './value.ts'

/** An integer of any width in the form that `JsonValue` has it. */
export function integer(value: bigint): number | bigint {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(value)
    : value
}

/** Digits with an optional sign, of any length, as an integer. */
export function parseInteger(digits: string): number | bigint {
  // 15 digits always fit a double exactly. `+ 0` turns the `-0` of "-0" into Java's 0.
  return digits.length <= 15 ? Number(digits) + 0 : integer(BigInt(digits))
}

/** As `Double.toString` (`1.0`, `1.0E10`, `1.0E-5`) and `BigDecimal.toString` print. */
export function printDouble(double: Double): string {
  if (double.exact !== undefined) return double.exact
  const value = double.value
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  if (Number.isNaN(value)) return 'NaN'
  const size = Math.abs(value)
  if (size === Infinity) return value > 0 ? 'Infinity' : '-Infinity'
  if (size >= 1e-3 && size < 1e7) {
    const text = String(value)
    return text.includes('.') ? text : `${text}.0`
  }
  const [digits = '', exponent = ''] = value.toExponential().split('e')
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`
}

/** The text of a decimal number as `new BigDecimal(text).toString()` prints it. */
export function printDecimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  const digits = `${whole}${fraction}`.replace(/^0+(?=\d)/, '')
  const scale = fraction.length - Number(exponent)
  const minus = sign === '-' && /[1-9]/.test(digits) ? '-' : ''
  const adjusted = digits.length - 1 - scale
  if (scale >= 0 && adjusted >= -6) {
    if (scale === 0) return minus + digits
    const padded = digits.padStart(scale + 1, '0')
    return `${minus}${padded.slice(0, -scale)}.${padded.slice(-scale)}`
  }
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits
  return `${minus}${mantissa}E${adjusted >= 0 ? '+' : ''}${adjusted}`
}
