import { AwsError } from '#aws/error.ts'

/** The error codes of API Gateway; statuses as its model declares them. */

export function notFound(message: string): AwsError {
  return new AwsError('NotFoundException', message, 404)
}

export function badRequest(message: string): AwsError {
  return new AwsError('BadRequestException', message, 400)
}

export function conflict(message: string): AwsError {
  return new AwsError('ConflictException', message, 409)
}

/** Something that API Gateway offers and this version does not: refused by name rather than dropped silently. */
export function unsupported(what: string): AwsError {
  return badRequest(`${what} is not supported by this version of Gatehouse.`)
}

/** An account has as many of something as it may. */
export function limitExceeded(message: string): AwsError {
  return new AwsError('LimitExceededException', message, 429)
}
