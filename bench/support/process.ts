import { readdirSync, readFileSync } from 'node:fs'
import { createServer, connect } from 'node:net'

/** Clock ticks a second of /proc/<pid>/stat (Linux: 100 everywhere that matters). */
const TICKS_PER_SECOND = 100

/** CPU seconds (user + system) that a process and its present descendants have used. Linux only. */
export function cpuSeconds(pid: number): number {
  return [pid, ...descendants(pid)].reduce((sum, one) => sum + ownCpuSeconds(one), 0)
}

/** CPU seconds that one process has used; 0 when it is gone. Linux only. */
export function ownCpuSeconds(pid: number): number {
  try {
    const fields = afterName(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  } catch {
    return 0 // ended meanwhile
  }
}

/** Resident memory of one process, MiB. */
export function residentMib(pid: number): number {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(match?.[1] ?? Number.NaN) / 1024
}

/** Resident memory of a process and its present descendants, MiB. */
export function residentTreeMib(pid: number): number {
  return [pid, ...descendants(pid)].reduce((sum, one) => sum + residentMib(one), 0)
}

/** Open files that this process, and those that it starts, may have. */
export function openFilesMax(): number {
  const match = /Max open files\s+(\d+|unlimited)/.exec(readFileSync('/proc/self/limits', 'utf8'))
  return match?.[1] === 'unlimited' ? Infinity : Number(match?.[1] ?? Number.NaN)
}

/** Files and sockets that a process and its present descendants have open. */
export function openFilesOfTree(pid: number): number {
  return [pid, ...descendants(pid)].reduce((sum, one) => sum + readdirSync(`/proc/${one}/fd`).length, 0)
}

/** Memory of a process and its descendants, MiB: pages that several have count in parts (PSS). */
export function proportionalMib(pid: number): number {
  const kilobytes = [pid, ...descendants(pid)].map((one) =>
    Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${one}/smaps_rollup`, 'utf8'))?.[1]),
  )
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1024
}

function descendants(pid: number): number[] {
  let children: number[]
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number)
  } catch {
    return []
  }
  return children.flatMap((child) => [child, ...descendants(child)])
}

/** Fields of a stat line after the parenthesised name, which may itself hold spaces. */
function afterName(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

/** Resolves when something accepts connections on the port; rejects after `timeoutMs`. */
export async function accepting(port: number, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (performance.now() < deadline) {
    if (await connects(port)) return
    await Bun.sleep(1)
  }
  throw new Error(`nothing accepted on port ${port} within ${timeoutMs} ms`)
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

/** Prefix that pins a command to one core, where `taskset` exists. */
export function pinned(core: number, command: readonly string[]): string[] {
  return Bun.which('taskset') === null ? [...command] : ['taskset', '-c', String(core), ...command]
}
