import { parseInteger, printDecimal } from './number.ts'
import { Double, JsonArray, JsonObject, type JsonValue } from './value.ts'
import {
  QUOTE,
  APOSTROPHE,
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

/** The text is not even permissive JSON. */
export class JsonError extends Error {
  /** Where in the text, in UTF-16 units from 0. */
  readonly offset: number
  constructor(message: string, offset: number) {
    super(`${message} at offset ${offset}`)
    this.name = 'JsonError'
    this.offset = offset
  }
}

/** Arrays and objects inside one another; beyond it the text is refused. */
export const depthMax = 512
/** Longest integer: making one costs the square of its length. */
export const digitsMax = 1000

/**
 * Reads JSON as json-smart's permissive mode does, the reader behind API Gateway's `$input`: besides JSON it takes
 * single quotes, texts and names without quotes, useless commas, leading zeros, and text after the value.
 * Integers keep every digit, fractions stay fractions (`1.0`), members keep their order.
 * @throws JsonError
 */
export function parseJson(text: string): JsonValue {
  return new Reader(text).readFirst()
}

const END = -1

/** What ends a text without quotes: depends on where it stands. */
type Stop = (code: number) => boolean
const stopsNever: Stop = (code) => code === END
const stopsItem: Stop = (code) => code === COMMA || code === ARRAY_CLOSE || code === END
const stopsMember: Stop = (code) => code === COMMA || code === OBJECT_CLOSE || code === END
const stopsName: Stop = (code) => code === COLON || code === END

const WORDS: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', new Double(NaN)],
])

const ESCAPES: Readonly<Record<string, string>> = {
  t: '\t',
  n: '\n',
  r: '\r',
  f: '\f',
  b: '\b',
  '\\': '\\',
  '/': '/',
  "'": "'",
  '"': '"',
}

const SHORT_TEXT_MAX = 40
/** Longer fractions are decimals. */
const DOUBLE_LENGTH_MAX = 18

class Reader {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  readFirst(): JsonValue {
    return this.#readValue(stopsNever)
  }

