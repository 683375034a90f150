import type { TokenRate } from '#base/counters.ts'
import { aheadMax, BucketLease, type Waiter } from '#store/redis/bucket-lease.ts'
import { defaultRedisLimits, type RedisLimits } from '#store/redis/limits.ts'
import { takeTokens, TOKEN } from '#store/token-bucket.ts'

export interface SimulatedKey {
  /** That serve, on all nodes. */
  readonly processes: number
  /** Requests for the key, of all clients, that come as they like (Poisson) and to any process. */
  readonly requestsPerSecond: number
  /** So many more at once, so often. */
  readonly flood?: { readonly everyMs: number; readonly requests: number } | undefined
  readonly rate: TokenRate
  /** To Redis and back. */
  readonly roundTripMs: number
  readonly seconds: number
  readonly seed: number
  readonly limits?: RedisLimits
}

export interface KeyFigures {
  readonly requests: number
  readonly admitted: number
  /** Scripts that Redis ran, those that give back among them. */
  readonly questions: number
  /** The most that was admitted in any span of time beyond rate × time + burst. */
  readonly over: number
  /** The most requests that waited for Redis at once. */
  readonly waitingMax: number
}

interface Process {
  readonly lease: BucketLease
  waiting: Waiter[]
}

/** Two lines of events, each in the order of time: their delays do not change. */
interface Event {
  readonly atMs: number
  readonly run: () => void
}

/**
 * One key at many processes over one Redis, in a time of its own. What a process holds, takes ahead and believes is
 * `BucketLease`, and the bucket `takeTokens`: production's own.
 */
export function simulateKey(simulated: SimulatedKey): KeyFigures {
  const { processes: count, requestsPerSecond, flood, rate, roundTripMs, seconds, seed } = simulated
  const limits = simulated.limits ?? defaultRedisLimits
  const random = randomFrom(seed)
  const processes = Array.from({ length: count }, (): Process => ({
    lease: new BucketLease('key', rate.perSecond),
    waiting: [],
  }))
  const { flow } = (processes[0] as Process).lease
  const most = aheadMax(rate, limits)
  const figures = { requests: 0, admitted: 0, questions: 0, over: 0, waitingMax: 0 }
  const holding = new Set<Process>()
  const atServer: Event[] = []
  const atProcess: Event[] = []
  let nowMs = 0
  let full = 0
  // What an exact bucket would have left, were all admitted requests taken of it.
  let left = rate.burst
  let leftMs = 0
  let waitingNow = 0

  const admit = (): void => {
    left = Math.min(rate.burst, left + ((nowMs - leftMs) * rate.perSecond) / 1000) - 1
    leftMs = nowMs
    figures.admitted++
    figures.over = Math.max(figures.over, -left)
  }
  const giveBack = (process: Process): void => {
    const { lease } = process
    const { tokens } = lease
    holding.delete(process)
    if (tokens === 0) return
    lease.tokens = 0
    figures.questions++
    atServer.push({ atMs: nowMs + roundTripMs / 2, run: () => (full -= tokens * TOKEN) })
  }
  const serve = (process: Process, lackAfter: number): void => {
    for (const each of process.waiting.splice(0)) {
      if (process.lease.tokens > 0) {
        process.lease.tokens--
        waitingNow--
        admit()
        continue
      }
      const late = lackAfter + TOKEN - rate.burst * TOKEN
      if (late > 0) {
        waitingNow--
        process.lease.refused(each, Math.ceil(late / flow), nowMs, limits)
      } else {
        process.waiting.push(each)
      }
    }
    if (process.waiting.length > 0) ask(process)
  }
  const ask = (process: Process): void => {
    const { lease } = process
    if (lease.isAsking) return
    lease.isAsking = true
    const needed = Math.max(0, process.waiting.length - lease.tokens)
    const held = Math.max(0, lease.tokens - process.waiting.length)
    const ahead = Math.max(0, Math.min(lease.ahead, most) - held)
    figures.questions++
    const run = (): void => {
      const room = Math.floor((rate.burst * TOKEN - Math.max(0, full - nowMs * flow)) / TOKEN)
      const granted = Math.max(0, Math.min(room, needed + ahead))
      if (granted > 0) full = takeTokens(full, flow, rate.burst, granted, nowMs * flow).full as number
      const lack = Math.max(0, full - nowMs * flow)
      const answered = (): void => {
        lease.isAsking = false
        lease.granted(granted, nowMs, most, limits)
        serve(process, lack)
        if (lease.tokens > 0) holding.add(process)
      }
      atProcess.push({ atMs: nowMs + roundTripMs / 2, run: answered })
    }
    atServer.push({ atMs: nowMs + roundTripMs / 2, run })
  }
  const request = (process: Process): void => {
    const { lease } = process
    figures.requests++
    if (lease.tokens > 0 && lease.isOver(nowMs, limits)) giveBack(process)
    const waitMs = process.waiting.length > 0 ? undefined : lease.use(1, rate, nowMs)
    if (waitMs === undefined) {
      process.waiting.push({ tokens: 1, rate, nowMs, resolve() {}, reject() {} })
      figures.waitingMax = Math.max(figures.waitingMax, ++waitingNow)
      ask(process)
    } else if (waitMs === 0) {
      admit()
      if (lease.ahead > 1 && lease.tokens <= lease.ahead >> 2) ask(process)
    }
  }

  const endMs = seconds * 1000
  const meanMs = 1000 / requestsPerSecond
  let arrivalMs = -Math.log(1 - random()) * meanMs
  let sweepMs = limits.leaseMs
  let floodMs = flood?.everyMs ?? Infinity
  const anyone = (): Process => processes[Math.floor(random() * count)] as Process
  for (;;) {
    const server = atServer[0]?.atMs ?? Infinity
    const answer = atProcess[0]?.atMs ?? Infinity
    nowMs = Math.min(server, answer, arrivalMs, sweepMs, floodMs)
    if (nowMs >= endMs) return figures
    if (nowMs === server) atServer.shift()?.run()
    else if (nowMs === answer) atProcess.shift()?.run()
    else if (nowMs === sweepMs) {
      sweepMs += limits.leaseMs
      for (const process of holding) if (process.lease.isOver(nowMs, limits)) giveBack(process)
    } else if (nowMs === floodMs) {
      floodMs += flood?.everyMs ?? Infinity
      for (let i = 0; i < (flood?.requests ?? 0); i++) request(anyone())
    } else {
      arrivalMs += -Math.log(1 - random()) * meanMs
      request(anyone())
    }
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
