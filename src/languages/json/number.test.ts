import { expect, test } from 'bun:test'
import { parseInteger, printDecimal, printDouble } from './number.ts'
import { Double } from './value.ts'

test.each([
  [0, '0.0'],
  [-0, '-0.0'],
  [1, '1.0'],
  [-2.5, '-2.5'],
  [0.001, '0.001'],
  [0.0009, '9.0E-4'],
  [9999999, '9999999.0'],
  [10000000, '1.0E7'],
  [1e10, '1.0E10'],
  [1.25e-5, '1.25E-5'],
  [0.1 + 0.2, '0.30000000000000004'],
  [NaN, 'NaN'],
  [Infinity, 'Infinity'],
  [-Infinity, '-Infinity'],
])('a double prints as Double.toString: %p', (value, text) => {
  expect(printDouble(new Double(value))).toBe(text)
})

test.each([
  ['2.50000000000000000000', '2.50000000000000000000'],
  ['-0.12345678901234567890', '-0.12345678901234567890'],
  ['1234567890123456789.5', '1234567890123456789.5'],
  ['1E30', '1E+30'],
  ['12E-12', '1.2E-11'],
  ['0.0000001', '1E-7'],
  ['-0.00', '0.00'],
])('a long fraction prints as BigDecimal.toString: %p', (text, printed) => {
  expect(printDecimal(text)).toBe(printed)
})

test('integers keep every digit', () => {
  expect(parseInteger('-0')).toBe(0)
  expect(parseInteger('9007199254740991')).toBe(9007199254740991)
  expect(parseInteger('9007199254740993')).toBe(9007199254740993n)
})
