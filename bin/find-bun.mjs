// Finds the Bun binary among the @oven/bun-<platform> optional dependencies and runs it in this process's place.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

/** The platform packages that can hold the binary for this machine, most likely first. */
function candidates() {
  const arch = process.arch === 'arm64' ? 'aarch64' : process.arch
  const os = process.platform === 'win32' ? 'windows' : process.platform
  const plain = `@oven/bun-${os}-${arch}`
  if (os !== 'linux') return [plain]
  const glibc = process.report?.getReport?.()?.header?.glibcVersionRuntime !== undefined
  return glibc ? [plain, `${plain}-musl`] : [`${plain}-musl`, plain]
}

/** Absolute path of the Bun binary; ends the process with an explanation where there is none. */
export function findBun() {
  const names = candidates()
  for (const name of names) {
    try {
      const folder = dirname(require.resolve(`${name}/package.json`))
      const binary = join(folder, 'bin', process.platform === 'win32' ? 'bun.exe' : 'bun')
      if (existsSync(binary)) return binary
    } catch {
      // not installed: try the next one
    }
  }
  console.error(
    `gatehouse: found no Bun runtime for ${process.platform}/${process.arch}; expected the package ${names[0]}.\n` +
      'It is an optional dependency: run `npm ci` without --omit=optional (or --no-optional) and try again.',
  )
  process.exit(1)
}

/** Runs Bun with these arguments: same terminal, signals passed on, same exit code. */
export function runBun(args) {
  const child = spawn(findBun(), args, { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(`gatehouse: could not start Bun: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    process.exit(signal === null ? (code ?? 1) : 128 + ({ SIGINT: 2, SIGTERM: 15, SIGHUP: 1 }[signal] ?? 1))
  })
}
