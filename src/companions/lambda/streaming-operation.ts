import type { Call, EventStreamOutput, StreamHandlers } from '#aws/call.ts'
import { encodeEvent } from '#aws/event-stream.ts'
import type { Body } from '#http/message.ts'
import { StreamingBody } from '#http/streaming-body.ts'
import { LambdaInvokeError, type AnswerStream, type InvocationResult } from './definition.ts'
import { parseFunctionName } from './function-name.ts'
import { LATEST } from './function-record.ts'
import type { ServiceInvocationResult } from './functions.ts'
import { awsErrorOf, checkAccess, checkedPayload, decodedContext } from './invoke-operation.ts'
import { functionNotFound, type OperationsContext } from './operations-context.ts'

interface StreamingRequest {
  readonly FunctionName: string
  readonly Qualifier?: string
  readonly InvocationType?: 'RequestResponse' | 'DryRun'
  readonly LogType?: 'None' | 'Tail'
  readonly ClientContext?: string
  readonly Payload?: Uint8Array
}

type Result = ServiceInvocationResult & Partial<InvocationResult>

/** InvokeWithResponseStream: the answer as events, a `PayloadChunk` for each piece and an `InvokeComplete` at the end. */
export function streamingOperation({ functions }: OperationsContext): StreamHandlers {
  return {
    async InvokeWithResponseStream(input: StreamingRequest, call: Call): Promise<EventStreamOutput> {
      const name = parseFunctionName(input.FunctionName, input.Qualifier, call)
      const payload = checkedPayload(input, 'RequestResponse')
      const clientContext = decodedContext(input.ClientContext)
      await checkAccess(functions, name, call)
      const headers = ['X-Amz-Executed-Version', LATEST]
      if (input.InvocationType === 'DryRun') {
        const known = await functions.find(name)
        if (known === undefined || (name.qualifier ?? LATEST) !== LATEST)
          throw functionNotFound(name, name.qualifier ?? LATEST)
        return { headers, events: eventsOf(undefined, Promise.resolve({ payload: new Uint8Array(0) })) }
      }
      const begun = Promise.withResolvers<AnswerStream>()
      const result = functions.run(name, {
        payload,
        invocationType: 'RequestResponse',
        clientContext,
        tail: input.LogType === 'Tail',
        onStream: begun.resolve,
      })
      try {
        const stream = await Promise.race([begun.promise, result.then(() => undefined)])
        return { headers, events: eventsOf(stream?.body, result) }
      } catch (error) {
        throw error instanceof LambdaInvokeError ? awsErrorOf(error) : error
      }
    },
  }
}

const HELD_BYTES_MAX = 262_144

/** @param pieces undefined for an answer that came whole: what `result` holds */
function eventsOf(pieces: Body | undefined, result: Promise<Result>): Body {
  const events = new StreamingBody(
    {
      bodyWanted: () => {},
      pauseBody: () => pieces?.pause(),
      resumeBody: () => pieces?.resume(),
      bodyCancelled: () => pieces?.cancel(),
    },
    undefined,
    HELD_BYTES_MAX,
  )
  const complete = (): void => {
    result.then(
      (told) => {
        const { payload, functionError } = told
        if (pieces === undefined && functionError === undefined && payload.length > 0) {
          events.push(chunkEvent(payload))
        }
        events.push(completeEvent(told))
        events.finish()
      },
      (error: Error) => events.fail(error),
    )
  }
  if (pieces === undefined) complete()
  // How it ended is told by the result, which settles with it.
  else pieces.start({ data: (chunk) => events.push(chunkEvent(chunk)), end: complete, fail: complete })
  return events
}

function chunkEvent(payload: Uint8Array): Uint8Array {
  const headers = {
    ':message-type': 'event',
    ':event-type': 'PayloadChunk',
    ':content-type': 'application/octet-stream',
  }
  return encodeEvent({ headers, payload })
}

function completeEvent({ functionError, payload, logTail }: Result): Uint8Array {
  const headers = {
    ':message-type': 'event',
    ':event-type': 'InvokeComplete',
    ':content-type': 'application/json',
  }
  const members = {
    ErrorCode: functionError,
    ErrorDetails: functionError === undefined ? undefined : Buffer.from(payload).toString('utf8'),
    LogResult: logTail === undefined ? undefined : Buffer.from(logTail).toString('base64'),
  }
  return encodeEvent({ headers, payload: Buffer.from(JSON.stringify(members)) })
}
