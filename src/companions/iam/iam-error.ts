import { AwsError } from '#aws/error.ts'
import type { Noun } from './records.ts'

/** Codes are those of the IAM API reference; the table spells them for the wire. */
export function noSuchEntity(message: string): AwsError {
  return new AwsError('NoSuchEntityException', message, 404)
}

export function notFound(noun: Noun, name: string): AwsError {
  return noSuchEntity(`The ${noun} with name ${name} cannot be found.`)
}

export function alreadyExists(message: string): AwsError {
  return new AwsError('EntityAlreadyExistsException', message, 409)
}

export function deleteConflict(what: string): AwsError {
  return new AwsError('DeleteConflictException', what, 409)
}

/** @param quota as AWS names it: `AccessKeysPerUser` */
export function checkQuota(quota: string, most: number, count: number): void {
  if (count <= most) return
  throw new AwsError('LimitExceededException', `Cannot exceed quota for ${quota}: ${most}`, 409)
}

export function malformedPolicy(message: string): AwsError {
  return new AwsError('MalformedPolicyDocumentException', message, 400)
}

/** Of members that are well formed and still make no sense. */
export function invalid(message: string): AwsError {
  return new AwsError('ValidationError', message, 400)
}

export function invalidInput(message: string): AwsError {
  return new AwsError('InvalidInputException', message, 400)
}
