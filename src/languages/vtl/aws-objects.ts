import { fromPlain, toPlain, type PlainValue } from '#languages/json/plain.ts'
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
   * of JSON is kept, not copied
   */
  constructor(read: () => Readonly<Record<string, PlainValue>> | JsonObject) {
    this.#read = read
  }

  get value(): JsonObject {
    if (this.#value === undefined) {
      const read = this.#read()
      const value = read instanceof JsonObject ? read : (fromPlain(read) as JsonObject)
      for (const [name, empty] of EMPTY_OVERRIDES) if (!value.has(name)) value.set(name, fromPlain(empty))
      this.#value = value
    }
    return this.#value
  }

  /** What the templates rendered so far asked to override. */
  overrides(): Overrides {
    const request = member(this.#value, 'requestOverride')
    const response = member(this.#value, 'responseOverride')
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
}

const EMPTY_OVERRIDES: readonly (readonly [name: string, empty: PlainValue])[] = [
  ['requestOverride', { header: {}, path: {}, querystring: {} }],
  ['responseOverride', { header: {} }],
]

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
