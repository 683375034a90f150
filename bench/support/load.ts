import { cpuSeconds, pinned } from './process.ts'

/** What one run of the load generator saw. */
export interface LoadResult {
  readonly requests: number
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Non-2xx answers and socket errors. */
  readonly failures: number
  /** CPU of the target per request, microseconds. */
  readonly cpuUsPerRequest: number
}

export function loadToolFound(): boolean {
  return Bun.which('wrk') !== null
}

/**
 * Loads `url` with wrk from core 1 and accounts the target's CPU.
 * @param pid the target's process; its children are counted too
 */
export async function load(
  url: string,
  pid: number,
  options: { connections: number; seconds: number; headers?: readonly string[] },
): Promise<LoadResult> {
  const before = cpuSeconds(pid)
  const output = await run([
    ...pinned(1, ['wrk', '-t1', `-c${options.connections}`, `-d${options.seconds}s`, '--latency']),
    ...(options.headers ?? []).flatMap((header) => ['-H', header]),
    url,
  ])
  const cpu = cpuSeconds(pid) - before
  const requests = Number(/(\d+) requests in/.exec(output)?.[1] ?? 0)
  return {
    requests,
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1] ?? 0),
    p50Ms: milliseconds(/50%\s+(\S+)/.exec(output)?.[1]),
    p99Ms: milliseconds(/99%\s+(\S+)/.exec(output)?.[1]),
    failures: failures(output),
    cpuUsPerRequest: (cpu / requests) * 1e6,
  }
}

function failures(output: string): number {
  const status = Number(/Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? 0)
  const socket = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output)
  return status + (socket?.slice(1).reduce((sum, count) => sum + Number(count), 0) ?? 0)
}

function milliseconds(text: string | undefined): number {
  const match = /^([\d.]+)(us|ms|s)$/.exec(text ?? '')
  if (match === null) return Number.NaN
  return Number(match[1]) * { us: 0.001, ms: 1, s: 1000 }[match[2] as 'us' | 'ms' | 's']
}

async function run(command: string[]): Promise<string> {
  const child = Bun.spawn(command, { stdout: 'pipe', stderr: 'inherit' })
  const output = await new Response(child.stdout).text()
  if ((await child.exited) !== 0) throw new Error(`${command.join(' ')} failed:\n${output}`)
  return output
}
