import { steadyMs } from '#base/clock.ts'
import type { Counters } from '#base/counters.ts'
import { StateUnavailable } from '#base/state-unavailable.ts'
import { Address } from '#data-plane/address.ts'
import { parseHost } from '#data-plane/host-name.ts'
import type { DataPlane } from '#data-plane/serve.ts'
import { WholeBody } from '#http/body.ts'
import { ChangedRequest } from '#http/changed-request.ts'
import { BodyTooLarge } from '#http/errors.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply, HttpRequest } from '#http/message.ts'
import { discard } from '#http/own-replies.ts'
import { jsonReply } from '../json-reply.ts'

/** Developer guide, "Enable try it for an API Gateway product REST endpoint in your portal". */
export const tryLimits: { readonly requestsPerSecond: number; readonly replyBytesMax: number } = {
  requestsPerSecond: 3,
  replyBytesMax: 6 * 1024 * 1024,
}

/** `/_try/{restApiId}/{stage}/{path}` at a portal's own origin. */
const TRY = /^\/_try\/([a-z0-9]{1,50})(?=\/)/
/** What only a script of the same origin sends: no page that leads here, and no form. */
const TRY_FIELD = 'x-gatehouse-try'
/** The reader's business with the portal, which an API has no part in. */
const OF_THE_PORTAL: readonly string[] = [
  TRY_FIELD,
  'cookie',
  'origin',
  'referer',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'sec-fetch-site',
]

export function isTry({ target }: HttpRequest): boolean {
  return target.startsWith('/_try/')
}

/**
 * Passes a request of a portal's form on to the API's own address, as the client that it is: whatever keeps a client out there
 * keeps it out here, so nobody gains by this way but pages of the portal, for which an API need not allow other origins.
 * What comes back never becomes a page of the portal's origin.
 */
export async function tryEndpoint(
  request: HttpRequest,
  dataPlane: Pick<DataPlane, 'serve'>,
  counters: Counters,
): Promise<HttpReply> {
  const [prefix, apiId = ''] = TRY.exec(request.target) ?? []
  if (prefix === undefined) return jsonReply(404, { message: 'Expected /_try/{restApiId}/{stage}/{path}.' })
  if (!request.headers.has(TRY_FIELD)) {
    return jsonReply(403, {
      message: `Only the portal's own form calls this: a field ${TRY_FIELD} is missing.`,
    })
  }
  const refusal = await rateRefusal(apiId, counters)
  if (refusal !== undefined) return refusal
  const apiHost = request.host.replace(/^p-[a-z0-9]+\.apigw-portal\./i, `${apiId}.execute-api.`)
  const headers = new Headers([...request.headers.raw])
  for (const name of OF_THE_PORTAL) headers.delete(name)
  headers.set('Host', apiHost)
  const changed = new ChangedRequest(request, { headers, host: apiHost })
  const address = new Address(apiId, parseHost(apiHost), request.target, prefix.length)
  const reply = await dataPlane.serve(changed, address)
  return harmless(reply)
}

/** @returns undefined when the API takes another request */
async function rateRefusal(apiId: string, counters: Counters): Promise<HttpReply | undefined> {
  const { requestsPerSecond } = tryLimits
  const rate = { perSecond: requestsPerSecond, burst: requestsPerSecond }
  try {
    if ((await counters.take(`try ${apiId}`, rate, 1, steadyMs())) === 0) return undefined
    return jsonReply(429, { message: `An API takes ${requestsPerSecond} requests a second from here.` })
  } catch (error) {
    if (!(error instanceof StateUnavailable)) throw error
    return jsonReply(503, { message: 'What nodes share cannot be reached now.' })
  }
}

/** The answer as data: whole, bounded, and no document of this origin whoever looks at it. */
async function harmless(reply: HttpReply): Promise<HttpReply> {
  if (reply.upgrade !== undefined) {
    // What `$connect` began is ended.
    discard(reply)
    return jsonReply(502, { message: 'A WebSocket cannot be tried here.' })
  }
  let bytes: Uint8Array
  try {
    bytes = await reply.body.bytes(tryLimits.replyBytesMax)
  } catch (error) {
    reply.onSent?.(0, false)
    const isTooLarge = error instanceof BodyTooLarge
    const message = isTooLarge ? `has more than ${tryLimits.replyBytesMax} bytes` : 'broke off'
    return jsonReply(502, { message: `The answer ${message}.` })
  }
  const headers = new Headers([...reply.headers.raw])
  for (const name of ['set-cookie', 'clear-site-data', 'service-worker-allowed']) headers.delete(name)
  headers.set('Content-Security-Policy', "sandbox; default-src 'none'")
  headers.set('X-Content-Type-Options', 'nosniff')
  return { ...reply, headers, body: new WholeBody(bytes) }
}
