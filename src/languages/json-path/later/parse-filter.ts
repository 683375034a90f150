import { parseInteger, printDecimal } from '#languages/json/number.ts'
import { JsonError, parseJson } from '#languages/json/parse.ts'
import { Double, type JsonValue } from '#languages/json/value.ts'
import { PathError } from '../tree.ts'
import { unescaped, type Cursor } from './cursor.ts'
import {
  symbolOperators,
  wordOperators,
  type LaterFilter,
  type LaterOperand,
  type LaterOperator,
  type LaterPath,
} from './tree.ts'

/** Parentheses and `!` inside one another. */
const DEPTH_MAX = 50

/**
 * Reads what stands in `[?( … )]`: `||` binds less than `&&`, that less than `!` and parentheses.
 * @param readPath reads a path at the cursor
 * @throws PathError
 */
export function parseFilter(cursor: Cursor, readPath: () => LaterPath): LaterFilter {
  return new FilterReader(cursor, readPath).either()
}

class FilterReader {
  readonly #cursor: Cursor
  readonly #readPath: () => LaterPath
  #depth = 0

  constructor(cursor: Cursor, readPath: () => LaterPath) {
    this.#cursor = cursor
    this.#readPath = readPath
  }

  either(): LaterFilter {
    if (++this.#depth > DEPTH_MAX)
      throw new PathError(`more than ${DEPTH_MAX} parentheses inside one another`)
    const parts = [this.#both()]
    while (this.#cursor.takeWord('||')) parts.push(this.#both())
    this.#depth--
    return parts.length === 1 ? (parts[0] as LaterFilter) : { kind: 'or', parts }
  }

  #both(): LaterFilter {
    const parts = [this.#single()]
    while (this.#cursor.takeWord('&&')) parts.push(this.#single())
    return parts.length === 1 ? (parts[0] as LaterFilter) : { kind: 'and', parts }
  }

  #single(): LaterFilter {
    const cursor = this.#cursor
    cursor.skipBlanks()
    if (cursor.takeWord('!')) {
      // `!@.a` asks whether a path leads nowhere.
      if (/[$@]/.test(cursor.char)) return this.#condition(false)
      if (++this.#depth > DEPTH_MAX) return cursor.fail(`fewer than ${DEPTH_MAX} "!"`)
      const part = this.#single()
      this.#depth--
      return { kind: 'not', part }
    }
    if (!cursor.takeWord('(')) return this.#condition(true)
    const inner = this.either()
    return cursor.takeWord(')') ? inner : cursor.fail('an operator or ")"')
  }

  #condition(wanted: boolean): LaterFilter {
    const left = this.#operand()
    const operator = this.#operator()
    if (operator !== undefined) {
      this.#cursor.skipBlanks()
      return { kind: 'compare', operator, left, right: this.#operand() }
    }
    if (left.kind !== 'path') return this.#cursor.fail('an operator')
    return { kind: 'exists', path: left.path, wanted }
  }

  #operator(): LaterOperator | undefined {
    const cursor = this.#cursor
    cursor.skipBlanks()
    const symbol = symbolOperators.find((candidate) => cursor.take(candidate))
    if (symbol !== undefined) return symbol
    const start = cursor.at
    const word = cursor.match(/[a-zA-Z]+/y)?.toLowerCase()
    const operator = wordOperators.find((candidate) => candidate === word)
    if (operator === undefined) cursor.at = start
    return operator
  }

  #operand(): LaterOperand {
    const cursor = this.#cursor
    switch (cursor.char) {
      case '$':
      case '@':
        return { kind: 'path', path: this.#readPath() }
      case '"':
      case "'":
        return { kind: 'value', value: unescaped(cursor.upTo(cursor.text[cursor.at++] as string)) }
      case '/':
        return this.#pattern()
      case '[':
      case '{':
        return { kind: 'value', value: this.#json() }
      default:
        return { kind: 'value', value: this.#word() }
    }
  }

  #pattern(): LaterOperand {
    const cursor = this.#cursor
    cursor.at++
    const body = cursor.upTo('/')
    const flags = cursor.match(/[dixmsuU]+/y)
    return { kind: 'pattern', source: flags === undefined ? body : `(?${flags})${body}` }
  }

  #json(): JsonValue {
    const text = this.#cursor.bracketed()
    try {
      return parseJson(text)
    } catch (cause) {
      if (!(cause instanceof JsonError)) throw cause
      throw new PathError(`${text} is no JSON: ${cause.message}`, { cause })
    }
  }

  #word(): JsonValue {
    const cursor = this.#cursor
    for (const [text, value] of WORDS) if (cursor.take(text)) return value
    const number = cursor.match(/-?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,4})?/y)
    if (number === undefined) return cursor.fail('a path, a text between quotes, a number, or JSON')
    return /^-?\d+$/.test(number) ? parseInteger(number) : new Double(Number(number), printDecimal(number))
  }
}

const WORDS: readonly (readonly [string, JsonValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]
