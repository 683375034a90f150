import { withDeadline } from '#data-plane/deadline.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { unavailableText } from '#data-plane/integrations/lambda-failure.ts'
import { functionErrorMessage } from '#data-plane/integrations/function-error.ts'
import { invocationHeaders } from '#data-plane/integrations/invocation-headers.ts'
import { functionArnOf, serviceUri } from '#data-plane/integrations/lambda-uri.ts'
import { FunctionUnavailable, type FunctionCall, type FunctionResult } from '#data-plane/ports.ts'
import { DefinitionError } from '#data-plane/route-definition.ts'
import { withStageVariables } from '#model/stage-variables.ts'
import type { Authorizer } from '#model/rest-api.ts'
import { readAuthorizerAnswer, type AuthorizerAnswer } from './lambda-authorizer-answer.ts'
import { requestEvent, tokenEvent } from './lambda-authorizer-event.ts'
import { compileRequestIdentity, type RequestIdentity } from './request-identity.ts'

export interface AuthorizerDefinition {
  readonly authorizer: Authorizer
  readonly account: string
  readonly region: string
  readonly apiId: string
  readonly stageVariables: Readonly<Record<string, string>>
  /** The longest that the function may take. */
  readonly timeoutMs: number
}

/** A function that decides who may call. */
export interface LambdaAuthorizer {
  readonly identity: RequestIdentity
  /** How long an answer may be kept, in ms; 0: it is for one request alone. */
  readonly ttlMs: number
  /** The function that is asked. */
  readonly functionArn: string
  /**
   * Asks the function, whoever is kept from asking it twice.
   * @param identity what was read of this request
   * @param onCancel calls its listener when nobody wants the answer any more
   * @throws GatewayError UNAUTHORIZED when it says so, AUTHORIZER_CONFIGURATION_ERROR or AUTHORIZER_FAILURE when it
   *   decides nothing
   */
  ask(
    exchange: Exchange,
    identity: readonly string[],
    methodArn: string,
    onCancel?: (listener: () => void) => void,
  ): Promise<AuthorizerAnswer>
}

/** API reference, Authorizer, `authorizerResultTtlInSeconds`. */
const ttlSecondsDefault = 300

/** Developer guide, "Use API Gateway Lambda authorizers". @throws DefinitionError */
export function compileLambdaAuthorizer(definition: AuthorizerDefinition): LambdaAuthorizer {
  const { authorizer, account, region, apiId, timeoutMs } = definition
  const uri = serviceUri(
    withStageVariables(authorizer.authorizerUri ?? '', definition.stageVariables),
    'authorizerUri',
  )
  const functionArn = functionArnOf(uri, 'authorizerUri')
  if (functionArn === undefined) {
    throw new DefinitionError(
      `an authorizer is a Lambda function, found the service ${uri.service}`,
      'authorizerUri',
    )
  }
  const sourceArn = `arn:aws:execute-api:${region}:${account}:${apiId}/authorizers/${authorizer.id}`
  const endpoint = `https://lambda.${uri.region}.amazonaws.com/${uri.rest}`
  const eventOf =
    authorizer.type === 'TOKEN'
      ? (_: Exchange, [token = '']: readonly string[], methodArn: string) => tokenEvent(token, methodArn)
      : (exchange: Exchange, _: readonly string[], methodArn: string) => requestEvent(exchange, methodArn)
  // Without sources all callers would be one.
  const isKept = authorizer.identitySource !== undefined
  const ttlMs = isKept ? 1000 * (authorizer.authorizerResultTtlInSeconds ?? ttlSecondsDefault) : 0
  return {
    identity: compileRequestIdentity(authorizer, ttlMs === 0),
    ttlMs,
    functionArn,
    async ask(exchange, identity, methodArn, onCancel) {
      const { executionLog, services } = exchange
      const payload = Buffer.from(eventOf(exchange, identity, methodArn), 'utf8')
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
        roleArn: authorizer.authorizerCredentials,
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
      return readAuthorizerAnswer(result.payload, result.requestId)
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
