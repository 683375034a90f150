import { WholeBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply } from '#http/message.ts'
import type { Invocation } from './invocation.ts'
import { workFields } from './work-fields.ts'

/** The fields of `workFields`, as the runtime API names them. */
const NAMES: readonly string[] = [
  'Lambda-Runtime-Aws-Request-Id',
  'Lambda-Runtime-Deadline-Ms',
  'Lambda-Runtime-Invoked-Function-Arn',
  'Lambda-Runtime-Trace-Id',
  'Lambda-Runtime-Client-Context',
]

/** The runtime API's answer to `next`: the event, and what the context object is made of. */
export function workReply(invocation: Invocation, deadlineMs: number): HttpReply {
  const headers = new Headers(['Content-Type', 'application/json'])
  workFields(invocation, deadlineMs).forEach((field, at) => headers.add(NAMES[at] as string, field))
  return { status: 200, headers, body: new WholeBody(invocation.request.payload) }
}
