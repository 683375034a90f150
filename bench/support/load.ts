import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cpuSeconds, ownCpuSeconds, pinned } from './process.ts'

/** What one run of the load generator saw. */
export interface LoadResult {
  readonly requests: number
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Non-2xx answers and socket errors. */
  readonly failures: number
  /** What the load generator said of them. */
  readonly failureText: string
  /** CPU of the target per request, microseconds. */
  readonly cpuUsPerRequest: number
  /** The same without its children. */
  readonly ownCpuUsPerRequest: number
}

/** Slowness is measured, and is no failure before this. */
const WRK_TIMEOUT = '30s'

export interface LoadOptions {
  readonly connections: number
  readonly seconds: number
  /** Header lines. */
  readonly headers?: readonly string[]
  /** Sends POST requests with this body, of ASCII characters without `]]`. */
  readonly body?: string | undefined
  /** Lines of Lua for wrk, as for requests that differ. */
  readonly lua?: string | undefined
  /** Every answer must be a refusal: what is served is the failure then. */
  readonly refused?: boolean | undefined
}

export function loadToolFound(): boolean {
  return Bun.which('wrk') !== null
}

/**
 * Loads `url` with wrk from core 1, as much as it takes, and accounts the target's CPU.
 * @param pid the target's process; its children are counted too
 */
export async function load(url: string, pid: number, options: LoadOptions): Promise<LoadResult> {
  return inFolder(async (folder) => {
    const script: string[] = []
    const { body, lua = '' } = options
    if (body !== undefined || lua !== '') {
      const file = join(folder, 'requests.lua')
      const post = body === undefined ? '' : `wrk.method = "POST"; wrk.body = [[${body}]]\n`
      await Bun.write(file, post + lua)
      script.push('-s', file)
    }
    const before = cpuSeconds(pid)
    const ownBefore = ownCpuSeconds(pid)
    const output = await run([
      ...pinned(1, [
        'wrk',
        '-t1',
        '--timeout',
        WRK_TIMEOUT,
        `-c${options.connections}`,
        `-d${options.seconds}s`,
        '--latency',
      ]),
      ...script,
      ...headerWords(options),
      url,
    ])
    const cpu = cpuSeconds(pid) - before
    const ownCpu = ownCpuSeconds(pid) - ownBefore
    const requests = Number(/(\d+) requests in/.exec(output)?.[1] ?? 0)
    return {
      requests,
      requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1] ?? 0),
      p50Ms: milliseconds(/50%\s+(\S+)/.exec(output)?.[1]),
      p99Ms: milliseconds(/99%\s+(\S+)/.exec(output)?.[1]),
      failures: wrkFailures(output, requests, options.refused === true),
      failureText: matches(output, /^.*(?:Non-2xx|Socket errors).*$/gm),
      cpuUsPerRequest: (cpu / requests) * 1e6,
      ownCpuUsPerRequest: (ownCpu / requests) * 1e6,
    }
  })
}

export interface H2loadOptions extends LoadOptions {
  /** Speaks HTTP/1.1, in the clear or over TLS; else HTTP/2. */
  readonly http1: boolean
  /** Requests under way on one connection at a time. */
  readonly streams?: number | undefined
  /** Together; as many as it takes when undefined. */
  readonly requestsPerSecond?: number | undefined
}

export function h2loadFound(): boolean {
  return Bun.which('h2load') !== null
}

/** The same with h2load: HTTP/2, TLS, and loads below what a target can take. */
export async function h2load(url: string, pid: number, options: H2loadOptions): Promise<LoadResult> {
  const { connections, seconds, body, http1, streams = 1, requestsPerSecond } = options
  return inFolder(async (folder) => {
    const log = join(folder, 'requests.log')
    const words: string[] = http1 ? ['--h1'] : ['--npn-list=h2', '-m', String(streams)]
    if (body !== undefined) {
      await Bun.write(join(folder, 'body'), body)
      words.push('-d', join(folder, 'body'))
    }
    if (requestsPerSecond !== undefined) {
      // One figure for each client, so there must be few enough of them for it to be close.
      words.push('--rps', (requestsPerSecond / connections).toFixed(3), '--log-file', log)
    }
    const before = cpuSeconds(pid)
    const ownBefore = ownCpuSeconds(pid)
    const output = await run([
      ...pinned(1, ['h2load', '-t1', `-c${connections}`, `-D${seconds}`, ...words]),
      // It has a Host of its own, and would send both.
      ...headerWords(options).map((word) => word.replace(/^Host:/i, ':authority:')),
      url,
    ])
    const cpu = cpuSeconds(pid) - before
    const ownCpu = ownCpuSeconds(pid) - ownBefore
    const counts = /requests: \d+ total, \d+ started, (\d+) done, \d+ succeeded, (\d+) failed/.exec(output)
    const succeeded = Number(/status codes: (\d+) 2xx/.exec(output)?.[1] ?? 0)
    const latencies = requestsPerSecond === undefined ? [] : await latenciesMs(log)
    return {
      requests: succeeded,
      requestsPerSecond: succeeded / seconds,
      p50Ms: latencies[Math.floor(latencies.length * 0.5)] ?? Number.NaN,
      p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN,
      // A run without any answer has failed, too.
      failures: Math.max(
        Number(counts?.[1] ?? 0) - succeeded,
        Number(counts?.[2] ?? 1),
        succeeded > 0 ? 0 : 1,
      ),
      failureText: matches(output, /^(?:requests|status codes): .*$/gm),
      cpuUsPerRequest: (cpu / succeeded) * 1e6,
      ownCpuUsPerRequest: (ownCpu / succeeded) * 1e6,
    }
  })
}

/** Third column of each line: microseconds to the end of the answer. Ascending. */
async function latenciesMs(file: string): Promise<number[]> {
  const lines = (await Bun.file(file).text()).trim().split('\n')
  return lines.map((line) => Number(line.split('\t')[2]) / 1000).sort((a, b) => a - b)
}

function headerWords({ headers = [] }: LoadOptions): string[] {
  return headers.flatMap((header) => ['-H', header])
}

function wrkFailures(output: string, requests: number, refused: boolean): number {
  const errors = Number(/Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0)
  const status = refused ? requests - errors : errors
  const socket = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output)
  return status + (socket?.slice(1).reduce((sum, count) => sum + Number(count), 0) ?? 0)
}

function matches(output: string, pattern: RegExp): string {
  return [...output.matchAll(pattern)].map(([line]) => line.trim()).join('; ')
}

function milliseconds(text: string | undefined): number {
  const match = /^([\d.]+)(us|ms|s)$/.exec(text ?? '')
  if (match === null) return Number.NaN
  return Number(match[1]) * { us: 0.001, ms: 1, s: 1000 }[match[2] as 'us' | 'ms' | 's']
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function run(command: string[]): Promise<string> {
  const child = Bun.spawn(command, { stdout: 'pipe', stderr: 'inherit' })
  const output = await new Response(child.stdout).text()
  if ((await child.exited) !== 0) throw new Error(`${command.join(' ')} failed:\n${output}`)
  return output
}
