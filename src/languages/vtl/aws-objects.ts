import { fromPlain, toPlain, type PlainValue } from '#languages/json/plain.ts'
import { LazyObject } from '#languages/json/lazy-object.ts'
import { JsonObject } from '#languages/json/value.ts'
import type { PathDialect } from '#languages/json-path/tree.ts'
import { newInput, type RequestParams } from './input.ts'
import { defaultLimits, type RenderLimits, type Scope } from './scope.ts'
import { util } from './util.ts'

export type { RequestParams }

/** What a mapping template of API Gateway is rendered from. */
export interface TemplateInputs {
  /** The payload as text; empty when there is none. */
  readonly body: string
  readonly params: RequestParams
  /** One for the request template and the response template of an exchange, so that overrides live on. */
  readonly context: TemplateContext
  readonly stageVariables: Readonly<Record<string, string>>
  readonly limits?: RenderLimits
  /** Of `$input.path` and `$input.json`; the default is `defaultDialect`. */
  readonly pathDialect?: PathDialect
}

/** What templates asked to override, `$context.requestOverride` and `$context.responseOverride`. */
export interface Overrides {
  readonly request: {
    readonly header: Readonly<Record<string, PlainValue>>
    readonly querystring: Readonly<Record<string, PlainValue>>
    readonly path: Readonly<Record<string, PlainValue>>
  }
  readonly response: {
    readonly header: Readonly<Record<string, PlainValue>>
    /** Undefined when no template set it. */
    readonly status: PlainValue
  }
}

/** `$context` of one exchange: read when a template first asks for it, then kept with what templates changed. */
export class TemplateContext {
  readonly #read: () => Readonly<Record<string, PlainValue>> | JsonObject
  #value: JsonObject | undefined

  /**
   * @param read gives the variables below `$context`, nested as their names are (`identity: { sourceIp }`); an object
   * of JSON is kept, not copied, and a `LazyObject` brings the `overrideMembers` with it
   */
  constructor(read: () => Readonly<Record<string, PlainValue>> | JsonObject) {
    this.#read = read
  }

  get value(): JsonObject {
    return (this.#value ??= this.#readValue())
  }

  #readValue(): JsonObject {
    const read = this.#read()
    if (read instanceof LazyObject) return read
    const value = read instanceof JsonObject ? read : (fromPlain(read) as JsonObject)
    for (const [name, make] of overrideMembers) if (!value.has(name)) value.set(name, make())
    return value
  }

  /** What the templates rendered so far asked to override; undefined while none did. */
  overrides(): Overrides | undefined {
    const request = this.#override('requestOverride')
    const response = this.#override('responseOverride')
    if (request === undefined && response === undefined) return undefined
    return {
      request: {
        header: plainMembers(member(request, 'header')),
        querystring: plainMembers(member(request, 'querystring')),
        path: plainMembers(member(request, 'path')),
      },
      response: {
        header: plainMembers(member(response, 'header')),
        status: toPlain(response?.get('status') ?? null) ?? undefined,
      },
    }
  }

  #override(name: string): JsonObject | undefined {
    const value = this.#value instanceof LazyObject ? this.#value.made(name) : this.#value?.get(name)
    return value instanceof JsonObject ? value : undefined
  }
}

/** What `$context` has for templates to write to, by name. */
export const overrideMembers: ReadonlyMap<string, () => JsonObject> = new Map([
  ['requestOverride', () => fromPlain({ header: {}, path: {}, querystring: {} }) as JsonObject],
  ['responseOverride', () => fromPlain({ header: {} }) as JsonObject],
])

/** The scope in which API Gateway renders: `$input`, `$context`, `$stageVariables`, `$util`. */
export function newAwsScope(inputs: TemplateInputs): Scope {
  return {
    missing: 'empty',
    limits: inputs.limits ?? defaultLimits,
    variable: (name) => {
      switch (name) {
        case 'input':
          return newInput(inputs.body, inputs.params, inputs.pathDialect)
        case 'util':
          return util
        case 'context':
          return inputs.context.value
        case 'stageVariables':
          return fromPlain(inputs.stageVariables)
        default:
          return undefined
      }
    },
  }
}

function member(of: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = of?.get(name)
  return value instanceof JsonObject ? value : undefined
}

function plainMembers(of: JsonObject | undefined): Readonly<Record<string, PlainValue>> {
  return of === undefined ? {} : (toPlain(of) as Readonly<Record<string, PlainValue>>)
}
