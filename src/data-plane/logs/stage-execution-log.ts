import type { Exchange } from '#data-plane/exchange.ts'
import { ExecutionLog, type ExecutionLine, type LoggedBytes } from '#data-plane/execution-log.ts'
import type { GatewayError } from '#data-plane/gateway-error.ts'
import type { HttpReply } from '#http/message.ts'
import type { LogSink } from './log-sink.ts'
import { secretsHider } from './secrets.ts'

/** Longest message of an entry; the rest is cut off. Developer guide, "Set up CloudWatch logging for REST APIs". */
export const executionMessageBytesMax = 1024

const TRUNCATED = ' [TRUNCATED]'

/** A line that is known, and when. */
interface Entry {
  readonly timeMs: number
  readonly line: ExecutionLine
}

export interface StageExecutionLogOptions {
  readonly sink: LogSink
  readonly dataTrace: boolean
  /** Whether nothing is written of a request that the gateway did not fail. */
  readonly failuresAlone: boolean
}

/** The execution log of one request of a stage: its lines are kept together until it is answered. */
export class StageExecutionLog extends ExecutionLog {
  readonly #exchange: Exchange
  readonly #options: StageExecutionLogOptions
  readonly #entries: Entry[] = []
  /** Of what the client sent, once it is decoded. */
  requestBody: LoggedBytes = NOTHING
  /** Of what it gets, before that is compressed. */
  responseBody: LoggedBytes = NOTHING

  constructor(exchange: Exchange, options: StageExecutionLogOptions) {
    const { dataTrace } = options
    super((line) => this.#add(line), {
      dataTrace,
      bodyBytesMax: executionMessageBytesMax,
      masksSecrets: true,
    })
    this.#exchange = exchange
    this.#options = options
    this.#add(`Extended Request Id: ${exchange.extendedRequestId}`)
    this.began(exchange, exchange.address.path, () => bytesOf(this.requestBody))
  }

  /** What became of the request: adds its last lines, and writes all of them. */
  end({ status, headers }: HttpReply): void {
    const { error, requestId, functionRequestId } = this.#exchange
    if (error === undefined) {
      if (this.#options.failuresAlone) return
      this.succeeded(headers, this.responseBody)
    }
    this.completed(status)
    if (functionRequestId !== undefined)
      this.#add(`AWS Integration Endpoint RequestId : ${functionRequestId}`)
    const hide = secretsHider(this.#exchange)
    let lines = ''
    for (const { timeMs, line } of this.#entries) {
      const text = hide(typeof line === 'string' ? line : line())
      lines += `${new Date(timeMs).toISOString()} ${cut(`(${requestId}) ${oneLine(text)}`)}\n`
    }
    this.#options.sink.write(lines)
  }

  #add(line: ExecutionLine): void {
    this.#entries.push({ timeMs: this.#exchange.services.clock.now(), line })
  }
}

/** Tells, after the fact, why a request failed of which nothing was kept. */
export function tellFailure(exchange: Exchange, error: GatewayError, reply: HttpReply, sink: LogSink): void {
  const log = new StageExecutionLog(exchange, { sink, dataTrace: false, failuresAlone: true })
  log.failed(error)
  log.end(reply)
}

const NOTHING = new Uint8Array(0)

function bytesOf(bytes: LoggedBytes): Uint8Array {
  return typeof bytes === 'function' ? bytes() : bytes
}

const CONTROLS = /[\p{Cc}\u2028\u2029]/gu
const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** What came from a client or a backend can neither end a line nor steer a terminal. */
function oneLine(text: string): string {
  return text.replaceAll(
    CONTROLS,
    (char) => ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function cut(message: string): string {
  if (Buffer.byteLength(message) <= executionMessageBytesMax) return message
  const bytes = Buffer.from(message).subarray(0, executionMessageBytesMax - TRUNCATED.length)
  // A character that was cut in two is left out.
  return bytes.toString('utf8').replace(/\ufffd+$/, '') + TRUNCATED
}
