import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deploy, document, mock, operation } from '../support/apis.ts'
import { startGateway, type RunningGateway } from '../support/gateway.ts'
import { load } from '../support/load.ts'
import { markdownTable } from '../support/markdown-table.ts'
import { pinned } from '../support/process.ts'

export const OVERLOAD = 'overload'
export const OVERLOAD_SECONDS = 60

/** So dear that one core makes three times as many requests as another can answer. */
const TEMPLATE =
  '#set($n = 0)#foreach($i in [1..100])#foreach($j in [1..100])#set($n = $n + $j)#end#end{"n": $n}'
const TIMES_CAPACITY = 3
const CONNECTIONS = 6000
/** All clients of one load generator ask at the same moment: so many take turns. */
const GENERATORS = 12
/** What one more client asks for all the time, of what the gateway can do; it sees when all is well again. */
const STEADY_SHARE = 0.1
const STEADY_CONNECTIONS = 20
const CAPACITY_SECONDS = 5
const BEFORE_SECONDS = 2
const AFTER_SECONDS = 5
const GOALS = { goodput: 0.9, recoveryMs: 1000 }

/** With what holds unless something is said, and with nobody turned away. */
const VARIANTS = { 'the default': [], '`--limit waitMs=none`': ['--limit', 'waitMs=none'] }

interface Request {
  /** ms since the epoch */
  readonly sentMs: number
  readonly status: number
  readonly tookMs: number
}

/** Three times as many requests as a gateway can answer, for so long. */
export async function measureOverload(seconds: number): Promise<string[]> {
  const rows: string[][] = []
  for (const [name, words] of Object.entries(VARIANTS)) {
    const gateway = await startGateway({ words })
    try {
      rows.push([name, ...(await overload(gateway, seconds))])
    } finally {
      await gateway.stop()
    }
  }
  const head = ['waiting', 'capacity', 'asked for', 'served', 'p99 of those', 'turned away in', 'recovery']
  return markdownTable(head, rows)
}

async function overload(gateway: RunningGateway, seconds: number): Promise<string[]> {
  const id = await deploy(
    gateway.apigateway,
    document('overload', { '/': { get: operation(mock(TEMPLATE)) } }),
  )
  const headers = [`Host: ${id}.execute-api.us-east-1.localhost`]
  const url = `${gateway.url}/b/`
  const closed = { connections: 32, seconds: CAPACITY_SECONDS, headers }
  await load(url, gateway.pid, closed)
  const { requestsPerSecond: capacity } = await load(url, gateway.pid, closed)

  const steady = paced(url, headers, STEADY_CONNECTIONS, capacity * STEADY_SHARE, {
    seconds: BEFORE_SECONDS + seconds + AFTER_SECONDS,
  })
  await Bun.sleep(BEFORE_SECONDS * 1000)
  const wanted = capacity * (TIMES_CAPACITY - STEADY_SHARE)
  const startMs = Date.now()
  const roundMs = (CONNECTIONS / wanted) * 1000
  const floods = Array.from({ length: GENERATORS }, async (_, i) => {
    await Bun.sleep((i / GENERATORS) * roundMs)
    return paced(url, headers, CONNECTIONS / GENERATORS, wanted / GENERATORS, { seconds })
  })
  const flood = (await Promise.all(floods)).flat()
  const endMs = startMs + seconds * 1000
  const watched = await steady

  const during = [...flood, ...watched.filter(({ sentMs }) => sentMs >= startMs && sentMs < endMs)]
  const served = during.filter(({ status }) => status === 200)
  const refused = during.filter(({ status }) => status !== 200)
  const goodput = served.length / seconds / capacity
  // What was sent last and did not go well, or took longer than nearly all did before.
  const usualMs = quantile(
    watched.filter(({ sentMs }) => sentMs < startMs),
    0.99,
  )
  const bad = watched.filter(
    ({ sentMs, status, tookMs }) => sentMs >= endMs && (status !== 200 || tookMs > 2 * usualMs + 20),
  )
  const recoveryMs = Math.max(0, ...bad.map(({ sentMs, tookMs }) => sentMs + tookMs - endMs))
  return [
    `${capacity.toFixed(0)}/s`,
    `${(during.length / seconds / capacity).toFixed(1)} ×`,
    `${(goodput * 100).toFixed(0)} % (goal ${GOALS.goodput * 100} %)`,
    `${quantile(served, 0.99).toFixed(0)} ms`,
    refused.length === 0
      ? 'none'
      : `${quantile(refused, 0.5).toFixed(0)} ms, p99 ${quantile(refused, 0.99).toFixed(0)}`,
    `${recoveryMs.toFixed(0)} ms (goal ${GOALS.recoveryMs})`,
  ]
}

/** Sends so many requests a second over kept connections, and tells what became of each. */
async function paced(
  url: string,
  headers: readonly string[],
  connections: number,
  perSecond: number,
  { seconds }: { readonly seconds: number },
): Promise<Request[]> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
  try {
    const log = join(folder, 'requests.log')
    const rate = (perSecond / connections).toFixed(3)
    const words = ['--h1', '-t1', `-c${connections}`, `-D${seconds}`, '--rps', rate, '--log-file', log]
    const named = headers.flatMap((line) => ['-H', line.replace(/^Host:/i, ':authority:')])
    const child = Bun.spawn(pinned(1, ['h2load', ...words, ...named, url]), {
      stdout: 'ignore',
      stderr: 'inherit',
    })
    if ((await child.exited) !== 0) throw new Error('h2load failed')
    const lines = (await Bun.file(log).text()).trimEnd().split('\n')
    return lines.map((line) => {
      const [sentUs = 0, status = 0, tookUs = 0] = line.split('\t').map(Number)
      return { sentMs: sentUs / 1000, status, tookMs: tookUs / 1000 }
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function quantile(requests: readonly Request[], share: number): number {
  const took = requests.map(({ tookMs }) => tookMs).sort((a, b) => a - b)
  return took[Math.floor(took.length * share)] ?? Number.NaN
}
