// `npm run bench [-- NAME …] [--install-peers]`: prints figures beside the peers found on this machine.
// Linux, two cores or more: targets run on core 0, the load generator and the backend on core 1.
import * as control from './control.ts'
import * as deploy from './deploy.ts'
import * as lambda from './lambda.ts'
import * as start from './start.ts'
import * as websocket from './websocket.ts'
import * as workers from './workers.ts'

const BENCHMARKS: Readonly<Record<string, { run(options: { installPeers: boolean }): Promise<string[]> }>> = {
  start,
  control,
  deploy,
  lambda,
  websocket,
  workers,
}

const words = process.argv.slice(2)
const installPeers = words.includes('--install-peers')
const names = words.filter((word) => word !== '--install-peers')
const unknown = names.filter((name) => !(name in BENCHMARKS))
if (unknown.length > 0) {
  console.error(`unknown benchmark: ${unknown.join(', ')}; there are ${Object.keys(BENCHMARKS).join(', ')}`)
  process.exit(2)
}

for (const [name, benchmark] of Object.entries(BENCHMARKS)) {
  if (names.length > 0 && !names.includes(name)) continue
  for (const line of await benchmark.run({ installPeers })) console.log(line)
}
