import { WholeBody } from '#http/body.ts'
import { BodyTooLarge } from '#http/errors.ts'
import { Headers } from '#http/headers.ts'
import type { Exchange, MethodResponse } from '#data-plane/exchange.ts'
import { configurationError } from '#data-plane/gateway-error.ts'
import type { ApiIntegrationDefinition } from '#data-plane/http-route-definition.ts'
import type { Step } from '#data-plane/plan.ts'
import { headerValue } from '#data-plane/reply-headers.ts'
import {
  compileHttpMappings,
  type HttpEdits,
  type HttpMappings,
} from '#languages/parameter-mapping/http-mapping.ts'
import { notAnswered } from './backend-failure.ts'
import { compiledValue } from './compiled-value.ts'
import { responseScope } from './mapping-scope.ts'

const NOTHING = new Uint8Array(0)

/**
 * `responseParameters` of an integration, by the status that the backend answered; undefined where there are none.
 * Developer guide, "Transforming API requests and responses".
 * @throws DefinitionError
 */
export function compileResponseMappings({ integration, limits }: ApiIntegrationDefinition): Step | undefined {
  const byStatus = new Map<number, HttpMappings>()
  for (const [status, mappings] of Object.entries(integration.responseParameters ?? {})) {
    const where = `integration/responseParameters/${status}`
    if (Object.keys(mappings).length === 0) continue
    for (const [key, value] of Object.entries(mappings)) {
      compiledValue(`${where}/${key}`, () => compileHttpMappings({ [key]: value }, 'response'))
    }
    byStatus.set(Number(status), compileHttpMappings(mappings, 'response'))
  }
  if (byStatus.size === 0) return undefined
  const heldBytesMax = Math.min(limits.responseBodyBytesMax, limits.heldBodyBytesMax)
  return (exchange) => {
    const { response } = exchange
    const mappings = response === undefined ? undefined : byStatus.get(response.status)
    if (response === undefined || mappings === undefined) return
    if (!mappings.readsBody) return map(exchange, response, mappings, NOTHING)
    return held(response, heldBytesMax).then((body) =>
      map(exchange, { ...response, body: new WholeBody(body) }, mappings, body),
    )
  }
}

async function held({ body }: MethodResponse, bytesMax: number): Promise<Uint8Array> {
  try {
    return await body.bytes(bytesMax)
  } catch (error) {
    if (error instanceof BodyTooLarge) {
      throw configurationError(`a mapping reads a body of more than ${bytesMax} bytes`, error)
    }
    return notAnswered(error)
  }
}

/** @param body what mappings see of it */
function map(exchange: Exchange, response: MethodResponse, mappings: HttpMappings, body: Uint8Array): void {
  const edits = new ResponseEdits(new Headers([...response.headers.raw]))
  mappings.apply(responseScope(exchange, response, body), edits)
  const { headers, status = response.status } = edits
  if (status !== response.status) {
    // What the backend said, for access logs.
    const selection = String(response.status)
    exchange.integrationResponse = {
      status: response.status,
      headers: response.headers,
      body: NOTHING,
      selection,
    }
  }
  const reason = status === response.status ? response.reason : undefined
  exchange.response = { status, reason, headers, body: response.body }
}

class ResponseEdits implements HttpEdits {
  readonly headers: Headers
  status: number | undefined

  constructor(headers: Headers) {
    this.headers = headers
  }

  append(_: string, name: string, value: string): void {
    this.headers.add(name, headerValue(value))
  }

  overwrite(place: string, name: string, value: string): void {
    if (place === 'statuscode') this.status = Number(value)
    else this.headers.set(name, headerValue(value))
  }

  remove(_: string, name: string): void {
    this.headers.delete(name)
  }
}
