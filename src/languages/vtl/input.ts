import { compilePath } from '#languages/json-path/compile.ts'
import { defaultDialect, type PathDialect } from '#languages/json-path/tree.ts'
import { isCompactJson } from '#languages/json/compact.ts'
import { parseJson } from '#languages/json/parse.ts'
import { printJson } from '#languages/json/print.ts'
import { JsonArray, JsonObject, type JsonValue } from '#languages/json/value.ts'
import { HostObject, methodTable, type Budget, type VtlValue } from './scope.ts'

/** `$input.params()`: a map of maps, `path`, `querystring`, `header`, in this order. */
export interface RequestParams {
  readonly path: Readonly<Record<string, string>>
  readonly querystring: Readonly<Record<string, string>>
  readonly header: Readonly<Record<string, string>>
}

/** `$input`: the payload and the request's parameters. */
export function newInput(
  body: string,
  params: RequestParams,
  dialect: PathDialect = defaultDialect,
): HostObject {
  return new Input(body, params, dialect)
}

class Input extends HostObject {
  readonly #body: string
  readonly #given: RequestParams
  readonly #dialect: PathDialect
  #params: JsonObject | undefined
  /** Undefined: not read yet. */
  #document: JsonValue | undefined
  /** Whether the payload prints as it is written, while nobody has read it. Undefined: not known yet. */
  #isCompact: boolean | undefined

  constructor(body: string, params: RequestParams, dialect: PathDialect) {
    super('$input', inputMethods)
    // An empty payload shows as an empty object: recorded on AWS.
    this.#body = body === '' ? '{}' : body
    this.#given = params
    this.#dialect = dialect
  }

  get body(): string {
    return this.#body
  }

  get params(): JsonObject {
    if (this.#params === undefined) {
      this.#params = new JsonObject()
      for (const place of PLACES) this.#params.set(place, mapOf(this.#given[place]))
    }
    return this.#params
  }

  /** Path, then query string, then header: "mapping template reference", `$input.params(x)`. */
  param(name: string): VtlValue {
    if (this.#params !== undefined) {
      for (const place of PLACES) {
        const map = this.#params.get(place)
        const value = map instanceof JsonObject ? map.get(name) : undefined
        if (value !== undefined && value !== null) return value
      }
      return ''
    }
    for (const place of PLACES) {
      const values = this.#given[place]
      if (Object.hasOwn(values, name)) return values[name] as string
    }
    return ''
  }

  /** @throws PathError */
  read(path: string, budget: Budget): JsonValue {
    if (this.#document === undefined) {
      budget.work(this.#body.length >> 6)
      this.#document = readOrNull(this.#body)
    }
    if (path === '$') return this.#document
    if (!(this.#document instanceof JsonObject) && !(this.#document instanceof JsonArray)) return null
    return compilePath(path, this.#dialect).read(this.#document, (values) => budget.work(values)) ?? null
  }

  /** @throws PathError */
  json(path: string, budget: Budget): string {
    // Most templates pass the payload on as it came: then nothing needs to be built of it.
    if (path === '$' && this.#document === undefined && this.#isPrinted(budget)) return this.#body
    const value = this.read(path, budget)
    // A missing value is the empty text.
    return value === null ? '""' : printJson(value, 'plain', budget.textMax)
  }

  #isPrinted(budget: Budget): boolean {
    if (this.#isCompact === undefined) {
      budget.work(this.#body.length >> 6)
      this.#isCompact = this.#body.length <= budget.textMax && isCompactJson(this.#body)
    }
    return this.#isCompact
  }
}

const PLACES = ['path', 'querystring', 'header'] as const

/** A payload that is not JSON has no values. */
function readOrNull(body: string): JsonValue {
  try {
    return parseJson(body)
  } catch {
    return null
  }
}

function mapOf(values: Readonly<Record<string, string>>): JsonObject {
  const map = new JsonObject()
  for (const name in values) if (Object.hasOwn(values, name)) map.append(name, values[name] as string)
  return map
}

const inputMethods = methodTable<Input>({
  'getBody/0': (input) => input.body,
  'path/1': (input, [path], budget) => (typeof path === 'string' ? input.read(path, budget) : undefined),
  'json/1': (input, [path], budget) => (typeof path === 'string' ? input.json(path, budget) : undefined),
  'params/0': (input) => input.params,
  'params/1': (input, [name]) => (typeof name === 'string' ? input.param(name) : undefined),
})
