import {
  FunctionUnavailable,
  type FunctionCall,
  type FunctionInvoker,
  type FunctionResult,
} from '#data-plane/ports.ts'

/** What a function of a case does with its payload. */
export type FunctionBehaviour = (
  payload: string,
  call: FunctionCall,
) => FunctionResult | Promise<FunctionResult>

/** Functions that run in this process and remember how they were called. */
export class LocalFunctions implements FunctionInvoker {
  readonly calls: FunctionCall[] = []
  readonly #behaviours: ReadonlyMap<string, FunctionBehaviour>

  constructor(behaviours: Readonly<Record<string, FunctionBehaviour>>) {
    this.#behaviours = new Map(Object.entries(behaviours))
  }

  async invoke(call: FunctionCall): Promise<FunctionResult> {
    this.calls.push(call)
    const name = /:function:([\w-]+)/.exec(call.functionArn)?.[1] ?? ''
    const behaviour = this.#behaviours.get(name)
    if (behaviour === undefined)
      throw new FunctionUnavailable('not-found', `Function not found: ${call.functionArn}`)
    return await behaviour(Buffer.from(call.payload).toString('utf8'), call)
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
