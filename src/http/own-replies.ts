import { AbsentBody, textBody } from './body.ts'
import { Headers } from './headers.ts'
import type { Body, HttpReply } from './message.ts'
import { forbidsBody, reasonPhrase } from './status.ts'

/** The engine's own answer to a request that it does not hand up, or whose handler failed. */
export function ownReply(status: number, message: string = reasonPhrase(status)): HttpReply {
  return {
    status,
    headers: new Headers(['Content-Type', 'application/json']),
    body: textBody(JSON.stringify({ message })),
  }
}

/** A reply that nobody will get. */
export function discard(reply: HttpReply): void {
  reply.body.cancel()
  reply.onSent?.(0, false)
}

/**
 * What Content-Length says of a reply; undefined when nothing. An answer to HEAD tells the length that GET would give,
 * where that is known (RFC 9110 §8.6).
 */
export function toldLength(method: string, status: number, body: Body): number | undefined {
  if (method === 'HEAD' && body instanceof AbsentBody) return body.toldLength
  return forbidsBody(status) ? undefined : body.length
}

/** @throws Error when a status is not that of a final answer */
export function checkStatus(status: number): void {
  if (!Number.isInteger(status) || status < 200 || status > 999) {
    throw new Error(`${status} is not the status of a final answer: expected 200 to 999`)
  }
}
