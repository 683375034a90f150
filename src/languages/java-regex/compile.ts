import { isLineEnd, isWordChar, type CharSet } from './char-set.ts'
import { foldCase, otherCase } from './letter-case.ts'
import { parseRegex, RegexSyntaxError, type Assertion, type CaseRule, type RegexNode } from './parse.ts'
import { unicodeEscapes } from './properties.ts'

/** What all matching of one evaluation may still use: one step for each instruction run. */
export interface Steps {
  left: number
}

/** A match ran out of steps: the pattern backtracks too much on this text. */
export class RegexStepsError extends Error {
  constructor() {
    super('a regular expression took too many steps: make it simpler or the text shorter')
    this.name = 'RegexStepsError'
  }
}

/** Where groups begin and end in the text: group n at `2n` and `2n + 1`, -1 when it took no part. */
export type Match = readonly number[]

/** A compiled Java regular expression. */
export interface JavaRegex {
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
  /**
   * The first match at or after `from`.
   * @param previousEnd where the match before this one ended, which is what `\G` means
   * @throws RegexStepsError
   */
  find(text: string, from: number, steps: Steps, previousEnd?: number): Match | undefined
  /** Whether the whole text matches. @throws RegexStepsError */
  matches(text: string, steps: Steps): boolean
}

type Instruction =
  | { readonly op: 'char'; readonly code: number }
  | { readonly op: 'set'; readonly set: CharSet }
  /** Tries `first`, and `second` when what follows fails. */
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'save'; readonly register: number }
  /** Goes to `end` when the text has not moved on since `register` was saved: an empty round ends a loop. */
  | { readonly op: 'progress'; readonly register: number; end: number }
  | { readonly op: 'assert'; readonly assertion: Assertion }
  | { readonly op: 'reference'; readonly index: number; readonly caseRule: CaseRule }
  | { readonly op: 'grapheme' }
  /** Runs the block up to `end` on its own; goes on at `end + 1`. */
  | { readonly op: 'look'; readonly behind: boolean; readonly negative: boolean; end: number }
  | { readonly op: 'atomic'; end: number }
  | { readonly op: 'accept' }

/** Instructions of one pattern: counted repetitions are copies. */
const PROGRAM_MAX = 20_000
/** Lookarounds and atomic groups inside one another. */
const SUBMATCH_MAX = 50

/** Compiled patterns that are kept: templates use the same few again and again. */
const KEPT_MAX = 256
const kept = new Map<string, JavaRegex>()

/** @throws RegexSyntaxError */
export function compileRegex(pattern: string): JavaRegex {
  let regex = kept.get(pattern)
  if (regex === undefined) {
    if (kept.size >= KEPT_MAX) kept.delete(kept.keys().next().value as string)
    regex = literalRegex(pattern) ?? new Program(pattern)
    kept.set(pattern, regex)
  }
  return regex
}

/** A pattern of plain characters needs no machine. */
function literalRegex(pattern: string): JavaRegex | undefined {
  if (pattern === '' || /[\\^$.|?*+()[\]{}\ud800-\udfff]/.test(pattern)) return undefined
  return {
    groups: 0,
    names: new Map(),
    find: (text, from, steps) => {
      const at = text.indexOf(pattern, from)
      spend(steps, 1 + (((at < 0 ? text.length : at) - from) >> 4))
      return at < 0 ? undefined : [at, at + pattern.length]
    },
    matches: (text) => text === pattern,
  }
}

function spend(steps: Steps, count: number): void {
  steps.left -= count
  if (steps.left < 0) throw new RegexStepsError()
}

class Program implements JavaRegex {
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
  readonly #pattern: string
  readonly #code: Instruction[] = []
  readonly #supplementary: boolean
  #registers: number

  constructor(pattern: string) {
    const { root, groups, names, supplementary } = parseRegex(pattern)
    this.#pattern = pattern
    this.#supplementary = supplementary
    this.groups = groups
    this.names = names
    this.#registers = 2 * (groups + 1)
    this.#emit(root)
    this.#add({ op: 'accept' })
  }

