import { LazyObject } from '#languages/json/lazy-object.ts'
import { fromPlain, type PlainValue } from '#languages/json/plain.ts'
import { JsonObject, type JsonValue } from '#languages/json/value.ts'
import {
  newAwsScope,
  overrideMembers,
  TemplateContext,
  type TemplateInputs,
} from '#languages/vtl/aws-objects.ts'
import type { Scope } from '#languages/vtl/scope.ts'
import type { ApiKind } from './api-kind.ts'
import { authorizerVariables, type ContextVariables } from './context-variables.ts'
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

/** `$context` of an exchange: every variable of the table, made when a template asks for it. */
export function newTemplateContext(exchange: Exchange): TemplateContext {
  const { members, names } = membersOfKind(exchange.plan.kind)
  return new TemplateContext(() => new LazyObject(names, (name) => members.get(name)?.(exchange)))
}

type Member = (exchange: Exchange) => JsonValue | undefined

interface Members {
  readonly members: ReadonlyMap<string, Member>
  readonly names: readonly string[]
}

const byKind = new Map<ApiKind, Members>()

function membersOfKind(kind: ApiKind): Members {
  const known = byKind.get(kind)
  if (known !== undefined) return known
  const members = contextMembers(kind.contextVariables)
  const made = { members, names: [...members.keys()] }
  byKind.set(kind, made)
  return made
}

function contextMembers(variables: ContextVariables): Map<string, Member> {
  const found = membersOf(
    Object.entries(variables).map(([name, read]) => [name, (exchange) => valueOf(read(exchange))]),
  )
  const known = found.get('authorizer')
  found.set('authorizer', (exchange) => valueOf(authorizerVariables(exchange)) ?? known?.(exchange))
  for (const [name, make] of overrideMembers) found.set(name, make)
  return found
}

/** What is directly below `$context`: variables, and groups of those that begin alike up to their first dot. */
function membersOf(variables: readonly (readonly [name: string, read: Member])[]): Map<string, Member> {
  const groups = new Map<string, [string, Member][]>()
  for (const [name, read] of variables) {
    const [first = '', ...others] = name.split('.')
    groups.set(first, [...(groups.get(first) ?? []), [others.join('.'), read]])
  }
  return new Map(
    [...groups].map(([name, inside]) => {
      const [only] = inside
      return [name, only?.[0] === '' ? only[1] : groupOf([...membersOf(inside)])]
    }),
  )
}

/** There is a group where one of its members has a value. */
function groupOf(inside: readonly (readonly [name: string, read: Member])[]): Member {
  return (exchange) => {
    const group = new JsonObject()
    for (const [name, read] of inside) {
      const value = read(exchange)
      if (value !== undefined) group.append(name, value)
    }
    return group.size === 0 ? undefined : group
  }
}

function valueOf(plain: PlainValue): JsonValue | undefined {
  return plain === undefined ? undefined : fromPlain(plain)
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
