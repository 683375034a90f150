import { Database } from 'bun:sqlite'
import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asStoreError } from './sqlite-errors.ts'
import { StoreConflict, StoreUnavailable } from './store.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-errors-'))
afterAll(() => rmSync(folder, { recursive: true }))

function database(name: string): string {
  const file = join(folder, name)
  const db = new Database(file)
  db.run('CREATE TABLE t (a)')
  db.close()
  return file
}

const failures: readonly [what: string, fail: () => void, says: RegExp][] = [
  [
    'no room',
    () => {
      const db = new Database(database('full.db'))
      db.run('PRAGMA max_page_count = 3')
      db.run('INSERT INTO t VALUES (zeroblob(100000))')
    },
    /disk is full.*SQLITE_FULL/,
  ],
  [
    'a file that cannot be written',
    () => new Database(database('readonly.db'), { readonly: true }).run('INSERT INTO t VALUES (1)'),
    /cannot be written.*SQLITE_READONLY/,
  ],
  [
    'a file that is no database',
    () => {
      const file = join(folder, 'text.db')
      writeFileSync(file, 'Dear diary, '.repeat(100))
      new Database(file).query('SELECT * FROM t').all()
    },
    /no database.*SQLITE_NOTADB/,
  ],
  [
    'a folder that is not there',
    () => void new Database(join(folder, 'none', 'a.db')),
    /cannot be opened.*SQLITE_CANTOPEN/,
  ],
  [
    'another writer',
    () => {
      const file = database('busy.db')
      new Database(file).run('BEGIN IMMEDIATE')
      new Database(file).run('INSERT INTO t VALUES (1)')
    },
    /another program.*SQLITE_BUSY/,
  ],
  [
    'a statement that is wrong',
    () => new Database(':memory:').run('no SQL'),
    /the database failed.*syntax error/,
  ],
  ['a path through a file', () => void readdirSync(join(database('file.db'), 'x')), /not a folder.*ENOTDIR/],
]
for (const [what, fail, says] of failures) {
  test(`${what} is told with the file and the cause`, () => {
    let cause: unknown
    try {
      fail()
    } catch (error) {
      cause = error
    }
    const error = asStoreError(cause, '/data') as StoreUnavailable
    expect(error).toBeInstanceOf(StoreUnavailable)
    expect(error.file).toBe('/data')
    expect(error.message).toMatch(says)
    expect(error.message).toStartWith('/data: ')
    expect(error.cause).toBe(cause)
  })
}

test('other errors stay what they are', () => {
  for (const error of [
    new StoreConflict('exists', ''),
    new StoreUnavailable('a', 'b'),
    new TypeError('a bug'),
    Object.assign(new Error('a bug'), { code: 'ERR_INVALID_ARG_TYPE' }),
    'text',
  ]) {
    expect(asStoreError(error, '/data')).toBe(error)
  }
})
