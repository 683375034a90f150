import { Database } from 'bun:sqlite'
import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Log } from '#base/log.ts'
import { asStoreError } from './sqlite-errors.ts'
import { StoreUnavailable } from './store.ts'

/** A folder that this process alone writes to, until it ends or releases it. */
export interface DataFolder {
  readonly path: string
  /** Makes the file if it is missing; in either case nobody but its owner may read it. */
  makePrivate(name: string): void
  release(): void
}

const lockName = 'gatehouse.lock'
const ownerName = 'gatehouse.pid'

/**
 * Makes the folder if it is missing (for its owner alone) and locks it.
 *
 * The lock is SQLite's own on an empty database: the operating system lets go of it when the process ends, however
 * it ends, so there are no stale locks. The pid beside it only serves the message to the second comer.
 * @throws StoreUnavailable
 */
export function openDataFolder(path: string, log: Log): DataFolder {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    warnOfOthers(path, log)
    const lock = lockFolder(path)
    return {
      path,
      makePrivate: (name) => makePrivate(join(path, name)),
      release() {
        rmSync(join(path, ownerName), { force: true })
        lock.close()
      },
    }
  } catch (error) {
    throw asStoreError(error, path)
  }
}

function lockFolder(path: string): Database {
  const file = join(path, lockName)
  makePrivate(file)
  const lock = new Database(file)
  try {
    // Nothing is ever written: no journal file.
    lock.run('PRAGMA journal_mode = MEMORY')
    lock.run('PRAGMA busy_timeout = 0')
    lock.run('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if ((error as { code?: unknown }).code !== 'SQLITE_BUSY') throw error
    throw new StoreUnavailable(
      path,
      `The data folder ${path} is in use by ${ownerOf(path)}: only one gateway can use a data folder at a time. ` +
        'Stop that one, or use another data folder.',
      error,
    )
  }
  writeFileSync(join(path, ownerName), `${process.pid} ${hostname()}\n`, { mode: 0o600 })
  return lock
}

/** `process 123`; with the host's name where it is another one (a shared disk, a container). */
function ownerOf(path: string): string {
  let text: string
  try {
    text = readFileSync(join(path, ownerName), 'utf8')
  } catch {
    // The owner has just locked the folder, or is just leaving.
    return 'another process'
  }
  const [, pid, host] = /^(\d+) (.*)\n$/.exec(text) ?? []
  if (pid === undefined) return 'another process'
  return host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`
}

/** Files are opened only to make them: to open and close one of SQLite's drops this process's locks on it. */
function makePrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'EEXIST') throw error
    chmodSync(file, 0o600)
  }
}

/** A folder that was there is left as it is (it may be anything), but who can write to it can replace its files. */
function warnOfOthers(path: string, log: Log): void {
  const { mode } = statSync(path)
  if (process.platform !== 'win32' && (mode & 0o022) !== 0 && (mode & 0o1000) === 0) {
    log.warn('others can write to the data folder: make it private with chmod 700', { folder: path })
  }
}
