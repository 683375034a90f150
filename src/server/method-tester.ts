import { compile } from '#compiler/compile.ts'
import type { MethodTester } from '#control-plane/apigateway/method-tester.ts'
import type { Services } from '#data-plane/exchange.ts'
import type { DataPlaneLimits } from '#data-plane/limits.ts'
import { testAuthorizer } from '#data-plane/test-authorizer.ts'
import { testInvoke } from '#data-plane/test-invoke.ts'

/** The control plane's port for trying methods, on the compiler and the data plane. */
export function createMethodTester(services: Services, limits: DataPlaneLimits): MethodTester {
  return {
    async test({ snapshot, stage, resourcePath, ...invocation }) {
      const { plan } = compile(snapshot, stage, { limits, unguarded: true })
      return testInvoke(plan, resourcePath, invocation, services)
    },

    async testAuthorizer({ authorizer, account, region, apiId, stageVariables, ...invocation }) {
      const timeoutMs = limits.integrationTimeoutMsMax
      const definition = { authorizer, account, region, apiId, stageVariables, timeoutMs }
      return testAuthorizer(definition, { ...invocation, method: 'GET' }, services)
    },
  }
}
