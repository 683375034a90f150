import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { findAuthorizer } from './authorizers.ts'
import type { Environment } from './environment.ts'
import { testHeaders, testTarget } from './test-request.ts'

type Operations = ApiGatewayOperations

export function testInvokeAuthorizer({ store, methodTester }: Environment): Handlers<Operations> {
  return {
    /** Asks the authorizer as it is defined now; no answer is kept or taken from a cache. */
    async TestInvokeAuthorizer(input, call) {
      const { restApiId, authorizerId } = input
      const authorizer = await findAuthorizer(store, call, restApiId, authorizerId)
      const { clientStatus, log, latencyMs, answer, claims } = await methodTester.testAuthorizer({
        authorizer,
        account: call.account,
        region: call.region,
        apiId: restApiId,
        stageVariables: input.stageVariables ?? {},
        context: input.additionalContext ?? {},
        target: testTarget(input, '/'),
        headers: testHeaders(input),
        body: input.body ?? '',
      })
      return {
        clientStatus,
        log,
        latency: latencyMs,
        principalId: answer?.principalId,
        policy: answer?.policy,
        claims,
      }
    },
  }
}
