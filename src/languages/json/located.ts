import { depthMax, JsonError } from './parse.ts'
import type { PlainValue } from './plain.ts'

/** Strict JSON (RFC 8259) that knows where each value began: what owners write and want told of. */
export type LocatedValue =
  | { readonly kind: 'null'; readonly at: number }
  | { readonly kind: 'boolean'; readonly at: number; readonly value: boolean }
  /** The digits as they were written: `1.0` and `1` differ. */
  | { readonly kind: 'number'; readonly at: number; readonly text: string }
  | { readonly kind: 'string'; readonly at: number; readonly value: string }
  | { readonly kind: 'array'; readonly at: number; readonly items: readonly LocatedValue[] }
  | LocatedObject

export interface LocatedObject {
  readonly kind: 'object'
  /** Offset in the text, in UTF-16 units; -1 for a value that was never text. */
  readonly at: number
  /** In the order of the text, repeated names too. */
  readonly members: readonly LocatedMember[]
}

export interface LocatedMember {
  readonly name: string
  /** Where the name stands. */
  readonly at: number
  readonly value: LocatedValue
}

/** @throws JsonError for what is not JSON, or nests too deeply */
export function parseLocated(text: string): LocatedValue {
  return new Reader(text).read()
}

/** A plain tree in the same form, without places. @throws JsonError when it nests too deeply */
export function locate(plain: PlainValue, depth: number = 0): LocatedValue {
  const at = -1
  if (depth > depthMax) throw new JsonError(tooDeep, 0)
  if (plain === null || plain === undefined) return { kind: 'null', at }
  if (typeof plain === 'boolean') return { kind: 'boolean', at, value: plain }
  if (typeof plain === 'string') return { kind: 'string', at, value: plain }
  if (typeof plain !== 'object') return { kind: 'number', at, text: String(plain) }
  if (Array.isArray(plain)) return { kind: 'array', at, items: plain.map((item) => locate(item, depth + 1)) }
  const members = Object.entries(plain)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ name, at, value: locate(value, depth + 1) }))
  return { kind: 'object', at, members }
}

/** The last member of a name, which is the one that counts. */
export function memberOf(object: LocatedObject, name: string): LocatedMember | undefined {
  return object.members.findLast((member) => member.name === name)
}

const tooDeep = `more than ${depthMax} arrays and objects inside one another`

const SPACE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// eslint-disable-next-line no-control-regex
const STRING = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y
const WORDS: readonly (readonly [string, boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
]

class Reader {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): LocatedValue {
    this.#skipSpace()
    const value = this.#value()
    this.#skipSpace()
    if (this.#at < this.#text.length) this.#fail('the end of the text')
    return value
  }

  #value(): LocatedValue {
    const at = this.#at
    const first = this.#text[at]
    if (first === '{') return this.#object()
    if (first === '[') return this.#array()
    if (first === '"') return { kind: 'string', at, value: this.#string() }
    const text = this.#take(NUMBER)
    if (text !== undefined) return { kind: 'number', at, text }
    for (const [word, value] of WORDS) {
      if (!this.#text.startsWith(word, at)) continue
      this.#at += word.length
      return value === null ? { kind: 'null', at } : { kind: 'boolean', at, value }
    }
    return this.#fail('a value')
  }

  #object(): LocatedObject {
    const at = this.#at
    const members: LocatedMember[] = []
    this.#list('}', () => {
      const nameAt = this.#at
      const name = this.#string()
      this.#skipSpace()
      if (this.#text[this.#at] !== ':') this.#fail('":"')
      this.#at++
      this.#skipSpace()
      members.push({ name, at: nameAt, value: this.#value() })
    })
    return { kind: 'object', at, members }
  }

  #array(): LocatedValue {
    const at = this.#at
    const items: LocatedValue[] = []
    this.#list(']', () => void items.push(this.#value()))
    return { kind: 'array', at, items }
  }

  #list(end: string, readItem: () => void): void {
    if (++this.#depth > depthMax) throw new JsonError(tooDeep, this.#at)
    this.#at++
    this.#skipSpace()
    if (this.#text[this.#at] !== end) {
      for (;;) {
        readItem()
        this.#skipSpace()
        if (this.#text[this.#at] === end) break
        if (this.#text[this.#at] !== ',') this.#fail(`"," or "${end}"`)
        this.#at++
        this.#skipSpace()
      }
    }
    this.#at++
    this.#depth--
  }

  #string(): string {
    const text = this.#take(STRING)
    if (text === undefined) return this.#fail('a string in double quotes')
    return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1)
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  #skipSpace(): void {
    this.#take(SPACE)
  }

  #fail(expected: string): never {
    const found = this.#text[this.#at]
    throw new JsonError(
      `expected ${expected}, found ${found === undefined ? 'the end' : JSON.stringify(found)}`,
      this.#at,
    )
  }
}
