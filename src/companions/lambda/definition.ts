import type { Body } from '#http/message.ts'
import type { FunctionName } from './function-name.ts'

/** All that a function's processes are started from: a change of any of it means new processes. */
export interface FunctionDefinition extends Omit<FunctionName, 'qualifier'> {
  /** Unqualified. */
  readonly arn: string
  readonly version: string
  /** Changes with code and configuration. */
  readonly revisionId: string
  /** Of the look at the store that this is from: a higher one is newer. */
  readonly sequence: number
  readonly runtime: string
  readonly handler: string
  readonly timeoutMs: number
  readonly memoryMb: number
  readonly environment: Readonly<Record<string, string>>
  readonly logGroup: string
  readonly logFormat: 'Text' | 'JSON'
  readonly logLevel: string | undefined
  /** Set when the code is a folder of this machine: its changes mean new processes too. */
  readonly watchedFolder: string | undefined
  /** The folder with the code, unpacked when it has to be. @throws when there is none */
  readonly codeFolder: () => Promise<string>
}

/** One run of a function, as its caller asks for it. */
export interface InvocationRequest {
  readonly payload: Uint8Array
  /** As the caller named the function: with or without qualifier. */
  readonly invokedArn: string
  /** `Root=1-…` for the tracing header; one is made when there is none. */
  readonly traceId?: string | undefined
  /** JSON. */
  readonly clientContext?: string | undefined
  /** The last 4 KB of the log are wanted. */
  readonly tail?: boolean | undefined
  /** Calls `listener` when the caller no longer wants the answer: it is not run if it has not begun. */
  readonly onCancel?: ((listener: () => void) => void) | undefined
  /**
   * The answer is wanted as it comes: called once, when the function begins one, if it answers in pieces. Its result
   * is empty then. Left out: what comes in pieces is collected.
   */
  readonly onStream?: ((stream: AnswerStream) => void) | undefined
}

/** An answer that is still being written. */
export interface AnswerStream {
  /** As the function says: `application/octet-stream` when it says nothing. */
  readonly contentType: string
  /** Fails with FunctionFailed when the function does. */
  readonly body: Body
}

/** The function failed within its answer, or before it began one. */
export class FunctionFailed extends Error {
  /** Lambda's error shape, JSON. */
  readonly payload: Uint8Array

  constructor(payload: Uint8Array) {
    super('the function failed')
    this.name = 'FunctionFailed'
    this.payload = payload
  }
}

export interface InvocationResult {
  readonly payload: Uint8Array
  /** Set when the function failed; the payload is then Lambda's error shape. */
  readonly functionError?: 'Unhandled' | undefined
  readonly logTail?: string | undefined
  readonly requestId: string
}

/** Lambda did not run the function: nothing of it has happened, or nothing is known of what has. */
export class LambdaInvokeError extends Error {
  readonly reason: LambdaInvokeReason
  constructor(reason: LambdaInvokeReason, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LambdaInvokeError'
    this.reason = reason
  }
}

/** `role-not-assumed`: the role in whose name it was to be invoked does not let the service take it. */
export type LambdaInvokeReason = 'not-found' | 'access-denied' | 'role-not-assumed' | 'throttled' | 'failed'
