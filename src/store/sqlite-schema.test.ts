import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { migrate } from './sqlite-schema.ts'
import { StoreUnavailable } from './store.ts'

const first = "CREATE TABLE pet (name TEXT); INSERT INTO pet VALUES ('rex');"
const second = "ALTER TABLE pet ADD COLUMN kind TEXT NOT NULL DEFAULT 'dog';"

function refusal(db: Database, versions?: readonly string[]): StoreUnavailable {
  try {
    migrate(db, '/data/gatehouse.db', versions)
  } catch (error) {
    return error as StoreUnavailable
  }
  return expect.unreachable('it should have been refused')
}

test('a schema grows from whatever version it has, keeping the data', () => {
  const db = new Database(':memory:')
  migrate(db, 'db', [first])
  migrate(db, 'db', [first])
  expect(db.query('SELECT * FROM pet').all()).toEqual([{ name: 'rex' }])
  migrate(db, 'db', [first, second])
  migrate(db, 'db', [first, second])
  expect(db.query('SELECT * FROM pet').all()).toEqual([{ name: 'rex', kind: 'dog' }])
})

test('a migration that fails leaves the version before it', () => {
  const db = new Database(':memory:')
  migrate(db, 'db', [first])
  expect(() => migrate(db, 'db', [first, second, 'no SQL'])).toThrow()
  expect(db.query('SELECT * FROM pet').all()).toEqual([{ name: 'rex' }])
  migrate(db, 'db', [first, second])
  expect(db.query('SELECT kind FROM pet').all()).toEqual([{ kind: 'dog' }])
})

test('a newer schema is refused: file, version found, version supported', () => {
  const db = new Database(':memory:')
  migrate(db, 'db', [first, second])
  const error = refusal(db, [first])
  expect(error).toBeInstanceOf(StoreUnavailable)
  expect(error.file).toBe('/data/gatehouse.db')
  expect(error.message).toMatch(
    /^\/data\/gatehouse\.db was written by a newer Gatehouse: .* version 2, .* up to 1\./,
  )
})

test("another program's database is refused and left alone", () => {
  for (const sql of ['CREATE TABLE theirs (a)', 'PRAGMA user_version = 1', 'PRAGMA user_version = 99']) {
    const db = new Database(':memory:')
    db.run(sql)
    const before = db.serialize()
    expect(refusal(db).message).toContain('another program')
    expect(db.serialize()).toEqual(before)
  }
})
