import { join } from 'node:path'
import { OrphanGuard } from '#base/orphan-guard.ts'

const LAUNCHER = join(import.meta.dir, '..', '..', 'bin', 'gatehouse.mjs')
const MAIN = join(import.meta.dir, '..', '..', 'src', 'cli', 'main.ts')

/** A gateway in a process of its own, as users run it. */
export interface GatewayProcess {
  readonly url: string
  readonly port: number
  readonly child: Bun.Subprocess
  /** Everything written to standard output so far. */
  output(): string
  /** Everything written to standard error so far. */
  errors(): string
  /** Resolves once standard output matches. */
  printed(pattern: RegExp): Promise<RegExpExecArray>
  /** Resolves with the exit code once the process has ended and all that it printed was read. */
  ended(): Promise<number>
  /** Sends SIGTERM and waits for the end. @returns the exit code */
  stop(): Promise<number>
}

export interface GatewayProcessOptions {
  /** After `start`. */
  readonly arguments?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** What comes before the words of the command, such as those that give it a network of its own. */
  readonly within?: readonly string[]
  /** Through bin/gatehouse.mjs on Node.js, or another such file, rather than on Bun at once. */
  readonly launcher?: boolean | string
}

/** What runs, until it has ended; the guard ends it when the test run itself is killed. */
const running = new Set<Bun.Subprocess>()
const guard = new OrphanGuard()
const END_GRACE_MS = 2000

/**
 * Ends every process started here that still runs: for `afterEach`, or `afterAll` where tests share a gateway. After
 * tests that pass there is none; one that has failed has not come to its own `stop`.
 */
export async function endGateways(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      child.kill('SIGTERM')
      const killer = setTimeout(() => killGroup(child), END_GRACE_MS)
      await child.exited
      clearTimeout(killer)
    }),
  )
}

/** Kills a process and those that it has started in its group. */
function killGroup(child: Bun.Subprocess): void {
  try {
    if (process.platform === 'win32') child.kill('SIGKILL')
    else process.kill(-child.pid, 'SIGKILL')
  } catch {
    // gone
  }
}

/** One process starts soonest, and serves as several do: those have tests of their own. */
const DEFAULTS = { '--port': '0', '--data-dir': ':memory:', '--workers': '1' }

/** Runs `gatehouse start` on a free port, in memory and as one process unless told otherwise, and waits until it listens. */
export async function startGatewayProcess(options: GatewayProcessOptions = {}): Promise<GatewayProcess> {
  const given = options.arguments ?? []
  const defaults = Object.entries(DEFAULTS).filter(([flag]) => !given.includes(flag))
  const process = runGatehouse(['start', ...defaults.flat(), ...given], options)
  const [, host, port] = await process.printed(/is listening on http:\/\/(\S+):(\d+)/)
  const address = host === 'localhost' ? '127.0.0.1' : host
  return { ...process, url: `http://${address}:${port}`, port: Number(port) }
}

/** Runs any `gatehouse` command. */
export function runGatehouse(
  words: readonly string[],
  options: GatewayProcessOptions = {},
): Omit<GatewayProcess, 'url' | 'port'> {
  const launcher = options.launcher === true ? LAUNCHER : options.launcher
  const command = launcher ? ['node', launcher] : [process.execPath, MAIN]
  const child = Bun.spawn([...(options.within ?? []), ...command, ...words], {
    cwd: options.cwd ?? process.cwd(),
    env: { ...clean(process.env), ...options.environment },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    // A process group of its own, which can be ended as a whole.
    detached: true,
  })
  running.add(child)
  guard.add(child.pid)
  void child.exited.then(() => {
    running.delete(child)
    guard.remove(child.pid)
  })
  const out = collect(child.stdout)
  const err = collect(child.stderr)
  return {
    child,
    output: () => out.text,
    errors: () => err.text,
    printed: (pattern) => out.matched(pattern, () => err.text),
    async ended() {
      await Promise.all([out.whole, err.whole])
      return child.exited
    },
    async stop() {
      child.kill('SIGTERM')
      return child.exited
    },
  }
}

/** The environment without what would configure the gateway or its clients. */
function clean(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(GATEHOUSE_|AWS_|XDG_DATA_HOME)/.test(name)),
  )
}

interface Collected {
  text: string
  readonly whole: Promise<void>
  matched(pattern: RegExp, errors: () => string): Promise<RegExpExecArray>
}

function collect(stream: ReadableStream<Uint8Array>): Collected {
  let ended = false
  let wake: (() => void)[] = []
  const whole = Promise.withResolvers<void>()
  const collected: Collected = {
    text: '',
    whole: whole.promise,
    async matched(pattern, errors) {
      for (;;) {
        const match = pattern.exec(collected.text)
        if (match !== null) return match
        if (ended) throw new Error(`ended without printing ${pattern}:\n${collected.text}\n${errors()}`)
        await new Promise<void>((resolve) => wake.push(resolve))
      }
    },
  }
  const told = (): void => {
    const waiting = wake
    wake = []
    for (const resolve of waiting) resolve()
  }
  void (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of stream) {
      collected.text += decoder.decode(chunk, { stream: true })
      told()
    }
    ended = true
    whole.resolve()
    told()
  })()
  return collected
}
