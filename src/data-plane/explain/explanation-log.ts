import {
  ExecutionLog,
  type EndpointRequest,
  type EndpointResponse,
  type LoggedBytes,
} from '#data-plane/execution-log.ts'
import type { GatewayError } from '#data-plane/gateway-error.ts'
import type { Explanation } from './explanation.ts'
import { shownPairs } from './redactor.ts'
import { bodyShownBytesMax, shownBody, type ShownBody } from './shown.ts'

/** What integrations and authorizers tell of their calls, as facts of the step that makes them. */
export class ExplanationLog extends ExecutionLog {
  readonly #explanation: Explanation

  constructor(explanation: Explanation) {
    super(() => {}, { dataTrace: true, bodyBytesMax: bodyShownBytesMax, masksSecrets: true })
    this.#explanation = explanation
  }

  override sending({ uri, headers, body }: EndpointRequest): void {
    this.#explanation.hideSecretsOf(headers)
    this.#explanation.tell('sent', { uri, headers: shownPairs(headers), body: () => shown(body) })
  }

  override received({ status, latencyMs, headers, body }: EndpointResponse): void {
    this.#explanation.hideSecretsOf(headers)
    this.#explanation.tell('received', {
      status,
      latencyMs,
      headers: shownPairs(headers),
      body: () => shown(body),
    })
  }

  override traffic(policy: string, message: string): void {
    this.#explanation.tell(policy, message)
  }

  override failed(error: GatewayError): void {
    this.#explanation.failed(error)
  }

  override authorizerStarted(authorizerId: string): void {
    this.#explanation.tell('authorizer', authorizerId)
  }

  override identified(sources: readonly string[] | undefined, values: readonly string[]): void {
    for (const [at, value] of values.entries()) {
      // What comes from the context or the stage is no secret.
      if (sources === undefined || /header|querystring/i.test(sources[at] ?? ''))
        this.#explanation.hide(value)
    }
    this.#explanation.tell('identitySources', sources ?? ['the token'])
  }

  override authorizerAnswered(body: Uint8Array): void {
    this.#explanation.tell('authorizerAnswer', shownBody(body))
  }

  override authorized(principalId: string | undefined): void {
    this.#explanation.tell('principalId', principalId)
  }

  override notAuthorized({ message }: GatewayError): void {
    this.#explanation.tell('notAuthorized', message)
  }
}

/** Of one that streams, no more than its beginning is known. */
function shown(bytes: LoggedBytes): ShownBody {
  if (typeof bytes !== 'function') return shownBody(bytes)
  const beginning = bytes()
  return shownBody(beginning, beginning.length < bodyShownBytesMax ? beginning.length : undefined)
}
