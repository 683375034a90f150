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

export type LambdaInvokeReason = 'not-found' | 'access-denied' | 'throttled' | 'failed'
