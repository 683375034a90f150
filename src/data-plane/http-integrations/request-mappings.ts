import type { Headers } from '#http/headers.ts'
import { sameName } from '#http/same-name.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import type { ApiIntegrationDefinition } from '#data-plane/http-route-definition.ts'
import { headerValue } from '#data-plane/reply-headers.ts'
import { compileHttpMappings, type HttpEdits } from '#languages/parameter-mapping/http-mapping.ts'
import { compiledValue } from './compiled-value.ts'
import { EditedQuery } from './edited-query.ts'
import { requestScope } from './mapping-scope.ts'

/** What of a request mappings change. */
export interface MappedRequest {
  /** Undefined: no mapping says it. Can stand in a request's target. */
  readonly path: string | undefined
  /** As on the wire; undefined: there is none. */
  readonly query: string | undefined
}

export interface RequestMappings {
  readonly readsBody: boolean
  /** @param headers are changed in place */
  readonly apply: (exchange: Exchange, headers: Headers) => MappedRequest
}

/**
 * `requestParameters` of an integration that is no service action; undefined where there are none. Developer guide,
 * "Transforming API requests and responses".
 * @throws DefinitionError
 */
export function compileRequestMappings({
  integration,
}: ApiIntegrationDefinition): RequestMappings | undefined {
  const where = 'integration/requestParameters'
  // UpdateIntegration takes a mapping away by giving it an empty value; a removal has none anyway.
  const entries = Object.entries(integration.requestParameters ?? {}).filter(
    ([key, value]) => value !== '' || key.startsWith('remove:'),
  )
  if (entries.length === 0) return undefined
  // All are read one by one first, so that messages name the one that is wrong.
  for (const [key, value] of entries) {
    compiledValue(`${where}/${key}`, () => compileHttpMappings({ [key]: value }, 'request'))
  }
  const isPath = ([key]: readonly [string, string]): boolean => key === 'overwrite:path'
  const path = compileHttpMappings(Object.fromEntries(entries.filter(isPath)), 'request')
  const others = compileHttpMappings(Object.fromEntries(entries.filter((entry) => !isPath(entry))), 'request')
  return {
    readsBody: path.readsBody || others.readsBody,
    apply: (exchange, headers) => {
      const edits = new RequestEdits(headers, exchange.address.query)
      path.apply(requestScope(exchange, true), edits)
      others.apply(requestScope(exchange), edits)
      return { path: edits.path, query: edits.query.text }
    },
  }
}

class RequestEdits implements HttpEdits {
  readonly #headers: Headers
  readonly query: EditedQuery
  path: string | undefined

  constructor(headers: Headers, query: string | undefined) {
    this.#headers = headers
    this.query = new EditedQuery(query)
  }

  append(place: string, name: string, value: string): void {
    // A request has one Host.
    if (place === 'header' && sameName(name, 'host')) this.#headers.set(name, headerValue(value))
    else if (place === 'header') this.#headers.add(name, headerValue(value))
    else this.query.append(name, value)
  }

  overwrite(place: string, name: string, value: string): void {
    if (place === 'path') this.path = targetPath(value)
    else if (place === 'header') this.#headers.set(name, headerValue(value))
    else this.query.overwrite(name, value)
  }

  remove(place: string, name: string): void {
    if (place === 'header') this.#headers.delete(name)
    else this.query.remove(name)
  }
}

/** What may not stand in a path as it is (RFC 3986 §3.3), `?` and `#` among them: a value cannot begin a query. */
const UNSAFE = /%(?![0-9a-fA-F]{2})|[^\w.~!$&'()*+,;=:@/%-]/gu

function targetPath(text: string): string {
  return text.replace(UNSAFE, (character) => encodeURIComponent(character.toWellFormed()))
}
