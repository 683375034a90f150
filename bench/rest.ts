// `npm run bench:rest [-- NAME …] [--rounds N] [--seconds N]`: what a route of a REST API costs, CPU per request, beside
// nginx with a JSON access log and beside other routes. Linux, two cores: targets on core 0, load and backend on core 1.
import { parseArgs } from 'node:util'
import { COMPARISONS, type Comparison, type SubjectName } from './rest/cases.ts'
import { missingTools, startSubjects, type Subject } from './rest/subjects.ts'
import { load, type LoadResult } from './support/load.ts'
import { markdownTable } from './support/markdown-table.ts'
import { median } from './support/stats.ts'

const CONNECTIONS = 32
const WARM_UP_SECONDS = 2

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
  },
})
const unknown = positionals.filter((word) => !COMPARISONS.some(({ name }) => name === word))
if (unknown.length > 0) {
  console.error(
    `unknown comparison: ${unknown.join(', ')}; there are ${COMPARISONS.map(({ name }) => name).join(', ')}`,
  )
  process.exit(2)
}
const missing = missingTools()
if (missing !== undefined) {
  console.error(missing)
  process.exit(2)
}

const wanted = COMPARISONS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
const names = [...new Set(wanted.flatMap(({ subject, beside }) => [beside, subject]))]
const { subjects, stop } = await startSubjects()
try {
  const results = await measure(names, Number(values.rounds), Number(values.seconds))
  console.log(table(wanted, results).join('\n'))
  const failed = [...results.values()].flat().reduce((sum, { failures }) => sum + failures, 0)
  console.log(`\nfailed requests: ${failed}`)
  if (failed > 0) process.exitCode = 1
} finally {
  await stop()
}

/** Every subject once a round, so that what disturbs a round disturbs all of them. */
async function measure(
  names: readonly SubjectName[],
  rounds: number,
  seconds: number,
): Promise<Map<SubjectName, LoadResult[]>> {
  const results = new Map<SubjectName, LoadResult[]>(names.map((name) => [name, []]))
  for (const name of names) await loaded(name, WARM_UP_SECONDS)
  for (let round = 0; round < rounds; round++) {
    for (const name of names) results.get(name)?.push(await loaded(name, seconds))
  }
  return results
}

function loaded(name: SubjectName, seconds: number): Promise<LoadResult> {
  const { pid, url, headers, body } = subjects.get(name) as Subject
  return load(url, pid, { connections: CONNECTIONS, seconds, headers, body })
}

function table(comparisons: readonly Comparison[], results: Map<SubjectName, LoadResult[]>): string[] {
  const head = ['what', 'goal', 'µs CPU', 'beside', 'its µs CPU', 'figure']
  const lines = comparisons.map(({ title, subject, beside, goal }) => {
    const ours = cpu(results.get(subject))
    const theirs = cpu(results.get(beside))
    const figures = ours.map((us, i) => difference(us, theirs[i] as number))
    const [least, most] = 'ratio' in goal ? [goal.ratio, '×'] : [goal.addedUs, 'µs more']
    function difference(us: number, other: number): number {
      return 'ratio' in goal ? us / other : us - other
    }
    const figure = median(figures)
    const range = `${Math.min(...figures).toFixed(2)}–${Math.max(...figures).toFixed(2)}`
    return [
      title,
      `≤ ${least} ${most}`,
      median(ours).toFixed(1),
      beside,
      median(theirs).toFixed(1),
      `${figure.toFixed(2)} (${range}), ${figure <= least ? 'met' : '**missed**'}`,
    ]
  })
  return markdownTable(head, lines)
}

function cpu(results: readonly LoadResult[] = []): number[] {
  return results.map(({ cpuUsPerRequest }) => cpuUsPerRequest)
}
