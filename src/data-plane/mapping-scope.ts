import { utf8Text } from '#base/utf8.ts'
import { JsonError, parseJson } from '#languages/json/parse.ts'
import type { JsonValue } from '#languages/json/value.ts'
import type { MappingScope } from '#languages/parameter-mapping/compile.ts'
import type { Headers } from '#http/headers.ts'
import { contextText } from './context-variables.ts'
import type { Exchange } from './exchange.ts'
import { configurationError, GatewayError } from './gateway-error.ts'

/** What `method.request.…` expressions read. */
export class RequestScope implements MappingScope {
  readonly #exchange: Exchange
  #json: { readonly value: JsonValue | undefined } | undefined

  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  path(name: string): string | undefined {
    return this.#exchange.pathParameter(name)
  }

  query(name: string): readonly string[] | undefined {
    return this.#exchange.query.get(name)
  }

  header(name: string): readonly string[] {
    return valuesOf(this.#exchange.headers, name)
  }

  bodyText(): string {
    return textOf(this.#exchange.body)
  }

  bodyJson(): JsonValue | undefined {
    this.#json ??= {
      value: jsonOf(this.bodyText(), (cause) => {
        const message = 'Invalid JSON in request body'
        return new GatewayError('BAD_REQUEST_BODY', { message, reason: message, cause })
      }),
    }
    return this.#json.value
  }

  context(name: string): string | undefined {
    return contextText(this.#exchange, name)
  }

  stageVariable(name: string): string | undefined {
    return this.#exchange.plan.stageVariables[name]
  }
}

/** What `integration.response.…` expressions read. */
export class ResponseScope implements MappingScope {
  readonly #exchange: Exchange
  readonly #headers: Headers
  readonly #body: Uint8Array
  #json: { readonly value: JsonValue | undefined } | undefined

  constructor(exchange: Exchange, headers: Headers, body: Uint8Array) {
    this.#exchange = exchange
    this.#headers = headers
    this.#body = body
  }

  path(): undefined {
    return undefined
  }

  query(): undefined {
    return undefined
  }

  header(name: string): readonly string[] {
    // Backends spell names as they like: those of the integration response are found in any case.
    return this.#headers.getAll(name)
  }

  bodyText(): string {
    return textOf(this.#body)
  }

  bodyJson(): JsonValue | undefined {
    this.#json ??= {
      value: jsonOf(this.bodyText(), (cause) =>
        configurationError('invalid JSON in the response body', cause),
      ),
    }
    return this.#json.value
  }

  context(name: string): string | undefined {
    return contextText(this.#exchange, name)
  }

  stageVariable(name: string): string | undefined {
    return this.#exchange.plan.stageVariables[name]
  }
}

function valuesOf(list: readonly string[], name: string): string[] {
  const values: string[] = []
  for (let i = 0; i < list.length; i += 2) {
    if (list[i] === name) values.push(list[i + 1] as string)
  }
  return values
}

function textOf(body: Uint8Array | undefined): string {
  return body === undefined ? '' : utf8Text(body)
}

/** Only what begins like JSON is read as JSON. */
function jsonOf(text: string, failure: (cause: unknown) => GatewayError): JsonValue | undefined {
  if (!/^\s*[{["']/.test(text)) return undefined
  try {
    return parseJson(text)
  } catch (cause) {
    if (cause instanceof JsonError) throw failure(cause)
    throw cause
  }
}
