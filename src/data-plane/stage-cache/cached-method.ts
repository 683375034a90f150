import { AbsentBody, WholeBody } from '#http/body.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { backendFailure } from '#data-plane/integrations/http-backend.ts'
import type { Step } from '#data-plane/plan.ts'
import type { CacheKey } from './cache-key.ts'
import type { CacheSettings } from './cache-settings.ts'
import { gather } from './gathered-body.ts'
import { asksForFresh } from './invalidation.ts'
import {
  cachedBodyBytesMax,
  isReadableBy,
  isShareable,
  isSuccessful,
  plainResponse,
  responseFor,
  type PlainResponse,
} from './kept-response.ts'
import type { Flight, Outcome, ResponseCalls, ResponsePlace } from './response-calls.ts'

export interface CachedMethodOptions {
  /** `{apiId}/{stage}` */
  readonly stage: string
  readonly keyOf: CacheKey
  /** By verb. */
  readonly settings: ReadonlyMap<string, CacheSettings>
  /** Of the stage's cache. */
  readonly clusterBytes: number
  readonly mayInvalidate: (exchange: Exchange) => boolean
  /** Others wait no longer than this for the body of an answer. */
  readonly timeoutMs: number
  /** Of the integration. */
  readonly steps: readonly Step[]
}

/** One request for a cached method, on its way to an answer. */
interface Visit {
  readonly exchange: Exchange
  readonly calls: ResponseCalls
  readonly place: ResponsePlace
  readonly settings: CacheSettings
  /** Kept, and past its time: what there is when the backend fails. */
  readonly stale?: PlainResponse | undefined
}

const ALONE: Outcome = { kind: 'alone' }
const LEFT: Outcome = { kind: 'left' }
const CLIENT_LEFT = 'the client has left'

/** A method whose answers are kept: they come from the cache, from a call that is under way, or from a new one. */
export class CachedMethod {
  readonly #options: CachedMethodOptions

  constructor(options: CachedMethodOptions) {
    this.#options = options
  }

  /** Sets the exchange's response. @throws GatewayError */
  answer(exchange: Exchange): void | Promise<void> {
    const { stage, keyOf, mayInvalidate, steps } = this.#options
    const calls = exchange.services.responseCalls
    const settings = this.#options.settings.get(exchange.method)
    if (calls?.cache === undefined || settings === undefined) return run(exchange, steps)
    const visit = { exchange, calls, place: { stage, key: keyOf(exchange) }, settings }
    if (!asksForFresh(exchange.request.headers)) return this.#find(visit)
    if (!settings.guarded || mayInvalidate(exchange)) return this.#lead(visit)
    const { unauthorizedStrategy } = settings
    if (unauthorizedStrategy === 'FAIL_WITH_403') {
      throw new GatewayError('ACCESS_DENIED', { reason: 'the caller may not invalidate cached answers' })
    }
    const found = this.#find(visit)
    if (unauthorizedStrategy !== 'SUCCEED_WITH_RESPONSE_HEADER') return found
    return found === undefined ? warn(exchange) : found.then(() => warn(exchange))
  }

  #find(visit: Visit): void | Promise<void> {
    const found = visit.calls.find(visit.place, visit.exchange.services.clock.steadyMs())
    if (found instanceof Promise) return found.then((known) => this.#found(visit, known))
    return this.#found(visit, found)
  }

