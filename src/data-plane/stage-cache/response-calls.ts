import type { Clock } from '#base/clock.ts'
import type { Exchange } from '#data-plane/exchange.ts'
import type { GatewayError } from '#data-plane/gateway-error.ts'
import type { ResponseCache } from '#data-plane/ports.ts'
import { awaitTurn, noTurn, type Turn } from '../answer-turn.ts'
import { bytesOf, type KeptResponse, type PlainResponse } from './kept-response.ts'
import { ResponseSealer } from './response-sealer.ts'

/** How a call of a backend ended, for those who wait for it. */
export type Outcome =
  | { readonly kind: 'answer'; readonly response: PlainResponse }
  /** The backend failed: it is not asked again at once. */
  | { readonly kind: 'failure'; readonly error: GatewayError }
  /** The answer is for nobody else: each asks for itself. */
  | { readonly kind: 'alone' }
  /** The client for whom it was made has left, and the call with it. */
  | { readonly kind: 'left' }

/** Where an answer is kept. */
export interface ResponsePlace {
  /** `{apiId}/{stage}` */
  readonly stage: string
  readonly key: string
}

export interface ResponseKeeping {
  readonly encrypted: boolean
  readonly ttlMs: number
  /** Of the stage's cache, over all processes. */
  readonly clusterBytes: number
}

/** A call of a backend that is under way. */
export class Flight {
  readonly place: ResponsePlace
  readonly generation: number
  readonly outcome: Promise<Outcome>
  readonly settle: (outcome: Outcome) => void

  constructor(place: ResponsePlace, generation: number, landed: (flight: Flight) => void) {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    this.place = place
    this.generation = generation
    this.outcome = promise
    this.settle = (outcome) => {
      landed(this)
      resolve(outcome)
    }
  }
}

/** Since the start of the process. */
export interface CacheCounts {
  /** Requests that were answered without a call of the backend. */
  hits: number
  misses: number
}

/** The stage cache in one process: what is kept, and the calls whose answers will be. For one key there is one call. */
export class ResponseCalls {
  readonly cache: ResponseCache | undefined
  readonly counts: CacheCounts = { hits: 0, misses: 0 }
  readonly #flights = new Map<string, Flight>()
  readonly #sealer: ResponseSealer

  /** @param cache undefined: nothing is cached */
  constructor(cache: ResponseCache | undefined) {
    this.cache = cache
    this.#sealer = new ResponseSealer(cache?.sealingKey)
  }

  /** @returns a promise only where answers are kept elsewhere */
  find(
    { stage, key }: ResponsePlace,
    nowMs: number,
  ): PlainResponse | undefined | Promise<PlainResponse | undefined> {
    const found = this.cache?.answers.get(stage, key, nowMs)
    return found instanceof Promise ? found.then((kept) => this.#open(kept, key)) : this.#open(found, key)
  }

  /** The call that is under way; one from before a flush of the stage is none. */
  flight({ stage, key }: ResponsePlace): Flight | undefined {
    const flight = this.#flights.get(key)
    return flight?.generation === this.cache?.answers.generation(stage) ? flight : undefined
  }

  /** Those who come now wait for this call, whichever was under way. */
  begin(place: ResponsePlace, { request }: Exchange): Flight {
    const { stage, key } = place
    const generation = this.cache?.answers.generation(stage) ?? 0
    const flight = new Flight(place, generation, (landed) => {
      if (this.#flights.get(key) === landed) this.#flights.delete(key)
    })
    this.#flights.set(key, flight)
    request.onAbort(() => flight.settle({ kind: 'left' }))
    return flight
  }

  /** Waits for the call of another process, where one is under way. */
  async turn(
    { stage, key }: ResponsePlace,
    { request, services: { clock } }: Exchange,
    timeoutMs: number,
  ): Promise<Turn<PlainResponse>> {
    const answers = this.cache?.answers
    if (answers?.claim === undefined) return noTurn
    return awaitTurn({
      claim: (nowMs) => answers.claim?.(stage, key, nowMs + timeoutMs, nowMs),
      find: async (nowMs) => {
        const found = await this.find({ stage, key }, nowMs)
        return found !== undefined && this.isFresh(found, clock) ? found : undefined
      },
      isOver: () => request.aborted,
      clock,
    })
  }

  /** Whether a kept answer may be given although the backend could be asked. */
  isFresh({ freshUntilMs }: PlainResponse, clock: Clock): boolean {
    // The cache gives none after its time, whatever is done to the wall clock meanwhile.
    return this.cache?.staleMs === 0 || freshUntilMs > clock.now()
  }

  /** Keeps what a call gave, unless another one has begun since or the stage was flushed. */
  keep(
    flight: Flight,
    response: PlainResponse,
    { encrypted, ttlMs, clusterBytes }: ResponseKeeping,
    nowMs: number,
  ): void {
    const { stage, key } = flight.place
    if (this.cache === undefined || this.#flights.get(key) !== flight) return
    const { answers, processes, staleMs } = this.cache
    const kept: KeptResponse = encrypted ? this.#sealer.seal(response, key) : response
    answers.set(stage, key, kept, {
      generation: flight.generation,
      nowMs,
      expiresMs: nowMs + ttlMs + staleMs,
      bytes: bytesOf(kept),
      stageBytesMax: clusterBytes / processes,
    })
  }

  #open(kept: KeptResponse | undefined, key: string): PlainResponse | undefined {
    return kept?.sealed === undefined ? kept : this.#sealer.open(kept, key)
  }
}
