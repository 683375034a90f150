import { nginxPath, SMALL_JSON, startBackend } from '../peers/nginx.ts'
import { makeCertificate } from '../support/certificate.ts'
import { ask, askHttp2 } from '../support/ask.ts'
import { h2load, h2loadFound, load, loadToolFound, type LoadResult } from '../support/load.ts'
import { median } from '../support/stats.ts'
import type { HttpCase } from './cases.ts'
import { TARGETS, type RunningTarget, type TargetName } from './targets.ts'

/** What a case has to say. */
export interface Comparison {
  readonly lines: readonly string[]
  /** Requests that were not answered as they should, by any target. */
  readonly failures: number
}

export interface RoundOptions {
  readonly rounds: number
  readonly seconds: number
}

/** What others are measured by. */
const BASELINE: TargetName = 'nginx-log'
const WARM_UP_SECONDS = 2
/** Rounds at half load; those say nothing of cost. */
const LATENCY_ROUNDS_MAX = 3

/** One target in one case, round by round. */
interface Row {
  readonly name: TargetName
  readonly target: RunningTarget
  readonly full: LoadResult[]
  readonly half: LoadResult[]
}

/** Runs one case against all its targets in turn, again and again: a Markdown table, or why there is none. */
export async function compare(row: HttpCase, options: RoundOptions): Promise<Comparison> {
  const heading = `### ${row.name}: ${row.title}`
  const skipped = (why: string): Comparison => ({ lines: [heading, '', why, ''], failures: 0 })
  if (!loadToolFound() || !h2loadFound() || nginxPath() === null) {
    return skipped('skipped: needs wrk, h2load and nginx; `npm run bench:http -- --install-peers`')
  }
  const certificate = row.protocol === 'http' ? undefined : await makeCertificate()
  if (row.protocol !== 'http' && certificate === undefined) {
    return skipped('skipped: needs openssl to make a certificate')
  }
  const notes: string[] = []
  const running: { stop(): Promise<void> }[] = []
  try {
    const backend = await startBackend()
    running.push(backend)
    const rows: Row[] = []
    for (const name of [...row.peers, row.subject]) {
      const missing = TARGETS[name].missing?.()
      if (missing !== undefined) {
        notes.push(`${TARGETS[name].title}: ${missing}`)
        continue
      }
      const target = await TARGETS[name].start(backend.port, certificate)
      running.push(target)
      if (row.protocol !== 'http' && target.securePort === undefined) {
        if (name === row.subject) return skipped(`skipped: ${TARGETS[name].title} speaks no TLS`)
        continue
      }
      await checkAnswer(row, name, target)
      rows.push({ name, target, full: [], half: [] })
    }
    await measure(row, rows, options)
    return {
      lines: [heading, '', ...table(row, rows), '', ...notes, ...(notes.length > 0 ? [''] : [])],
      failures: rows.reduce((sum, { full, half }) => sum + failed([...full, ...half]), 0),
    }
  } catch (error) {
    return { lines: [heading, '', `failed: ${(error as Error).message}`, ''], failures: 1 }
  } finally {
    for (const server of running.reverse()) await server.stop()
  }
}

async function measure(
  row: HttpCase,
  rows: readonly Row[],
  { rounds, seconds }: RoundOptions,
): Promise<void> {
  for (const { target } of rows) await saturate(row, target, WARM_UP_SECONDS)
  for (let round = 0; round < rounds; round++) {
    for (const { target, full } of rows) full.push(await saturate(row, target, seconds))
  }
  // The same load for all of them: what is half for the baseline.
  const rate = baseline(rows).full.map(({ requestsPerSecond }) => requestsPerSecond)
  for (let round = 0; round < Math.min(rounds, LATENCY_ROUNDS_MAX); round++) {
    for (const { target, half } of rows) half.push(await pace(row, target, seconds, median(rate) / 2))
  }
}

/** As many requests as the target takes. */
function saturate(row: HttpCase, target: RunningTarget, seconds: number): Promise<LoadResult> {
  const options = { ...requests(row, target), seconds }
  if (row.protocol === 'http') return load(url(row, target), target.pid, options)
  return h2load(url(row, target), target.pid, options)
}

function pace(row: HttpCase, target: RunningTarget, seconds: number, rate: number): Promise<LoadResult> {
  return h2load(url(row, target), target.pid, { ...requests(row, target), seconds, requestsPerSecond: rate })
}

/** What is measured must be what was asked for: an error is cheap. */
async function checkAnswer(row: HttpCase, name: TargetName, target: RunningTarget): Promise<void> {
  const request = requests(row, target)
  const { status, bytes } = await (row.protocol === 'h2' ? askHttp2 : ask)(url(row, target), request)
  const expected = row.answerBytes ?? SMALL_JSON.length
  if (status === 200 && bytes === expected) return
  throw new Error(
    `${TARGETS[name].title} answers with status ${status} and ${bytes} bytes; expected 200 and ${expected}`,
  )
}

function requests({ connections, streams, bodyBytes, protocol }: HttpCase, { headers = [] }: RunningTarget) {
  return { connections, streams, bodyBytes, headers, http1: protocol !== 'h2' }
}

function url({ protocol, path }: HttpCase, { port, securePort, prefix = '' }: RunningTarget): string {
  return protocol === 'http'
    ? `http://127.0.0.1:${port}${prefix}${path}`
    : `https://127.0.0.1:${securePort}${prefix}${path}`
}

function baseline(rows: readonly Row[]): Row {
  return rows.find(({ name }) => name === BASELINE) as Row
}

function table(row: HttpCase, rows: readonly Row[]): string[] {
  const base = baseline(rows)
  const rate = median(base.full.map(({ requestsPerSecond }) => requestsPerSecond)) / 2
  const lines = rows.map(({ name, full, half }) => {
    const cpu = full.map(({ cpuUsPerRequest }) => cpuUsPerRequest)
    const ratio = median(ratios(full, base.full))
    const goal = name === row.subject ? ` (goal ≤ ${row.goal}: ${ratio <= row.goal ? 'met' : 'missed'})` : ''
    return [
      TARGETS[name].title,
      `${median(cpu).toFixed(1)} (${Math.min(...cpu).toFixed(1)}–${Math.max(...cpu).toFixed(1)})`,
      `${ratio.toFixed(2)}${goal}`,
      median(full.map(({ requestsPerSecond }) => requestsPerSecond)).toFixed(0),
      `${median(half.map(({ p99Ms }) => p99Ms)).toFixed(2)} ms`,
      String(failed([...full, ...half])),
    ]
  })
  const head = [
    'target',
    'µs CPU a request',
    `× ${TARGETS[BASELINE].title}`,
    'requests/s',
    `p99 at ${rate.toFixed(0)}/s`,
    'failed',
  ]
  return markdown([head, ...lines])
}

function failed(results: readonly LoadResult[]): number {
  return results.reduce((sum, { failures }) => sum + failures, 0)
}

/** Round by round, so that what disturbed a whole round disturbs both sides of the ratio. */
function ratios(ours: readonly LoadResult[], theirs: readonly LoadResult[]): number[] {
  return ours.map(({ cpuUsPerRequest }, i) => cpuUsPerRequest / (theirs[i] as LoadResult).cpuUsPerRequest)
}

function markdown(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] as string[]).map((_, i) =>
    Math.max(...rows.map((cells) => (cells[i] as string).length)),
  )
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] as number)).join(' | ')} |`
  const [head, ...body] = rows as [string[], ...string[][]]
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)]
}
