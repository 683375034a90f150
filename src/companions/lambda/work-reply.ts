import { randomBytes } from 'node:crypto'
import { WholeBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply } from '#http/message.ts'
import type { Invocation } from './invocation.ts'

/** The runtime API's answer to `next`: the event, and what the context object is made of. */
export function workReply({ id, request }: Invocation, deadlineMs: number): HttpReply {
  const raw = [
    'Content-Type',
    'application/json',
    'Lambda-Runtime-Aws-Request-Id',
    id,
    'Lambda-Runtime-Deadline-Ms',
    String(deadlineMs),
    'Lambda-Runtime-Invoked-Function-Arn',
    request.invokedArn,
    'Lambda-Runtime-Trace-Id',
    request.traceId ?? newTraceId(),
  ]
  if (request.clientContext !== undefined) {
    raw.push('Lambda-Runtime-Client-Context', asciiJson(request.clientContext))
  }
  return { status: 200, headers: new Headers(raw), body: new WholeBody(request.payload) }
}

/** `Root=1-{seconds}-{24 hex};Sampled=0` (X-Ray developer guide, "Tracing header"). */
function newTraceId(): string {
  const seconds = Math.floor(Date.now() / 1000).toString(16)
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')};Sampled=0`
}

/** The same JSON on one line with only ASCII in it, as headers need it. */
function asciiJson(json: string): string {
  return JSON.stringify(JSON.parse(json)).replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
