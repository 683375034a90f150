// `npm run bench:languages [-- CASE …] [--rounds N] [--seconds N] [--java COMMAND] [--java-path COMMAND]`: the little
// languages beside others, all in one run: in each round everybody has a turn at each case. COMMAND (or BENCH_JAVA and
// BENCH_JAVA_PATH in the environment) is a Java engine of templates, or of JSONPaths, that answers `--bench` as
// `languages/measure.ts` says. Figures are operations per second of one core.
import { parseArgs } from 'node:util'
import { CASES } from './languages/cases.ts'
import type { LanguageCase } from './languages/language-case.ts'
import { measure, measureJava } from './languages/measure.ts'
import { run as measureRouting } from './languages/routes.ts'
import { markdownTable } from './support/markdown-table.ts'
import { median } from './support/stats.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    java: { type: 'string', default: process.env.BENCH_JAVA ?? '' },
    'java-path': { type: 'string', default: process.env.BENCH_JAVA_PATH ?? '' },
  },
})
const known = [...CASES.map(({ name }) => name), 'routes']
const unknown = positionals.filter((word) => !known.includes(word))
if (unknown.length > 0) {
  console.error(`unknown case: ${unknown.join(', ')}; there are ${known.join(', ')}`)
  process.exit(2)
}
const rounds = positive('rounds', values.rounds)
const seconds = positive('seconds', values.seconds)
const cases = CASES.filter(({ name }) => positionals.length === 0 || positionals.includes(name))

/** Operations per second in each round, by case and engine. */
const figures = new Map<string, Map<string, number[]>>(cases.map(({ name }) => [name, new Map()]))

for (const row of cases) row.check?.()
for (let round = 0; round < rounds; round++) {
  for (const row of cases) {
    note(
      row.name,
      'Gatehouse',
      measure(() => row.run(), seconds),
    )
    for (const peer of row.peers)
      note(
        row.name,
        peer.name,
        measure(() => peer.run(), seconds),
      )
  }
  await turnOfJava(
    values.java,
    cases.map(({ java }) => java),
  )
  await turnOfJava(
    values['java-path'],
    cases.map(({ javaPath }) => javaPath),
  )
}

async function turnOfJava(command: string, lines: readonly LanguageCase['java'][]): Promise<void> {
  const given = lines.filter((line) => line !== undefined)
  if (command === '' || given.length === 0) return
  for (const [name, perSecond] of await measureJava(command, given, seconds)) note(name, 'Java', perSecond)
}

for (const { name, title } of cases) {
  const engines = figures.get(name) as Map<string, number[]>
  const ours = median(engines.get('Gatehouse') as number[])
  const rows = [...engines].map(([engine, perSecond]) => [
    engine,
    median(perSecond).toFixed(0),
    `${Math.min(...perSecond).toFixed(0)}–${Math.max(...perSecond).toFixed(0)}`,
    engine === 'Gatehouse' ? '' : `${(ours / median(perSecond)).toFixed(2)}×`,
  ])
  const table = markdownTable(['engine', 'per second', 'least–most', 'Gatehouse is'], rows)
  console.log(`### ${name}: ${title}\n\n${table.join('\n')}\n`)
}

if (positionals.length === 0 || positionals.includes('routes')) {
  for (const line of await measureRouting()) console.log(line)
}

function note(name: string, engine: string, perSecond: number): void {
  const engines = figures.get(name) as Map<string, number[]>
  engines.set(engine, [...(engines.get(engine) ?? []), perSecond])
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new Error(`--${option} is ${JSON.stringify(text)}: expected a positive number`)
  return value
}
