import { WholeBody } from '#http/body.ts'
import type { Body } from '#http/message.ts'
import {
  FunctionFailed,
  FunctionUnavailable,
  type FunctionCall,
  type FunctionInvoker,
  type FunctionResult,
  type FunctionStream,
} from '#data-plane/ports.ts'

export interface LocalResult extends FunctionResult {
  /** An answer in pieces, for who wants it as it comes. */
  readonly pieces?: Body | undefined
}

/** What a function of a case does with its payload. */
export type FunctionBehaviour = (payload: string, call: FunctionCall) => LocalResult | Promise<LocalResult>

/** Functions that run in this process and remember how they were called. */
export class LocalFunctions implements FunctionInvoker {
  readonly calls: FunctionCall[] = []
  readonly #behaviours: ReadonlyMap<string, FunctionBehaviour>

  constructor(behaviours: Readonly<Record<string, FunctionBehaviour>>) {
    this.#behaviours = new Map(Object.entries(behaviours))
  }

  invoke(call: FunctionCall): Promise<FunctionResult> {
    return this.#run(call)
  }

  async #run(call: FunctionCall): Promise<LocalResult> {
    this.calls.push(call)
    const name = /:function:([\w-]+)/.exec(call.functionArn)?.[1] ?? ''
    const behaviour = this.#behaviours.get(name)
    if (behaviour === undefined)
      throw new FunctionUnavailable('not-found', `Function not found: ${call.functionArn}`)
    return await behaviour(Buffer.from(call.payload).toString('utf8'), call)
  }

  async invokeStreaming(call: FunctionCall): Promise<FunctionStream> {
    const { payload, functionError, pieces } = await this.#run(call)
    if (functionError !== undefined) throw new FunctionFailed(payload)
    return { contentType: 'application/octet-stream', body: pieces ?? new WholeBody(payload) }
  }
}

/** Answers with this text whatever it is asked. */
export function answering(payload: string): FunctionBehaviour {
  return () => ({ payload: Buffer.from(payload) })
}

/** Answers with this value as JSON. */
export function returning(value: unknown): FunctionBehaviour {
  return answering(JSON.stringify(value))
}

/** Fails as a function that threw. */
export function throwing(errorMessage: string): FunctionBehaviour {
  return () => ({
    payload: Buffer.from(JSON.stringify({ errorMessage, errorType: 'Error', trace: [] })),
    functionError: 'Unhandled',
  })
}

export function unavailable(reason: FunctionUnavailable['reason']): FunctionBehaviour {
  return () => {
    throw new FunctionUnavailable(reason, `Lambda said ${reason}`)
  }
}

/** Answers a proxy response whose body is the event. */
export const echo: FunctionBehaviour = (payload) => ({
  payload: Buffer.from(JSON.stringify({ statusCode: 200, body: payload })),
})
