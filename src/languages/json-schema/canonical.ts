import { printDecimal } from '#languages/json/number.ts'
import type { LocatedValue } from '#languages/json/located.ts'
import { parseDecimal } from './number.ts'

/** A text that two values share exactly when they are equal: `1` is `1.0`, the order of members does not matter. */
export function canonical(value: LocatedValue): string {
  switch (value.kind) {
    case 'null':
      return 'null'
    case 'boolean':
      return String(value.value)
    case 'string':
      return JSON.stringify(value.value)
    case 'number': {
      const { digits, exponent } = parseDecimal(value.text)
      return `${digits}e${exponent}`
    }
    case 'array':
      return `[${value.items.map(canonical).join(',')}]`
    case 'object': {
      const members = new Map(value.members.map(({ name, value: member }) => [name, canonical(member)]))
      const sorted = [...members].sort(([left], [right]) => (left < right ? -1 : 1))
      return `{${sorted.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`
    }
  }
}

/** Compact JSON as Jackson prints it. */
export function printLocated(value: LocatedValue): string {
  switch (value.kind) {
    case 'null':
      return 'null'
    case 'boolean':
      return String(value.value)
    case 'string':
      return JSON.stringify(value.value)
    case 'number':
      return isInteger(value.text) ? value.text : printDecimal(value.text)
    case 'array':
      return `[${value.items.map(printLocated).join(',')}]`
    case 'object':
      return `{${value.members.map(({ name, value: member }) => `${JSON.stringify(name)}:${printLocated(member)}`).join(',')}}`
  }
}

/** Written as an integer: draft 4 leaves open whether `1.0` is one, and the validator behind AWS says no. */
export function isInteger(text: string): boolean {
  return !/[.eE]/.test(text)
}