  #code(): number {
    return this.#at < this.#text.length ? this.#text.charCodeAt(this.#at) : END
  }

  #readValue(stop: Stop): JsonValue {
    for (;;) {
      const code = this.#code()
      if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
        this.#at++
        continue
      }
      if (code === QUOTE || code === APOSTROPHE) return this.#readText(code)
      if ((code >= ZERO && code <= NINE) || code === MINUS) return this.#readNumber(stop)
      if (code === OBJECT_OPEN) return this.#readObject()
      if (code === ARRAY_OPEN) return this.#readArray()
      if (code === COLON || code === OBJECT_CLOSE || code === ARRAY_CLOSE)
        return this.#fail('expected a value')
      const word = this.#readWord(stop)
      // json-smart looks at the first character before it trims.
      const value = code < 0x20 ? undefined : WORDS.get(word)
      return value === undefined ? word : value
    }
  }

  #readObject(): JsonObject {
    this.#enter()
    const object = new JsonObject()
    this.#at++
    for (;;) {
      const code = this.#code()
      if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09 || code === COMMA) {
        this.#at++
        continue
      }
      if (code === OBJECT_CLOSE) break
      if (code === COLON || code === ARRAY_CLOSE || code === ARRAY_OPEN || code === OBJECT_OPEN) {
        return this.#fail('expected a name')
      }
      const name = code === QUOTE || code === APOSTROPHE ? this.#readText(code) : this.#readWord(stopsName)
      this.#skipSpace()
      if (this.#code() !== COLON) return this.#fail('expected ":" after a name')
      this.#at++
      if (this.#at >= this.#text.length) return this.#fail('expected a value')
      object.set(name, this.#readValue(stopsMember))
      this.#skipSpace()
      const next = this.#code()
      if (next === OBJECT_CLOSE) break
      if (next !== COMMA) return this.#fail('expected "," or "}" after a member')
      this.#at++
    }
    this.#at++
    this.#depth--
    return object
  }

  #readArray(): JsonArray {
    this.#enter()
    const items: JsonValue[] = []
    this.#at++
    for (;;) {
      const code = this.#code()
      if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09 || code === COMMA) {
        this.#at++
        continue
      }
      if (code === ARRAY_CLOSE) break
      if (code === COLON || code === OBJECT_CLOSE) return this.#fail('expected an item')
      if (code === END) return this.#fail('expected "]"')
      items.push(this.#readValue(stopsItem))
    }
    this.#at++
    this.#depth--
    return new JsonArray(items)
  }

  #enter(): void {
    if (++this.#depth > depthMax) this.#fail(`more than ${depthMax} arrays and objects inside one another`)
  }

  #readText(quote: number): string {
    const text = this.#text
    const start = this.#at + 1
    // Most texts are short: looking at each character costs less than two searches.
    const near = Math.min(text.length, start + SHORT_TEXT_MAX)
    for (let at = start; at < near; at++) {
      const code = text.charCodeAt(at)
      if (code === BACKSLASH) return this.#readEscapedText(quote)
      if (code === quote) {
        this.#at = at + 1
        return text.slice(start, at)
      }
    }
    const end = text.indexOf(quote === QUOTE ? '"' : "'", near)
    if (end < 0) return this.#fail('unterminated text')
    const found = text.slice(start, end)
    if (found.includes('\\')) return this.#readEscapedText(quote)
    this.#at = end + 1
    return found
  }

  #readEscapedText(quote: number): string {
    const text = this.#text
    let result = ''
    let from = ++this.#at
    for (;;) {
      const code = this.#code()
      if (code === END) return this.#fail('unterminated text')
      if (code === quote) {
        result += text.slice(from, this.#at++)
        return result
      }
      if (code === BACKSLASH) {
        result += text.slice(from, this.#at++)
        const escape = text[this.#at++] ?? ''
        if (escape === 'u') result += String.fromCharCode(this.#readHex(4))
        else if (escape === 'x') result += String.fromCharCode(this.#readHex(2))
        // An unknown escape is nothing at all, as json-smart has it.
        else result += ESCAPES[escape] ?? ''
        from = this.#at
      } else if (code < 0x20 || code === 0x7f) {
        // json-smart drops raw control characters from texts with escapes, and keeps them in others.
        result += text.slice(from, this.#at++)
        from = this.#at
      } else {
        this.#at++
      }
    }
  }

  #readHex(length: number): number {
    const digits = this.#text.slice(this.#at, this.#at + length)
    if (digits.length < length || !/^[0-9a-fA-F]+$/.test(digits))
      return this.#fail(`expected ${length} hex digits`)
    this.#at += length
    return Number.parseInt(digits, 16)
  }

  #readNumber(stop: Stop): JsonValue {
    const start = this.#at++
    this.#skipDigits()
    let fraction = false
    if (this.#code() === POINT) {
      fraction = true
      this.#at++
      this.#skipDigits()
    }
    const letter = this.#code()
    if (letter === 0x45 || letter === 0x65) {
      fraction = true
      this.#at++
      const sign = this.#code()
      if (sign !== 0x2b && sign !== MINUS && !(sign >= ZERO && sign <= NINE))
        return this.#wordFrom(start, stop)
      this.#at++
      this.#skipDigits()
    }
    const end = this.#at
    this.#skipSpace()
    const next = this.#code()
    // What goes on after the digits is a text without quotes; json-smart looks at ASCII only.
    if (next !== END && next < 0x7e && !stop(next)) return this.#wordFrom(start, stop)
    const digits = this.#text.slice(start, end)
    if (digits === '-') return 0
    if (fraction) return this.#fractionFrom(digits)
    return digits.length > digitsMax
      ? this.#fail(`an integer of more than ${digitsMax} digits`)
      : parseInteger(digits)
  }

  #fractionFrom(digits: string): Double {
    const value = Number(digits)
    if (Number.isNaN(value)) return this.#fail(`"${digits}" is not a number`)
    if (digits.length <= DOUBLE_LENGTH_MAX) return new Double(value)
    const exponent = /[eE](.*)$/.exec(digits)?.[1] ?? '0'
    // A BigDecimal's exponent is an int.
    if (Math.abs(Number(exponent)) > 0x7fffffff) return this.#fail(`"${digits}" is not a number`)
    return new Double(value, printDecimal(digits))
  }

  #wordFrom(start: number, stop: Stop): string {
    this.#at = start
    return this.#readWord(stop)
  }

  #readWord(stop: Stop): string {
    const start = this.#at
    while (!stop(this.#code())) this.#at++
    return trim(this.#text.slice(start, this.#at))
  }

  #skipDigits(): void {
    for (;;) {
      const code = this.#code()
      if (!(code >= ZERO && code <= NINE)) return
      this.#at++
    }
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#code()
      if (code > 0x20 || code === END) return
      this.#at++
    }
  }

  #fail(message: string): never {
    throw new JsonError(message, this.#at)
  }
}

/** As Java's `String.trim`: drops everything up to U+0020 at both ends. */
function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text.charCodeAt(start) <= 0x20) start++
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--
  return start === 0 && end === text.length ? text : text.slice(start, end)
}
