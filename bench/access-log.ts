// `node bin/bun.mjs bench/access-log.ts [--rounds N] [--requests N]`: what a line of access log adds to a request, CPU,
// without sockets: the same MOCK route with and without a log in turn, lines written to a file. One core is enough.
import { parseArgs } from 'node:util'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '#base/log.ts'
import { compile } from '#compiler/compile.ts'
import { Address } from '#data-plane/address.ts'
import { execute } from '#data-plane/execute.ts'
import { Exchange, type Services } from '#data-plane/exchange.ts'
import { parseHost } from '#data-plane/host-name.ts'
import { namedFormats } from '#data-plane/logs/access-log.ts'
import type { StageLogs } from '#data-plane/logs/log-sink.ts'
import type { ApiPlan } from '#data-plane/plan.ts'
import { emptyBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { HttpReply } from '#http/message.ts'
import { ServerRequest } from '#http/server-request.ts'
import { LogFiles } from '#server/logs/log-files.ts'
import { define, mock } from '../test/conformance/rest/support/definition.ts'
import { markdownTable } from './support/markdown-table.ts'
import { median } from './support/stats.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '15' }, requests: { type: 'string', default: '50000' } },
})
const requests = Number(values.requests)
const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))

/** What an exchange takes of the house; a MOCK route asks nobody. */
const services = { log: silentLog, clock: { now: () => Date.now() } } as unknown as Services
const host = parseHost('bench.execute-api.us-east-1.amazonaws.com')
const headers = new Headers(['Host', host.domainName, 'User-Agent', 'bench/1.0', 'Accept', '*/*'])

function planWith(logs: StageLogs | undefined): ApiPlan {
  const { snapshot, stage } = define('bench', {
    paths: { '/pets/{id}': { GET: { integration: mock('{}') } } },
  })
  return compile(snapshot, stage, { logs }).plan
}

const filesOf = (accessLogFormat: string): LogFiles =>
  new LogFiles({ dataDir, accessLog: 'files', accessLogFormat, executionLog: 'faults' }, silentLog)

/** As the engine and `serve.ts` do it. */
function serve(plan: ApiPlan): void {
  const target = '/prod/pets/1'
  const request = new ServerRequest('1.1', 'GET', target, headers, host.domainName, emptyBody, {
    address: '192.0.2.1',
    secure: false,
  })
  const exchange = new Exchange(request, new Address('bench', host, target, 0), plan, services)
  const match = plan.match('GET', exchange.address)
  if (match === undefined) throw new Error('no route')
  exchange.route = match.route
  exchange.pathValues = match.pathValues
  const reply = execute(exchange, match.route.steps) as HttpReply
  if (reply.status !== 200) throw new Error(`answered ${reply.status}`)
  reply.onSent?.(2, true)
}

/** Microseconds of CPU a request, all threads of the process: those that write to the disk are among them. */
async function measure(plan: ApiPlan, files: LogFiles | undefined): Promise<number> {
  const before = process.cpuUsage()
  for (let i = 0; i < requests; i++) {
    serve(plan)
    // Turns of the event loop, in which files are written, come about as often as under load.
    if (i % 64 === 0) await new Promise(setImmediate)
  }
  await files?.flush()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / requests
}

const subjects = Object.entries(namedFormats).map(([name, format]) => {
  const files = filesOf(format)
  return { name, files, plan: planWith(files), added: [] as number[] }
})
const bare = planWith(undefined)
const without: number[] = []
for (let round = -2; round < Number(values.rounds); round++) {
  const base = await measure(bare, undefined)
  if (round >= 0) without.push(base)
  for (const { files, plan, added } of subjects) {
    const cost = await measure(plan, files)
    if (round >= 0) added.push(cost - base)
  }
}
const lines = subjects.map(({ name, added }) => [
  name,
  median(added).toFixed(2),
  `${Math.min(...added).toFixed(2)}–${Math.max(...added).toFixed(2)}`,
])
console.log(`without a log: ${median(without).toFixed(2)} µs CPU a request, without sockets`)
console.log(markdownTable(['format', 'µs CPU more a request', 'least–most'], lines).join('\n'))
for (const { files } of subjects) {
  if (files.dropped > 0) console.log(`${files.dropped} lines were lost`)
  await files.close()
}
await rm(dataDir, { recursive: true })
