import { responsePayloadBytesMax } from '#companions/lambda/limits.ts'
import {
  FunctionUnavailable,
  type FunctionCall,
  type FunctionInvoker,
  type FunctionResult,
  type FunctionUnavailableReason,
} from '#data-plane/ports.ts'
import { textBody, WholeBody } from '#http/body.ts'
import type { HttpClient } from '#http/client.ts'
import { Headers } from '#http/headers.ts'
import type { HttpHandler, HttpReply, HttpRequest } from '#http/message.ts'
import { sendOverLink } from './send-over-link.ts'

/** The call without its payload, as JSON in percent-encoding; the payload is the request's body. */
const CALL_FIELD = 'Function-Call'
/** Of a function that failed. */
const ERROR_FIELD = 'Function-Error'
/** Of a function that was run. */
const REQUEST_ID_FIELD = 'Function-Request-Id'
/** Of a function that was not run; the message is the answer's body. */
const UNAVAILABLE_FIELD = 'Function-Unavailable'

/**
 * A worker's functions: run by the supervisor.
 * @param origin of the socket at which `functionsOverLink` answers
 */
export function linkToFunctions(client: HttpClient, origin: string): FunctionInvoker {
  return {
    async invoke({ payload, onCancel, ...call }) {
      const response = await sendOverLink(client, {
        origin,
        method: 'POST',
        target: '/',
        headers: new Headers([CALL_FIELD, encodeURIComponent(JSON.stringify(call))]),
        body: new WholeBody(payload),
        onCancel,
      })
      const { status, headers } = response
      const answer = await response.body.bytes(responsePayloadBytesMax)
      if (status === 200) {
        const functionError = headers.get(ERROR_FIELD) as FunctionResult['functionError']
        return { payload: answer, functionError, requestId: headers.get(REQUEST_ID_FIELD) }
      }
      const message = Buffer.from(answer).toString('utf8')
      const reason = headers.get(UNAVAILABLE_FIELD) as FunctionUnavailableReason | undefined
      if (reason === undefined) throw new Error(`the function was not run: ${message}`)
      throw new FunctionUnavailable(reason, message)
    },
  }
}

/** The supervisor's end. */
export function functionsOverLink(functions: FunctionInvoker): HttpHandler {
  return async (request) => {
    const call = JSON.parse(decodeURIComponent(request.headers.get(CALL_FIELD) ?? '')) as FunctionCall
    // Workers bound what they send.
    const payload = await request.body.bytes(Infinity)
    return invoke(functions, request, { ...call, payload })
  }
}

async function invoke(
  functions: FunctionInvoker,
  request: HttpRequest,
  call: FunctionCall,
): Promise<HttpReply> {
  try {
    const { payload, functionError, requestId } = await functions.invoke({
      ...call,
      onCancel: (listener) => request.onAbort(listener),
    })
    const headers = new Headers(functionError === undefined ? [] : [ERROR_FIELD, functionError])
    if (requestId !== undefined) headers.add(REQUEST_ID_FIELD, requestId)
    return { status: 200, headers, body: new WholeBody(payload) }
  } catch (error) {
    if (!(error instanceof FunctionUnavailable)) throw error
    return {
      status: 502,
      headers: new Headers([UNAVAILABLE_FIELD, error.reason]),
      body: textBody(error.message),
    }
  }
}
