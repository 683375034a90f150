// What a cluster asks of one Redis, reckoned by simulation: docs/scale.md. `npm run bench:scale`
import { simulateCluster, type SimulatedCluster } from './scale/simulate-cluster.ts'

const BUCKET_BYTES = 100
const rate = { perSecond: 1000, burst: 2000 }
const large = {
  nodes: 100,
  nodesOfKey: 100,
  processes: 8,
  requestsPerSecondOfNode: 20_000,
  skew: 1,
  rate,
  roundTripMs: 1,
  seed: 1,
}
const byKey = { nodesOfKey: 1 }

const clusters: readonly (readonly [what: string, cluster: SimulatedCluster])[] = [
  ['3 nodes, 10,000 keys', { ...large, nodes: 3, nodesOfKey: 3, keys: 10_000 }],
  ['the same, a node a key', { ...large, ...byKey, nodes: 3, keys: 10_000 }],
  [
    '100 nodes, 1 limit of 3 M/s for all',
    { ...large, keys: 1, rate: { perSecond: 3_000_000, burst: 3_000_000 } },
  ],
  [
    '100 nodes, 100 keys, alike',
    { ...large, skew: 0, keys: 100, rate: { perSecond: 30_000, burst: 60_000 } },
  ],
  [
    'the same, a node a key',
    { ...large, ...byKey, skew: 0, keys: 100, rate: { perSecond: 30_000, burst: 60_000 } },
  ],
  ['100 nodes, 10 M keys', { ...large, keys: 10_000_000 }],
  ['the same, a node a key', { ...large, ...byKey, keys: 10_000_000 }],
  ['100 nodes, 10 M keys, alike', { ...large, skew: 0, keys: 10_000_000 }],
  [
    '100 nodes, 10 M keys, 10 a second each',
    { ...large, keys: 10_000_000, rate: { perSecond: 10, burst: 20 } },
  ],
]

console.log(
  '| cluster | requests/s | admitted/s | questions/s | a request | over, of at most | buckets in Redis |',
)
console.log('| --- | --: | --: | --: | --: | --: | --: |')
for (const [what, cluster] of clusters) {
  const found = simulateCluster(cluster)
  const whole = (number: number): string => Math.round(number).toLocaleString('en-US')
  console.log(
    `| ${what} | ${whole(found.requestsPerSecond)} | ${whole(found.admittedPerSecond)} | ` +
      `${whole(found.questionsPerSecond)} | ${found.questionsPerRequest.toFixed(3)} | ` +
      `${whole(found.over)} of ${whole(found.overMax)} | ` +
      `${whole(found.buckets)}, ${whole((found.buckets * BUCKET_BYTES) / 1e6)} MB |`,
  )
}
