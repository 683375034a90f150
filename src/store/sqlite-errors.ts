import { SQLiteError } from 'bun:sqlite'
import { StoreUnavailable } from './store.ts'

const restore = 'Restore the data folder from a backup, or move it away to start empty.'
const retry = 'Nothing of the last change was kept; try it again, no restart is needed.'

/** What the beginning of SQLite's result code, or a file system's code, means to an operator. */
const meanings: readonly (readonly [code: string, meaning: string])[] = [
  ['SQLITE_FULL', `the disk is full. Free some space. ${retry}`],
  ['ENOSPC', 'the disk is full. Free some space.'],
  ['SQLITE_NOTADB', `the file is damaged or no database. ${restore}`],
  ['SQLITE_CORRUPT', `the file is damaged. ${restore}`],
  ['SQLITE_READONLY', 'the file cannot be written. Make it and its folder writable for this user.'],
  ['EROFS', 'the file system is read-only. Use another data folder.'],
  [
    'SQLITE_CANTOPEN',
    'the file cannot be opened. Make it and its folder readable and writable for this user.',
  ],
  ['SQLITE_PERM', 'the file cannot be opened. Make it and its folder readable and writable for this user.'],
  [
    'EACCES',
    'access is denied. Make the folder readable and writable for this user, or use another data folder.',
  ],
  [
    'EPERM',
    'access is denied. Make the folder readable and writable for this user, or use another data folder.',
  ],
  ['ENOTDIR', 'a part of the path is a file, not a folder. Use another data folder.'],
  ['EEXIST', 'this is a file, not a folder. Use another data folder.'],
  ['ENOENT', 'the folder cannot be made here. Use another data folder.'],
  ['SQLITE_IOERR', `the disk did not do its work (full, limited or broken). Look at it. ${retry}`],
  ['SQLITE_BUSY', `another program holds the database. Let it end. ${retry}`],
  ['SQLITE_LOCKED', `another program holds the database. Let it end. ${retry}`],
  ['SQLITE_NOMEM', `there is not enough memory. ${retry}`],
]

/** The error as operators should see it: errors of the database and the file system as StoreUnavailable. */
export function asStoreError(error: unknown, file: string): unknown {
  if (!(error instanceof Error) || error instanceof StoreUnavailable) return error
  const code: unknown = (error as { code?: unknown }).code
  if (typeof code !== 'string') return error
  const meaning = meanings.find(([start]) => code === start || code.startsWith(`${start}_`))?.[1]
  if (meaning === undefined && !(error instanceof SQLiteError)) return error
  return new StoreUnavailable(
    file,
    `${file}: ${meaning ?? 'the database failed.'} (${code}: ${error.message})`,
    error,
  )
}
