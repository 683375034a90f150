import {
  anyOf,
  bothOf,
  escapedSets,
  isLineEnd,
  not,
  one,
  posixSets,
  range,
  type CharSet,
} from './char-set.ts'
import { foldCase, otherCase, upperCase } from './letter-case.ts'
import { namedSet, unicodeEscapes } from './properties.ts'

/** A Java regular expression as a tree. */
export type RegexNode =
  | { readonly kind: 'char'; readonly code: number }
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'sequence'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'group'; readonly item: RegexNode; readonly index: number }
  | {
      readonly kind: 'repeat'
      readonly item: RegexNode
      readonly min: number
      readonly max: number
      readonly mode: 'greedy' | 'lazy' | 'possessive'
    }
  | { readonly kind: 'look'; readonly item: RegexNode; readonly behind: boolean; readonly negative: boolean }
  | { readonly kind: 'atomic'; readonly item: RegexNode }
  | { readonly kind: 'reference'; readonly index: number; readonly caseRule: CaseRule }
  /** `\X`: what a reader takes for one character. */
  | { readonly kind: 'grapheme' }
  | { readonly kind: 'assert'; readonly assertion: Assertion }

/** Whether letters that differ in case only are one: not, the ASCII ones, all. */
export type CaseRule = 'exact' | 'ascii' | 'unicode'

export type Assertion =
  | 'start'
  /** `\G`: where the match before this one ended. */
  | 'previous-end'
  | 'end'
  | 'end-or-newline'
  | 'line-start'
  | 'line-end'
  | 'boundary'
  | 'not-boundary'
  | 'end-or-unix-newline'
  | 'unix-line-start'
  | 'unix-line-end'
  | 'unicode-boundary'
  | 'not-unicode-boundary'

export interface ParsedRegex {
  readonly root: RegexNode
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
  /** Whether it may match whole surrogate pairs: a search then does not stop inside them. */
  readonly supplementary: boolean
}

/** The pattern is no Java regular expression, or uses what this engine does not have. */
export class RegexSyntaxError extends Error {
  readonly offset: number
  constructor(message: string, pattern: string, offset: number) {
    super(`${message} at offset ${offset} of the regular expression ${JSON.stringify(pattern)}`)
    this.name = 'RegexSyntaxError'
    this.offset = offset
  }
}

/** Groups and classes inside one another. */
const NESTING_MAX = 200
/** Largest count of `{n,m}`. */
const COUNT_MAX = 1000

/** @throws RegexSyntaxError */
export function parseRegex(pattern: string): ParsedRegex {
  return new Parser(pattern).parse()
}

interface Flags {
  readonly ignoreCase: boolean
  readonly multiline: boolean
  readonly dotAll: boolean
  readonly comments: boolean
  readonly unicodeCase: boolean
  readonly unicodeClasses: boolean
  readonly unixLines: boolean
}

const FLAGS: ReadonlyMap<string, readonly (keyof Flags)[]> = new Map<string, readonly (keyof Flags)[]>([
  ['i', ['ignoreCase']],
  ['m', ['multiline']],
  ['s', ['dotAll']],
  ['x', ['comments']],
  ['u', ['unicodeCase']],
  ['U', ['unicodeClasses', 'unicodeCase']],
  ['d', ['unixLines']],
])

const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['t', 9],
  ['n', 10],
  ['r', 13],
  ['f', 12],
  ['a', 7],
  ['e', 27],
])

const ASSERTIONS: ReadonlyMap<string, Assertion> = new Map([
  ['A', 'start'],
  ['z', 'end'],
  ['Z', 'end-or-newline'],
  ['b', 'boundary'],
  ['B', 'not-boundary'],
  ['G', 'previous-end'],
])

/** What `(?d)` makes of assertions. */
const UNIX: ReadonlyMap<Assertion, Assertion> = new Map([
  ['end-or-newline', 'end-or-unix-newline'],
  ['line-start', 'unix-line-start'],
  ['line-end', 'unix-line-end'],
])
/** And `(?U)`. */
const UNICODE: ReadonlyMap<Assertion, Assertion> = new Map([
  ['boundary', 'unicode-boundary'],
  ['not-boundary', 'not-unicode-boundary'],
])

