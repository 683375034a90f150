import { withDeadline } from '#data-plane/deadline.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import type { FunctionCall, FunctionResult, InvocationType } from '#data-plane/ports.ts'
import { DefinitionError, type IntegrationDefinition } from '#data-plane/route-definition.ts'
import { compileSendToFunction } from '#data-plane/resilience/send-to-function.ts'
import {
  callerOfFunction,
  integrationCredentials,
  type IntegrationCredentials,
} from './integration-credentials.ts'
import { invocationHeaders, invokedHeaders } from './invocation-headers.ts'
import { functionFailure } from './lambda-failure.ts'
import { functionArnOf, invokeSourceArn, type ServiceUri } from './lambda-uri.ts'
import { compileSending } from './method-traffic.ts'

/**
 * Calls the function that a method is integrated with.
 * @param told what the log says of the payload, where that is something else
 */
export type InvokeFunction = (
  exchange: Exchange,
  payload: Uint8Array,
  invocationType: InvocationType,
  told?: Uint8Array,
) => Promise<FunctionResult>

/** What Lambda answers each kind of invocation with. Lambda API reference, "Invoke". */
export const invocationStatuses: Readonly<Record<InvocationType, number>> = {
  Event: 202,
  DryRun: 204,
  RequestResponse: 200,
}

/** @throws DefinitionError when `uri` names no function */
export function compileInvokeFunction(definition: IntegrationDefinition, uri: ServiceUri): InvokeFunction {
  const { traffic } = definition
  return compileCallFunction({
    functionArn: functionArnOf(uri) ?? noFunction(uri),
    region: uri.region,
    credentials: integrationCredentials(definition),
    sourceArn: invokeSourceArn(definition),
    sourceAccount: definition.snapshot.account,
    timeoutMs: definition.timeoutMs,
    traffic,
    sending: traffic && compileSending(definition, traffic),
  })
}

export interface CalledFunction extends Pick<FunctionCall, 'functionArn' | 'sourceArn' | 'sourceAccount'> {
  readonly region: string
  readonly credentials: IntegrationCredentials
  readonly timeoutMs: number
  /** How it is called, where its owner or the operator says so. */
  readonly traffic?: IntegrationDefinition['traffic']
  readonly sending?: ReturnType<typeof compileSending> | undefined
}

/** The same for any kind of API. */
export function compileCallFunction(called: CalledFunction): InvokeFunction {
  const { functionArn, region, sourceArn, sourceAccount, timeoutMs, traffic, sending } = called
  const { roleArn, ofCaller } = called.credentials
  const endpoint = `https://lambda.${region}.amazonaws.com/2015-03-31/functions/${functionArn}/invocations`

  const send = traffic && compileSendToFunction({ ...traffic, mirror: undefined, targets: undefined })

  function invokeOnce(exchange: Exchange, call: FunctionCall): Promise<FunctionResult> {
    return withDeadline(exchange.services.ports.functions.invoke(call), timeoutMs)
  }

  async function invoke(exchange: Exchange, call: FunctionCall): Promise<FunctionResult> {
    try {
      const result = await (send === undefined || sending === undefined
        ? invokeOnce(exchange, call)
        : send((each) => invokeOnce(exchange, each), call, {
            ...sending(exchange),
            method: exchange.method,
            timeoutMs,
            onCancel: (listener) => exchange.onLeft(listener),
          }))
      exchange.functionRequestId = result.requestId
      return result
    } catch (error) {
      throw functionFailure(error)
    }
  }

  return (exchange, payload, invocationType, told = payload) => {
    const caller = ofCaller ? callerOfFunction(exchange, functionArn) : undefined
    const to = { functionArn, payload, invocationType, sourceArn, sourceAccount }
    const call: FunctionCall = { ...to, roleArn, caller }
    return exchange.executionLog === undefined
      ? invoke(exchange, call)
      : invokeLogged(exchange, exchange.executionLog, call, told)
  }

  async function invokeLogged(
    exchange: Exchange,
    executionLog: NonNullable<Exchange['executionLog']>,
    call: FunctionCall,
    told: Uint8Array,
  ): Promise<FunctionResult> {
    const { services } = exchange
    executionLog.sending({
      uri: endpoint,
      headers: invocationHeaders(exchange, call, region),
      body: told,
    })
    const startedMs = services.clock.steadyMs()
    const result = await invoke(exchange, call)
    executionLog.received({
      status: invocationStatuses[call.invocationType],
      latencyMs: services.clock.steadyMs() - startedMs,
      headers: invokedHeaders(exchange, functionArn, result),
      body: result.payload,
    })
    return result
  }
}

/** @throws DefinitionError */
export function noFunction({ service }: ServiceUri): never {
  throw new DefinitionError(
    `AWS_PROXY with the service ${service} is not supported: only Lambda functions are`,
    'integration/uri',
  )
}
