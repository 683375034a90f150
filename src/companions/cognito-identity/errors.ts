import { AwsError } from '#aws/error.ts'

/** Codes and texts as identity pools answer them. */
export function notAuthorized(message: string): AwsError {
  return new AwsError('NotAuthorizedException', message, 400)
}

export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message, 400)
}

export function poolNotFound(id: string): AwsError {
  return new AwsError('ResourceNotFoundException', `IdentityPool '${id}' not found.`, 400)
}

export function identityNotFound(id: string): AwsError {
  return new AwsError('ResourceNotFoundException', `Identity '${id}' not found.`, 400)
}

export function conflict(message: string): AwsError {
  return new AwsError('ResourceConflictException', message, 400)
}

export function limitExceeded(message: string): AwsError {
  return new AwsError('LimitExceededException', message, 400)
}

/** Also when a role does not trust the pool: its name is not for clients to learn. */
export function badRoles(): AwsError {
  return new AwsError(
    'InvalidIdentityPoolConfigurationException',
    'Invalid identity pool configuration. Check assigned IAM roles for this pool.',
    400,
  )
}
