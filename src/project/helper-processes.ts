import { connect, createServer } from 'node:net'
import type { Log } from '#base/log.ts'
import { ProjectError, type ProcessEntry } from './manifest.ts'

/** The helper processes of a project, running. */
export interface HelperProcesses {
  /** Stage variables that say where each listens: name → `localhost:port`. */
  readonly variables: Readonly<Record<string, string>>
  stop(): Promise<void>
}

const READY_TIMEOUT_MS = 15_000
const READY_POLL_MS = 25
const END_GRACE_MS = 2000

/**
 * Starts each process with a free port in PORT and waits until something listens there.
 * @throws ProjectError when one ends, or listens on nothing
 */
export async function startHelperProcesses(
  entries: readonly ProcessEntry[],
  log: Log,
): Promise<HelperProcesses> {
  const children: Bun.Subprocess[] = []
  const stop = async (): Promise<void> => {
    await Promise.all(children.map(end))
  }
  try {
    const started = entries.map(async (entry) => {
      const port = await freePort()
      const child = start(entry, port)
      children.push(child)
      await listening(entry, child, port)
      log.info('process started', { name: entry.name, port, pid: child.pid })
      return [entry.name, `localhost:${port}`] as const
    })
    return { variables: Object.fromEntries(await Promise.all(started)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function start({ name, folder, command }: ProcessEntry, port: number): Bun.Subprocess {
  try {
    return Bun.spawn([...command], {
      cwd: folder,
      env: { ...process.env, PORT: String(port) },
      stdin: 'ignore',
      stdout: 'inherit',
      stderr: 'inherit',
    })
  } catch (error) {
    throw new ProjectError(
      `process ${name}: cannot run ${command.join(' ')} in ${folder}: ${(error as Error).message}`,
    )
  }
}

async function listening(
  { name, command }: ProcessEntry,
  child: Bun.Subprocess,
  port: number,
): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS
  while (child.exitCode === null && child.signalCode === null) {
    if (await accepts(port)) return
    if (Date.now() > deadline) {
      throw new ProjectError(
        `process ${name}: ${command.join(' ')} listens on nothing; it must listen on the port in PORT, here ${port}`,
      )
    }
    await Bun.sleep(READY_POLL_MS)
  }
  throw new ProjectError(
    `process ${name}: ${command.join(' ')} ended with ${child.signalCode ?? child.exitCode}`,
  )
}

async function end(child: Bun.Subprocess): Promise<void> {
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), END_GRACE_MS)
  await child.exited
  clearTimeout(timer)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: 'localhost' })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
