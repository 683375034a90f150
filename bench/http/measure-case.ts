import { nginxPath, SMALL_JSON, startBackend } from '../peers/nginx.ts'
import { makeCertificate } from '../support/certificate.ts'
import { ask, askHttp2 } from '../support/ask.ts'
import { h2load, h2loadFound, load, loadToolFound, type LoadResult } from '../support/load.ts'
import { median } from '../support/stats.ts'
import type { HttpCase } from './cases.ts'
import { TARGETS, type RunningTarget, type TargetName } from './targets.ts'

/** A case that was measured. */
export interface Measured {
  readonly row: HttpCase
  readonly results: readonly TargetResults[]
  /** Requests a second at which latency was looked at. */
  readonly halfRate: number
  /** Peers that were left out, and why. */
  readonly notes: readonly string[]
}

/** One target in one case, round by round. */
export interface TargetResults {
  readonly name: TargetName
  /** As many requests as it took. */
  readonly full: readonly LoadResult[]
  /** At half of what the baseline takes. */
  readonly half: readonly LoadResult[]
}

export interface RoundOptions {
  readonly rounds: number
  readonly seconds: number
}

/** What others are measured by. */
export const BASELINE: TargetName = 'nginx-log'
const WARM_UP_SECONDS = 2
/** Rounds at half load; those say nothing of cost. */
const LATENCY_ROUNDS_MAX = 3

interface Running {
  readonly name: TargetName
  readonly target: RunningTarget
  readonly full: LoadResult[]
  readonly half: LoadResult[]
}

/**
 * Runs one case against all its targets in turn, again and again.
 * @returns why not, when something is missing here
 * @throws Error when a target does not answer as it should
 */
export async function measureCase(row: HttpCase, options: RoundOptions): Promise<Measured | string> {
  if (!loadToolFound() || !h2loadFound() || nginxPath() === null) {
    return 'needs wrk, h2load and nginx; `npm run bench:http -- --install-peers`'
  }
  const certificate = row.protocol === 'http' ? undefined : await makeCertificate()
  if (row.protocol !== 'http' && certificate === undefined) return 'needs openssl to make a certificate'
  const notes: string[] = []
  const servers: { stop(): Promise<void> }[] = []
  try {
    const backend = await startBackend()
    servers.push(backend)
    const running: Running[] = []
    for (const name of [...row.peers, row.subject]) {
      const missing = TARGETS[name].missing?.()
      if (missing !== undefined) {
        notes.push(`${TARGETS[name].title}: ${missing}`)
        continue
      }
      const target = await TARGETS[name].start(backend.port, certificate)
      servers.push(target)
      await checkAnswer(row, name, target)
      running.push({ name, target, full: [], half: [] })
    }
    const halfRate = await measure(row, running, options)
    return { row, results: running, halfRate, notes }
  } finally {
    for (const server of servers.reverse()) await server.stop()
  }
}

/** @returns the rate of the rounds at half load */
async function measure(
  row: HttpCase,
  running: readonly Running[],
  { rounds, seconds }: RoundOptions,
): Promise<number> {
  for (const { target } of running) await saturate(row, target, WARM_UP_SECONDS)
  for (let round = 0; round < rounds; round++) {
    for (const { target, full } of running) full.push(await saturate(row, target, seconds))
  }
  // The same load for all of them.
  const base = running.find(({ name }) => name === BASELINE) as Running
  const halfRate = median(base.full.map(({ requestsPerSecond }) => requestsPerSecond)) / 2
  for (let round = 0; round < Math.min(rounds, LATENCY_ROUNDS_MAX); round++) {
    for (const { target, half } of running) half.push(await pace(row, target, seconds, halfRate))
  }
  return halfRate
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
  const body = bodyBytes === undefined ? undefined : 'a'.repeat(bodyBytes)
  return { connections, streams, body, headers, http1: protocol !== 'h2' }
}

function url({ protocol, path }: HttpCase, { port, securePort, prefix = '' }: RunningTarget): string {
  return protocol === 'http'
    ? `http://127.0.0.1:${port}${prefix}${path}`
    : `https://127.0.0.1:${securePort}${prefix}${path}`
}