  find(text: string, from: number, steps: Steps, previousEnd: number = 0): Match | undefined {
    // A run that fails puts its registers back.
    const registers = this.#blank(previousEnd)
    spend(steps, registers.length >> 3)
    for (let start = from; start <= text.length; start++) {
      if (this.#supplementary && start > from && isInsidePair(text, start)) continue
      const match = this.#run(0, text, start, -1, steps, registers, 0)
      if (match !== undefined) return match
    }
    return undefined
  }

  matches(text: string, steps: Steps): boolean {
    return this.#run(0, text, 0, text.length, steps, this.#blank(0), 0) !== undefined
  }

  /** Until the match is made, register 0 holds where the one before ended. */
  #blank(previousEnd: number): number[] {
    const registers = Array.from<number>({ length: this.#registers }).fill(-1)
    registers[0] = previousEnd
    return registers
  }

  #add(instruction: Instruction): number {
    if (this.#code.length >= PROGRAM_MAX) {
      throw new RegexSyntaxError(`more than ${PROGRAM_MAX} instructions`, this.#pattern, this.#pattern.length)
    }
    return this.#code.push(instruction) - 1
  }

  #emit(node: RegexNode): void {
    switch (node.kind) {
      case 'char':
        this.#add({ op: 'char', code: node.code })
        break
      case 'set':
        this.#add({ op: 'set', set: node.set })
        break
      case 'sequence':
        for (const item of node.items) this.#emit(item)
        break
      case 'choice':
        this.#emitChoice(node.items)
        break
      case 'group':
        this.#add({ op: 'save', register: 2 * node.index })
        this.#emit(node.item)
        this.#add({ op: 'save', register: 2 * node.index + 1 })
        break
      case 'repeat':
        if (node.mode === 'possessive') this.#emitBlock({ op: 'atomic', end: 0 }, { ...node, mode: 'greedy' })
        else this.#emitRepeat(node.item, node.min, node.max, node.mode === 'lazy')
        break
      case 'look':
        this.#emitBlock({ op: 'look', behind: node.behind, negative: node.negative, end: 0 }, node.item)
        break
      case 'atomic':
        this.#emitBlock({ op: 'atomic', end: 0 }, node.item)
        break
      case 'reference':
        this.#add({ op: 'reference', index: node.index, caseRule: node.caseRule })
        break
      case 'grapheme':
        this.#add({ op: 'grapheme' })
        break
      case 'assert':
        this.#add({ op: 'assert', assertion: node.assertion })
        break
    }
  }

  #emitBlock(head: Extract<Instruction, { op: 'look' | 'atomic' }>, item: RegexNode): void {
    this.#add(head)
    this.#emit(item)
    head.end = this.#add({ op: 'accept' })
  }

