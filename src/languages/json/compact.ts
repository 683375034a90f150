import { printDouble } from './number.ts'
import { Double } from './value.ts'
import {
  QUOTE,
  COMMA,
  MINUS,
  POINT,
  ZERO,
  NINE,
  COLON,
  ARRAY_OPEN,
  BACKSLASH,
  ARRAY_CLOSE,
  OBJECT_OPEN,
  OBJECT_CLOSE,
} from './codes.ts'

/**
 * Whether a text is an object or an array that reading and printing again would give back as it is: compact JSON of
 * plain ASCII without escapes, which is what most clients send. Costs a fraction of doing both.
 * @returns false also where it is not worth finding out: deep nesting, many members, long numbers
 */
export function isCompactJson(text: string): boolean {
  const first = text.charCodeAt(0)
  return (first === OBJECT_OPEN || first === ARRAY_OPEN) && new Scanner(text).scan()
}

const DEPTH_MAX = 64
const MEMBERS_MAX = 64
/** Integers of so many digits print as they are written. */
const DIGITS_MAX = 15
/** Longer fractions are decimals, which print by other rules. */
const FRACTION_LENGTH_MAX = 18

const WORDS = ['true', 'false', 'null'] as const

class Scanner {
  readonly #text: string
  #at = 0
  #depth = 0
  /** Hashes of the names in the objects that are open: two that are equal may be the same name twice. */
  readonly #names: number[] = []

  constructor(text: string) {
    this.#text = text
  }

  scan(): boolean {
    return this.#value() && this.#at === this.#text.length
  }

  #value(): boolean {
    const code = this.#text.charCodeAt(this.#at)
    if (code === QUOTE) return this.#string() !== undefined
    if (code === OBJECT_OPEN || code === ARRAY_OPEN) {
      if (++this.#depth > DEPTH_MAX) return false
      const whole = code === OBJECT_OPEN ? this.#object() : this.#array()
      this.#depth--
      return whole
    }
    if (code === MINUS || (code >= ZERO && code <= NINE)) return this.#number()
    for (const word of WORDS) if (this.#text.startsWith(word, this.#at)) return this.#skip(word.length)
    return false
  }

  #object(): boolean {
    this.#at++
    if (this.#text.charCodeAt(this.#at) === OBJECT_CLOSE) return this.#skip(1)
    const outer = this.#names.length
    for (;;) {
      if (this.#text.charCodeAt(this.#at) !== QUOTE) return false
      const name = this.#string()
      if (name === undefined || !this.#isNew(name, outer)) return false
      if (this.#text.charCodeAt(this.#at++) !== COLON || !this.#value()) return false
      const next = this.#text.charCodeAt(this.#at++)
      if (next === OBJECT_CLOSE) break
      if (next !== COMMA) return false
    }
    this.#names.length = outer
    return true
  }

  #isNew(name: number, outer: number): boolean {
    const names = this.#names
    if (names.length - outer >= MEMBERS_MAX) return false
    for (let place = outer; place < names.length; place++) if (names[place] === name) return false
    names.push(name)
    return true
  }

  #array(): boolean {
    this.#at++
    if (this.#text.charCodeAt(this.#at) === ARRAY_CLOSE) return this.#skip(1)
    for (;;) {
      if (!this.#value()) return false
      const next = this.#text.charCodeAt(this.#at++)
      if (next === ARRAY_CLOSE) return true
      if (next !== COMMA) return false
    }
  }

  /** @returns a hash of it; undefined when a character of it is not plain */
  #string(): number | undefined {
    const text = this.#text
    let hash = 0
    for (let at = this.#at + 1; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === QUOTE) {
        this.#at = at + 1
        return hash
      }
      if (code < 0x20 || code > 0x7e || code === BACKSLASH) return undefined
      hash = (Math.imul(hash, 31) + code) | 0
    }
    return undefined
  }

  #number(): boolean {
    const start = this.#at
    const first = this.#text.charCodeAt(start) === MINUS ? start + 1 : start
    let at = first
    while (isDigit(this.#text.charCodeAt(at))) at++
    this.#at = at
    const digits = at - first
    const next = this.#text.charCodeAt(at)
    // A letter after the digits is an exponent, or makes a text without quotes of them: neither prints as it is.
    if (next !== POINT) {
      const leadsWithZero = this.#text.charCodeAt(first) === ZERO
      return digits > 0 && digits <= DIGITS_MAX && (!leadsWithZero || at === start + 1)
    }
    do at++
    while (isDigit(this.#text.charCodeAt(at)))
    this.#at = at
    const written = this.#text.slice(start, at)
    return written.length <= FRACTION_LENGTH_MAX && printDouble(new Double(Number(written))) === written
  }

  #skip(length: number): boolean {
    this.#at += length
    return true
  }
}

const isDigit = (code: number): boolean => code >= ZERO && code <= NINE
