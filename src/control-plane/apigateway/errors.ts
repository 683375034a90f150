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

/** An account has as many of something as it may. */
export function limitExceeded(message: string): AwsError {
  return new AwsError('LimitExceededException', message, 429)
}
