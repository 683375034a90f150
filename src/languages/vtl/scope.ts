import { Foreign, type JsonValue } from '#languages/json/value.ts'

/** What a template computes with: JSON values as Java sees them, and host objects among them. */
export type VtlValue = JsonValue

/** What a method may spend: each call throws once the render's limit is reached. */
export interface Budget {
  /** Counts `units` of work: about one for each item or 64 characters touched. */
  work(units: number): void
  /** Refuses a text of `length` before it is built. */
  text(length: number): void
  readonly textMax: number
  /** What regular expressions may still use; they count it down. */
  readonly regexSteps: { left: number }
}

/**
 * A method that a template may call, with exactly the arguments that its key in the table tells.
 * @returns undefined when Java would find no such method for arguments of these types
 * @throws Error (of any kind) when the call fails; the render fails with its message
 */
export type HostMethod = (self: never, args: readonly VtlValue[], budget: Budget) => VtlValue | undefined

/**
 * Everything that a template may do with a kind of object: a table from `name/arity` to a method, such as
 * `size/0` or `get/1`. `$thing.name` is `getName/0` or `isName/0`, as in Java. What is not in the table does not
 * exist for templates.
 */
export type MethodTable = ReadonlyMap<string, HostMethod>

/** A table whose methods all take a `Self`. */
export function methodTable<Self>(
  methods: Readonly<
    Record<string, (self: Self, args: readonly VtlValue[], budget: Budget) => VtlValue | undefined>
  >,
): MethodTable {
  return new Map(Object.entries(methods)) as MethodTable
}

/** An object that the host offers to templates (`$input`, `$util`). */
export class HostObject extends Foreign {
  readonly methods: MethodTable
  readonly #text: string
  constructor(text: string, methods: MethodTable) {
    super()
    this.#text = text
    this.methods = methods
  }
  override text(): string {
    return this.#text
  }
}

/** What one render sees. */
export interface Scope {
  /** The value of `$name` before the template sets anything; asked at most once a render for each name. */
  variable(name: string): VtlValue | undefined
  /** Whether a reference without value is the empty text, as API Gateway has it, or prints itself, as Velocity does. */
  readonly missing: 'empty' | 'literal'
  readonly limits: RenderLimits
}

/** Bounds of one render; reaching one throws `TemplateError`. */
export interface RenderLimits {
  /** Rounds of one `#foreach`; further items are dropped without error, as Velocity's `maxloops`. */
  readonly roundsPerLoopMax: number
  /** Work units of one render: about one for each directive, reference, round and item copied. */
  readonly workMax: number
  /** UTF-16 units of the output and of any text built on the way. */
  readonly textMax: number
  /** Macros, `#define`d blocks and `#evaluate`s inside one another. */
  readonly depthMax: number
  /** Steps of all regular expressions together. */
  readonly regexStepsMax: number
}

export const defaultLimits: RenderLimits = {
  // "The maximum number of iterations in a #foreach loop" — Amazon API Gateway quotas page.
  roundsPerLoopMax: 1000,
  workMax: 2_000_000,
  textMax: 10 * 1024 * 1024,
  depthMax: 20,
  regexStepsMax: 2_000_000,
}
