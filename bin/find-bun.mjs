// Finds the Bun binary among the @oven/bun-<platform> optional dependencies and runs it in this process's place.
import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import { constants as os } from 'node:os'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

/** The platform packages that can hold a binary for this machine. */
function packages() {
  const arch = process.arch === 'arm64' ? 'aarch64' : process.arch
  const name = `@oven/bun-${process.platform === 'win32' ? 'windows' : process.platform}-${arch}`
  return process.platform === 'linux' ? [name, `${name}-musl`] : [name]
}

/** The package's binary; undefined when it is not installed. */
function binaryOf(name) {
  try {
    const file = process.platform === 'win32' ? 'bun.exe' : 'bun'
    const binary = join(dirname(require.resolve(`${name}/package.json`)), 'bin', file)
    accessSync(binary, constants.X_OK)
    return binary
  } catch {
    return undefined
  }
}

/** npm leaves out the package for the other C library, but not every version and not every package manager does. */
function usesMusl() {
  // Looking up the names of open connections could take long.
  process.report.excludeNetwork = true
  return process.report.getReport().header.glibcVersionRuntime === undefined
}

/** Absolute path of the Bun binary; ends the process with an explanation where there is none. */
export function findBun() {
  const [plain, musl] = packages().map(binaryOf)
  const binary = plain !== undefined && musl !== undefined ? (usesMusl() ? musl : plain) : (plain ?? musl)
  if (binary !== undefined) return binary
  console.error(
    `gatehouse: found no Bun runtime for ${process.platform}/${process.arch}; expected the package ${packages()[0]}.\n` +
      'It is an optional dependency: run `npm ci` without --omit=optional (or --no-optional) and try again.',
  )
  process.exit(1)
}

/** Runs Bun with these arguments: same terminal, signals passed on, same exit code. */
export function runBun(args) {
  const binary = findBun()
  // Bun in this very process (Node.js 22.15 and 23.11 or newer, not on Windows): nothing stands between it and
  // whoever started us, and no second process holds memory.
  if (process.execve !== undefined && process.platform !== 'win32') {
    process.execve(binary, [binary, ...args], process.env)
  }
  const child = spawn(binary, args, { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(`gatehouse: could not start Bun: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 128 + os.signals[signal]))
}
