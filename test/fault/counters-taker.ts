// A process of `counters-processes.test.ts`: bun counters-taker.ts FILE PROCESSES START_MS STEPS KEY
// Waits for the others, then takes all that a bucket gives at each millisecond of a clock of its own, and prints how
// much that was. With `churn` for a key it goes through ever new keys for ever instead.
import { SharedCounters } from '#store/counters-shared.ts'

const [file = '', processes, start, steps, key = ''] = process.argv.slice(2)
const counters = new SharedCounters(file)
const startMs = Number(start)

console.log('ready')
counters.tryAdding(1)
while (counters.tries < Number(processes)) Bun.sleepSync(1)

if (key === 'churn') {
  // Each bucket is full again at the next step, so its slot may be given to another key.
  for (let n = 0; ; n++) counters.take(`${process.pid} ${n}`, { perSecond: 1000, burst: 1 }, 1, startMs + n)
}

let taken = 0
for (let ms = 0; ms <= Number(steps); ms++) {
  while (counters.take(key, { perSecond: 30_000, burst: 500 }, 1, startMs + ms) === 0) taken++
  counters.add(key, 1, { startMs, endMs: startMs + 86_400_000 }, startMs + ms)
}
console.log(taken)
