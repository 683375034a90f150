import { RegexStepsError } from '#languages/java-regex/compile.ts'
import { Foreign } from '#languages/json/value.ts'
import { TemplateError } from './error.ts'
import type { LoopScope } from './java-objects.ts'
import type { Budget, RenderLimits, Scope, VtlValue } from './scope.ts'

/** Renders a part of a template: writes to `render.out`. */
export type Run = (render: Render) => void
/** The value of an expression. */
export type Eval = (render: Render) => VtlValue
/** Whether a condition holds. */
export type Test = (render: Render) => boolean

export interface Macro {
  readonly name: string
  /** The parameters' names, and their variables' slots. */
  readonly parameters: readonly { readonly name: string; readonly slot: number }[]
  readonly body: Run
}

/** Variables by number, so that rendering looks up no name. */
export class Names {
  readonly #slots: Map<string, number>
  readonly #names: string[]
  constructor(from?: Names) {
    this.#slots = new Map(from === undefined ? [] : from.#slots)
    this.#names = [...this.#slots.keys()]
  }
  slot(name: string): number {
    let slot = this.#slots.get(name)
    if (slot === undefined) {
      slot = this.#slots.size
      this.#slots.set(name, slot)
      this.#names.push(name)
    }
    return slot
  }
  all(): readonly string[] {
    return this.#names
  }
}

/** A macro's argument: read again each time that the macro mentions it, as Velocity passes by name. */
export interface MacroArgument {
  readonly read: Eval
  /** Whether it is read once, when the macro is called: numbers and booleans. */
  readonly constant: boolean
  /** The argument as written: what the parameter prints when it has no value. */
  readonly literal: string
}

/** Variables of one macro call: what it sets is its own, and also the caller's. */
export class Frame {
  readonly outer: Frame | undefined
  /**
   * Set for a round of `#foreach` over a null item instead: this variable has no value inside, whatever is set. Such
   * a frame has no variables of its own.
   */
  readonly hides: number | undefined
  readonly values: Map<number, VtlValue> = new Map()
  readonly args: Map<number, MacroArgument> = new Map()
  readonly literals: Map<string, string> = new Map()
  constructor(outer: Frame | undefined, hides?: number) {
    this.outer = outer
    this.hides = hides
  }
}

/** Thrown to leave a directive: `#break`, `#stop`. */
export class Leave extends Error {
  readonly what: 'nearest' | 'template' | LoopScope
  constructor(what: 'nearest' | 'template' | LoopScope) {
    super('left a directive')
    this.name = 'Leave'
    this.what = what
  }
}

export const leaveNearest: Leave = new Leave('nearest')
export const leaveTemplate: Leave = new Leave('template')

/** The state of one render. */
export class Render implements Budget {
  out = ''
  readonly limits: RenderLimits
  readonly textMax: number
  readonly regexSteps: { left: number }
  /** What a reference without value is: the empty text, or null to print itself. */
  readonly missing: '' | null
  readonly slots: VtlValue[]
  frame: Frame | undefined
  names: Names
  macros: ReadonlyMap<string, Macro>
  depth = 0
  #work: number
  readonly #scope: Scope

  constructor(scope: Scope, names: Names, macros: ReadonlyMap<string, Macro>) {
    this.#scope = scope
    this.limits = scope.limits
    this.textMax = scope.limits.textMax
    this.regexSteps = { left: scope.limits.regexStepsMax }
    this.missing = scope.missing === 'empty' ? '' : null
    this.#work = scope.limits.workMax
    this.names = names
    this.macros = macros
    this.slots = []
    this.readScope()
  }

