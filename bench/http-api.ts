// `npm run bench:http-api [-- NAME …] [--rounds N] [--seconds N]`: what a route of an HTTP API costs, CPU per request, beside
// nginx with a JSON access log, and functions beside serverless-offline. Linux, two cores: targets on core 0, load and
// backend on core 1.
import { parseArgs } from 'node:util'
import { COMPARISONS } from './http-api/cases.ts'
import { missingTools, startSubjects } from './http-api/subjects.ts'
import { comparisonTable, measure } from './support/comparisons.ts'

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
const { subjects, stop } = await startSubjects(new Set(names))
try {
  const results = await measure(subjects, names, Number(values.rounds), Number(values.seconds))
  console.log(comparisonTable(wanted, results).join('\n'))
  const failed = [...results.values()].flat().reduce((sum, { failures }) => sum + failures, 0)
  console.log(`\nfailed requests: ${failed}`)
  if (failed > 0) process.exitCode = 1
} finally {
  await stop()
}
