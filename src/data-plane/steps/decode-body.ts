import { parseContentEncoding } from '#http/content-coding/coded-headers.ts'
import type { ContentCoding } from '#http/content-coding/codings.ts'
import { decodeBody } from '#http/content-coding/decode-body.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import type { Step } from '#data-plane/plan.ts'
import { requestBodyError } from '#data-plane/request-body-error.ts'
import type { RouteDefinition } from '#data-plane/route-definition.ts'

/** Developer guide, "Content codings supported by API Gateway". */
export const SPOKEN_CODINGS: readonly ContentCoding[] = ['gzip', 'deflate']

/**
 * Request bodies are decoded before anything reads them, whether or not the API compresses its answers; a coding that
 * is not spoken, or a body that is not in it, is 415. Developer guide, "Call an API method with a compressed payload".
 * Content-Encoding stays among the headers, as functions see it on AWS.
 */
export function decodeRequestBody({ limits: { requestBodyBytesMax } }: RouteDefinition): Step {
  return (exchange) => {
    const { body, headers } = exchange.request
    if (body.length === 0) return
    const encodings = headers.getAll('content-encoding')
    if (encodings.length === 0) return
    const codings = parseContentEncoding(encodings.join(','), SPOKEN_CODINGS)
    if (codings === undefined) {
      const reason = `content coding ${encodings.join(', ')}: expected gzip, deflate or identity`
      throw new GatewayError('UNSUPPORTED_MEDIA_TYPE', { reason })
    }
    try {
      exchange.requestBody = decodeBody(body, codings, { decodedBytesMax: requestBodyBytesMax })
    } catch (error) {
      throw requestBodyError(error) ?? error
    }
  }
}
