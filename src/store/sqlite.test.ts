import { Database } from 'bun:sqlite'
import { afterAll, describe, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kind } from '#base/kind.ts'
import { createLog, silentLog } from '#base/log.ts'
import { changesKeptMax } from './limits.ts'
import { openSqliteStore, type SqliteStore } from './sqlite.ts'
import { StoreUnavailable, type Key } from './store.ts'

const root = mkdtempSync(join(tmpdir(), 'gatehouse-sqlite-'))
afterAll(() => rmSync(root, { recursive: true }))

let folders = 0
const newPath = (): string => join(root, String(folders++))
const open = (path: string = newPath()): SqliteStore => openSqliteStore({ path, log: silentLog })

function refusal(path: string): StoreUnavailable {
  try {
    open(path)
  } catch (error) {
    expect(error).toBeInstanceOf(StoreUnavailable)
    return error as StoreUnavailable
  }
  return expect.unreachable('it should have been refused')
}

const numbers = kind<number>('number')
const at = (id: string): Key => ({ account: '1', region: 'r', parent: '', id })
const put = (store: SqliteStore, ...ids: string[]): Promise<void> =>
  store.transact(async (tx) => {
    for (const id of ids) tx.write(numbers, at(id), 1)
  })

describe('the data folder', () => {
  test('is for its owner alone, as is every file in it', async () => {
    const path = join(newPath(), 'below')
    const store = open(path)
    await put(store, 'a')
    const modes = (): [string, number][] =>
      readdirSync(path).map((name) => [name, statSync(join(path, name)).mode & 0o777])
    expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(
      modes()
        .map(([name]) => name)
        .sort(),
    ).toEqual(
      ['', '-shm', '-wal'].map((end) => `gatehouse.db${end}`).concat('gatehouse.lock', 'gatehouse.pid'),
    )
    for (const [, mode] of modes()) expect(mode).toBe(0o600)
    await store.close()
    // Closed, everything is in the one file.
    expect(readdirSync(path).sort()).toEqual(['gatehouse.db', 'gatehouse.lock'])
    chmodSync(join(path, 'gatehouse.db'), 0o644)
    const again = open(path)
    for (const [, mode] of modes()) expect(mode).toBe(0o600)
    await again.close()
  })

  test('that was there keeps its mode, with a warning where others can write', async () => {
    const lines: string[] = []
    const log = createLog('warn', 'text', (line) => lines.push(line))
    for (const [mode, warnings] of [
      [0o755, 0],
      [0o777, 1],
    ] as const) {
      const path = newPath()
      mkdirSync(path)
      chmodSync(path, mode)
      lines.length = 0
      await openSqliteStore({ path, log }).close()
      expect(statSync(path).mode & 0o777).toBe(mode)
      expect(lines.length).toBe(warnings)
    }
  })

  test('is refused to a second store in this process, and free after close', async () => {
    const path = newPath()
    const store = open(path)
    await put(store, 'a')
    expect(refusal(path).message).toContain(`in use by process ${process.pid}:`)
    // The refused one has taken nothing away from the first.
    expect(refusal(path).message).toContain(`in use by process ${process.pid}:`)
    await put(store, 'b')
    await store.close()
    const again = open(path)
    expect((await again.scan(numbers)).map(({ id }) => id)).toEqual(['a', 'b'])
    await again.close()
  })

  test('is refused while another process has it, and free when that was killed', async () => {
    const path = newPath()
    const code = `
      const { openSqliteStore } = await import('#store/sqlite.ts')
      const { silentLog } = await import('#base/log.ts')
      globalThis.store = openSqliteStore({ path: ${JSON.stringify(path)}, log: silentLog })
      console.log('open')
      setInterval(() => {}, 1000)`
    const owner = Bun.spawn([process.execPath, '-e', code], {
      cwd: join(import.meta.dir, '..', '..'),
      stdout: 'pipe',
    })
    await owner.stdout.getReader().read()
    const error = refusal(path)
    expect(error.file).toBe(path)
    expect(error.message).toContain(`The data folder ${path} is in use by process ${owner.pid}:`)
    owner.kill('SIGKILL')
    await owner.exited
    const store = open(path)
    await put(store, 'a')
    await store.close()
  })

  const unusable: readonly [what: string, make: (path: string) => string, says: RegExp][] = [
    ['is a file', (path) => (writeFileSync(path, ''), path), /is a file/],
    ['is below a file', (path) => (writeFileSync(path, ''), join(path, 'data')), /is a file, not a folder/],
    [
      'holds no database where it should',
      (path) => {
        mkdirSync(path)
        writeFileSync(join(path, 'gatehouse.db'), 'Dear diary, '.repeat(1000))
        return path
      },
      /gatehouse\.db: the file is damaged or no database\. Restore/,
    ],
    [
      'holds a newer schema',
      (path) => {
        mkdirSync(path)
        const db = new Database(join(path, 'gatehouse.db'))
        db.run(`PRAGMA application_id = ${0x47415445}`)
        db.run('PRAGMA user_version = 1000')
        db.close()
        return path
      },
      /gatehouse\.db was written by a newer Gatehouse: its schema is version 1000, this program supports/,
    ],
  ]
  for (const [what, make, says] of unusable) {
    test(`that ${what} is refused, and is not left locked`, () => {
      const path = make(newPath())
      expect(refusal(path).message).toMatch(says)
      expect(refusal(path).message).toMatch(says)
    })
  }
})

