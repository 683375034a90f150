import type { Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import type { Method, Resource } from '#model/rest-api.ts'
import { takeSnapshot } from '../take-snapshot.ts'
import type { Environment } from './environment.ts'
import { badRequest, notFound } from './errors.ts'
import { findResource, findRestApi, own } from './find.ts'
import { checkHttpMethod } from './http-method.ts'
import { newStage } from './stage-record.ts'

type Operations = ApiGatewayOperations
type Input = Operations['TestInvokeMethod']['input']

export function testInvokeMethod({ store, clock, methodTester }: Environment): Handlers<Operations> {
  return {
    /** Runs the method as it is defined now, deployed or not. */
    async TestInvokeMethod(input, call) {
      const resource = await findResource(store, call, input.restApiId, input.resourceId)
      const method = methodFor(resource, input.httpMethod)
      const api = await findRestApi(store, call, input.restApiId)
      const { account, region } = call
      const snapshot = await takeSnapshot(store, { account, region, api, deploymentId: '' })
      const result = await methodTester.test({
        snapshot: { ...snapshot, resources: [only(resource, method)] },
        stage: newStage(testStageName, '', clock.now(), { variables: input.stageVariables }),
        resourcePath: resource.path,
        method: input.httpMethod === 'ANY' ? 'GET' : input.httpMethod,
        target: targetOf(input, resource),
        headers: headersOf(input),
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

/** The resource's own path where none is given, its braces included (recorded on AWS). @throws BadRequestException */
function targetOf({ pathWithQueryString }: Input, { path }: Resource): string {
  if (pathWithQueryString === undefined || pathWithQueryString === '') return path
  const target = pathWithQueryString.startsWith('/') ? pathWithQueryString : `/${pathWithQueryString}`
  // What could not stand in a request line could not be asked by any client.
  if (!/^[\x21-\x7e]+$/.test(target)) {
    throw badRequest(
      `Invalid pathWithQueryString specified: found a space, a control or a non-ASCII character, expected them percent-encoded`,
    )
  }
  return target
}

/** @throws BadRequestException for what cannot stand in a header */
function headersOf({ headers, multiValueHeaders }: Input): string[] {
  const list: string[] = []
  const several = new Set(Object.keys(multiValueHeaders ?? {}).map((name) => name.toLowerCase()))
  for (const [name, value] of Object.entries(headers ?? {})) {
    if (!several.has(name.toLowerCase())) list.push(name, value)
  }
  for (const [name, values] of Object.entries(multiValueHeaders ?? {})) {
    for (const value of values) list.push(name, value)
  }
  for (let i = 0; i < list.length; i += 2) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(list[i] as string)) {
      throw badRequest(`Invalid header name specified: ${JSON.stringify(list[i])}`)
    }
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(list[i + 1] as string)) {
      throw badRequest(`Invalid value specified for header ${list[i]}`)
    }
  }
  return list
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