  #emitChoice(items: readonly RegexNode[]): void {
    const ends: Extract<Instruction, { op: 'jump' }>[] = []
    items.forEach((item, place) => {
      if (place === items.length - 1) {
        this.#emit(item)
        return
      }
      const split: Instruction = { op: 'split', first: 0, second: 0 }
      split.first = this.#add(split) + 1
      this.#emit(item)
      const jump: Instruction = { op: 'jump', to: 0 }
      split.second = this.#add(jump) + 1
      ends.push(jump)
    })
    for (const jump of ends) jump.to = this.#code.length
  }

  #emitRepeat(item: RegexNode, min: number, max: number, lazy: boolean): void {
    for (let count = 0; count < min; count++) this.#emit(item)
    if (max === Infinity) {
      const register = this.#registers++
      const split: Instruction = { op: 'split', first: 0, second: 0 }
      const start = this.#add(split)
      this.#add({ op: 'save', register })
      this.#emit(item)
      const progress: Instruction = { op: 'progress', register, end: 0 }
      this.#add(progress)
      const end = this.#add({ op: 'jump', to: start }) + 1
      progress.end = end
      split.first = lazy ? end : start + 1
      split.second = lazy ? start + 1 : end
      return
    }
    const splits: { instruction: Extract<Instruction, { op: 'split' }>; at: number }[] = []
    for (let count = min; count < max; count++) {
      const instruction: Extract<Instruction, { op: 'split' }> = { op: 'split', first: 0, second: 0 }
      splits.push({ instruction, at: this.#add(instruction) })
      this.#emit(item)
    }
    const end = this.#code.length
    for (const { instruction, at } of splits) {
      instruction.first = lazy ? end : at + 1
      instruction.second = lazy ? at + 1 : end
    }
  }

  /**
   * Runs the machine from instruction `start`. What to try next when a branch fails is on a stack of our own, so no
   * text makes JavaScript's stack deep.
   * @param end where the match must end; below zero: anywhere
   * @returns the registers at the match
   */
  #run(
    start: number,
    text: string,
    from: number,
    end: number,
    steps: Steps,
    registers: number[],
    depth: number,
  ): number[] | undefined {
    if (depth > SUBMATCH_MAX) throw new RegexStepsError()
    const code = this.#code
    // Triples: a branch to take [instruction, place, -1], or a register to restore [-1 - register, value, 0].
    const stack: number[] = []
    let counter = start
    let at = from
    for (;;) {
      if (--steps.left < 0) throw new RegexStepsError()
      const instruction = code[counter] as Instruction
      let ok = true
      switch (instruction.op) {
        case 'char':
        case 'set': {
          const point = text.codePointAt(at)
          ok =
            point !== undefined &&
            (instruction.op === 'char' ? point === instruction.code : instruction.set(point))
          if (ok) {
            at += (point as number) > 0xffff ? 2 : 1
            counter++
          }
          break
        }
        case 'split':
          stack.push(instruction.second, at, -1)
          counter = instruction.first
          break
        case 'jump':
          counter = instruction.to
          break
        case 'save':
          stack.push(-1 - instruction.register, registers[instruction.register] as number, 0)
          registers[instruction.register] = at
          counter++
          break
        case 'progress':
          counter = registers[instruction.register] === at ? instruction.end : counter + 1
          break
        case 'assert':
          ok = holds(instruction.assertion, text, at, registers[0] as number)
          counter++
          break
        case 'reference': {
          // Java takes a reference to a group that there is not, and never matches it.
          const there = instruction.index <= this.groups
          const begin = there ? (registers[2 * instruction.index] as number) : -1
          const end = there ? (registers[2 * instruction.index + 1] as number) : -1
          const length = end - begin
          spend(steps, Math.max(0, length) >> 4)
          ok = begin >= 0 && end >= 0 && sameText(text, begin, at, length, instruction.caseRule)
          at += ok ? length : 0
          counter++
          break
        }
        case 'grapheme':
          ok = at < text.length
          at += ok ? graphemeLength(text, at) : 0
          counter++
          break
        case 'look': {
          // Its registers are copied.
          spend(steps, registers.length >> 3)
          const found = instruction.behind
            ? this.#runBehind(counter + 1, text, at, steps, registers, depth)
            : this.#run(counter + 1, text, at, -1, steps, [...registers], depth + 1)
          ok = (found !== undefined) !== instruction.negative
          if (ok && found !== undefined) keep(registers, found, stack)
          counter = instruction.end + 1
          break
        }
        case 'atomic': {
          spend(steps, registers.length >> 3)
          const found = this.#run(counter + 1, text, at, -1, steps, [...registers], depth + 1)
          ok = found !== undefined
          if (found !== undefined) {
            at = found[1] as number
            keep(registers, found, stack)
          }
          counter = instruction.end + 1
          break
        }
        case 'accept':
          ok = end < 0 || at === end
          if (ok) {
            registers[0] = from
            registers[1] = at
            return registers
          }
          break
      }
      while (!ok) {
        const kind = stack.pop()
        if (kind === undefined) return undefined
        const value = stack.pop() as number
        const target = stack.pop() as number
        if (kind === 0) {
          registers[-1 - target] = value
        } else {
          counter = target
          at = value
          ok = true
        }
      }
    }
  }

  /** A lookbehind tries every start before `at`, the nearest first, for a match that ends there. */
  #runBehind(
    start: number,
    text: string,
    at: number,
    steps: Steps,
    registers: readonly number[],
    depth: number,
  ): number[] | undefined {
    for (let from = at; from >= 0; from--) {
      spend(steps, registers.length >> 3)
      const found = this.#run(start, text, from, at, steps, [...registers], depth + 1)
      if (found !== undefined) return found
    }
    return undefined
  }
}

