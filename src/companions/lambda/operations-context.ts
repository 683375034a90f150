import type { Call } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import type { Clock } from '#base/clock.ts'
import type { Log } from '#base/log.ts'
import type { Mutex } from '#base/mutex.ts'
import type { Store, Transaction } from '#store/store.ts'
import type { CodeFolders } from './code-folders.ts'
import { functionArn, parseFunctionName, type FunctionName } from './function-name.ts'
import { functionKey, functionKind, LATEST, type FunctionRecord } from './function-record.ts'
import type { Functions } from './functions.ts'

/** What Lambda's operations work with. */
export interface OperationsContext {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly functions: Functions
  readonly codeFolders: CodeFolders
  /** Whether functions may be folders of this machine. */
  readonly allowLocalFolders: boolean
  /** Held while code is written and while code that nobody needs is removed. */
  readonly codeWrites: Mutex
}

/**
 * Reads a name as the caller of an operation gave it. Functions of other accounts can be invoked, with permission,
 * but not looked at or changed.
 * @throws AwsError
 */
export function ownFunction(reference: string, qualifier: string | undefined, call: Call): FunctionName {
  const name = parseFunctionName(reference, qualifier, call)
  if (name.account !== call.account) throw notAuthorized(name, call, `lambda:${call.operation}`)
  return name
}

export function notAuthorized(name: FunctionName, { principal }: Call, action: string): AwsError {
  return new AwsError(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to perform: ${action} on resource: ${functionArn(name)} because no resource-based policy allows the ${action} action`,
    403,
  )
}

export function functionNotFound(
  name: FunctionName,
  qualifier: string | undefined = name.qualifier,
): AwsError {
  return new AwsError('ResourceNotFoundException', `Function not found: ${functionArn(name, qualifier)}`, 404)
}

/**
 * The record of a function.
 * @throws AwsError when there is none, or not in the version that is asked for
 */
export async function readFunction(
  source: Pick<Store | Transaction, 'read'>,
  name: FunctionName,
): Promise<FunctionRecord> {
  const found = await source.read(functionKind, functionKey(name))
  if (found === undefined || (name.qualifier !== undefined && name.qualifier !== LATEST)) {
    throw functionNotFound(name)
  }
  return found.value
}

/** @throws AwsError when the caller has seen another revision than there is */
export function checkRevision(expected: string | undefined, actual: string, operation: string): void {
  if (expected === undefined || expected === actual) return
  throw new AwsError(
    'PreconditionFailedException',
    `The Revision Id provided does not match the latest Revision Id. Call the ${operation} API to retrieve the latest Revision Id`,
    412,
  )
}
