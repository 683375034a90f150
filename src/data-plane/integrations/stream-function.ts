import { withDeadline } from '#data-plane/deadline.ts'
import type { Exchange, MethodResponse } from '#data-plane/exchange.ts'
import { PacedBody } from '#data-plane/paced-body.ts'
import { FunctionFailed, type FunctionCall } from '#data-plane/ports.ts'
import type { IntegrationDefinition } from '#data-plane/route-definition.ts'
import { splitMetadata } from '#data-plane/stream-metadata.ts'
import { functionError } from './function-error.ts'
import { callerOfFunction, integrationCredentials } from './integration-credentials.ts'
import { invocationHeaders } from './invocation-headers.ts'
import { noFunction } from './invoke-function.ts'
import { functionFailure } from './lambda-failure.ts'
import { malformed, readStreamMetadata } from './lambda-proxy-response.ts'
import { functionArnOf, invokeSourceArn, type ServiceUri } from './lambda-uri.ts'
import { streamPace } from './stream-pace.ts'

/** Calls the function of a method whose answers are streamed. */
export type StreamFunction = (exchange: Exchange, payload: Uint8Array) => Promise<MethodResponse>

/** @throws DefinitionError when `uri` names no function whose answers are streamed */
export function compileStreamFunction(definition: IntegrationDefinition, uri: ServiceUri): StreamFunction {
  const { snapshot, timeoutMs } = definition
  const functionArn =
    functionArnOf(uri, 'integration/uri', 'response-streaming-invocations') ?? noFunction(uri)
  const { roleArn, ofCaller } = integrationCredentials(definition)
  const sourceArn = invokeSourceArn(definition)
  const sourceAccount = snapshot.account
  const endpoint = `https://lambda.${uri.region}.amazonaws.com/${uri.rest.replace(/^\/+/, '')}`
  const pace = streamPace(definition)

  async function begin(
    exchange: Exchange,
    call: FunctionCall,
    wanted: () => boolean,
  ): Promise<MethodResponse> {
    const { body } = await exchange.services.ports.functions.invokeStreaming(call)
    const answer = await splitMetadata(body)
    if (answer === undefined) {
      throw malformed('expected metadata and 8 bytes of zero within the first 16,384 bytes')
    }
    // Nobody would ever read it, and the function would wait for ever to write it.
    if (!wanted()) answer.body.cancel()
    try {
      return { ...readStreamMetadata(answer.metadata), body: answer.body }
    } catch (error) {
      answer.body.cancel()
      throw error
    }
  }

  return async (exchange, payload) => {
    const { executionLog, request, services } = exchange
    const untilMs = performance.now() + timeoutMs
    const cancels: (() => void)[] = []
    let cancelled = false
    const cancel = (): void => {
      cancelled = true
      for (const listener of cancels) listener()
    }
    request.onAbort(cancel)
    const onCancel = (listener: () => void): void => {
      if (cancelled) listener()
      else cancels.push(listener)
    }
    const call: FunctionCall = {
      functionArn,
      payload,
      invocationType: 'RequestResponse',
      sourceArn,
      sourceAccount,
      roleArn,
      caller: ofCaller ? callerOfFunction(exchange, functionArn) : undefined,
      onCancel,
    }
    executionLog?.sending({
      uri: endpoint,
      headers: invocationHeaders(exchange, call, uri.region),
      body: payload,
    })
    const startedMs = services.clock.steadyMs()
    try {
      const answer = await withDeadline(
        begin(exchange, call, () => !cancelled),
        timeoutMs,
      )
      executionLog?.received({
        status: 200,
        latencyMs: services.clock.steadyMs() - startedMs,
        headers: answer.headers.raw,
        body: NOTHING,
      })
      return { ...answer, body: new PacedBody(answer.body, pace(untilMs)) }
    } catch (error) {
      cancel()
      if (!(error instanceof FunctionFailed)) throw functionFailure(error)
      throw functionError(error.payload)
    }
  }
}

const NOTHING = new Uint8Array(0)
