import { textBody } from '#http/body.ts'
import type { FieldName } from '#http/added-lines.ts'
import { Headers } from '#http/headers.ts'
import { ServerRequest } from '#http/server-request.ts'
import { Address } from './address.ts'
import { execute } from './execute.ts'
import { Exchange, type Services } from './exchange.ts'
import { ExecutionLog } from './execution-log.ts'
import { parseHost } from './host-name.ts'
import type { ApiPlan, RoutePlan } from './plan.ts'

/** One call of a method by its owner. */
export interface TestInvocation {
  readonly method: string
  /** Path and query: any path, also one that is not the method's. */
  readonly target: string
  /** name, value, name, value … */
  readonly headers: readonly string[]
  readonly body: string
}

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
  const lines: string[] = []
  const log = new ExecutionLog((line) => lines.push(`${javaTime(services.clock.now())} : ${line}`))
  const { method, target, body } = invocation
  const address = new TestAddress(plan, target)
  // The method runs whatever the path; a path that is not its own has no parameters.
  const own = plan.match(method, new TestAddress(plan, resourcePath))
  const route = own?.route as RoutePlan
  const exchange = new TestExchange(requestOf(invocation), address, plan, services)
  exchange.route = route
  exchange.pathValues = plan.match(method, address)?.pathValues ?? []
  exchange.executionLog = log
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
    log: `Execution log for request ${exchange.requestId}\n${lines.join('\n')}\n`,
    latencyMs: services.clock.now() - exchange.startedAtMs,
  }
}

/** Nothing stands between the owner and the method that could add a header. */
class TestExchange extends Exchange {
  override addedHeaders(): (FieldName | string)[] {
    return []
  }
}

/** `$context.path` of a test names no stage. */
class TestAddress extends Address {
  constructor({ apiId, stage }: ApiPlan, target: string) {
    super(apiId, parseHost(TEST_HOST), `/${stage}${target}`, 0)
  }

  override get fullPath(): string {
    return this.path
  }
}

/** What the developer guide's sample events of tested methods name. */
const TEST_HOST = 'testPrefix.testDomainName'
const TEST_PEER = { address: 'test-invoke-source-ip', secure: true } as const

function requestOf({ method, target, headers, body }: TestInvocation): ServerRequest {
  return new ServerRequest(
    '1.1',
    method,
    target,
    new Headers([...headers]),
    TEST_HOST,
    textBody(body),
    TEST_PEER,
  )
}

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

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Sat Nov 21 11:53:58 UTC 2026` */
function javaTime(epochMs: number): string {
  const date = new Date(epochMs)
  const iso = date.toISOString()
  const month = MONTHS[date.getUTCMonth()]
  return `${DAYS[date.getUTCDay()]} ${month} ${iso.slice(8, 10)} ${iso.slice(11, 19)} UTC ${iso.slice(0, 4)}`
}
