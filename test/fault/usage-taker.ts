// A process of `usage-processes.test.ts`: bun usage-taker.ts FILE PLAN START_MS STEPS LIMIT
// Once it is told to go, it takes all that a key's bucket gives at each millisecond of a clock of its own and counts each,
// until its time or the quota is over. Prints how many it took and how many were counted.
import { UsageTable } from '#store/usage-table.ts'

const [file = '', plan, start, steps, limit] = process.argv.slice(2)
const table = new UsageTable(file)
const place = table.find(new Uint8Array(32), Number(plan)) as number
const startMs = Number(start)
const quota = {
  limit: Number(limit),
  period: { startMs: Math.floor(startMs / 86_400_000) * 86_400_000, endMs: Infinity },
}

console.log('ready')
for await (const _ of console) break

let taken = 0
let counted = 0
for (let ms = 0; ms <= Number(steps); ms++) {
  while (table.take(place, { perSecond: 30_000, burst: 500 }, startMs + ms)) {
    taken++
    if (table.count(place, quota, startMs)) counted++
  }
}
console.log(`${taken} ${counted}`)
process.exit(0)
