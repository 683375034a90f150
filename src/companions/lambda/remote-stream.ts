import { EventDecoder, type StreamEvent } from '#aws/event-stream.ts'
import type { Body } from '#http/message.ts'
import { relayedBody } from '#http/relayed-body.ts'
import type { StreamingBody } from '#http/streaming-body.ts'
import { FunctionFailed, type AnswerStream } from './definition.ts'
import type { ServiceInvocationResult } from './functions.ts'
import { platformFailure } from './invocation.ts'

const HELD_BYTES_MAX = 262_144
const NOTHING = new Uint8Array(0)

/**
 * Receives the events of InvokeWithResponseStream: the pieces go to `onStream`'s body as they come. Of an answer that
 * breaks off the function is said to have failed: its head may be out already.
 * @throws Error when what comes is no event stream
 */
export function receiveEvents(
  source: Body,
  onStream: ((stream: AnswerStream) => void) | undefined,
): Promise<ServiceInvocationResult> {
  const { promise, resolve, reject } = Promise.withResolvers<ServiceInvocationResult>()
  const decoder = new EventDecoder()
  let body: StreamingBody | undefined
  let over = false

  function finish(result: ServiceInvocationResult): void {
    if (over) return
    over = true
    if (result.functionError === undefined) body?.finish()
    else body?.fail(new FunctionFailed(result.payload))
    resolve(result)
  }

  function breakOff(error: Error): void {
    if (over) return
    over = true
    body?.fail(new FunctionFailed(platformFailure('Runtime.TruncatedResponse', error.message)))
    reject(error)
  }

  function take({ headers, payload }: StreamEvent): void {
    if (over) return
    if (headers[':message-type'] === 'exception' || headers[':message-type'] === 'error') {
      breakOff(
        new Error(`${headers[':exception-type'] ?? headers[':error-code'] ?? 'exception'} in the stream`),
      )
    } else if (headers[':event-type'] === 'PayloadChunk') {
      if (body === undefined) {
        body = relayedBody(source, HELD_BYTES_MAX)
        // The content type is in no event.
        onStream?.({ contentType: 'application/octet-stream', body })
      }
      body.push(payload)
    } else if (headers[':event-type'] === 'InvokeComplete') {
      const { ErrorCode, ErrorDetails } = JSON.parse(Buffer.from(payload).toString('utf8')) as {
        ErrorCode?: string
        ErrorDetails?: string
      }
      finish(
        ErrorCode === undefined || ErrorCode === null
          ? { payload: NOTHING }
          : { payload: errorShape(ErrorCode, ErrorDetails), functionError: 'Unhandled' },
      )
    }
  }

  source.start({
    data: (chunk) => {
      try {
        for (const event of decoder.push(chunk)) take(event)
      } catch (error) {
        source.cancel()
        breakOff(error as Error)
      }
    },
    end: () => breakOff(new Error('the stream ended without InvokeComplete')),
    fail: breakOff,
  })
  return promise
}

/** Details are the function's own error shape, or a text. */
function errorShape(errorType: string, details: string | undefined): Uint8Array {
  if (details?.startsWith('{') === true) return Buffer.from(details)
  return platformFailure(errorType, details ?? errorType)
}