/** Takes over the groups that a part matched, so that backtracking can undo it. */
function keep(registers: number[], found: readonly number[], stack: number[]): void {
  for (let register = 2; register < registers.length; register++) {
    const value = found[register] as number
    const before = registers[register] as number
    if (value === before) continue
    stack.push(-1 - register, before, 0)
    registers[register] = value
  }
}

function sameText(text: string, begin: number, at: number, length: number, rule: CaseRule): boolean {
  if (at + length > text.length) return false
  if (rule === 'exact') return text.startsWith(text.slice(begin, begin + length), at)
  for (let place = 0; place < length;) {
    const left = text.codePointAt(begin + place) as number
    const right = text.codePointAt(at + place) as number
    const same = rule === 'ascii' ? otherCase(left) === right : foldCase(left) === foldCase(right)
    if (left !== right && !same) return false
    place += left > 0xffff ? 2 : 1
  }
  return true
}

const isInsidePair = (text: string, at: number): boolean =>
  at > 0 &&
  (text.charCodeAt(at) & 0xfc00) === 0xdc00 &&
  at < text.length &&
  (text.charCodeAt(at - 1) & 0xfc00) === 0xd800

const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })
/** Longest grapheme, in UTF-16 units. */
const GRAPHEME_MAX = 64

function graphemeLength(text: string, at: number): number {
  return graphemes.segment(text.slice(at, at + GRAPHEME_MAX)).containing(0)?.segment.length ?? 1
}

function holds(assertion: Assertion, text: string, at: number, previousEnd: number): boolean {
  switch (assertion) {
    case 'start':
      return at === 0
    case 'previous-end':
      return at === previousEnd
    case 'end':
      return at === text.length
    case 'end-or-newline':
      return at === text.length || (isLastLineEnd(text, at) && !isInsideNewline(text, at))
    case 'end-or-unix-newline':
      return at === text.length || (at === text.length - 1 && text.charCodeAt(at) === 10)
    case 'line-start':
      return (
        at === 0 || (at < text.length && isLineEnd(text.charCodeAt(at - 1)) && !isInsideNewline(text, at))
      )
    case 'unix-line-start':
      return at === 0 || (at < text.length && text.charCodeAt(at - 1) === 10)
    case 'line-end':
      return at === text.length || (isLineEnd(text.charCodeAt(at)) && !isInsideNewline(text, at))
    case 'unix-line-end':
      return at === text.length || text.charCodeAt(at) === 10
    case 'boundary':
      return isBoundary(text, at, isWordAt)
    case 'not-boundary':
      return !isBoundary(text, at, isWordAt)
    case 'unicode-boundary':
      return isBoundary(text, at, isUnicodeWordAt)
    case 'not-unicode-boundary':
      return !isBoundary(text, at, isUnicodeWordAt)
  }
}

function isLastLineEnd(text: string, at: number): boolean {
  return (
    (at === text.length - 1 && isLineEnd(text.charCodeAt(at))) ||
    (at === text.length - 2 && text.endsWith('\r\n'))
  )
}

const isInsideNewline = (text: string, at: number): boolean =>
  text.charCodeAt(at - 1) === 13 && text.charCodeAt(at) === 10

/** For boundaries every letter and digit is a word's, though `\w` knows ASCII only. */
const LETTER_OR_DIGIT = /^[\p{L}\p{Nd}]$/u

function isWordAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return isWordChar(code) || (code > 0x7f && LETTER_OR_DIGIT.test(text.charAt(at)))
}

const isUnicodeWord = unicodeEscapes.get('w') as CharSet

function isUnicodeWordAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return !Number.isNaN(code) && isUnicodeWord(code)
}

const isBoundary = (text: string, at: number, isWord: (text: string, at: number) => boolean): boolean =>
  isWord(text, at - 1) !== isWord(text, at)
