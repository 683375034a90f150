import { CodingError } from '#http/content-coding/coding-error.ts'
import { BodyTooLarge } from '#http/errors.ts'
import { GatewayError } from './gateway-error.ts'

/** What the client is answered when its request body is at fault; undefined when something else is. */
export function requestBodyError(error: unknown): GatewayError | undefined {
  if (error instanceof BodyTooLarge) return new GatewayError('REQUEST_TOO_LARGE', { cause: error })
  if (error instanceof CodingError) {
    return new GatewayError('UNSUPPORTED_MEDIA_TYPE', { reason: error.message, cause: error })
  }
  return undefined
}
