import type { TrafficSettings } from '#languages/traffic/settings.ts'
import { TappedBody } from '#data-plane/logs/tapped-body.ts'
import { WholeBody } from '#http/body.ts'
import type { HttpClient, HttpClientRequest, HttpClientResponse } from '#http/client.ts'
import { Headers } from '#http/headers.ts'
import type { Body } from '#http/message.ts'
import type { TrafficEvent, Send } from './call.ts'
import { Cancellation } from './cancellation.ts'
import { httpTransport } from './http-transport.ts'
import { compilePolicies } from './policies.ts'
import type { ResilienceState } from './resilience-state.ts'

/** What sends requests: a client, or policies that stand around one. */
export type HttpSender = Pick<HttpClient, 'send'>

/** Sends a request to one of several backends, and asks `sender` for each attempt. */
export type SendThrough = (
  request: HttpClientRequest,
  sender: HttpSender,
  met: Set<unknown>,
) => Promise<HttpClientResponse>

/** Who sends a request, and for which route. */
export interface Sending {
  readonly state: ResilienceState
  readonly route: string
  /** Of each concurrency limit. */
  readonly keys: readonly string[]
  readonly told?: ((event: TrafficEvent) => void) | undefined
}

export type SendHttp = (
  client: HttpSender,
  request: HttpClientRequest,
  sending: Sending,
  through?: SendThrough,
) => Promise<HttpClientResponse>

/** A request to an HTTP backend with policies around it: whatever kind of API it is for. */
export function compileSendHttp(settings: TrafficSettings): SendHttp {
  const run: Send<HttpClientResponse> = compilePolicies(settings)()
  const { mirror } = settings
  const heldBytesMax = Math.max(settings.retry?.bodyBytesMax ?? -1, settings.hedge?.bodyBytesMax ?? -1)

  return async (client, given, sending, through) => {
    const { state, told, ...rest } = sending
    const cancellation = new Cancellation()
    given.onCancel?.(() => cancellation.cancel())
    const held = await heldBody(given.body, heldBytesMax)
    const tapped =
      mirror !== undefined && (given.body.length ?? Infinity) <= mirror.bodyBytesMax
        ? TappedBody.on(held ?? given.body, mirror.bodyBytesMax)
        : undefined
    const body = tapped?.body ?? held ?? given.body
    const of = (attempt: Cancellation): HttpClientRequest => ({
      ...given,
      // Senders may add to it.
      headers: new Headers([...given.headers.raw]),
      body,
      onCancel: (listener) => attempt.onCancel(listener),
    })
    const met = new Set<unknown>()
    return run({
      transport: httpTransport,
      state,
      told,
      ...rest,
      backend: given.origin,
      method: given.method,
      repeatable: body instanceof WholeBody && body.length <= heldBytesMax,
      deadlineMs: state.world.now() + given.timeoutMs,
      cancellation,
      ledger: { attempts: 0 },
      send: (attempt) => client.send(of(attempt)),
      spread:
        through &&
        ((call, next) => {
          const sender: HttpSender = {
            send: (request) =>
              next({
                ...call,
                backend: request.origin,
                send: (attempt) =>
                  client.send({ ...request, onCancel: (listener) => attempt.onCancel(listener) }),
              }),
          }
          return through(of(call.cancellation), sender, met)
        }),
      copy: tapped && ((origin, timeoutMs) => sendCopy(client, given, origin, timeoutMs, tapped.bytes)),
    })
  }
}

/** A body that can be sent again; undefined where it is too large, or does not say how large it is. */
async function heldBody(body: Body, bytesMax: number): Promise<WholeBody | undefined> {
  if (body instanceof WholeBody) return body
  if (body.length === undefined || body.length > bytesMax) return undefined
  return new WholeBody(await body.bytes(bytesMax))
}

/** Who reads the copies sees by this field that they are some. */
const COPIED = 'X-Gatehouse-Mirrored'

async function sendCopy(
  client: HttpSender,
  { headers, body, method, target, insecureSkipVerification }: HttpClientRequest,
  origin: string,
  timeoutMs: number,
  bytes: Uint8Array | (() => Uint8Array),
): Promise<void> {
  const copied = typeof bytes === 'function' ? bytes() : bytes
  // The request failed before its body had passed.
  if (copied.length < (body.length ?? 0)) return
  const fields = new Headers([...headers.raw])
  fields.delete('host')
  fields.set(COPIED, 'true')
  const answer = await client.send({
    method,
    target,
    insecureSkipVerification,
    origin,
    headers: fields,
    body: new WholeBody(copied),
    timeoutMs,
    timeouts: { totalMs: timeoutMs },
  })
  // The connection may be used again where the answer is small; nobody waits for it.
  await answer.body.bytes(COPY_ANSWER_BYTES_MAX)
}

const COPY_ANSWER_BYTES_MAX = 1024 * 1024