  /** Gives the names that have no slot yet their value from the scope. */
  readScope(): void {
    const names = this.names.all()
    for (let slot = this.slots.length; slot < names.length; slot++) {
      this.slots.push(this.#scope.variable(names[slot] as string) ?? null)
    }
  }

  work(units: number): void {
    this.#work -= units
    if (this.#work < 0)
      throw new RangeError(`the template does too much: more than ${this.limits.workMax} units of work`)
  }

  text(length: number): void {
    if (length > this.textMax) throw new RangeError(`a text longer than ${this.textMax} characters`)
    this.work(length >> 6)
  }

  get(slot: number): VtlValue {
    return this.frame === undefined ? (this.slots[slot] as VtlValue) : this.#lookUp(this.frame, slot)
  }

  #lookUp(from: Frame, slot: number): VtlValue {
    for (let frame: Frame | undefined = from; frame !== undefined; frame = frame.outer) {
      if (frame.hides === slot) return null
      const value = frame.values.get(slot)
      if (value !== undefined && value !== null) return value
      const argument = frame.args.get(slot)
      if (argument !== undefined) return this.within(frame.outer, argument.read)
    }
    return this.slots[slot] as VtlValue
  }

  /** Runs something with the variables of another macro call. */
  within<T>(frame: Frame | undefined, run: (render: Render) => T): T {
    const inner = this.frame
    this.frame = frame
    try {
      return run(this)
    } finally {
      this.frame = inner
    }
  }

  put(slot: number, value: VtlValue): void {
    for (let frame = this.frame; frame !== undefined; frame = frame.outer) {
      if (frame.hides === undefined) frame.values.set(slot, value)
    }
    this.slots[slot] = value
  }

  remove(slot: number): void {
    for (let frame = this.frame; frame !== undefined; frame = frame.outer) {
      frame.values.delete(slot)
      frame.args.delete(slot)
    }
    this.slots[slot] = null
  }

  /** What a reference without value prints: inside a macro a parameter prints as its argument is written. */
  literalOf(literal: string): string {
    for (let frame = this.frame; frame !== undefined; frame = frame.outer) {
      const argument = frame.literals.get(literal)
      if (argument !== undefined) return argument
    }
    return literal
  }

  /** Text that `run` writes, kept from the output. */
  capture(run: Run): string {
    const before = this.out
    this.out = ''
    try {
      run(this)
      return this.out
    } finally {
      this.out = before
    }
  }

  /** Runs a macro, block or evaluated text one level deeper. */
  deeper(run: Run): void {
    if (++this.depth > this.limits.depthMax) {
      throw new RangeError(`more than ${this.limits.depthMax} macros and blocks inside one another`)
    }
    try {
      run(this)
    } finally {
      this.depth--
    }
  }

  /** The output so far must stay within its limit. */
  checkOutput(): void {
    if (this.out.length > this.textMax)
      throw new RangeError(`an output longer than ${this.textMax} characters`)
  }
}

/** A part of the template that a variable stands for: `#define`, and `$bodyContent` of a macro called with a body. */
export class Block extends Foreign {
  readonly #render: Render
  readonly #run: Run
  readonly #frame: Frame | undefined
  readonly #depthMax: number
  #depth = 0

  constructor(render: Render, run: Run, depthMax: number) {
    super()
    this.#render = render
    this.#run = run
    this.#frame = render.frame
    this.#depthMax = depthMax
  }

  /** Renders it where it is mentioned; false when it mentions itself too deeply, and then it has no value. */
  renderInto(render: Render): boolean {
    if (this.#depth >= this.#depthMax) return false
    this.#depth++
    try {
      render.deeper(this.#run)
    } catch (thrown) {
      if (!(thrown instanceof Leave) || thrown.what !== 'nearest') throw thrown
    } finally {
      this.#depth--
    }
    return true
  }

  override text(): string {
    return this.#render.capture((render) => render.within(this.#frame, () => void this.renderInto(render)))
  }
}

/** Gives an error its place in the template. @param before what its message begins with */
export function failAt(
  thrown: unknown,
  at: () => { readonly line: number; readonly column: number },
  before: string = '',
): never {
  if (thrown instanceof Leave || thrown instanceof TemplateError) throw thrown
  const { line, column } = at()
  throw new TemplateError(before + messageOf(thrown), line, column, { cause: thrown })
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof RegexStepsError) return thrown.message
  // JavaScript's own words for a deep stack would tell an owner nothing.
  if (thrown instanceof RangeError && thrown.message.includes('call stack'))
    return 'the template nests too deeply'
  return thrown instanceof Error ? thrown.message : String(thrown)
}
