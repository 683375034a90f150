import { afterAll, afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SharedTurns } from '#store/turns-shared.ts'

// Turns that processes share: never more than the limit at once, and those of a process that is killed are given back.

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-turns-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'turns')
const insideFile = join(folder, 'inside')

const children: Bun.Subprocess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL')
    await child.exited
  }
})

function startTaker(
  number: number,
  limit: number,
  rounds: number,
): Bun.Subprocess<'ignore', 'pipe', 'inherit'> {
  const words = [file, insideFile, number, limit, rounds].map(String)
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'turns-taker.ts'), ...words], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  children.push(child)
  return child
}

for (const limit of [1, 2]) {
  test(`at most ${limit} at once, while keys take slots from each other`, async () => {
    const PROCESSES = 3
    SharedTurns.create(file, PROCESSES, 9)
    writeFileSync(insideFile, new Uint8Array(64))
    const takers = Array.from({ length: PROCESSES }, (_, at) => startTaker(at + 1, limit, 40_000))
    for (const { stdout } of takers) {
      const told = JSON.parse(await new Response(stdout).text()) as {
        had: number
        over: number
        full: number
      }
      expect(told).toMatchObject({ over: 0, full: 0 })
      expect(told.had).toBeGreaterThan(0)
    }
  }, 60_000)
}

test('what a killed process had is free once another has its number', async () => {
  SharedTurns.create(file, 2)
  writeFileSync(insideFile, new Uint8Array(64))
  const child = startTaker(2, 1, 0)
  for await (const _ of child.stdout) break
  const turns = new SharedTurns(file, 1)
  expect(turns.take('held', 1)).toBe(false)
  child.kill('SIGKILL')
  await child.exited
  expect(turns.take('held', 1)).toBe(false)
  expect(new SharedTurns(file, 2).take('held', 1)).toBe(true)
  expect(turns.take('held', 1)).toBe(false)
}, 60_000)
