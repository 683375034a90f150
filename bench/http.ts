// `npm run bench:http [-- CASE …] [--rounds N] [--seconds N] [--install-peers]`: what requests cost in Gatehouse beside
// the proxies found on this machine. Linux, two cores or more: targets run on core 0, load and backend on core 1.
import { parseArgs } from 'node:util'
import { CASES } from './http/cases.ts'
import { compare } from './http/compare.ts'
import { installPeers } from './http/install-peers.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    'install-peers': { type: 'boolean', default: false },
  },
})

const unknown = positionals.filter((word) => !CASES.some(({ name }) => name === word))
if (unknown.length > 0) {
  console.error(`unknown case: ${unknown.join(', ')}; there are ${CASES.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}
const rounds = count('rounds', values.rounds)
const seconds = count('seconds', values.seconds)

if (values['install-peers']) await installPeers()
for (const row of CASES) {
  if (positionals.length > 0 && !positionals.includes(row.name)) continue
  const { lines, failures } = await compare(row, { rounds, seconds })
  for (const line of lines) console.log(line)
  if (failures > 0) process.exitCode = 1
}

function count(option: string, text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  console.error(`--${option} ${JSON.stringify(text)}: a whole number from 1 is expected`)
  process.exit(2)
}
