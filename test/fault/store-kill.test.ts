import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '#base/log.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { randomNumbers } from '../support/random-numbers.ts'
import { place, parts, recordsEach } from './store-writer-records.ts'

const path = mkdtempSync(join(tmpdir(), 'gatehouse-kill-'))
afterAll(() => rmSync(path, { recursive: true }))

const rounds = 25
const seed = 20_270_101

/**
 * Starts the writer and kills it at some moment after it has acknowledged `acknowledgements` transactions.
 * @returns every number that it acknowledged
 */
async function writeUntilKilled(acknowledgements: number, afterMs: number): Promise<number[]> {
  await using writer = Bun.spawn([process.execPath, join(import.meta.dir, 'store-writer.ts'), path], {
    stdout: 'pipe',
  })
  let printed = ''
  let killing: Promise<void> | undefined
  const decoder = new TextDecoder()
  for await (const chunk of writer.stdout) {
    printed += decoder.decode(chunk, { stream: true })
    if (printed.split('\n').length > acknowledgements + 1) {
      killing ??= Bun.sleep(afterMs).then(() => writer.kill('SIGKILL'))
    }
  }
  await killing
  await writer.exited
  expect(writer.signalCode).toBe('SIGKILL')
  // What follows the last line break was cut off.
  const lines = printed.split('\n').slice(0, -1)
  expect(lines.shift()).toBe('open')
  return lines.map(Number)
}

test(`a store whose process is killed ${rounds} times has every acknowledged transaction, each one whole`, async () => {
  const random = randomNumbers(seed)
  const acknowledged = new Set<number>()
  let sequence = 0
  for (let round = 0; round < rounds; round++) {
    const told = await writeUntilKilled(Math.floor(random() * 40), random() * 8)
    for (const number of told) acknowledged.add(number)

    const store = openSqliteStore({ path, log: silentLog })
    const found: string[][] = []
    for (let part = 0; part < recordsEach; part++) {
      const records = await store.list(parts, place(String(part)))
      for (const { id, value } of records) {
        expect(value).toEqual({ mine: Number(id), filling: 'x'.repeat(Number(id) % 3000) })
      }
      found.push(records.map(({ id }) => id))
    }
    for (const ids of found) expect(ids).toEqual(found[0] as string[])
    const kept = new Set(found[0]?.map(Number))
    expect([...acknowledged].filter((number) => !kept.has(number))).toEqual([])
    // One commit each: the change feed has lost and doubled none.
    expect(store.sequence).toBe(kept.size)
    expect(store.sequence).toBeGreaterThanOrEqual(sequence + told.length)
    sequence = store.sequence
    await store.close()
  }
  expect(acknowledged.size).toBeGreaterThan(rounds)
}, 60_000)
