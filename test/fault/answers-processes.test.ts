import { afterAll, afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AnswerClaim } from '#base/answer-cache.ts'
import { SharedAnswerTable } from '#store/answer-table.ts'
import { randomNumbers } from '../support/random-numbers.ts'
import { identityOf, isWhole, KEYS, textOf } from './answers-kept.ts'

// Answers that processes keep together are whole or absent, whatever they all do at once, and whenever one of them dies.

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-answers-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'answers')
/** With room for a fourth of what is kept. */
beforeEach(() => SharedAnswerTable.create(file, 350_000))

const children: Bun.Subprocess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL')
    await child.exited
  }
})

async function startKeeper(
  seed: number,
  steps?: number | 'claim',
): Promise<Bun.Subprocess<'ignore', 'pipe', 'inherit'>> {
  const words = [file, seed, ...(steps === undefined ? [] : [steps])].map(String)
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'answers-keeper.ts'), ...words], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  children.push(child)
  return child
}

test('processes that keep, flush and look up at once find nothing but whole answers', async () => {
  const keepers = await Promise.all([1, 2, 3].map((seed) => startKeeper(seed, 40_000)))
  for (const keeper of keepers) {
    expect(await keeper.exited).toBe(0)
    const [ready, found] = (await new Response(keeper.stdout).text()).split('\n')
    expect(ready).toBe('ready')
    expect(Number(found)).toBeGreaterThan(1000)
  }
  const table = new SharedAnswerTable(file)
  expect(table.bytes).toBe(table.queuedBytes)
}, 60_000)

test('whenever one is killed, the others go on, and no room is lost', async () => {
  const ROUNDS = 12
  const random = randomNumbers(4566)
  const table = new SharedAnswerTable(file)
  const nowMs = Date.now()
  const steady = await startKeeper(7)
  for (let round = 0; round < ROUNDS; round++) {
    const keeper = await startKeeper(100 + round)
    const { value } = await keeper.stdout.getReader().read()
    expect(new TextDecoder().decode(value)).toStartWith('ready')
    await Bun.sleep(5 + random() * 20)
    keeper.kill('SIGKILL')
    await keeper.exited
    let kept = 0
    // On a busy machine who has the lock may have no time, and then puts are given up.
    for (let step = 0; step < KEYS || kept <= KEYS / 2; step++) {
      const key = step % KEYS
      if (key === 0) await Bun.sleep(0)
      const id = identityOf(key)
      const keeping = { flushes: table.of(id.stage), nowMs, expiresMs: nowMs + 1000, stageBytesMax: Infinity }
      if (table.put(id, textOf(key, round % 8), keeping) !== undefined) kept++
      const found = table.find(id, nowMs)
      if (found !== undefined) expect(isWhole(key, found.bytes)).toBe(true)
    }
    expect(steady.exitCode).toBeNull()
  }
  steady.kill('SIGKILL')
  await steady.exited
  // Takes the lock from whoever has died with it.
  const id = identityOf(0)
  const keeping = { flushes: table.of(id.stage), nowMs, expiresMs: nowMs + 1000, stageBytesMax: Infinity }
  while (table.put(id, textOf(0, 0), keeping) === undefined) await Bun.sleep(1)
  expect(table.bytes).toBe(table.queuedBytes)
}, 60_000)

test('who is killed while it asks for an answer is waited for no longer', async () => {
  const table = new SharedAnswerTable(file)
  const keeper = await startKeeper(0, 'claim')
  const { value } = await keeper.stdout.getReader().read()
  expect(new TextDecoder().decode(value)).toBe('ours\n')
  const nowMs = Date.now()
  const claim = (): AnswerClaim | undefined => table.claim(identityOf(0), nowMs + 1000, nowMs)
  expect(claim()?.kind).toBe('held')
  keeper.kill('SIGKILL')
  await keeper.exited
  expect(claim()?.kind).toBe('ours')
})
