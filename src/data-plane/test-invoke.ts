import { execute } from './execute.ts'
import type { Services } from './exchange.ts'
import { ExecutionLog } from './execution-log.ts'
import type { ApiPlan, RoutePlan } from './plan.ts'
import { LogText, TestAddress, TestExchange, testRequest, type TestInvocation } from './test-exchange.ts'

export interface TestInvocationResult {
  readonly status: number
  /** name, value, name, value … */
  readonly headers: readonly string[]
  readonly body: string
  /** AWS's execution log, as one text. */
  readonly log: string
  readonly latencyMs: number
}

/**
 * Runs one method as if a client had called it: nobody is kept out, nothing is counted, and every line of the execution
 * log is kept (developer guide, "Use the API Gateway console to test a REST API method").
 * @param plan made without guards
 * @param resourcePath the method's; in the plan
 */
export async function testInvoke(
  plan: ApiPlan,
  resourcePath: string,
  invocation: TestInvocation,
  services: Services,
): Promise<TestInvocationResult> {
  const lines = new LogText(services.clock)
  const log = new ExecutionLog((line) => lines.add(line))
  const { method, target, body } = invocation
  const address = new TestAddress(plan, target)
  // The method runs whatever the path; a path that is not its own has no parameters.
  const own = plan.match(method, new TestAddress(plan, resourcePath))
  const route = own?.route as RoutePlan
  const exchange = new TestExchange(testRequest(invocation), address, plan, services)
  exchange.route = route
  exchange.pathValues = plan.match(method, address)?.pathValues ?? []
  exchange.executionLog = log
  exchange.identity = TEST_IDENTITY
  log.began(exchange, address.path, Buffer.from(body, 'utf8'))
  const reply = await execute(exchange, route.steps)
  const bytes = await reply.body.bytes(Infinity)
  const headers = shownHeaders(reply.headers.raw, exchange.error !== undefined)
  if (exchange.error === undefined) log.succeeded(headers, bytes)
  log.completed(reply.status)
  return {
    status: reply.status,
    headers,
    body: Buffer.from(bytes).toString('utf8'),
    log: lines.of(exchange.requestId),
    latencyMs: services.clock.now() - exchange.startedAtMs,
  }
}

/** What tests have for an API key (developer guide, sample events of tested methods). */
const TEST_IDENTITY = { apiKey: 'test-invoke-api-key', apiKeyId: 'test-invoke-api-key-id' }

/** The gateway's ids are not shown; a built-in error shows no content type either (recorded on AWS). */
function shownHeaders(raw: readonly string[], failed: boolean): string[] {
  const shown: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const [name = '', value = ''] = raw.slice(i, i + 2)
    const hidden = HIDDEN.has(name.toLowerCase())
    if (hidden || (failed && name === 'Content-Type' && value === 'application/json')) continue
    if (name === 'X-Amzn-Trace-Id') shown.unshift(name, value)
    else shown.push(name, value)
  }
  return shown
}

const HIDDEN: ReadonlySet<string> = new Set(['x-amzn-requestid', 'x-amz-apigw-id'])
