import type { Exchange } from '#data-plane/exchange.ts'
import type { GatewayError } from '#data-plane/gateway-error.ts'
import type { Observer, Step } from '#data-plane/plan.ts'
import type { HttpReply } from '#http/message.ts'
import type { LogSink } from './log-sink.ts'
import { executionMessageBytesMax, StageExecutionLog, tellFailure } from './stage-execution-log.ts'
import { TappedBody } from './tapped-body.ts'

/** What a method's settings ask of its execution log. `FAULT`: why the gateway answered with a status of 5xx. */
export interface MethodLogOptions {
  readonly level: 'FAULT' | 'ERROR' | 'INFO'
  readonly dataTrace: boolean
  readonly sink: LogSink
}

/** The parts of a method's execution log. Those that are undefined are not needed. */
export interface MethodLog {
  /** The first thing done for a request. */
  readonly begin?: Step
  /** Once the request body is in no content coding. */
  readonly traceRequest?: Step
  /** Before the answer is compressed. */
  readonly traceResponse?: Step
  /** Once the gateway has made an error's answer. */
  readonly failed?: (exchange: Exchange, error: GatewayError, reply: HttpReply) => void
}

/** A method that tells of failures alone costs nothing until one happens, unless their data are wanted. */
export function compileMethodLog({ level, dataTrace, sink }: MethodLogOptions): MethodLog {
  if (level !== 'INFO' && !dataTrace) {
    const statusMin = level === 'FAULT' ? 500 : 0
    return {
      failed: (exchange, error, reply) => {
        if (reply.status >= statusMin && !exchange.request.aborted) tellFailure(exchange, error, reply, sink)
      },
    }
  }
  const begin: Step = (exchange) => {
    exchange.executionLog = new StageExecutionLog(exchange, {
      sink,
      dataTrace,
      failuresAlone: level !== 'INFO',
    })
  }
  return dataTrace ? { begin, traceRequest, traceResponse } : { begin }
}

/** Writes what was told of a request, once it is answered. */
export const endExecutionLog: Observer = (exchange, reply) => {
  if (exchange.executionLog instanceof StageExecutionLog) exchange.executionLog.end(reply)
}

const traceRequest: Step = (exchange) => {
  const log = exchange.executionLog
  if (!(log instanceof StageExecutionLog)) return
  const { body, bytes } = TappedBody.on(exchange.requestBody, executionMessageBytesMax)
  exchange.requestBody = body
  log.requestBody = bytes
}

const traceResponse: Step = (exchange) => {
  const log = exchange.executionLog
  const { response } = exchange
  if (!(log instanceof StageExecutionLog) || response === undefined) return
  const { body, bytes } = TappedBody.on(response.body, executionMessageBytesMax)
  exchange.response = { ...response, body }
  log.responseBody = bytes
}