describe('transactions that are written together', () => {
  test('each has its own commit, in order, and one that is refused takes none with it', async () => {
    const store = open()
    const told: string[][] = []
    store.watch((changes) => void told.push(changes.map(({ key }) => key.id)))
    await put(store, 'there')
    const made = (id: string): Promise<string> =>
      store
        .transact(async (tx) => tx.create(numbers, at(id), 2))
        .then(
          () => `${id} made`,
          (error: Error) => `${id} ${error.name}`,
        )
    const before = store.sequence
    expect(await Promise.all([made('a'), made('there'), made('b')])).toEqual([
      'a made',
      'there StoreConflict',
      'b made',
    ])
    expect(store.sequence).toBe(before + 2)
    expect(told).toEqual([['there'], ['a'], ['b']])
    expect((await store.read(numbers, at('there')))?.value).toBe(1)
    await store.close()
  })

  test('each sees those before it: none of many additions is lost', async () => {
    const store = open()
    await put(store, 'sum')
    const add = (): Promise<void> =>
      store.transact(async (tx) => {
        const { value } = (await tx.read(numbers, at('sum'))) as { value: number }
        tx.write(numbers, at('sum'), value + 1)
      })
    await Promise.all(Array.from({ length: 50 }, add))
    expect((await store.read(numbers, at('sum')))?.value).toBe(51)
    await store.close()
  })

  test('that still wait are written when the store closes', async () => {
    const path = newPath()
    const store = open(path)
    const putting = put(store, 'late')
    // Far enough that it waits for its turn.
    await Promise.resolve()
    await Promise.all([putting, store.close()])
    const again = open(path)
    expect((await again.read(numbers, at('late')))?.value).toBe(1)
    await again.close()
  })
})

test('what is deleted leaves nothing behind but a bounded change feed', async () => {
  const path = newPath()
  const store = open(path)
  await put(store, 'a', 'b')
  await store.transact(async (tx) => tx.write(kind('other'), at('c'), 1))
  await store.transact(async (tx) => {
    tx.delete(numbers, at('a'))
    tx.deleteAll(kind('other'), at(''))
  })
  await store.transact(async (tx) => tx.delete(numbers, at('b')))
  await store.close()
  const db = new Database(join(path, 'gatehouse.db'), { readonly: true })
  for (const table of ['record', 'collection', 'blob'])
    expect(db.query(`SELECT * FROM ${table}`).all()).toEqual([])
  db.close()
})

test('damage found while serving is told, and other data is still served', async () => {
  const path = newPath()
  const first = open(path)
  await first.transact(async (tx) => {
    for (let i = 0; i < 200; i++)
      tx.write(kind<string>('text'), at(`${i}`.padStart(3, '0')), 'x'.repeat(2000))
  })
  await first.close()
  const file = join(path, 'gatehouse.db')
  const bytes = new Uint8Array(await Bun.file(file).arrayBuffer())
  const pageBytes = 4096
  bytes.fill(0xff, bytes.length - 40 * pageBytes, bytes.length - 20 * pageBytes)
  await Bun.write(file, bytes)
  const store = open(path)
  const error = await store.scan(kind('text')).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(StoreUnavailable)
  expect((error as Error).message).toContain(`${file}: the file is damaged. Restore`)
  expect((await store.read(kind('text'), at('000')))?.value).toBe('x'.repeat(2000))
  await store.close()
})

describe('the change feed', () => {
  const feed = async (store: SqliteStore, since: number): Promise<string[] | undefined> =>
    (await store.changesSince(since))?.map((each) => `${each.sequence} ${each.operation} ${each.key.id}`)

  test('numbers commits, over restarts', async () => {
    const path = newPath()
    let store = open(path)
    expect([store.sequence, await feed(store, 0)]).toEqual([0, []])
    await put(store, 'a', 'b')
    await store.transact(async (tx) => tx.read(numbers, at('a')))
    await store.transact(async (tx) => tx.delete(numbers, at('none')))
    await store.transact(async (tx) => tx.delete(numbers, at('a')))
    expect(store.sequence).toBe(2)
    await store.close()
    store = open(path)
    expect(store.sequence).toBe(2)
    await put(store, 'c')
    expect(await feed(store, 0)).toEqual(['1 write a', '1 write b', '2 delete a', '3 write c'])
    expect(await feed(store, 1)).toEqual(['2 delete a', '3 write c'])
    expect(await feed(store, 3)).toEqual([])
    expect((await store.changesSince(2))?.[0]).toEqual({
      sequence: 3,
      kind: 'number',
      key: at('c'),
      operation: 'write',
    })
    await store.close()
  })

  test('after a clear it begins with that', async () => {
    const store = open(':memory:')
    await put(store, 'a')
    await store.clear()
    await put(store, 'b')
    expect(await feed(store, 0)).toBeUndefined()
    expect(await feed(store, 2)).toEqual(['3 write b'])
    expect(store.sequence).toBe(3)
    await store.close()
  })

  test('forgets the oldest past its bound, and says so to those who were away too long', async () => {
    const store = open(':memory:')
    const ids = Array.from({ length: changesKeptMax / 2 }, (_, i) => String(i))
    for (let commit = 1; commit <= 3; commit++) await put(store, ...ids)
    expect(await feed(store, 0)).toBeUndefined()
    expect(await feed(store, 1)).toBeUndefined()
    expect((await feed(store, 2))?.length).toBe(ids.length)
    expect(await feed(store, 3)).toEqual([])
    await store.close()
  })
})
