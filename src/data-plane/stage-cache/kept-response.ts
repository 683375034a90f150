import { parseAcceptEncoding } from '#http/content-coding/accept-encoding.ts'
import { Headers } from '#http/headers.ts'
import { WholeBody } from '#http/body.ts'
import { sameName } from '#http/same-name.ts'
import type { Exchange, MethodResponse } from '#data-plane/exchange.ts'

/** An answer as it is kept: what is sent, or that sealed. A plain value: it may be kept elsewhere, too. */
export type KeptResponse = PlainResponse | SealedResponse

export interface PlainResponse {
  readonly sealed?: undefined
  /** By the wall clock: nodes that share it have no other in common. */
  readonly freshUntilMs: number
  readonly head: ResponseHead
  readonly body: Uint8Array
}

export interface SealedResponse {
  readonly freshUntilMs: number
  /** Made by a `ResponseSealer`. */
  readonly sealed: Uint8Array
}

export interface ResponseHead {
  readonly status: number
  readonly reason?: string | undefined
  /** name, value, name, value … */
  readonly headers: readonly string[]
  /** Where among them the value of X-Amzn-Trace-Id is; -1: they have none. Each request gets its own. */
  readonly traceAt: number
  /** The content codings of the body, as Content-Encoding names them. */
  readonly codings?: readonly string[] | undefined
}

/** Largest body that is kept (developer guide, "Cache settings for REST APIs"). */
export const cachedBodyBytesMax = 1_048_576

/**
 * Whether others may get an answer. Developer guide names no status that is not cached; parts of bodies (206) and answers
 * without one (304) are of what one client asked for, and cookies are for one client.
 */
export function isShareable({ status, headers }: MethodResponse): boolean {
  return status !== 206 && status !== 304 && !headers.has('set-cookie')
}

export function isSuccessful(status: number): boolean {
  return status >= 200 && status < 300
}

/** @param body all of it; of its own memory */
export function plainResponse(
  { traceId }: Exchange,
  { status, reason, headers: { raw } }: MethodResponse,
  body: Uint8Array,
  freshUntilMs: number,
): PlainResponse {
  let traceAt = -1
  const codings: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const [name, value] = [raw[i] as string, raw[i + 1] as string]
    if (sameName(name, 'x-amzn-trace-id') && value.startsWith(traceId)) traceAt = i + 1
    if (sameName(name, 'content-encoding')) codings.push(...codingsOf(value))
  }
  const head = { status, reason, headers: [...raw], traceAt, ...(codings.length > 0 && { codings }) }
  return { freshUntilMs, head, body }
}

function codingsOf(value: string): string[] {
  return value
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity')
}

/** The answer for another request. */
export function responseFor(
  { traceId }: Exchange,
  { head: { status, reason, headers, traceAt }, body }: PlainResponse,
): MethodResponse {
  const raw = headers.slice()
  if (traceAt !== -1) raw[traceAt] = traceId
  return { status, reason, headers: new Headers(raw), body: new WholeBody(body) }
}

/** Whether a client can read an answer: what a backend has compressed for one is not for all. */
export function isReadableBy({ request }: Exchange, { head: { codings } }: PlainResponse): boolean {
  if (codings === undefined) return true
  const wanted = parseAcceptEncoding(request.headers.getAll('accept-encoding').join(','))
  return codings.every((coding) => {
    const asked = wanted.find((each) => each.coding === coding) ?? wanted.find((each) => each.coding === '*')
    return asked !== undefined && asked.quality > 0
  })
}

/** About what an answer takes in memory. */
export function bytesOf(kept: KeptResponse): number {
  if (kept.sealed !== undefined) return kept.sealed.length
  let characters = 0
  for (const text of kept.head.headers) characters += text.length + STRING_BYTES
  return kept.body.length + characters + HEAD_BYTES
}

const STRING_BYTES = 24
const HEAD_BYTES = 200
