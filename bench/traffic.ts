// `npm run bench:traffic [-- NAME …] [--rounds N] [--seconds N]`: what keys, plans, quotas and the stage cache cost, CPU per
// request, beside nginx with Lua, nginx and Varnish; and what a gateway serves that is asked for three times as much as it
// can (`overload`). Linux, two cores: targets on core 0, load and backend on core 1.
import { parseArgs } from 'node:util'
import { startBackend } from './peers/nginx.ts'
import { comparisonTable, measure, type Subject } from './support/comparisons.ts'
import { h2loadFound, loadToolFound } from './support/load.ts'
import { COMPARISONS, type SubjectName } from './traffic/cases.ts'
import { measureOverload, OVERLOAD, OVERLOAD_SECONDS } from './traffic/overload.ts'
import { checkSubject, SOURCES } from './traffic/subjects.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    'overload-seconds': { type: 'string', default: String(OVERLOAD_SECONDS) },
  },
})
const known = [...COMPARISONS.map(({ name }) => name), OVERLOAD]
const unknown = positionals.filter((word) => !known.includes(word))
if (unknown.length > 0) {
  console.error(`unknown row: ${unknown.join(', ')}; there are ${known.join(', ')}`)
  process.exit(2)
}
const isWanted = (name: string): boolean => positionals.length === 0 || positionals.includes(name)
const wanted = COMPARISONS.filter(({ name }) => isWanted(name))
const names = [...new Set(wanted.flatMap(({ subject, beside }) => [beside, subject]))]
const sources = SOURCES.filter((source) => source.names.some((name) => names.includes(name)))
const missing = [
  ...(loadToolFound() ? [] : ['wrk']),
  ...(h2loadFound() ? [] : ['h2load']),
  ...sources.flatMap((source) => source.missing?.() ?? []),
]
if (missing.length > 0) {
  console.error(`needs ${missing.join(', ')}; \`npm run bench:http -- --install-peers\``)
  process.exit(2)
}

let failed = 0
if (wanted.length > 0) failed += await compare()
if (isWanted(OVERLOAD)) {
  for (const line of await measureOverload(Number(values['overload-seconds']))) console.log(line)
}
// What guards Redis against outliving this process waits for its end.
process.exit(failed > 0 ? 1 : 0)

/** @returns how many requests were not answered as they should */
async function compare(): Promise<number> {
  const servers: { stop(): Promise<void> }[] = []
  try {
    const backend = await startBackend()
    servers.push(backend)
    const subjects = new Map<SubjectName, Subject>()
    const notes: (() => string[])[] = []
    for (const source of sources) {
      const started = await source.start(backend.port)
      servers.push(started)
      for (const [name, subject] of started.subjects) {
        await checkSubject(name, subject)
        subjects.set(name, subject)
      }
      if (started.notes !== undefined) notes.push(started.notes)
    }
    const results = await measure(subjects, names, Number(values.rounds), Number(values.seconds))
    console.log([...comparisonTable(wanted, results), '', ...notes.flatMap((told) => told())].join('\n'))
    const failures = [...results.values()].flat().reduce((sum, result) => sum + result.failures, 0)
    console.log(`failed requests: ${failures}`)
    return failures
  } finally {
    for (const server of servers.toReversed()) await server.stop()
  }
}
