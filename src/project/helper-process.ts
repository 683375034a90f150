import { connect, createServer } from 'node:net'
import type { Log } from '#base/log.ts'
import type { OrphanGuard } from '#base/orphan-guard.ts'
import type { ProcessEntry } from './manifest.ts'
import { ProjectError } from './project-error.ts'

/** What helper processes share. */
export interface HelperServices {
  readonly log: Log
  readonly guard: OrphanGuard
}

const READY_TIMEOUT_MS = 15_000
const READY_POLL_MS = 25
/** Between the end of a process that should be running and its next start. */
const RESTART_MS = 1000
/** What a process may do after it was asked to end. */
const END_GRACE_MS = 2000

/** A helper process that listens on a port of its own, started again there when it ends by itself. */
export class HelperProcess {
  readonly #entry: ProcessEntry
  readonly #services: HelperServices
  readonly #port: number
  #child: Bun.Subprocess | undefined
  #restart: Timer | undefined
  #ready = false
  #retired = false

  private constructor(entry: ProcessEntry, services: HelperServices, port: number) {
    this.#entry = entry
    this.#services = services
    this.#port = port
  }

  /**
   * Starts a process with a free port in PORT; resolves when something listens there.
   * @throws ProjectError when it ends, listens on nothing, or `aborted` comes first
   */
  static async start(
    entry: ProcessEntry,
    services: HelperServices,
    aborted: AbortSignal,
  ): Promise<HelperProcess> {
    const helper = new HelperProcess(entry, services, await freePort())
    try {
      await helper.#listening(helper.#run(), aborted)
    } catch (error) {
      await helper.end()
      throw error
    }
    return helper
  }

  /** `localhost:8080` */
  get address(): string {
    return `localhost:${this.#port}`
  }

  /** It runs on, but is not started again when it ends by itself. */
  retire(): void {
    this.#retired = true
    clearTimeout(this.#restart)
  }

  /** Asks it to end, then makes it. */
  async end(): Promise<void> {
    this.retire()
    const child = this.#child
    if (child === undefined || hasEnded(child)) return
    signalGroup(child, 'SIGTERM')
    const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), END_GRACE_MS)
    await child.exited
    clearTimeout(timer)
  }

  #run(): Bun.Subprocess {
    const { name, folder, command } = this.#entry
    try {
      const child = Bun.spawn([...command], {
        cwd: folder,
        env: { ...process.env, PORT: String(this.#port) },
        stdin: 'ignore',
        stdout: 'inherit',
        stderr: 'inherit',
        // A process group of its own: what it starts ends with it, and a Ctrl-C for us does not reach it while
        // requests under way still need it.
        detached: true,
      })
      this.#child = child
      this.#services.guard.add(child.pid)
      void child.exited.then(() => this.#exited(child))
      return child
    } catch (cause) {
      const reason = (cause as Error).message
      throw new ProjectError(`process ${name}: cannot run ${command.join(' ')} in ${folder}: ${reason}`, {
        cause,
      })
    }
  }

  #exited(child: Bun.Subprocess): void {
    // What it has started and left behind.
    signalGroup(child, 'SIGKILL')
    this.#services.guard.remove(child.pid)
    if (!this.#ready || this.#retired) return
    const { log } = this.#services
    const { name } = this.#entry
    log.error('a process has ended: it is started again', { name, ended: endOf(child), afterMs: RESTART_MS })
    this.#restart = setTimeout(() => {
      try {
        this.#run()
      } catch (error) {
        log.error('a process cannot be started again', { name, error })
      }
    }, RESTART_MS)
  }

  async #listening(child: Bun.Subprocess, aborted: AbortSignal): Promise<void> {
    const { name, command } = this.#entry
    const words = command.join(' ')
    const deadlineMs = performance.now() + READY_TIMEOUT_MS
    while (!hasEnded(child)) {
      if (aborted.aborted) throw new ProjectError(`process ${name}: no longer wanted`)
      if (await accepts(this.#port)) {
        this.#ready = true
        this.#services.log.info('process started', { name, port: this.#port, pid: child.pid })
        return
      }
      if (performance.now() > deadlineMs) {
        throw new ProjectError(
          `process ${name}: ${words} listens on nothing; it must listen on the port in PORT, here ${this.#port}`,
        )
      }
      await Bun.sleep(READY_POLL_MS)
    }
    throw new ProjectError(`process ${name}: ${words} ended with ${endOf(child)} instead of listening`)
  }
}

function hasEnded({ exitCode, signalCode }: Bun.Subprocess): boolean {
  return exitCode !== null || signalCode !== null
}

function endOf({ exitCode, signalCode }: Bun.Subprocess): string {
  return signalCode === null ? `code ${exitCode}` : String(signalCode)
}

function signalGroup(child: Bun.Subprocess, signal: NodeJS.Signals): void {
  try {
    if (process.platform === 'win32') child.kill(signal)
    else process.kill(-child.pid, signal)
  } catch {
    // Nothing of it is left.
  }
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
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
