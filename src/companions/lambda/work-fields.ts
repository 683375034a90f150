import { randomUUID } from 'node:crypto'
import type { Invocation } from './invocation.ts'

/**
 * What the context object of an invocation is made of: request id, deadline (epoch milliseconds), the function's ARN as
 * invoked, tracing header, and the client context if there is one. Without line ends.
 */
export function workFields({ id, request }: Invocation, deadlineMs: number): string[] {
  const fields = [id, String(deadlineMs), request.invokedArn, request.traceId ?? newTraceId()]
  if (request.clientContext !== undefined) fields.push(asciiJson(request.clientContext))
  return fields
}

/** `Root=1-{seconds}-{24 hex};Sampled=0` (X-Ray developer guide, "Tracing header"). */
function newTraceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16)
  // The digits of a UUID that are all random; this is the cheapest source of them.
  const id = randomUUID()
  return `Root=1-${seconds}-${id.slice(0, 8)}${id.slice(9, 13)}${id.slice(24)};Sampled=0`
}

/** The same JSON on one line with only ASCII in it, as headers need it. */
function asciiJson(json: string): string {
  return JSON.stringify(JSON.parse(json)).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
