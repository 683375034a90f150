// `npm run bench:loop [-- NAME …] [--rounds N] [--requests N]`: what a request costs this process between the bytes that come
// and those that go: engine, dispatch and data plane, without sockets, backends and neighbours. For finding out what a change
// did; what it is worth under load, the benchmarks beside peers tell.
import { parseArgs } from 'node:util'
import { loopCases } from './loop/cases.ts'
import { LoopClient } from './loop/loop-client.ts'
import { markdownTable } from './support/markdown-table.ts'
import { median } from './support/stats.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '9' }, requests: { type: 'string', default: '100000' } },
})
const unknown = positionals.filter((word) => !loopCases.some(({ name }) => name === word))
if (unknown.length > 0) {
  console.error(
    `unknown case: ${unknown.join(', ')}; there are ${loopCases.map(({ name }) => name).join(', ')}`,
  )
  process.exit(2)
}
const requests = Number(values.requests)
const subjects = loopCases
  .filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  .map((row) => ({ row, client: new LoopClient(row.handler(), row.status), us: [] as number[] }))

/** The first rounds are for the compiler of the machine, and for what is kept to be there. */
for (let round = -2; round < Number(values.rounds); round++) {
  for (const { row, client, us } of subjects) {
    const before = process.cpuUsage()
    for (let i = 0; i < requests; i++) {
      const pending = client.send(row.request(i))
      if (pending !== undefined) await pending
      // Turns of the event loop come about as often as under load.
      if (i % 64 === 0) await new Promise(setImmediate)
    }
    const { user, system } = process.cpuUsage(before)
    if (round >= 0) us.push((user + system) / requests)
  }
}
console.log(
  markdownTable(
    ['case', 'what', 'µs CPU', 'least–most'],
    subjects.map(({ row, us }) => [
      row.name,
      row.title,
      median(us).toFixed(2),
      `${Math.min(...us).toFixed(2)}–${Math.max(...us).toFixed(2)}`,
    ]),
  ).join('\n'),
)
process.exit(0)
