import type { PlainValue } from '#languages/json/plain.ts'
import { newAwsScope, TemplateContext, type TemplateInputs } from '#languages/vtl/aws-objects.ts'
import type { Scope } from '#languages/vtl/scope.ts'
import { authorizerVariables, contextVariables } from './context-variables.ts'
import type { Exchange } from './exchange.ts'
import { headerMap } from './method-headers.ts'

/** What a template of this exchange sees. @param body the payload that `$input` reads */
export function newTemplateScope(exchange: Exchange, body: string): Scope {
  return newAwsScope({
    body,
    params: new ExchangeParams(exchange),
    context: exchange.templateContext,
    stageVariables: exchange.plan.stageVariables,
  })
}

/** `$context` of an exchange: every variable of the table that has a value by then. */
export function newTemplateContext(exchange: Exchange): TemplateContext {
  return new TemplateContext(() => {
    const root: Record<string, PlainValue> = {}
    for (const [name, read] of Object.entries(contextVariables)) {
      const value = read(exchange)
      if (value === undefined) continue
      const groups = name.split('.')
      const last = groups.pop() as string
      let group = root
      for (const member of groups) group = (group[member] ??= {}) as Record<string, PlainValue>
      group[last] = value
    }
    const authorizer = authorizerVariables(exchange)
    if (authorizer !== undefined) root['authorizer'] = authorizer
    return root
  })
}

type RequestParams = TemplateInputs['params']

/** `$input.params()`: each map is made when it is first asked for. */
class ExchangeParams implements RequestParams {
  readonly #exchange: Exchange
  constructor(exchange: Exchange) {
    this.#exchange = exchange
  }

  get path(): Readonly<Record<string, string>> {
    const { route, pathValues } = this.#exchange
    return record((route?.pathParameterNames ?? []).map((name, at) => [name, pathValues[at] ?? '']))
  }

  get querystring(): Readonly<Record<string, string>> {
    return record([...this.#exchange.query].map(([name, values]) => [name, values[values.length - 1] ?? '']))
  }

  get header(): Readonly<Record<string, string>> {
    return record(headerMap(this.#exchange.headers))
  }
}

/** Names come from clients: `__proto__` must be a name like any other. */
function record(entries: Iterable<readonly [string, string]>): Record<string, string> {
  const result = Object.create(null) as Record<string, string>
  for (const [name, value] of entries) result[name] = value
  return result
}
