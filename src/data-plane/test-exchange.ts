import type { Clock } from '#base/clock.ts'
import { textBody } from '#http/body.ts'
import type { FieldName } from '#http/added-lines.ts'
import { Headers } from '#http/headers.ts'
import { ServerRequest } from '#http/server-request.ts'
import { Address } from './address.ts'
import { Exchange } from './exchange.ts'
import type { ExecutionLine } from './execution-log.ts'
import { parseHost } from './host-name.ts'
import type { ApiPlan } from './plan.ts'

/** One call of a method by its owner. */
export interface TestInvocation {
  readonly method: string
  /** Path and query: any path, also one that is not the method's. */
  readonly target: string
  /** name, value, name, value … */
  readonly headers: readonly string[]
  readonly body: string
}

/** Nothing stands between the owner and the method that could add a header. */
export class TestExchange extends Exchange {
  override addedHeaders(): (FieldName | string)[] {
    return []
  }
}

/** `$context.path` of a test names no stage. */
export class TestAddress extends Address {
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

export function testRequest({ method, target, headers, body }: TestInvocation): ServerRequest {
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

/** Lines of an execution log with their times, as an owner who tests is shown them. */
export class LogText {
  readonly #clock: Clock
  readonly #lines: string[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(line: ExecutionLine): void {
    const text = typeof line === 'string' ? line : line()
    this.#lines.push(`${javaTime(this.#clock.now())} : ${text}`)
  }

  of(requestId: string): string {
    return `Execution log for request ${requestId}\n${this.#lines.join('\n')}\n`
  }
}

/** `Sat Nov 21 11:53:58 UTC 2026` */
function javaTime(epochMs: number): string {
  const [day, date, month, year, time] = new Date(epochMs).toUTCString().split(/,? /)
  return `${day} ${month} ${date} ${time} UTC ${year}`
}
