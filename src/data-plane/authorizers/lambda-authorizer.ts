import type { Exchange } from '#data-plane/exchange.ts'
import type { Authorizer } from '#model/rest-api.ts'
import { compileAuthorizerFunction } from './authorizer-function.ts'
import { readAuthorizerAnswer, type PolicyAnswer } from './lambda-authorizer-answer.ts'
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
  ): Promise<PolicyAnswer>
}

/** API reference, Authorizer, `authorizerResultTtlInSeconds`. */
const ttlSecondsDefault = 300

/** Developer guide, "Use API Gateway Lambda authorizers". @throws DefinitionError */
export function compileLambdaAuthorizer(definition: AuthorizerDefinition): LambdaAuthorizer {
  const { authorizer, account, region, apiId, timeoutMs } = definition
  const called = compileAuthorizerFunction({
    authorizerUri: authorizer.authorizerUri,
    roleArn: authorizer.authorizerCredentials,
    sourceArn: `arn:aws:execute-api:${region}:${account}:${apiId}/authorizers/${authorizer.id}`,
    account,
    stageVariables: definition.stageVariables,
    timeoutMs,
  })
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
    functionArn: called.functionArn,
    async ask(exchange, identity, methodArn, onCancel) {
      const { payload, requestId } = await called.ask(
        exchange,
        eventOf(exchange, identity, methodArn),
        onCancel,
      )
      return readAuthorizerAnswer(payload, requestId)
    },
  }
}
