import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Where Debian's packages put programs that are for no user's PATH. */
const debian = '/usr/lib/postgresql'

/**
 * The folder of initdb, postgres and pg_basebackup: found, else installed from the distribution's packages.
 * @throws Error saying what to install
 */
export function postgresPrograms(): string {
  const found = find()
  if (found !== undefined) return found
  install()
  const installed = find()
  if (installed !== undefined) return installed
  throw new Error(
    'these tests need a PostgreSQL server (13 or newer): put initdb and postgres on PATH, or, on Debian, ' +
      'apt-get install postgresql',
  )
}

function find(): string | undefined {
  const folders = [
    ...(existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : []),
    ...(process.env['PATH'] ?? '').split(':'),
  ]
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))))
}

/** As root on Debian; elsewhere nothing. */
function install(): void {
  if (process.getuid?.() !== 0 || Bun.which('apt-get') === null) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  for (const command of [
    ['apt-get', 'update'],
    ['apt-get', 'install', '-y', '--no-install-recommends', 'postgresql'],
  ]) {
    Bun.spawnSync(command, { env, stdout: 'ignore', stderr: 'ignore', timeout: 300_000 })
  }
}

/** PostgreSQL refuses to run as root: then as another user. */
export function asPostgresUser(command: readonly string[]): string[] {
  if (process.getuid?.() !== 0) return [...command]
  return ['setpriv', `--reuid=${servicesUser()}`, '--regid=nogroup', '--clear-groups', ...command]
}

/** Who runs services when tests run as root. */
export function servicesUser(): string {
  const { exitCode } = Bun.spawnSync(['id', 'postgres'], { stdout: 'ignore', stderr: 'ignore' })
  return exitCode === 0 ? 'postgres' : 'nobody'
}
