// `npm run bench:http [-- CASE …] [--rounds N] [--seconds N] [--install-peers]`: what requests cost in Gatehouse beside
// the proxies found on this machine. Linux, two cores or more: targets run on core 0, load and backend on core 1.
import { parseArgs } from 'node:util'
import { CASES } from './http/cases.ts'
import { idle } from './http/idle.ts'
import { installPeers } from './http/install-peers.ts'
import { measureCase, type Measured } from './http/measure-case.ts'
import { caseTable, failures, summaryTable } from './http/report.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    'install-peers': { type: 'boolean', default: false },
  },
})

const names = [...CASES.map(({ name }) => name), 'idle']
const unknown = positionals.filter((word) => !names.includes(word))
if (unknown.length > 0) {
  console.error(`unknown case: ${unknown.join(', ')}; there are ${names.join(', ')}`)
  process.exit(2)
}
const rounds = count('rounds', values.rounds)
const seconds = count('seconds', values.seconds)

if (values['install-peers']) await installPeers()
const measured: Measured[] = []
for (const row of CASES) {
  if (!wanted(row.name)) continue
  console.log(`### ${row.name}: ${row.title}\n`)
  try {
    const result = await measureCase(row, { rounds, seconds })
    if (typeof result === 'string') {
      console.log(`skipped: ${result}\n`)
      continue
    }
    measured.push(result)
    console.log(`${caseTable(result).join('\n')}\n`)
    if (failures(result) > 0) process.exitCode = 1
  } catch (error) {
    console.log(`failed: ${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
if (measured.length > 0) console.log(`### summary\n\n${summaryTable(measured).join('\n')}\n`)
if (wanted('idle')) console.log((await idle()).join('\n'))

function wanted(name: string): boolean {
  return positionals.length === 0 || positionals.includes(name)
}

function count(option: string, text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  console.error(`--${option} ${JSON.stringify(text)}: a whole number from 1 is expected`)
  process.exit(2)
}
