import { LambdaInvokeError } from '#companions/lambda/definition.ts'
import type { Lambda } from '#companions/lambda/service.ts'
import { FunctionUnavailable, type FunctionInvoker } from '#data-plane/ports.ts'

/** The data plane's port for functions, on the Lambda companion. */
export function createFunctionInvoker(functions: Lambda['functions']): FunctionInvoker {
  return {
    async invoke(call) {
      try {
        return await functions.invoke({ ...call, principal: 'apigateway.amazonaws.com' })
      } catch (error) {
        if (!(error instanceof LambdaInvokeError)) throw error
        throw new FunctionUnavailable(error.reason, error.message, { cause: error })
      }
    },
  }
}
