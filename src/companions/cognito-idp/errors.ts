import { AwsError } from '#aws/error.ts'

/** Codes and texts as user pools answer them. */
export function notAuthorized(message: string = 'Incorrect username or password.'): AwsError {
  return new AwsError('NotAuthorizedException', message, 400)
}

export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message, 400)
}

export function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message, 400)
}

export function userNotFound(): AwsError {
  return new AwsError('UserNotFoundException', 'User does not exist.', 400)
}

export function limitExceeded(message: string): AwsError {
  return new AwsError('LimitExceededException', message, 400)
}
