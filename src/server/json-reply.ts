import { textBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply } from '#http/message.ts'

export function jsonReply(status: number, value: unknown): HttpReply {
  return {
    status,
    headers: new Headers(['Content-Type', 'application/json']),
    body: textBody(JSON.stringify(value)),
  }
}
