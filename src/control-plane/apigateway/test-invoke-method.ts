import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import type { Method, Resource } from '#model/rest-api.ts'
import { takeSnapshot } from '../take-snapshot.ts'
import type { Environment } from './environment.ts'
import { notFound } from './errors.ts'
import { findResource, findRestApi, own } from './find.ts'
import { checkHttpMethod } from './http-method.ts'
import { needRoleOfTest } from './passed-roles.ts'
import { newStage } from './stage-record.ts'
import { testHeaders, testTarget } from './test-request.ts'

type Operations = ApiGatewayOperations

export function testInvokeMethod({ store, clock, methodTester }: Environment): Handlers<Operations> {
  return {
    /** Runs the method as it is defined now, deployed or not. */
    async TestInvokeMethod(input, call) {
      const resource = await findResource(store, call, input.restApiId, input.resourceId)
      const method = methodFor(resource, input.httpMethod)
      await needRoleOfTest(call, method, input.stageVariables)
      const api = await findRestApi(store, call, input.restApiId)
      const { account, region } = call
      const snapshot = await takeSnapshot(store, { account, region, api, deploymentId: '' })
      const result = await methodTester.test({
        snapshot: { ...snapshot, resources: [only(resource, method)] },
        stage: newStage(testStageName, '', clock.now(), { variables: input.stageVariables }),
        resourcePath: resource.path,
        method: input.httpMethod === 'ANY' ? 'GET' : input.httpMethod,
        target: testTarget(input, resource.path),
        headers: testHeaders(input),
        body: input.body ?? '',
      })
      return {
        status: result.status,
        body: result.body,
        headers: lastValues(result.headers),
        multiValueHeaders: allValues(result.headers),
        log: result.log,
        latency: result.latencyMs,
      }
    },
  }
}

/** What `$context.stage` shows while a method is tested. */
const testStageName = 'test-invoke-stage'

/** @throws NotFoundException */
function methodFor({ methods }: Resource, httpMethod: string): Method {
  checkHttpMethod(httpMethod)
  const method = own(methods, httpMethod) ?? own(methods, 'ANY')
  if (method === undefined) throw notFound('Invalid Method identifier specified')
  return method
}

/** Other methods have no part in it, and need not work. */
function only(resource: Resource, method: Method): Resource {
  return { ...resource, methods: { [method.httpMethod]: method } }
}

function lastValues(list: readonly string[]): Record<string, string> {
  return Object.fromEntries([...grouped(list)].map(([name, values]) => [name, values.at(-1) as string]))
}

function allValues(list: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(grouped(list))
}

function grouped(list: readonly string[]): Map<string, string[]> {
  const map = new Map<string, string[]>()
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] as string
    const values = map.get(name)
    if (values === undefined) map.set(name, [list[i + 1] as string])
    else values.push(list[i + 1] as string)
  }
  return map
}
