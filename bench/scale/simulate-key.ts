import type { TokenRate } from '#base/counters.ts'
import { BucketLease } from '#store/redis/bucket-lease.ts'
import { defaultRedisLimits, type RedisLimits } from '#store/redis/limits.ts'
import { TOKEN } from '#store/token-bucket.ts'

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
  /** Questions that Redis answered; those of one process for many keys come together. */
  readonly questions: number
  /** The most that was admitted in any span of time beyond rate × time + burst. */
  readonly over: number
  /** The most requests that waited for Redis at once. */
  readonly waitingMax: number
}

/** Lines of events, each in the order of time: their delays do not change. */
interface Event {
  readonly atMs: number
  readonly run: () => void
}

/**
 * One key at many processes over one Redis, in a time of its own. What a process lets in, tells and believes is
 * `BucketLease`, production's own; the bucket does what `bucketScript` does.
 */
export function simulateKey(simulated: SimulatedKey): KeyFigures {
  const { processes: count, requestsPerSecond, flood, rate, roundTripMs, seconds, seed } = simulated
  const limits = simulated.limits ?? defaultRedisLimits
  const random = randomFrom(seed)
  const processes = Array.from({ length: count }, () => new BucketLease('key', rate.perSecond, limits))
  const { flow } = processes[0] as BucketLease
  const figures = { requests: 0, admitted: 0, questions: 0, over: 0, waitingMax: 0 }
  const owing = new Set<BucketLease>()
  const soon: Event[] = []
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
  const send = (lease: BucketLease): void => {
    const { capacity, owed, needed } = lease.ask()
    figures.questions++
    const run = (): void => {
      const lackBefore = Math.max(0, Math.max(0, full - nowMs * flow) + owed * TOKEN)
      const granted = Math.max(0, Math.min(Math.floor((capacity - lackBefore) / TOKEN), needed))
      const lack = lackBefore + granted * TOKEN
      full = nowMs * flow + lack
      const answered = (): void => {
        lease.isAsking = false
        if (lease.answered(granted, lack, nowMs)) askNow(lease)
        else if (lease.owes) owing.add(lease)
      }
      atProcess.push({ atMs: nowMs + roundTripMs / 2, run: answered })
    }
    atServer.push({ atMs: nowMs + roundTripMs / 2, run })
  }
  /** Those that are to be sent soon: who is sent before is not among them any more. */
  const planned = new Set<BucketLease>()
  const askSoon = (lease: BucketLease): void => {
    lease.isAsking = true
    planned.add(lease)
    soon.push({ atMs: nowMs + limits.tellMs, run: () => planned.delete(lease) && send(lease) })
  }
  const askNow = (lease: BucketLease): void => {
    if (lease.isAsking && !planned.delete(lease)) return
    lease.isAsking = true
    send(lease)
  }
  const request = (lease: BucketLease): void => {
    figures.requests++
    const waitMs = lease.use(1, rate, nowMs)
    if (waitMs === undefined) {
      const resolve = (refusedMs: number): void => {
        waitingNow--
        if (refusedMs === 0) admit()
      }
      lease.waiting.push({ tokens: 1, rate, nowMs, resolve, reject() {} })
      figures.waitingMax = Math.max(figures.waitingMax, ++waitingNow)
      askNow(lease)
    } else if (waitMs === 0) {
      admit()
      if (lease.isAsking) return
      if (lease.isDue) askSoon(lease)
      else owing.add(lease)
    }
  }

  const endMs = seconds * 1000
  const meanMs = 1000 / requestsPerSecond
  let arrivalMs = -Math.log(1 - random()) * meanMs
  let sweepMs = limits.owingMs
  let floodMs = flood?.everyMs ?? Infinity
  const anyone = (): BucketLease => processes[Math.floor(random() * count)] as BucketLease
  for (;;) {
    const server = atServer[0]?.atMs ?? Infinity
    const answer = atProcess[0]?.atMs ?? Infinity
    const told = soon[0]?.atMs ?? Infinity
    nowMs = Math.min(server, answer, told, arrivalMs, sweepMs, floodMs)
    if (nowMs >= endMs) return figures
    if (nowMs === server) atServer.shift()?.run()
    else if (nowMs === answer) atProcess.shift()?.run()
    else if (nowMs === told) soon.shift()?.run()
    else if (nowMs === sweepMs) {
      sweepMs += limits.owingMs
      for (const lease of owing) if (lease.owes && !lease.isAsking) askSoon(lease)
      owing.clear()
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
