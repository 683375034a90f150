import { JsonError, parseJson } from '#languages/json/parse.ts'
import { PathError, pathTextMax } from '../tree.ts'
import { Cursor, unescaped } from './cursor.ts'
import { parseFilter } from './parse-filter.ts'
import { pathFunctions, type FunctionArgument, type LaterPath, type LaterToken } from './tree.ts'

/** Filters and arguments inside one another. */
const NESTING_MAX = 20
const INDEX = /-?\d{1,10}/y
const NAME = /[^.[( ]+/y
/** Names inside filters end where an operator may begin. */
const FILTER_NAME = /[^.[( )<>=~!&|,]+/y

/**
 * Reads a JSONPath as Jayway 2.9 does, and `[(@.length-1)]` of 2.0 besides.
 * @throws PathError
 */
export function parseLaterPath(text: string): LaterPath {
  const trimmed = text.trim()
  if (trimmed.length > pathTextMax) throw new PathError(`a path of more than ${pathTextMax} characters`)
  if (trimmed === '') throw new PathError('the path is empty')
  const cursor = new Cursor(/^[$@]/.test(trimmed) ? trimmed : `$.${trimmed}`)
  const path = new Reader(cursor, 0, NAME).path()
  return cursor.atEnd ? path : cursor.fail('"." or "["')
}

class Reader {
  readonly #cursor: Cursor
  readonly #nesting: number
  readonly #name: RegExp

  constructor(cursor: Cursor, nesting: number, name: RegExp) {
    if (nesting > NESTING_MAX) throw new PathError(`more than ${NESTING_MAX} filters inside one another`)
    this.#cursor = cursor
    this.#nesting = nesting
    this.#name = name
  }

  path(): LaterPath {
    const cursor = this.#cursor
    const fromRoot = cursor.take('$')
    if (!fromRoot && !cursor.take('@')) return cursor.fail('"$" or "@"')
    const tokens: LaterToken[] = []
    while (cursor.char === '.' || cursor.char === '[') {
      if (tokens.at(-1)?.kind === 'function') return cursor.fail('the end after a function')
      if (cursor.take('..')) {
        tokens.push({ kind: 'scan' }, cursor.char === '[' ? this.#bracket() : this.#afterDot())
      } else if (cursor.take('.') && cursor.char !== '[') tokens.push(this.#afterDot())
      else tokens.push(this.#bracket())
    }
    return { tokens, fromRoot }
  }

  #afterDot(): LaterToken {
    const cursor = this.#cursor
    if (cursor.take('*')) return { kind: 'wildcard' }
    const name = cursor.match(this.#name) ?? cursor.fail('a name')
    if (cursor.char !== '(') return { kind: 'property', names: [name] }
    const fn = pathFunctions.find((known) => known === name)
    if (fn === undefined) throw new PathError(`no function ${name}(): there are ${pathFunctions.join(', ')}`)
    return { kind: 'function', name: fn, args: this.#arguments() }
  }

  #arguments(): FunctionArgument[] {
    const cursor = this.#cursor
    const args: FunctionArgument[] = []
    cursor.take('(')
    cursor.skipBlanks()
    if (cursor.take(')')) return args
    do {
      cursor.skipBlanks()
      args.push(/[$@]/.test(cursor.char) ? { kind: 'path', path: this.#nested() } : this.#value())
      cursor.skipBlanks()
    } while (cursor.take(','))
    return cursor.take(')') ? args : cursor.fail('"," or ")"')
  }

  #nested(): LaterPath {
    return new Reader(this.#cursor, this.#nesting + 1, FILTER_NAME).path()
  }

  #value(): FunctionArgument {
    const cursor = this.#cursor
    const start = cursor.at
    if (/[[{]/.test(cursor.char)) cursor.bracketed()
    else if (cursor.take('"')) cursor.upTo('"')
    else if (cursor.take("'")) cursor.upTo("'")
    else if (cursor.match(/[^,()]+/y) === undefined) return cursor.fail('an argument')
    try {
      return { kind: 'value', value: parseJson(cursor.text.slice(start, cursor.at)) }
    } catch (cause) {
      if (!(cause instanceof JsonError)) throw cause
      throw new PathError(`an argument is no JSON: ${cause.message}`, { cause })
    }
  }

  #bracket(): LaterToken {
    const cursor = this.#cursor
    cursor.take('[')
    cursor.skipBlanks()
    const token = this.#inBracket()
    cursor.skipBlanks()
    return cursor.take(']') ? token : cursor.fail('"]"')
  }

  #inBracket(): LaterToken {
    const cursor = this.#cursor
    if (cursor.take('*')) return { kind: 'wildcard' }
    if (cursor.take('?')) return this.#filter()
    if (cursor.take('(')) return this.#fromLength()
    if (cursor.char === '"' || cursor.char === "'") return { kind: 'property', names: this.#names() }
    return this.#numbers()
  }

  #filter(): LaterToken {
    const cursor = this.#cursor
    if (!cursor.takeWord('(')) return cursor.fail('"("')
    const filter = parseFilter(cursor, () => this.#nested())
    return cursor.takeWord(')') ? { kind: 'filter', filter } : cursor.fail('an operator or ")"')
  }

  #fromLength(): LaterToken {
    const cursor = this.#cursor
    if (cursor.match(/\s*@\.(?:length|size\(\))\s*-\s*/y) === undefined) return cursor.fail('@.length - n')
    const index = this.#index()
    cursor.skipBlanks()
    if (index === undefined || index === 0 || !cursor.take(')')) return cursor.fail('a number and ")"')
    return { kind: 'indexes', indexes: [-index] }
  }

  #names(): string[] {
    const cursor = this.#cursor
    const names: string[] = []
    do {
      cursor.skipBlanks()
      const quote = cursor.char
      if (quote !== '"' && quote !== "'") return cursor.fail('a name between quotes')
      cursor.at++
      names.push(unescaped(cursor.upTo(quote)))
      cursor.skipBlanks()
    } while (cursor.take(','))
    return names
  }

  #numbers(): LaterToken {
    const cursor = this.#cursor
    const first = this.#index()
    cursor.skipBlanks()
    if (cursor.take(':')) {
      cursor.skipBlanks()
      const to = this.#index()
      // `[a:]`, `[:b]` and `[a:b]`; Jayway knows no steps.
      if (first === undefined && to === undefined) return { kind: 'slice', from: 0, to: undefined }
      return { kind: 'slice', from: first, to }
    }
    if (first === undefined) return cursor.fail('a quoted name, an index, a slice, "*" or a filter')
    const indexes = [first]
    while (cursor.takeWord(',')) {
      indexes.push(this.#index() ?? cursor.fail('an index'))
      cursor.skipBlanks()
    }
    return { kind: 'indexes', indexes }
  }

  #index(): number | undefined {
    const digits = this.#cursor.match(INDEX)
    if (digits === undefined) return undefined
    const value = Number(digits)
    return value === (value | 0) ? value + 0 : this.#cursor.fail('an index of 32 bits')
  }
}
