import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kind } from '#base/kind.ts'
import { silentLog } from '#base/log.ts'
import { openSqliteStore } from '#store/sqlite.ts'

const path = mkdtempSync(join(tmpdir(), 'gatehouse-full-'))
afterAll(() => rmSync(path, { recursive: true }))

test('when the disk takes no more, the commit is refused whole and the store serves on', async () => {
  // No file may grow past 1 MB (2,000 blocks of 512 bytes).
  const filler = Bun.spawnSync([
    'sh',
    '-c',
    'ulimit -f 2000 && exec "$0" "$@"',
    process.execPath,
    join(import.meta.dir, 'store-filler.ts'),
    path,
  ])
  expect(filler.stderr.toString()).toBe('')
  const told = JSON.parse(filler.stdout.toString()) as Record<'committed' | 'kept', number>
  expect(told).toMatchObject({ typed: true, kept: told.committed * 2 })
  expect(told).toMatchObject({
    message: expect.stringMatching(/gatehouse\.db: the disk .*SQLITE_(IOERR|FULL)/),
  })
  expect(told.committed).toBeGreaterThan(5)

  // With room again, all that was acknowledged is there and new commits are taken.
  const store = openSqliteStore({ path, log: silentLog })
  expect((await store.scan(kind('filling'))).length).toBe(told.kept)
  await store.transact(async (tx) => {
    tx.write(kind('filling'), { account: '1', region: 'r', parent: '', id: 'more' }, 'x'.repeat(3_000_000))
  })
  expect((await store.scan(kind('filling'))).length).toBe(told.kept + 1)
  await store.close()
})
