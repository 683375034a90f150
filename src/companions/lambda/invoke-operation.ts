import type { Call, Handlers } from '#aws/call.ts'
import { AwsError } from '#aws/error.ts'
import type { InvocationRequest, LambdaOperations } from '#aws/tables/lambda.ts'
import { LambdaInvokeError, type LambdaInvokeReason } from './definition.ts'
import { functionArn, parseFunctionName, type FunctionName } from './function-name.ts'
import { LATEST } from './function-record.ts'
import type { Functions } from './functions.ts'
import { eventPayloadBytesMax, requestPayloadBytesMax } from './limits.ts'
import { functionNotFound, notAuthorized, type OperationsContext } from './operations-context.ts'
import { allowsInvocation } from './resource-policy.ts'
import { RuntimeUnavailable } from './runtimes.ts'

const EMPTY = new Uint8Array(0)
/** What a handler gets for a request without a body. */
const NO_EVENT = Buffer.from('{}')

/** Invoke: a function run for a caller of Lambda's own API. */
export function invokeOperation({ functions }: OperationsContext): Handlers<LambdaOperations> {
  return {
    async Invoke(input, call) {
      const name = parseFunctionName(input.FunctionName, input.Qualifier, call)
      const type = input.InvocationType ?? 'RequestResponse'
      const payload = checkedPayload(input, type)
      const clientContext = decodedContext(input.ClientContext)
      await checkAccess(functions, name, call)
      if (type === 'DryRun') {
        const known = await functions.find(name)
        if (known === undefined || (name.qualifier ?? LATEST) !== LATEST)
          throw functionNotFound(name, name.qualifier ?? LATEST)
        return { StatusCode: 204, Payload: EMPTY }
      }
      const tail = input.LogType === 'Tail' && type === 'RequestResponse'
      let result
      try {
        result = await functions.run(name, { payload, invocationType: type, clientContext, tail })
      } catch (error) {
        throw error instanceof LambdaInvokeError ? awsErrorOf(error) : error
      }
      if (type === 'Event') return { StatusCode: 202, Payload: EMPTY }
      return {
        StatusCode: 200,
        FunctionError: result.functionError,
        LogResult: result.logTail === undefined ? undefined : Buffer.from(result.logTail).toString('base64'),
        Payload: result.payload,
        ExecutedVersion: LATEST,
      }
    },
  }
}

/** Callers of other accounts need the function's permission; those of its own have it. */
export async function checkAccess(functions: Functions, name: FunctionName, call: Call): Promise<void> {
  if (name.account === call.account) return
  const known = await functions.find(name)
  const source = { principal: call.principal.arn, sourceArn: undefined, sourceAccount: undefined }
  if (known !== undefined && allowsInvocation(known.statements, functionArn(name), source)) return
  throw notAuthorized(name, call, 'lambda:InvokeFunction')
}

export function checkedPayload(
  { Payload }: Pick<InvocationRequest, 'Payload'>,
  type: 'RequestResponse' | 'Event' | 'DryRun',
): Uint8Array {
  const payload = Payload === undefined || Payload.length === 0 ? NO_EVENT : Payload
  const bytesMax = type === 'Event' ? eventPayloadBytesMax : requestPayloadBytesMax
  if (payload.length > bytesMax) {
    throw new AwsError(
      'RequestTooLargeException',
      `Request must be smaller than ${bytesMax} bytes for the InvokeFunction operation`,
      413,
    )
  }
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload))
  } catch (error) {
    throw new AwsError(
      'InvalidRequestContentException',
      `Could not parse request body into json: Could not parse payload into json: ${(error as Error).message}`,
    )
  }
  return payload
}

/** @returns the JSON that the header carries in base64 */
export function decodedContext(given: string | undefined): string | undefined {
  if (given === undefined) return undefined
  const text = Buffer.from(given, 'base64').toString('utf8')
  try {
    JSON.parse(text)
  } catch {
    throw new AwsError(
      'InvalidRequestContentException',
      'Client context must be a valid Base64-encoded JSON object.',
    )
  }
  return text
}

const ERRORS: Readonly<Record<LambdaInvokeReason, (error: LambdaInvokeError) => AwsError>> = {
  'not-found': ({ message }) => new AwsError('ResourceNotFoundException', message, 404),
  'access-denied': ({ message }) => new AwsError('AccessDeniedException', message, 403),
  'role-not-assumed': ({ message }) => new AwsError('AccessDeniedException', message, 403),
  // AWS's message is the same for all; ours says which bound was met.
  throttled: ({ message }) =>
    new AwsError('TooManyRequestsException', `Rate Exceeded. (${message})`, 429, {
      Reason: 'ConcurrentInvocationLimitExceeded',
    }),
  failed: ({ message, cause }) =>
    cause instanceof RuntimeUnavailable
      ? new AwsError('InvalidRuntimeException', message, 502)
      : new AwsError('ServiceException', message, 500),
}

export function awsErrorOf(error: LambdaInvokeError): AwsError {
  return ERRORS[error.reason](error)
}
