import { readTraffic } from '#languages/traffic/read-traffic.ts'
import type { TrafficSettings } from '#languages/traffic/settings.ts'
import type { Outcome, Transport } from './call.ts'
import { Cancellation } from './cancellation.ts'
import type { FakeWorld } from './fake-world.fixture.ts'
import { compilePolicies } from './policies.ts'
import { ResilienceState } from './resilience-state.ts'

/** What a fake backend does with an attempt: its outcome, after so long; `hang`: nothing, ever. */
export interface FakeAttempt {
  readonly outcome: Outcome | 'hang'
  readonly afterMs: number
}

export class FakeFailure extends Error {
  readonly outcome: Exclude<Outcome, number>
  constructor(outcome: Exclude<Outcome, number>) {
    super(outcome)
    this.outcome = outcome
  }
}

export interface FakeAnswer {
  readonly status: number
  readonly attempt: number
}

export interface FakeCall {
  readonly method?: string
  readonly repeatable?: boolean
  readonly key?: string
  readonly timeoutMs?: number
  readonly cancellation?: Cancellation
}

/** A backend whose every attempt goes as it is told, and the policies around it. */
export class FakeBackend {
  readonly world: FakeWorld
  readonly state: ResilienceState
  readonly events: string[] = []
  readonly cancelled: number[] = []
  readonly discarded: number[] = []
  /** What has begun: outcomes that it will have. */
  readonly attempts: FakeAttempt[] = []
  inFlight = 0
  inFlightMost = 0
  next: () => FakeAttempt = () => ({ outcome: 200, afterMs: 1 })
  readonly #settings: TrafficSettings

  constructor(world: FakeWorld, traffic: unknown) {
    const { settings, findings } = readTraffic(traffic)
    if (settings === undefined) throw new Error(findings.map(({ message }) => message).join())
    this.#settings = settings
    this.world = world
    this.state = new ResilienceState({ world })
  }

  call({
    method = 'GET',
    repeatable = true,
    key = '',
    timeoutMs = 10_000,
    cancellation,
  }: FakeCall = {}): Promise<FakeAnswer> {
    return compilePolicies(this.#settings)<FakeAnswer>()({
      transport: this.#transport,
      state: this.state,
      route: 'route',
      keys: (this.#settings.concurrency ?? []).map(() => key),
      backend: 'backend',
      method,
      repeatable,
      deadlineMs: this.world.now() + timeoutMs,
      cancellation: cancellation ?? new Cancellation(),
      ledger: { attempts: 0 },
      told: ({ policy, message }) => void this.events.push(`${policy}: ${message}`),
      send: (cancelling) => this.#send(cancelling),
    })
  }

  #send(cancellation: Cancellation): Promise<FakeAnswer> {
    const told = this.next()
    const attempt = this.attempts.push(told)
    this.inFlightMost = Math.max(this.inFlightMost, ++this.inFlight)
    return new Promise((resolve, reject) => {
      let isOver = false
      const end = (settle: () => void): void => {
        if (isOver) return
        isOver = true
        this.inFlight--
        settle()
      }
      const forget = this.world.after(told.outcome === 'hang' ? 1e9 : told.afterMs, () =>
        end(() => {
          if (typeof told.outcome === 'number') resolve({ status: told.outcome, attempt })
          else reject(new FakeFailure(told.outcome === 'hang' ? 'ours' : told.outcome))
        }),
      )
      cancellation.onCancel(() =>
        end(() => {
          forget()
          this.cancelled.push(attempt)
          reject(new FakeFailure('ours'))
        }),
      )
    })
  }

  readonly #transport: Transport<FakeAnswer> = {
    answered: ({ status }) => status,
    failed: (error) => (error instanceof FakeFailure ? error.outcome : 'ours'),
    timeout: () => new FakeFailure('timeout'),
    discard: ({ attempt }) => void this.discarded.push(attempt),
    whenOver: (answer, listener) => {
      listener()
      return answer
    },
  }
}

/** What became of a call. */
export function outcomeOfCall(call: Promise<FakeAnswer>): Promise<string | number> {
  return call.then(
    ({ status }) => status,
    (error: Error) => (error instanceof FakeFailure ? error.outcome : error.name),
  )
}
