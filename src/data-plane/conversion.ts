import { utf8Bytes, utf8Text } from '#base/utf8.ts'
import { isUtf8 } from 'node:buffer'
import type { ContentHandling } from '#model/rest-api.ts'
import type { Exchange } from './exchange.ts'
import { configurationError } from './gateway-error.ts'
import type { IntegrationDefinition } from './route-definition.ts'

/** What becomes of a payload's bytes. */
export type Conversion = (bytes: Uint8Array) => Uint8Array

/** Text: bytes that are no UTF-8 become U+FFFD (recorded on AWS). */
const toText: Conversion = (bytes) => (isUtf8(bytes) ? bytes : utf8Bytes(utf8Text(bytes)))
const keep: Conversion = (bytes) => bytes
const encode: Conversion = (bytes) => Buffer.from(view(bytes).toString('base64'), 'latin1')
const decode: Conversion = (bytes) => {
  const text = view(bytes).toString('latin1').replace(BESIDE_BASE64, '')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 === 1) {
    throw configurationError('the payload is not base64, so it cannot be converted to binary')
  }
  return Buffer.from(text, 'base64')
}

/** Blanks, and the quotes of a text that a function returned: its payload is JSON. */
const BESIDE_BASE64 = /^\s*"|"\s*$|\s+/g

/** A request's body as its integration gets it, by its Content-Type. */
export type RequestConversion = (exchange: Exchange, body: Uint8Array) => Uint8Array

export function compileRequestConversion({
  isBinary,
  integration,
}: IntegrationDefinition): RequestConversion {
  const text = requestConversion(false, integration.contentHandling)
  const binary = requestConversion(true, integration.contentHandling)
  return ({ request }, body) => {
    if (body.length === 0) return body
    return (isBinary(request.headers.get('content-type')) ? binary : text)(body)
  }
}

/** Developer guide, "Content type conversions in API Gateway", the table for requests. */
function requestConversion(isBinary: boolean, handling: ContentHandling | undefined): Conversion {
  if (isBinary) return handling === 'CONVERT_TO_TEXT' ? encode : keep
  return handling === 'CONVERT_TO_BINARY' ? decode : toText
}

/**
 * The same page, the table for responses.
 * @param payloadIsBinary by the integration response's Content-Type
 * @param acceptsBinary by the first media type of the request's Accept
 */
export function responseConversion(
  payloadIsBinary: boolean,
  acceptsBinary: boolean,
  handling: ContentHandling | undefined,
): Conversion {
  if (payloadIsBinary) {
    if (handling === 'CONVERT_TO_TEXT') return encode
    return handling === 'CONVERT_TO_BINARY' || acceptsBinary ? keep : encode
  }
  if (handling === 'CONVERT_TO_TEXT') return toText
  return handling === 'CONVERT_TO_BINARY' || acceptsBinary ? decode : toText
}

/** Whether a conversion changes nothing, whatever it is given. */
export function isIdentity(conversion: Conversion): boolean {
  return conversion === keep
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
