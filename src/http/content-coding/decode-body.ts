import { WholeBody } from '#http/body.ts'
import { BodyTooLarge } from '#http/errors.ts'
import type { Body } from '#http/message.ts'
import { CodingError } from './coding-error.ts'
import { contentCodings, type Completeness, type ContentCoding, type Decoded } from './codings.ts'
import { TransformedBody, type Transformation } from './transformed-body.ts'

export interface DecodeOptions {
  /** Bytes that decoding may give, after each of the codings: BodyTooLarge past it. */
  readonly decodedBytesMax: number
}

/** Whole bodies up to this size are decoded at once unless they swell; see ENCODED_AT_ONCE_BYTES_MAX. */
const AT_ONCE_BYTES_MAX = 32 * 1024
/** Decoding so much takes 0.2 ms. */
const AT_ONCE_DECODED_BYTES_MAX = 256 * 1024

/**
 * `body` without its content codings. What fails is a CodingError or BodyTooLarge: thrown where the whole is here
 * and small, else told to the reader. Bytes before the fault may have been delivered by then. A body of no bytes has
 * nothing to decode.
 * @param codings in the order in which they were applied
 */
export function decodeBody(body: Body, codings: readonly ContentCoding[], options: DecodeOptions): Body {
  let decoded = body
  for (let i = codings.length - 1; i >= 0; i--)
    decoded = decodeOne(decoded, codings[i] as ContentCoding, options)
  return decoded
}

function decodeOne(body: Body, coding: ContentCoding, { decodedBytesMax }: DecodeOptions): Body {
  if (body instanceof WholeBody && body.length <= AT_ONCE_BYTES_MAX) {
    const bytes = body.bytes(AT_ONCE_BYTES_MAX)
    const decoded = bytes.length === 0 ? bytes : decodeAtOnce(bytes, coding, decodedBytesMax)
    if (decoded !== undefined) return new WholeBody(decoded)
  }
  return new TransformedBody(body, decoding(coding, decodedBytesMax))
}

/** Undefined when there is too much to do it at once. */
function decodeAtOnce(coded: Uint8Array, coding: ContentCoding, bytesMax: number): Uint8Array | undefined {
  const { decode, completeness } = contentCodings[coding]
  const check = completeness?.()
  check?.read(coded)
  let result: Decoded
  try {
    result = decode(coded, Math.min(bytesMax, AT_ONCE_DECODED_BYTES_MAX))
  } catch (error) {
    if (codeOf(error) !== 'ERR_BUFFER_TOO_LARGE') throw codingError(coding, error)
    if (bytesMax <= AT_ONCE_DECODED_BYTES_MAX) throw new BodyTooLarge(bytesMax)
    return undefined
  }
  checkEnd(coding, check, result.used < coded.length)
  if (result.bytes.length > bytesMax) throw new BodyTooLarge(bytesMax)
  return result.bytes
}

function decoding(coding: ContentCoding, bytesMax: number): Transformation {
  const { decoder, completeness } = contentCodings[coding]
  const check = completeness?.()
  let bytesOut = 0
  return {
    stream: decoder,
    nothingIsNothing: true,
    consumed: (bytes) => check?.read(bytes),
    produced: (bytes) => {
      bytesOut += bytes.length
      if (bytesOut > bytesMax) throw new BodyTooLarge(bytesMax)
    },
    finished: (left) => {
      checkEnd(coding, check, left)
    },
    failure: (cause) => codingError(coding, cause),
  }
}

function checkEnd(coding: ContentCoding, check: Completeness | undefined, left: boolean): void {
  if (left) throw new CodingError(coding, 'something follows its end')
  if (check?.complete === false) throw new CodingError(coding, TRUNCATED)
}

const TRUNCATED = 'it ends in the middle'

function codingError(coding: ContentCoding, cause: unknown): CodingError {
  const truncated = codeOf(cause) === 'Z_BUF_ERROR'
  return new CodingError(coding, truncated ? TRUNCATED : (cause as Error).message, { cause })
}

function codeOf(error: unknown): string | undefined {
  return (error as { readonly code?: string }).code
}
