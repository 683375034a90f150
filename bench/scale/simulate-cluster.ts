import type { TokenRate } from '#base/counters.ts'
import { aheadMax } from '#store/redis/bucket-lease.ts'
import { defaultRedisLimits } from '#store/redis/limits.ts'
import { simulateKey, type KeyFigures } from './simulate-key.ts'

export interface SimulatedCluster {
  readonly nodes: number
  /** That serve, of each node. */
  readonly processes: number
  readonly requestsPerSecondOfNode: number
  readonly keys: number
  /** Of them, those that requests for one key come to: fewer where a load balancer chooses nodes by key. */
  readonly nodesOfKey: number
  /** Of requests over keys: the key of rank r is asked for as 1 / r^skew; 0: all alike. */
  readonly skew: number
  /** Of each key. */
  readonly rate: TokenRate
  readonly roundTripMs: number
  readonly seed: number
}

export interface ClusterFigures {
  readonly requestsPerSecond: number
  readonly admittedPerSecond: number
  readonly questionsPerSecond: number
  readonly questionsPerRequest: number
  /** Over rate × time + burst, the worst of the sampled keys; and the stated bound. */
  readonly over: number
  readonly overMax: number
  /** Keys of which a bucket is in Redis at any time. */
  readonly buckets: number
}

/** Events of one sampled key: enough for its figures, few enough for all of them. */
const REQUESTS_A_KEY = 5000
/** Keys whose rank is within this part of another's are as that one. */
const RANK_STEP = 1.6

/**
 * A cluster under requests for many keys. Keys do not touch each other, so some ranks are simulated, and each stands for
 * those up to the next.
 */
export function simulateCluster(cluster: SimulatedCluster): ClusterFigures {
  const { nodes, nodesOfKey, processes, requestsPerSecondOfNode, keys, skew, rate, roundTripMs, seed } =
    cluster
  const requestsPerSecond = nodes * requestsPerSecondOfNode
  const weights = sumOfWeights(keys, skew)
  const sums = { admitted: 0, questions: 0, buckets: 0 }
  let over = 0
  let simulated = 0
  for (const { from, to } of ranks(keys, skew)) {
    const perKey = (requestsPerSecond * weightOf(from, to, skew)) / weights / (to - from)
    const seconds = Math.max(1, REQUESTS_A_KEY / perKey)
    const key = { processes: nodesOfKey * processes, requestsPerSecond: perKey, rate, roundTripMs, seconds }
    const found: KeyFigures = simulateKey({ ...key, seed: seed + from })
    const share = (to - from) / seconds
    sums.admitted += found.admitted * share
    sums.questions += found.questions * share
    simulated += found.requests * share
    // A bucket is there from a request until it is full again, and a second.
    const fullMs = 1000 + Math.min(rate.burst, perKey) * (1000 / rate.perSecond)
    sums.buckets += (to - from) * (1 - Math.exp((-perKey * fullMs) / 1000))
    over = Math.max(over, found.over)
  }
  return {
    requestsPerSecond: simulated,
    admittedPerSecond: sums.admitted,
    questionsPerSecond: sums.questions,
    questionsPerRequest: sums.questions / simulated,
    over,
    overMax: nodesOfKey * processes * aheadMax(rate, defaultRedisLimits),
    buckets: sums.buckets,
  }
}

/** Ranks from 0, each with those that are as it is. */
function ranks(keys: number, skew: number): { readonly from: number; readonly to: number }[] {
  if (skew === 0) return [{ from: 0, to: keys }]
  const found: { from: number; to: number }[] = []
  for (let from = 0; from < keys; from = found.at(-1)?.to as number) {
    found.push({ from, to: Math.min(keys, Math.max(from + 1, Math.floor(from * RANK_STEP))) })
  }
  return found
}

function sumOfWeights(keys: number, skew: number): number {
  return ranks(keys, skew).reduce((sum, { from, to }) => sum + weightOf(from, to, skew), 0)
}

/** Of ranks from..to, by the integral between their middles. */
function weightOf(from: number, to: number, skew: number): number {
  const [low, high] = [from + 0.5, to + 0.5]
  if (skew === 0) return to - from
  return skew === 1 ? Math.log(high / low) : (high ** (1 - skew) - low ** (1 - skew)) / (1 - skew)
}
