import { utf8Text } from '#base/utf8.ts'
import { contextText } from '#data-plane/context-variables.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import type { BodyView, ExpressionScope, RequestView, ResponseView } from '#languages/expressions/scope.ts'
import { JsonError, parseJson } from '#languages/json/parse.ts'
import type { JsonValue } from '#languages/json/value.ts'

/** What selection expressions and identity sources of a WebSocket API read. A message is parsed once. */
export class MessageScope implements ExpressionScope, RequestView {
  readonly #exchange: Exchange
  readonly body: BodyView
  readonly basePath: string = ''

  constructor(exchange: Exchange) {
    this.#exchange = exchange
    this.body = new PayloadView(exchange.event?.data)
  }

  get request(): RequestView {
    return this
  }

  get response(): ResponseView | undefined {
    const { integrationResponse } = this.#exchange
    if (integrationResponse === undefined) return undefined
    const { status, headers, body } = integrationResponse
    return {
      status,
      body: new PayloadView(body),
      header: (name) => headers.getAll(name).at(-1),
      multiValueHeader: (name) => joined(headers.getAll(name)),
    }
  }

  get method(): string {
    return this.#exchange.method
  }

  get path(): string {
    return this.#exchange.address.path
  }

  context(name: string): string | undefined {
    return contextText(this.#exchange, name)
  }

  stageVariable(name: string): string | undefined {
    return this.#exchange.plan.stageVariables[name]
  }

  pathParameter(): undefined {
    return undefined
  }

  /** Of the handshake; a message has none. */
  header(name: string): string | undefined {
    return joined(this.#exchange.request.headers.getAll(name))
  }

  queryParameter(name: string): string | undefined {
    return joined(this.#exchange.query.get(name) ?? [])
  }
}

/** All values: a header that is sent twice is not the one that was checked. */
function joined(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : values.join(',')
}

class PayloadView implements BodyView {
  readonly #data: string | Uint8Array | undefined
  /** Null while nobody has asked. */
  #json: JsonValue | undefined | null = null

  constructor(data: string | Uint8Array | undefined) {
    this.#data = data
  }

  text(): string {
    const data = this.#data
    return data === undefined ? '' : typeof data === 'string' ? data : utf8Text(data)
  }

  json(): JsonValue | undefined {
    if (this.#json !== null) return this.#json
    this.#json = this.#parse()
    return this.#json
  }

  #parse(): JsonValue | undefined {
    try {
      return parseJson(this.text())
    } catch (error) {
      if (error instanceof JsonError) return undefined
      throw error
    }
  }
}