class Parser {
  readonly #pattern: string
  #at = 0
  #groups = 0
  #nesting = 0
  #supplementary = false
  #flags: Flags = {
    ignoreCase: false,
    multiline: false,
    dotAll: false,
    comments: false,
    unicodeCase: false,
    unicodeClasses: false,
    unixLines: false,
  }
  readonly #names = new Map<string, number>()

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  parse(): ParsedRegex {
    const root = this.#choice()
    if (this.#at < this.#pattern.length) this.#fail('unmatched ")"')
    return { root, groups: this.#groups, names: this.#names, supplementary: this.#supplementary }
  }

  #fail(message: string): never {
    throw new RegexSyntaxError(message, this.#pattern, this.#at)
  }

  #take(text: string): boolean {
    if (!this.#pattern.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  #skipComments(): void {
    while (this.#flags.comments) {
      const found = /^(?:\s+|#[^\n]*)/.exec(this.#pattern.slice(this.#at, this.#at + 256))
      if (found === null) return
      this.#at += found[0].length
    }
  }

  #choice(): RegexNode {
    if (++this.#nesting > NESTING_MAX) this.#fail(`more than ${NESTING_MAX} groups inside one another`)
    const flags = this.#flags
    const items = [this.#sequence()]
    while (this.#take('|')) items.push(this.#sequence())
    this.#flags = flags
    this.#nesting--
    return items.length === 1 ? (items[0] as RegexNode) : { kind: 'choice', items }
  }

  #sequence(): RegexNode {
    const items: RegexNode[] = []
    for (;;) {
      this.#skipComments()
      const char = this.#pattern[this.#at]
      if (char === undefined || char === '|' || char === ')') break
      if (this.#take('\\Q')) {
        items.push(...this.#quoted())
        continue
      }
      const item = this.#atom()
      if (item !== undefined) items.push(this.#repeated(item))
    }
    return items.length === 1 ? (items[0] as RegexNode) : { kind: 'sequence', items }
  }

  /** `\Q…\E`: a quantifier after it repeats its last character. */
  #quoted(): RegexNode[] {
    const end = this.#pattern.indexOf('\\E', this.#at)
    const text = this.#pattern.slice(this.#at, end < 0 ? undefined : end)
    this.#at = end < 0 ? this.#pattern.length : end + 2
    const items = Array.from(text, (char) => this.#char(char.codePointAt(0) as number))
    const last = items.pop()
    if (last !== undefined) items.push(this.#repeated(last))
    return items
  }

  #char(code: number): RegexNode {
    if (code > 0xffff) this.#supplementary = true
    if (!this.#flags.ignoreCase) return { kind: 'char', code }
    if (this.#flags.unicodeCase) {
      const folded = foldCase(code)
      return { kind: 'set', set: (other) => foldCase(other) === folded }
    }
    const other = otherCase(code)
    return other === code ? { kind: 'char', code } : { kind: 'set', set: anyOf([one(code), one(other)]) }
  }

  #atom(): RegexNode | undefined {
    const char = this.#pattern[this.#at] as string
    switch (char) {
      case '(':
        return this.#group()
      case '[':
        return { kind: 'set', set: this.#class() }
      case '.':
        this.#at++
        this.#supplementary = true
        return {
          kind: 'set',
          set: this.#flags.dotAll ? () => true : not(this.#flags.unixLines ? one(10) : isLineEnd),
        }
      case '^':
        this.#at++
        return this.#assertion(this.#flags.multiline ? 'line-start' : 'start')
      case '$':
        this.#at++
        return this.#assertion(this.#flags.multiline ? 'line-end' : 'end-or-newline')
      case '\\':
        this.#at++
        return this.#escape()
      case '*':
      case '+':
      case '?':
        return this.#fail(`dangling "${char}"`)
      case '{':
        // A count with nothing before it repeats nothing; whether it is one is seen when it is read.
        return { kind: 'sequence', items: [] }
      default:
        return this.#char(this.#codePoint())
    }
  }

  #codePoint(): number {
    const code = this.#pattern.codePointAt(this.#at) as number
    this.#at += code > 0xffff ? 2 : 1
    return code
  }

  #assertion(assertion: Assertion): RegexNode {
    const { unixLines, unicodeClasses } = this.#flags
    const meant =
      (unixLines && UNIX.get(assertion)) || (unicodeClasses && UNICODE.get(assertion)) || assertion
    return { kind: 'assert', assertion: meant }
  }

  #repeated(item: RegexNode): RegexNode {
    this.#skipComments()
    const bounds = this.#bounds()
    if (bounds === undefined) return item
    const mode = this.#take('?') ? 'lazy' : this.#take('+') ? 'possessive' : 'greedy'
    return { kind: 'repeat', item, min: bounds[0], max: bounds[1], mode }
  }

  #bounds(): readonly [min: number, max: number] | undefined {
    if (this.#take('*')) return [0, Infinity]
    if (this.#take('+')) return [1, Infinity]
    if (this.#take('?')) return [0, 1]
    if (this.#pattern[this.#at] !== '{') return undefined
    const found = /^\{(\d{1,9})(,)?(\d{1,9})?\}/.exec(this.#pattern.slice(this.#at, this.#at + 24))
    if (found === null) return this.#fail('illegal repetition')
    const min = Number(found[1])
    const max = found[2] === undefined ? min : found[3] === undefined ? Infinity : Number(found[3])
    if (max < min) this.#fail('illegal repetition range')
    if (min > COUNT_MAX || (max !== Infinity && max > COUNT_MAX))
      this.#fail(`a repetition of more than ${COUNT_MAX}`)
    this.#at += found[0].length
    return [min, max]
  }

  #group(): RegexNode | undefined {
    this.#at++
    if (!this.#take('?')) return this.#capturing()
    if (this.#take(':')) return this.#closed(this.#choice())
    if (this.#take('>')) return { kind: 'atomic', item: this.#closed(this.#choice()) }
    if (this.#take('=')) return this.#look(false, false)
    if (this.#take('!')) return this.#look(false, true)
    if (this.#take('<=')) return this.#look(true, false)
    if (this.#take('<!')) return this.#look(true, true)
    if (this.#take('<')) {
      const name = /^([a-zA-Z][a-zA-Z0-9]*)>/.exec(this.#pattern.slice(this.#at, this.#at + 256))?.[1]
      if (name === undefined) return this.#fail('illegal group name')
      if (this.#names.has(name)) return this.#fail(`a second group named ${name}`)
      this.#at += name.length + 1
      this.#names.set(name, this.#groups + 1)
      return this.#capturing()
    }
    return this.#flagGroup()
  }

  #capturing(): RegexNode {
    const index = ++this.#groups
    return { kind: 'group', item: this.#closed(this.#choice()), index }
  }

  #look(behind: boolean, negative: boolean): RegexNode {
    return { kind: 'look', item: this.#closed(this.#choice()), behind, negative }
  }

  #closed(item: RegexNode): RegexNode {
    if (!this.#take(')')) this.#fail('unclosed group')
    return item
  }

  /** `(?i)` holds to the end of the group around it, `(?i:…)` inside. */
  #flagGroup(): RegexNode | undefined {
    const outer = this.#flags
    const flags: { -readonly [key in keyof Flags]: Flags[key] } = { ...outer }
    let value = true
    for (;;) {
      const char = this.#pattern[this.#at++]
      if (char === '-') value = false
      else if (char === ')') {
        this.#flags = flags
        return undefined
      } else if (char === ':') {
        this.#flags = flags
        const item = this.#closed(this.#choice())
        this.#flags = outer
        return item
      } else if (char !== undefined && FLAGS.has(char)) {
        for (const flag of FLAGS.get(char) ?? []) flags[flag] = value
      } else return this.#fail('unknown inline modifier')
    }
  }

  #escape(): RegexNode {
    const char = this.#pattern[this.#at]
    if (char === undefined) return this.#fail('the pattern ends with "\\"')
    const assertion = ASSERTIONS.get(char)
    if (assertion !== undefined) {
      this.#at++
      return this.#assertion(assertion)
    }
    if (char === 'X') {
      this.#at++
      return { kind: 'grapheme' }
    }
    if (char === 'R') {
      this.#at++
      const newline: RegexNode = { kind: 'sequence', items: [13, 10].map((code) => ({ kind: 'char', code })) }
      const items = [newline, { kind: 'set', set: escapedSets.get('v') as CharSet } as const]
      return { kind: 'atomic', item: { kind: 'choice', items } }
    }
    if (char === 'k') return this.#namedReference()
    if (char >= '1' && char <= '9') return this.#numberedReference()
    const set = this.#escapedSet()
    return set === undefined ? this.#char(this.#escapedCode()) : { kind: 'set', set }
  }

  #namedReference(): RegexNode {
    const name = /^k<([a-zA-Z][a-zA-Z0-9]*)>/.exec(this.#pattern.slice(this.#at, this.#at + 256))?.[1]
    const index = this.#names.get(name ?? '')
    if (name === undefined || index === undefined) return this.#fail('a reference to no group')
    this.#at += name.length + 3
    return { kind: 'reference', index, caseRule: this.#caseRule() }
  }

  #numberedReference(): RegexNode {
    let index = Number(this.#pattern[this.#at++])
    // Further digits count only while there is such a group.
    for (;;) {
      const digit = this.#pattern[this.#at]
      if (digit === undefined || digit < '0' || digit > '9' || index * 10 + Number(digit) > this.#groups)
        break
      index = index * 10 + Number(digit)
      this.#at++
    }
    return { kind: 'reference', index, caseRule: this.#caseRule() }
  }

  #caseRule(): CaseRule {
    const { ignoreCase, unicodeCase } = this.#flags
    return ignoreCase ? (unicodeCase ? 'unicode' : 'ascii') : 'exact'
  }

  #escapedSet(): CharSet | undefined {
    const char = this.#pattern[this.#at] as string
    const set = (this.#flags.unicodeClasses ? unicodeEscapes.get(char) : undefined) ?? escapedSets.get(char)
    if (set !== undefined) {
      this.#at++
      if (char < 'a' || this.#flags.unicodeClasses) this.#supplementary = true
      return set
    }
    if (char !== 'p' && char !== 'P') return undefined
    const found = /^[pP](?:\{([\w= -]+)\}|(\w))/.exec(this.#pattern.slice(this.#at, this.#at + 64))
    const name = found?.[1] ?? found?.[2] ?? ''
    const named = namedSet(name, this.#flags)
    if (found === null || named === undefined) return this.#fail('unknown character property')
    if (char === 'P' || !posixSets.has(name)) this.#supplementary = true
    this.#at += found[0].length
    return char === 'P' ? not(named) : named
  }

  #escapedCode(): number {
    const char = this.#pattern[this.#at] as string
    const control = CONTROLS.get(char)
    if (control !== undefined) {
      this.#at++
      return control
    }
    const rest = this.#pattern.slice(this.#at, this.#at + 12)
    const hex = /^(?:x([0-9a-fA-F]{2})|x\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4}))/.exec(rest)
    if (hex !== null) {
      this.#at += hex[0].length
      return Number.parseInt(hex[1] ?? hex[2] ?? hex[3] ?? '', 16)
    }
    const octal = /^0([0-3]?[0-7]{1,2})/.exec(rest)
    if (octal !== null) {
      this.#at += octal[0].length
      return Number.parseInt(octal[1] as string, 8)
    }
    const letter = /^c([^])/.exec(rest)
    if (letter !== null) {
      this.#at += 2
      return (letter[1] as string).charCodeAt(0) ^ 64
    }
    if (/[a-zA-Z0-9]/.test(char)) return this.#fail(`illegal escape "\\${char}"`)
    return this.#codePoint()
  }

  /** `[…]` with ranges, unions and `&&` intersections. */
  #class(): CharSet {
    if (++this.#nesting > NESTING_MAX) this.#fail(`more than ${NESTING_MAX} classes inside one another`)
    this.#at++
    const negative = this.#take('^')
    if (negative) this.#supplementary = true
    let parts: CharSet[] = []
    let intersected: CharSet | undefined
    for (let first = true; ; first = false) {
      const char = this.#pattern[this.#at]
      if (char === undefined) return this.#fail('unclosed character class')
      if (char === ']' && !(first && parts.length === 0)) break
      if (this.#take('&&')) {
        // With nothing before it, it intersects nothing.
        if (parts.length === 0) continue
        const left = anyOf(parts)
        intersected = intersected === undefined ? left : bothOf(intersected, left)
        parts = []
        continue
      }
      if (char === '[') parts.push(this.#class())
      else if (this.#take('\\Q')) parts.push(...this.#quotedInClass())
      else parts.push(this.#classItem())
    }
    this.#at++
    this.#nesting--
    let set = parts.length === 0 && intersected !== undefined ? intersected : anyOf(parts)
    if (parts.length > 0 && intersected !== undefined) set = bothOf(intersected, set)
    return negative ? not(set) : set
  }

  #quotedInClass(): CharSet[] {
    const end = this.#pattern.indexOf('\\E', this.#at)
    const text = this.#pattern.slice(this.#at, end < 0 ? undefined : end)
    this.#at = end < 0 ? this.#pattern.length : end + 2
    return Array.from(text, (char) => this.#casedChar(char.codePointAt(0) as number))
  }

  #classItem(): CharSet {
    if (this.#pattern[this.#at] === '\\') {
      this.#at++
      if (this.#at >= this.#pattern.length) return this.#fail('the pattern ends with "\\"')
      const set = this.#escapedSet()
      if (set !== undefined) return set
      return this.#classRange(this.#escapedCode())
    }
    return this.#classRange(this.#codePoint())
  }

  #classRange(from: number): CharSet {
    const next = this.#pattern[this.#at + 1]
    if (this.#pattern[this.#at] !== '-' || next === undefined || next === ']' || next === '[') {
      return this.#casedChar(from)
    }
    this.#at++
    const escaped = this.#take('\\')
    const to = escaped ? this.#escapedCode() : this.#codePoint()
    if (to < from) this.#fail('illegal character range')
    if (to > 0xffff) this.#supplementary = true
    return this.#cased(range(from, to))
  }

  #casedChar(code: number): CharSet {
    const node = this.#char(code)
    return node.kind === 'set' ? node.set : one(code)
  }

  #cased(set: CharSet): CharSet {
    switch (this.#caseRule()) {
      case 'exact':
        return set
      case 'ascii':
        return (code) => set(code) || set(otherCase(code))
      case 'unicode':
        return (code) => set(code) || set(upperCase(code)) || set(foldCase(code))
    }
  }
}
