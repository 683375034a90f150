import { AbsentBody } from '#http/body.ts'
import { parseAcceptEncoding } from '#http/content-coding/accept-encoding.ts'
import { mayEncode, setEncoded, varyByEncoding } from '#http/content-coding/coded-headers.ts'
import type { ContentCoding } from '#http/content-coding/codings.ts'
import { encodeBody } from '#http/content-coding/encode-body.ts'
import type { Headers } from '#http/headers.ts'
import type { Body } from '#http/message.ts'
import { streamsAnswers } from '#data-plane/integration-timeout.ts'
import type { Step } from '#data-plane/plan.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'
import { SPOKEN_CODINGS } from './decode-body.ts'

/**
 * Compresses what an integration answered, from the API's `minimumCompressionSize` on. A body of unknown length counts
 * as long enough, and goes on as it comes. Developer guide, "Receive an API response with a compressed payload".
 */
export function compressResponse({ snapshot, method }: RouteDefinition): Step | undefined {
  const bytesMin = snapshot.api.minimumCompressionSize
  // Developer guide, "Stream the integration response": what needs the whole answer is not done to streamed ones.
  if (bytesMin === undefined || (method.integration && streamsAnswers(method.integration))) return undefined
  return (exchange) => {
    const { response, request } = exchange
    if (response === undefined || !mayEncode(response.status, response.headers)) return
    const { headers, body } = response
    const length = lengthOf(body)
    if (length === 0 || (length !== undefined && length < bytesMin)) return
    varyByEncoding(headers)
    const coding = wantedCoding(request.headers)
    if (coding === undefined) return
    setEncoded(headers, coding)
    exchange.response = { ...response, body: encoded(body, coding) }
  }
}

/**
 * The coding that the client wants most, where it is spoken: API Gateway looks at no other (developer guide, "Enable
 * payload compression for an API"). Of equals that is the first, and `*` names none.
 */
function wantedCoding(headers: Headers): ContentCoding | undefined {
  const [first] = parseAcceptEncoding(headers.getAll('accept-encoding').join(','))
  if (first === undefined || first.quality === 0) return undefined
  return SPOKEN_CODINGS.find((coding) => coding === first.coding)
}

/** An answer to HEAD is judged by what GET would get. */
function lengthOf(body: Body): number | undefined {
  return body instanceof AbsentBody ? body.toldLength : body.length
}

function encoded(body: Body, coding: ContentCoding): Body {
  return body instanceof AbsentBody ? new AbsentBody(undefined) : encodeBody(body, coding)
}
