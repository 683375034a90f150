// `npm run bench:resilience [-- --rounds N] [--seconds N]`: what policies of traffic add to a request for a backend that
// is well, in microseconds of CPU: a client that answers at once, with and without each policy, in turns.
import { parseArgs } from 'node:util'
import { OwnTurns } from '#base/turns.ts'
import { Headers } from '#http/headers.ts'
import { emptyBody, textBody } from '#http/body.ts'
import type { HttpClientRequest, HttpClientResponse } from '#http/client.ts'
import { compileSendHttp } from '#data-plane/resilience/send-http.ts'
import { ResilienceState } from '#data-plane/resilience/resilience-state.ts'
import { readTraffic } from '#languages/traffic/read-traffic.ts'
import { markdownTable } from './support/markdown-table.ts'
import { median } from './support/stats.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '0.5' } },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)
if (!(rounds > 0 && seconds > 0)) throw new Error('--rounds and --seconds: expected positive numbers')

const ROWS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  concurrency: { concurrency: { limit: 1000 } },
  retry: { retry: {} },
  'retry with tryTimeoutMs': { retry: { tryTimeoutMs: 1000 } },
  hedge: { hedge: { delayMs: 1000 } },
  circuitBreaker: { circuitBreaker: {} },
  'mirror of none': { mirror: { to: 'http://shadow.example', percent: 0 } },
  'all of these': {
    concurrency: { limit: 1000 },
    retry: { tryTimeoutMs: 1000 },
    hedge: { delayMs: 1000 },
    circuitBreaker: {},
    mirror: { to: 'http://shadow.example', percent: 0 },
  },
}

const answer: HttpClientResponse = {
  status: 200,
  reason: 'OK',
  headers: new Headers(),
  version: '1.1',
  body: textBody('ok'),
}
const client = { send: (): Promise<HttpClientResponse> => Promise.resolve(answer) }
const request: HttpClientRequest = {
  origin: 'http://backend.example',
  method: 'GET',
  target: '/',
  headers: new Headers(['Accept', '*/*', 'User-Agent', 'bench', 'Host', 'backend.example']),
  body: emptyBody,
  timeoutMs: 29_000,
}
const sending = { state: new ResilienceState({ turns: new OwnTurns() }), route: 'bench', keys: [''] }

const subjects = new Map<string, () => Promise<unknown>>([['none', () => client.send()]])
for (const [name, traffic] of Object.entries(ROWS)) {
  const { settings, findings } = readTraffic(traffic)
  if (settings === undefined) throw new Error(findings.map(({ message }) => message).join())
  const send = compileSendHttp(settings)
  subjects.set(name, () => send(client, request, sending))
}

const figures = new Map<string, number[]>([...subjects.keys()].map((name) => [name, []]))
for (let round = 0; round < rounds; round++) {
  for (const [name, run] of subjects) figures.get(name)?.push(await microsecondsOf(run))
}
const base = median(figures.get('none') ?? [])
const rows = [...figures].map(([name, us]) => [
  name,
  (median(us) - (name === 'none' ? 0 : base)).toFixed(2),
  `${Math.min(...us).toFixed(2)}–${Math.max(...us).toFixed(2)}`,
])
console.log(markdownTable(['policy', 'adds, µs', 'with the client, least–most'], rows).join('\n'))

/** CPU of all threads, the collector's among them: what wall time is depends on the neighbours. */
async function microsecondsOf(run: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < 10_000; i++) await run()
  const began = process.cpuUsage()
  const endMs = performance.now() + seconds * 1000
  let count = 0
  while (performance.now() < endMs) {
    for (let i = 0; i < 100; i++) await run()
    count += 100
  }
  const { user, system } = process.cpuUsage(began)
  return (user + system) / count
}
