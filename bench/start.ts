import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deploy, mockApi } from './support/apis.ts'
import { startGateway } from './support/gateway.ts'
import { accepting, freePort, residentMib } from './support/process.ts'
import { spread } from './support/stats.ts'

const ROUNDS = 15
const APIS = 100
const METHODS = 30
const MAIN = join(import.meta.dir, '..', 'src', 'cli', 'main.ts')
const BUILT = join(import.meta.dir, '..', 'dist', 'main.js')
const LAUNCHER = join(import.meta.dir, '..', 'bin', 'gatehouse.mjs')

/** Process start to accepting connections; idle memory. */
export async function run(): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
  try {
    const bun = [process.execPath, MAIN]
    const lines: string[] = []
    await startTimes(bun, join(folder, 'empty'), 3) // warm the disk
    lines.push(`start, empty store: ${spread(await startTimes(bun, join(folder, 'empty'), ROUNDS), 0, 'ms')}`)
    lines.push(
      `start, empty store, two workers: ${spread(await startTimes(bun, join(folder, 'empty'), ROUNDS, 2), 0, 'ms')}`,
    )
    const build = [process.execPath, join(import.meta.dir, '..', 'tools', 'build.ts')]
    await Bun.spawn(build, { stdout: 'ignore' }).exited
    const built = [process.execPath, BUILT]
    await startTimes(built, join(folder, 'empty'), 1)
    for (const workers of [1, 2]) {
      const times = await startTimes(built, join(folder, 'empty'), ROUNDS, workers)
      lines.push(`start as published, empty store, workers ${workers}: ${spread(times, 0, 'ms')}`)
    }
    lines.push(
      `start, empty store, through the Node launcher: ${spread(await startTimes(['node', LAUNCHER], join(folder, 'empty'), ROUNDS), 0, 'ms')}`,
    )
    const idle = await startGateway({ dataDir: join(folder, 'empty') })
    await Bun.sleep(1000)
    lines.push(`idle memory, no functions: ${residentMib(idle.pid).toFixed(0)} MiB`)
    await idle.stop()

    const full = join(folder, 'full')
    const gateway = await startGateway({ dataDir: full })
    for (let i = 0; i < APIS; i++) await deploy(gateway.apigateway, mockApi(`api-${i}`, METHODS, '1'))
    await gateway.stop()
    lines.push(
      `start, ${APIS} APIs of ${METHODS} methods: ${spread(await startTimes(bun, full, ROUNDS), 0, 'ms')}`,
    )
    return lines
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function startTimes(
  command: readonly string[],
  dataDir: string,
  rounds: number,
  workers = 1,
): Promise<number[]> {
  const times: number[] = []
  const serving = ['--workers', String(workers)]
  for (let round = 0; round < rounds; round++) {
    const port = await freePort()
    const begun = performance.now()
    const child = Bun.spawn(
      [
        ...command,
        'start',
        '--port',
        String(port),
        '--data-dir',
        dataDir,
        '--log-level',
        'error',
        ...serving,
      ],
      { stdout: 'ignore', stderr: 'inherit' },
    )
    await accepting(port, 10_000)
    times.push(performance.now() - begun)
    child.kill('SIGTERM')
    await child.exited
  }
  return times
}
