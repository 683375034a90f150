import { FunctionFailed as CompanionFailed, LambdaInvokeError } from '#companions/lambda/definition.ts'
import type { Lambda } from '#companions/lambda/service.ts'
import { FunctionFailed, FunctionUnavailable, type FunctionInvoker } from '#data-plane/ports.ts'

const principal = 'apigateway.amazonaws.com'

/** The data plane's port for functions, on the Lambda companion. */
export function createFunctionInvoker(functions: Lambda['functions']): FunctionInvoker {
  return {
    invoke: (call) => translated(functions.invoke({ ...call, principal })),
    invokeStreaming: (call) => translated(functions.invokeStreaming({ ...call, principal })),
  }
}

function translated<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (error instanceof CompanionFailed) throw new FunctionFailed(error.payload)
    if (!(error instanceof LambdaInvokeError)) throw error
    throw new FunctionUnavailable(error.reason, error.message, { cause: error })
  })
}
