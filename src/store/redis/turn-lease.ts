import { stateKey } from './state-key.ts'

/** One who waits for the server's answer. */
export interface TurnWaiter {
  readonly limit: number
  readonly resolve: (isTaken: boolean) => void
  readonly reject: (error: Error) => void
}

/** Turns of one key that a process has of all nodes', those that it uses and those that it may use again. */
export class TurnLease {
  readonly key: string
  /** Name of its key in Redis. */
  readonly name: string
  /** Under way here. */
  used = 0
  /** That are this process's, as far as the server knows. */
  held = 0
  /** The most that were under way at once lately. */
  peak = 0
  /** Whether any has begun lately. */
  isBusy = false
  /** Of whoever asked last. */
  limit = 1
  waiting: TurnWaiter[] = []
  /** Of `waiting`, those for whom the server is being asked. */
  asking: TurnWaiter[] = []
  /** Whether it is among those that ask next, or asks. */
  isAsking = false
  /** Whether other processes want turns. */
  isWanted = false
  /** When the server was asked last, and until when what it granted is known to be ours. Monotonic. */
  askedMs: number = -Infinity
  freshUntilMs: number = -Infinity
  #refusedUntilMs = -Infinity
  #refusedLimit = 0

  constructor(key: string) {
    this.key = key
    const digest = new Bun.CryptoHasher('sha256').update(key).digest('base64url')
    this.name = stateKey('turns', digest.slice(0, 22))
  }

  /** Whether one may begin that nobody is asked for. */
  hasFree(limit: number, nowMs: number): boolean {
    return this.used < Math.min(this.held, limit) && nowMs < this.freshUntilMs
  }

  /** Keeps what may be used again, if nobody else wants it. @returns how many are this process's from now on */
  keep(): number {
    const most = this.isWanted ? this.used : Math.max(this.used, this.peak)
    // Without the server there may have begun more than it granted.
    this.held = Math.max(this.used, Math.min(this.held, most))
    return this.held
  }

  refused(limit: number, untilMs: number): void {
    this.#refusedLimit = limit
    this.#refusedUntilMs = untilMs
  }

  isRefused(limit: number, nowMs: number): boolean {
    return limit <= this.#refusedLimit && nowMs < this.#refusedUntilMs
  }
}
