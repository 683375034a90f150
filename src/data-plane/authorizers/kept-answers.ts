import type { AnswerKey } from '#base/answer-cache.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { admit, admitKept } from './admit.ts'
import { askedFor } from './asked-for.ts'
import type { IdentityKeys } from './identity-keys.ts'
import type { AuthorizerAnswer } from './lambda-authorizer-answer.ts'

/** An authorizer whose answers come from a function. */
export interface AnswerSource {
  /** `{apiId}/{stage}` */
  readonly stage: string
  /** What an answer depends on beside the identity. */
  readonly scope: string
  readonly keys: IdentityKeys
  /** How long an answer is kept; 0: it is for one request alone. */
  readonly ttlMs: number
  /** The identity of a request, told to its log. Throws where there is none. */
  read(exchange: Exchange): readonly string[]
  /** What is asked for. */
  arnOf(exchange: Exchange): string
  /** Asks the function. @param onCancel calls its listener when nobody wants the answer any more */
  ask(
    exchange: Exchange,
    identity: readonly string[],
    arn: string,
    onCancel?: (listener: () => void) => void,
  ): Promise<AuthorizerAnswer>
}

/** Admits a request by the answer that was kept for its identity, or that the function gives now. */
export function admitByAnswer(exchange: Exchange, source: AnswerSource): void | Promise<void> {
  const { stage, keys, ttlMs } = source
  const { clock, ports } = exchange.services
  const early = ttlMs === 0 ? undefined : keys.early(exchange)
  const identity = early === undefined ? source.read(exchange) : undefined
  const askWith = (key: AnswerKey | undefined): Promise<void> =>
    askAndAdmit(exchange, source, identity ?? source.read(exchange), key)
  if (ttlMs === 0) return askWith(undefined)
  const key = early ?? keys.of(identity ?? [])
  const enter = (found: AuthorizerAnswer): void => admitKept(exchange, found, source.arnOf(exchange))
  const kept = ports.authorizerAnswers?.get(stage, key, clock.steadyMs())
  if (kept === undefined) return askWith(key)
  if (!(kept instanceof Promise)) return enter(kept)
  return kept.then(
    (found) => (found === undefined ? askWith(key) : enter(found)),
    // A cache that fails is as none.
    () => askWith(key),
  )
}

/** @param key where the answer is kept; undefined: it is for this request alone */
async function askAndAdmit(
  exchange: Exchange,
  source: AnswerSource,
  identity: readonly string[],
  key: AnswerKey | undefined,
): Promise<void> {
  const { stage, scope, ttlMs } = source
  const { services, request, executionLog } = exchange
  const arn = source.arnOf(exchange)
  const calls = services.authorizerCalls
  const answer = await askedFor(exchange, () => {
    if (key !== undefined && calls !== undefined) {
      // Others may wait for it: it is not this client's to cancel.
      return calls.shared(scope, { stage, key, ttlMs }, services.clock, () =>
        source.ask(exchange, identity, arn),
      )
    }
    const alone = (): Promise<AuthorizerAnswer> =>
      source.ask(exchange, identity, arn, (listener) => request.onAbort(listener))
    return calls === undefined ? alone() : calls.alone(scope, alone)
  })
  executionLog?.authorized(answer.principalId)
  admit(exchange, answer, arn)
}
