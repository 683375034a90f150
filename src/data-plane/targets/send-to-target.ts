import { CircuitOpen } from '#data-plane/resilience/break-circuit.ts'
import { WholeBody } from '#http/body.ts'
import type { HttpClient, HttpClientRequest, HttpClientResponse } from '#http/client.ts'
import type { ClientTls } from '#http/client-tls.ts'
import { HttpError, type HttpFailure } from '#http/errors.ts'
import { EndedBody } from './ended-body.ts'
import type { Target, TargetGroup } from './target-group.ts'

/** Failures before anything of the request was sent: another target may be asked, whatever the method. */
const UNSENT: ReadonlySet<HttpFailure> = new Set(['dns', 'connect', 'connect-timeout'])
/** Failures that say nothing of the target. */
const OURS: ReadonlySet<HttpFailure> = new Set(['aborted', 'busy', 'too-large'])

/** The group has no target that may be asked: there is none, or all have a weight of 0, or other attributes. */
export class NoTarget extends Error {
  constructor(group: string) {
    super(
      `no target of ${group} takes the request: there is none, or all have a weight of 0 or other attributes`,
    )
    this.name = 'NoTarget'
  }
}

export interface TargetRequest extends HttpClientRequest {
  /** Of the integration: its scheme, and where targets name none its port, are theirs; its host is not asked. */
  readonly origin: string
  /** The settings for TLS with each target. */
  readonly tls?: ClientTls | undefined
  /** What a target must have to be asked. */
  readonly attributes?: Readonly<Record<string, string>> | undefined
}

/**
 * Sends a request to one of a group's targets; to another one when nothing of it could be sent.
 * @param met targets that earlier attempts of the request have met: others are tried first; the one that is met now is
 * added
 * @throws HttpError of the last target that was tried; CircuitOpen; NoTarget
 */
export async function sendToTarget(
  client: Pick<HttpClient, 'send'>,
  group: TargetGroup,
  request: TargetRequest,
  nowMs: () => number,
  random: () => number = Math.random,
  met?: Set<unknown>,
): Promise<HttpClientResponse> {
  const { attributes } = request
  const tried = new Set<Target>(
    attributes === undefined ? [] : group.targets.filter((target) => !target.has(attributes)),
  )
  const { name, connectTimeoutMs } = group.definition
  const connectMs = Math.min(connectTimeoutMs, request.timeoutMs)
  let cancelled = false
  request.onCancel?.(() => {
    cancelled = true
  })
  let failure: Error = new NoTarget(name)
  for (;;) {
    const use = group.take(tried, nowMs(), random, met)
    if (use === undefined || cancelled) {
      use?.end()
      throw failure
    }
    try {
      met?.add(use.target)
      const answer = await client.send({
        ...request,
        origin: targetOrigin(group, use.target, request.origin),
        timeouts: { connectMs, ...request.timeouts },
      })
      use.answered(answer.status, nowMs())
      if (answer.body instanceof WholeBody) {
        use.end()
        return answer
      }
      return { ...answer, body: new EndedBody(answer.body, () => use.end()) }
    } catch (error) {
      use.end()
      const isUnsent = error instanceof CircuitOpen
      if (!isUnsent && !(error instanceof HttpError)) throw error
      if (!isUnsent && !OURS.has(error.failure)) use.failed(nowMs())
      if (!isUnsent && !UNSENT.has(error.failure)) throw error
      failure = error
      tried.add(use.target)
    }
  }
}

/** `https://10.0.0.1:8443` */
export function targetOrigin({ definition }: TargetGroup, { address }: Target, origin: string): string {
  const [, scheme = 'http', port] = /^(https?):\/\/.*?(?::(\d+))?$/i.exec(origin) ?? []
  const protocol = definition.protocol ?? scheme
  const hasPort = /(?:^[^[\]]*|\]):\d+$/.test(address)
  return `${protocol}://${address}${hasPort || port === undefined ? '' : `:${port}`}`
}
