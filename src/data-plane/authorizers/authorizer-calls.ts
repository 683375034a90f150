import type { AnswerCache, AnswerKey } from '#base/answer-cache.ts'
import type { SteadyClock } from '#base/clock.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { awaitTurn, noTurn, type Turn } from '../answer-turn.ts'
import type { AuthorizerAnswer } from './lambda-authorizer-answer.ts'

/** Functions of one authorizer that may be asked at once: AWS's default for the functions of an account. */
export const authorizerCallsMax = 1000

/** Another process is waited for no longer: functions of authorizers have 10 s, and time to be started. */
const claimMsMax = 30_000

/** Whose answer it is, and for how long it may be kept. */
export interface AnswerPlace {
  /** `{apiId}/{stage}` */
  readonly stage: string
  readonly key: AnswerKey
  readonly ttlMs: number
}

interface Flight {
  readonly generation: number
  readonly answer: Promise<AuthorizerAnswer>
}

/**
 * The calls of authorizers' functions that are under way in this process: for one identity there is one, whoever waits
 * for it may leave, and what it answers is kept. Failures are not: the next request asks again.
 */
export class AuthorizerCalls {
  readonly cache: AnswerCache<AuthorizerAnswer> | undefined
  readonly #callsMax: number
  readonly #flights = new Map<string, Flight>()
  /** Authorizer → how many. */
  readonly #running = new Map<string, number>()

  /** @param cache undefined: no answer is kept */
  constructor(cache: AnswerCache<AuthorizerAnswer> | undefined, callsMax: number = authorizerCallsMax) {
    this.cache = cache
    this.#callsMax = callsMax
  }

  /** Asks for a place's answer, or waits with those who have asked already. */
  shared(
    authorizer: string,
    { stage, key, ttlMs }: AnswerPlace,
    clock: SteadyClock,
    ask: () => Promise<AuthorizerAnswer>,
  ): Promise<AuthorizerAnswer> {
    const generation = this.cache?.generation(stage) ?? 0
    const name = textOf(key)
    const known = this.#flights.get(name)
    // What was asked before a flush is an answer of before it.
    if (known?.generation === generation) return known.answer
    const answer = this.alone(authorizer, async () => {
      const { found, release } = await this.#turn(stage, key, clock)
      if (found !== undefined) return found
      try {
        const given = await ask()
        const nowMs = clock.steadyMs()
        const keeping = { generation, nowMs, expiresMs: nowMs + ttlMs, bytes: given.bytes }
        // The invocation is of those who waited for it.
        this.cache?.set(stage, key, { ...given, requestId: undefined }, keeping)
        return given
      } finally {
        release?.()
      }
    })
    const flight = { generation, answer }
    this.#flights.set(name, flight)
    const land = (): void => {
      if (this.#flights.get(name) === flight) this.#flights.delete(name)
    }
    answer.then(land, land)
    return answer
  }

  /** Waits for the call of another process, where one is under way. */
  #turn(
    stage: string,
    key: AnswerKey,
    clock: SteadyClock,
  ): Turn<AuthorizerAnswer> | Promise<Turn<AuthorizerAnswer>> {
    const { cache } = this
    if (cache?.claim === undefined) return noTurn
    return awaitTurn({
      claim: (nowMs) => cache.claim?.(stage, key, nowMs + claimMsMax, nowMs),
      find: (nowMs) => cache.get(stage, key, nowMs),
      isOver: () => false,
      clock,
    })
  }

  /** Asks for one request. @throws GatewayError AUTHORIZER_FAILURE when too many are being asked */
  async alone(authorizer: string, ask: () => Promise<AuthorizerAnswer>): Promise<AuthorizerAnswer> {
    const running = this.#running.get(authorizer) ?? 0
    if (running >= this.#callsMax) {
      throw new GatewayError('AUTHORIZER_FAILURE', {
        reason: `more than ${this.#callsMax} calls of the authorizer are under way`,
      })
    }
    this.#running.set(authorizer, running + 1)
    try {
      return await ask()
    } finally {
      const left = (this.#running.get(authorizer) ?? 1) - 1
      if (left === 0) this.#running.delete(authorizer)
      else this.#running.set(authorizer, left)
    }
  }
}

/** Keys that are digests have no texts' names: those begin with a scope. */
function textOf(key: AnswerKey): string {
  return typeof key === 'string' ? key : `#${key.join()}`
}