  #found(visit: Visit, known: PlainResponse | undefined): void | Promise<void> {
    const { exchange, calls, place } = visit
    const readable = known !== undefined && isReadableBy(exchange, known) ? known : undefined
    if (readable !== undefined && calls.isFresh(readable, exchange.services.clock)) {
      calls.counts.hits++
      exchange.explanation?.tell('cache', 'hit')
      give(visit, readable)
      return undefined
    }
    const flight = calls.flight(place)
    const seeking = { ...visit, stale: readable }
    return flight === undefined ? this.#seek(seeking) : this.#wait(seeking, flight)
  }

  /** Waits for the call of another process, or calls the backend itself, for all who ask meanwhile. */
  #seek(visit: Visit): Promise<void> {
    const { exchange, calls, place } = visit
    if (calls.cache?.answers.claim === undefined) return this.#lead(visit)
    return this.#seekTogether(visit, calls.begin(place, exchange))
  }

  async #seekTogether(visit: Visit, flight: Flight): Promise<void> {
    const { exchange, calls, place } = visit
    // The answer's head and its body have this time each.
    const { found, release } = await calls.turn(place, exchange, 2 * this.#options.timeoutMs)
    try {
      // Those who wait for this flight have been told.
      if (exchange.request.aborted) throw new GatewayError('INTEGRATION_FAILURE', { reason: CLIENT_LEFT })
      if (found === undefined || !isReadableBy(exchange, found)) return await this.#lead(visit, flight)
      calls.counts.hits++
      exchange.explanation?.tell('cache', 'hit')
      flight.settle(give(visit, found))
    } finally {
      release?.()
    }
  }

  /** Calls the backend, for all who ask meanwhile. */
  async #lead(visit: Visit, begun?: Flight): Promise<void> {
    const { exchange, calls, place, stale } = visit
    calls.counts.misses++
    exchange.explanation?.tell('cache', stale === undefined ? 'miss' : 'stale')
    const flight = begun ?? calls.begin(place, exchange)
    try {
      await run(exchange, this.#options.steps)
      flight.settle(await this.#gathered(visit, flight))
    } catch (error) {
      const isFault = error instanceof GatewayError && error.status >= 500
      if (exchange.request.aborted) flight.settle(LEFT)
      else if (isFault && stale !== undefined) {
        flight.settle(give(visit, stale))
        return
      } else flight.settle(isFault && isOfBackend(error) ? { kind: 'failure', error } : ALONE)
      throw error
    }
  }

  /** What the backend answered: kept where that may be, and in any case the exchange's. */
  async #gathered(visit: Visit, flight: Flight): Promise<Outcome> {
    const { exchange, calls, settings, stale } = visit
    const { response } = exchange
    if (response === undefined) return ALONE
    if (response.status >= 500 && stale !== undefined) {
      response.body.cancel()
      return give(visit, stale)
    }
    const isKept = isSuccessful(response.status) || calls.cache?.keepsErrors === true
    // What a backend refuses one client it may give another; its own failures are for all who wait.
    const isForAll = isShareable(response) && (isKept || response.status >= 500)
    if (!isForAll || response.body instanceof AbsentBody) return ALONE
    const gathered = await gather(response.body, cachedBodyBytesMax, this.#options.timeoutMs).catch(
      (error: unknown) => {
        throw backendFailure(error)
      },
    )
    if ('passing' in gathered) {
      exchange.response = { ...response, body: gathered.passing }
      return ALONE
    }
    const { clock } = exchange.services
    const { encrypted, ttlMs } = settings
    const plain = plainResponse(exchange, response, gathered.whole, clock.now() + ttlMs)
    exchange.response = { ...response, body: new WholeBody(gathered.whole) }
    if (isKept) {
      const { clusterBytes } = this.#options
      calls.keep(flight, plain, { encrypted, ttlMs, clusterBytes }, clock.steadyMs())
    }
    return { kind: 'answer', response: plain }
  }

  async #wait(visit: Visit, flight: Flight): Promise<void> {
    const { exchange, calls, place, stale } = visit
    exchange.explanation?.tell('cache', 'waits for the same call of another request')
    const outcome = await flight.outcome
    if (outcome.kind === 'failure') {
      if (stale === undefined) throw outcome.error
      give(visit, stale)
      return
    }
    if (outcome.kind === 'answer' && isReadableBy(exchange, outcome.response)) {
      calls.counts.hits++
      give(visit, outcome.response)
      return
    }
    if (outcome.kind === 'left') {
      if (exchange.request.aborted) throw new GatewayError('INTEGRATION_FAILURE', { reason: CLIENT_LEFT })
      // The first to come here makes the call anew.
      const next = calls.flight(place)
      return next === undefined ? this.#seek(visit) : this.#wait(visit, next)
    }
    calls.counts.misses++
    return run(exchange, this.#options.steps)
  }
}

function give({ exchange }: Visit, response: PlainResponse): Outcome {
  exchange.response = responseFor(exchange, response)
  return { kind: 'answer', response }
}

/** What is wrong with one request need not be with another of the same key; a backend that fails, fails all. */
function isOfBackend({ responseType, status }: GatewayError): boolean {
  return responseType === 'INTEGRATION_FAILURE' || responseType === 'INTEGRATION_TIMEOUT' || status > 500
}

/** The sentence of AWS (reported by callers). */
function warn({ response }: Exchange): void {
  response?.headers.add(
    'Warning',
    '199 Cache-control headers were ignored because the caller was unauthorized.',
  )
}

function run(exchange: Exchange, steps: readonly Step[], start: number = 0): void | Promise<void> {
  for (let i = start; i < steps.length; i++) {
    const pending = (steps[i] as Step)(exchange)
    if (pending !== undefined) return pending.then(() => run(exchange, steps, i + 1))
  }
}
