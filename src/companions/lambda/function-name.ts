import type { Call } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'

/** A function as callers name it. */
export interface FunctionName {
  readonly account: string
  readonly region: string
  readonly name: string
  /** Version or alias; undefined when the caller gave none. */
  readonly qualifier: string | undefined
}

/** Name, `name:qualifier`, `{account}:function:name`, ARN and everything between. */
const REFERENCE =
  /^(?:arn:aws[a-zA-Z-]*:lambda:)?(?:([a-z][a-z0-9-]*-\d):)?(?:(\d{12}):)?(?:function:)?([a-zA-Z0-9\-_.]+)(?::([a-zA-Z0-9\-_$.]+))?$/
const ARN =
  /^arn:aws[a-zA-Z-]*:lambda:([a-z0-9-]+):(\d{12}):function:([a-zA-Z0-9\-_.]+)(?::([a-zA-Z0-9\-_$.]+))?$/

const NEW_NAME_LENGTH_MAX = 64

/**
 * Reads a name, partial ARN or ARN, and the qualifier that came beside it.
 * @throws AwsError with AWS's code and message
 */
export function parseFunctionName(
  reference: string,
  qualifier: string | undefined,
  call: Pick<Call, 'account' | 'region'>,
): FunctionName {
  const parts = REFERENCE.exec(reference)
  if (parts === null) throw invalidName(reference, 'is not the name or ARN of a function')
  const [, region = call.region, account = call.account, name = '', derived] = parts
  if (derived !== undefined && qualifier !== undefined && derived !== qualifier) {
    throw new AwsError(
      'InvalidParameterValueException',
      'The derived qualifier from the function name does not match the specified qualifier.',
    )
  }
  if (region !== call.region) {
    const message = `Functions from '${region}' are not reachable in this region ('${call.region}')`
    throw new AwsError('ResourceNotFoundException', message, 404)
  }
  return { account, region, name, qualifier: qualifier ?? derived }
}

/**
 * Reads the name that a new function is given.
 * @throws AwsError with AWS's code and message
 */
export function parseNewFunctionName(reference: string, call: Call): FunctionName {
  const parsed = parseFunctionName(reference, undefined, call)
  if (parsed.name.length > NEW_NAME_LENGTH_MAX) {
    throw invalidName(
      parsed.name,
      `failed to satisfy constraint: Member must have length less than or equal to ${NEW_NAME_LENGTH_MAX}`,
    )
  }
  // Recorded on AWS: the code alone, without a message.
  if (parsed.account !== call.account) throw new AwsError('AccessDeniedException', '', 403)
  return { ...parsed, qualifier: undefined }
}

/** `arn:aws:lambda:{region}:{account}:function:{name}[:{qualifier}]` */
export function functionArn(
  { account, region, name }: Pick<FunctionName, 'account' | 'region' | 'name'>,
  qualifier?: string,
): string {
  return `arn:aws:lambda:${region}:${account}:function:${name}${qualifier === undefined ? '' : `:${qualifier}`}`
}

/** The parts of a whole function ARN, or undefined when it is none. */
export function parseFunctionArn(arn: string): FunctionName | undefined {
  const parts = ARN.exec(arn)
  if (parts === null) return undefined
  const [, region = '', account = '', name = '', qualifier] = parts
  return { region, account, name, qualifier }
}

function invalidName(value: string, problem: string): AwsError {
  return new AwsError(
    'InvalidParameterValueException',
    `1 validation error detected: Value '${value}' at 'functionName' ${problem}`,
  )
}
