import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OrphanGuard } from '#base/orphan-guard.ts'
import { installed } from './installed.ts'

/** A Redis, or Valkey, of the test's own, on a Unix socket in a folder of its own. */
export interface RedisServer {
  readonly socket: string
  /** `redis+unix://…` */
  readonly url: string
  /** Makes it answer nothing, as a machine that hangs does. */
  pause(): void
  resume(): void
  /** SIGKILL, at once. */
  kill(): Promise<void>
  /** Where it was; empty, for nothing is kept on disk. */
  restart(): Promise<void>
  stop(): Promise<void>
}

const guard = new OrphanGuard()
const READY_MS_MAX = 10_000

/** Starts one that is ready. @param settings `--requirepass`, `x` … */
export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  const program = await installed(['redis-server', 'valkey-server'], ['redis-server', 'valkey-server'])
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-redis-'))
  const socket = join(folder, 'redis.sock')
  const run = async (): Promise<Bun.Subprocess> => {
    const fixed = ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', '', '--appendonly', 'no']
    const child = Bun.spawn([program, ...fixed, ...settings], {
      stdio: ['ignore', 'ignore', 'ignore'],
      // A group of its own, which the guard ends.
      detached: true,
    })
    guard.add(child.pid)
    const untilMs = performance.now() + READY_MS_MAX
    while (!(await answers(socket))) {
      if (child.exitCode !== null || performance.now() > untilMs) throw new Error(`${program} does not start`)
      await Bun.sleep(5)
    }
    return child
  }
  let child = await run()
  const kill = async (): Promise<void> => {
    child.kill('SIGCONT')
    child.kill('SIGKILL')
    await child.exited
    guard.remove(child.pid)
  }
  return {
    socket,
    url: `redis+unix://${socket}`,
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    kill,
    async restart() {
      await kill()
      rmSync(socket, { force: true })
      child = await run()
    },
    async stop() {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function answers(socket: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  Bun.connect({
    unix: socket,
    socket: {
      open: (opened) => void opened.write('PING\r\n'),
      data: (opened) => {
        resolve(true)
        opened.end()
      },
      close: () => resolve(false),
      error: () => resolve(false),
    },
  }).catch(() => resolve(false))
  return promise
}
