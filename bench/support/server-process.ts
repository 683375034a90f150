import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accepting, pinned } from './process.ts'

/** A server in a process of its own. Its files go away with it. */
export interface RunningServer {
  readonly pid: number
  /** Where it speaks HTTP/1.1 in the clear. */
  readonly port: number
  /** Where it speaks TLS, with ALPN; undefined when it does not. */
  readonly securePort?: number | undefined
  /** Has it free what nothing uses any more, where that can be asked. */
  collectGarbage?(): void
  stop(): Promise<void>
}

export interface ServerCommand {
  /** It is pinned to this core. */
  readonly core: number
  readonly port: number
  readonly securePort?: number | undefined
  /** What to write into its folder before it starts, by name. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  /** @param folder where its files are */
  command(folder: string): readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a server and waits until it accepts connections. */
export async function startServer(options: ServerCommand): Promise<RunningServer> {
  const { core, port, securePort, files = {}, env } = options
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
  const child = Bun.spawn(pinned(core, options.command(folder)), {
    cwd: folder,
    stdout: 'ignore',
    stderr: Bun.file(join(folder, 'stderr')),
    env: { ...process.env, ...env },
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await child.exited
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const ended = child.exited.then((code) => Promise.reject(new Error(`it ended with ${code}`)))
    for (const one of [port, securePort]) {
      if (one !== undefined) await Promise.race([accepting(one, 10_000), ended])
    }
    ended.catch(() => {})
  } catch (error) {
    const said = await Bun.file(join(folder, 'stderr')).text()
    await stop()
    throw new Error(`${options.command(folder)[0]} did not start:\n${said}`, { cause: error })
  }
  return { pid: child.pid, port, securePort, stop }
}
