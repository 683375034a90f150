import { withDeadline } from '#data-plane/deadline.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { functionErrorMessage } from '#data-plane/integrations/function-error.ts'
import { invocationHeaders } from '#data-plane/integrations/invocation-headers.ts'
import { unavailableText } from '#data-plane/integrations/lambda-failure.ts'
import { functionArnOf, serviceUri } from '#data-plane/integrations/lambda-uri.ts'
import { FunctionUnavailable, type FunctionCall, type FunctionResult } from '#data-plane/ports.ts'
import { DefinitionError } from '#data-plane/route-definition.ts'
import { withStageVariables } from '#model/stage-variables.ts'

export interface AuthorizerFunctionDefinition {
  /** `arn:aws:apigateway:{region}:lambda:path/…`, with stage variables. */
  readonly authorizerUri: string | undefined
  /** ARN of the role to invoke as. */
  readonly roleArn: string | undefined
  /** `{apiArn}/authorizers/{id}`, as the function's resource policy sees the caller. */
  readonly sourceArn: string
  readonly account: string
  readonly stageVariables: Readonly<Record<string, string>>
  /** The longest that the function may take. */
  readonly timeoutMs: number
}

/** The function behind an authorizer. */
export interface AuthorizerFunction {
  readonly functionArn: string
  /**
   * @param event JSON text
   * @param onCancel calls its listener when nobody wants the answer any more
   * @throws GatewayError UNAUTHORIZED when it says so, AUTHORIZER_CONFIGURATION_ERROR or AUTHORIZER_FAILURE when it
   *   decides nothing
   */
  ask(exchange: Exchange, event: string, onCancel?: (listener: () => void) => void): Promise<FunctionResult>
}

/** @throws DefinitionError */
export function compileAuthorizerFunction(definition: AuthorizerFunctionDefinition): AuthorizerFunction {
  const { account, roleArn, sourceArn, timeoutMs } = definition
  const uri = serviceUri(
    withStageVariables(definition.authorizerUri ?? '', definition.stageVariables),
    'authorizerUri',
  )
  const functionArn = functionArnOf(uri, 'authorizerUri')
  if (functionArn === undefined) {
    throw new DefinitionError(
      `an authorizer is a Lambda function, found the service ${uri.service}`,
      'authorizerUri',
    )
  }
  const endpoint = `https://lambda.${uri.region}.amazonaws.com/${uri.rest}`
  return {
    functionArn,
    async ask(exchange, event, onCancel) {
      const { executionLog, services } = exchange
      const payload = Buffer.from(event, 'utf8')
      const cancelling: (() => void)[] = []
      const cancel = (): void => {
        for (const listener of cancelling) listener()
      }
      onCancel?.(cancel)
      const call: FunctionCall = {
        functionArn,
        payload,
        invocationType: 'RequestResponse',
        sourceArn,
        sourceAccount: account,
        roleArn,
        onCancel: (listener) => void cancelling.push(listener),
      }
      executionLog?.sending({
        uri: endpoint,
        headers: invocationHeaders(exchange, call, uri.region),
        body: payload,
      })
      const result = await invoked(withDeadline(services.ports.functions.invoke(call), timeoutMs), cancel)
      if (result.functionError !== undefined) throw refusal(result)
      executionLog?.authorizerAnswered(result.payload)
      return result
    },
  }
}

/** @param cancel of what may still run, out of time */
async function invoked(result: Promise<FunctionResult>, cancel: () => void): Promise<FunctionResult> {
  try {
    return await result
  } catch (error) {
    cancel()
    throw invocationFailure(error)
  }
}

/** What an owner can mend is the configuration's fault. */
const OWNERS_FAULT: ReadonlySet<string> = new Set(['access-denied', 'role-not-assumed', 'not-found'])

function invocationFailure(error: unknown): GatewayError {
  const isTold = error instanceof FunctionUnavailable
  const told = { reason: isTold ? unavailableText(error) : (error as Error).message, cause: error }
  const isServices = isTold && !OWNERS_FAULT.has(error.reason)
  return new GatewayError(isServices ? 'AUTHORIZER_FAILURE' : 'AUTHORIZER_CONFIGURATION_ERROR', told)
}

/** So much of a failure is told. */
const reasonBytesMax = 4096

/** A function that fails with this one word refuses the caller; with any other it decides nothing. */
function refusal({ payload }: FunctionResult): GatewayError {
  const message = functionErrorMessage(payload)
  if (message === 'Unauthorized') return new GatewayError('UNAUTHORIZED')
  return new GatewayError('AUTHORIZER_CONFIGURATION_ERROR', {
    reason: `Authorizer function failed with response body: ${Buffer.from(payload).toString('utf8', 0, reasonBytesMax)}`,
  })
}
