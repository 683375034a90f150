import { responsePayloadBytesMax } from '#companions/lambda/limits.ts'
import {
  FunctionFailed,
  FunctionUnavailable,
  type FunctionCall,
  type FunctionInvoker,
  type FunctionResult,
  type FunctionUnavailableReason,
} from '#data-plane/ports.ts'
import { textBody, WholeBody } from '#http/body.ts'
import type { HttpClient, HttpClientResponse } from '#http/client.ts'
import { Headers } from '#http/headers.ts'
import type { HttpHandler, HttpReply } from '#http/message.ts'
import { sendOverLink } from './send-over-link.ts'

/** The call without its payload, as JSON in percent-encoding; the payload is the request's body. */
const CALL_FIELD = 'Function-Call'
/** Of a function that failed. */
const ERROR_FIELD = 'Function-Error'
/** Of a function that was run. */
const REQUEST_ID_FIELD = 'Function-Request-Id'
/** What an answer in pieces is, in percent-encoding. */
const TYPE_FIELD = 'Function-Content-Type'
/** Of a function that was not run; the message is the answer's body. */
const UNAVAILABLE_FIELD = 'Function-Unavailable'

/** Where answers are given as they come; anywhere else they come whole. */
const STREAM_TARGET = '/stream'

/**
 * A worker's functions: run by the supervisor.
 * @param origin of the socket at which `functionsOverLink` answers
 */
export function linkToFunctions(client: HttpClient, origin: string): FunctionInvoker {
  const send = ({ payload, onCancel, ...call }: FunctionCall, target: string): Promise<HttpClientResponse> =>
    sendOverLink(client, {
      origin,
      method: 'POST',
      target,
      headers: new Headers([CALL_FIELD, encodeURIComponent(JSON.stringify(call))]),
      body: new WholeBody(payload),
      onCancel,
    })
  return {
    async invoke(call) {
      const response = await send(call, '/')
      if (response.status !== 200) throw await notRun(response)
      const payload = await response.body.bytes(responsePayloadBytesMax)
      const functionError = response.headers.get(ERROR_FIELD) as FunctionResult['functionError']
      return { payload, functionError, requestId: response.headers.get(REQUEST_ID_FIELD) }
    },
    async invokeStreaming(call) {
      const response = await send(call, STREAM_TARGET)
      const { status, headers, body } = response
      if (status !== 200) throw await notRun(response)
      if (headers.has(ERROR_FIELD)) throw new FunctionFailed(await body.bytes(responsePayloadBytesMax))
      return { contentType: decodeURIComponent(headers.get(TYPE_FIELD) ?? ''), body }
    },
  }
}

async function notRun({ headers, body }: HttpClientResponse): Promise<Error> {
  const message = Buffer.from(await body.bytes(responsePayloadBytesMax)).toString('utf8')
  const reason = headers.get(UNAVAILABLE_FIELD) as FunctionUnavailableReason | undefined
  return reason === undefined
    ? new Error(`the function was not run: ${message}`)
    : new FunctionUnavailable(reason, message)
}

/** The supervisor's end. */
export function functionsOverLink(functions: FunctionInvoker): HttpHandler {
  return async (request) => {
    const told = JSON.parse(decodeURIComponent(request.headers.get(CALL_FIELD) ?? '')) as FunctionCall
    // Workers bound what they send.
    const payload = await request.body.bytes(Infinity)
    const call: FunctionCall = { ...told, payload, onCancel: (listener) => request.onAbort(listener) }
    try {
      return await (request.target === STREAM_TARGET ? stream : invoke)(functions, call)
    } catch (error) {
      if (!(error instanceof FunctionUnavailable)) throw error
      return {
        status: 502,
        headers: new Headers([UNAVAILABLE_FIELD, error.reason]),
        body: textBody(error.message),
      }
    }
  }
}

async function invoke(functions: FunctionInvoker, call: FunctionCall): Promise<HttpReply> {
  const { payload, functionError, requestId } = await functions.invoke(call)
  const headers = new Headers(functionError === undefined ? [] : [ERROR_FIELD, functionError])
  if (requestId !== undefined) headers.add(REQUEST_ID_FIELD, requestId)
  return { status: 200, headers, body: new WholeBody(payload) }
}

/** An answer that fails on its way breaks off: the client at the other end gets no more of it either. */
async function stream(functions: FunctionInvoker, call: FunctionCall): Promise<HttpReply> {
  try {
    const { contentType, body } = await functions.invokeStreaming(call)
    return { status: 200, headers: new Headers([TYPE_FIELD, encodeURIComponent(contentType)]), body }
  } catch (error) {
    if (!(error instanceof FunctionFailed)) throw error
    return {
      status: 200,
      headers: new Headers([ERROR_FIELD, 'Unhandled']),
      body: new WholeBody(error.payload),
    }
  }
}
