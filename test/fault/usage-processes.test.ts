import { afterAll, afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { UsageTableWriter } from '#store/usage-table-writer.ts'

// What keys use is exact over processes, and what one has counted stays when it dies.

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-usage-'))
afterAll(() => rmSync(folder, { recursive: true }))

const children: Bun.Subprocess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL')
    await child.exited
  }
})

const STEPS = 1000
const PLAN = 7

interface Taker {
  go(): void
  readonly lines: AsyncIterator<string>
  readonly child: Bun.Subprocess
}

async function startTaker(file: string, startMs: number, limit: number): Promise<Taker> {
  const words = [file, PLAN, startMs, STEPS, limit].map(String)
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'usage-taker.ts'), ...words], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  children.push(child)
  const lines = createInterface({ input: Readable.fromWeb(child.stdout as never) })[Symbol.asyncIterator]()
  expect((await lines.next()).value).toBe('ready')
  return {
    lines,
    child,
    go() {
      void child.stdin.write('go\n')
      void child.stdin.flush()
    },
  }
}

function newTable(name: string): { file: string; writer: UsageTableWriter; place: number } {
  const file = join(folder, name)
  const writer = new UsageTableWriter(1024, file)
  const { place } = writer.put({ digest: new Uint8Array(32), keyId: 'key', plan: PLAN, enabled: true })
  return { file, writer, place }
}

test('processes that use one key get its burst and its rate, and its quota, to the request', async () => {
  const { file, writer, place } = newTable('exact')
  const startMs = Date.now()
  const limit = 25_000
  const takers = await Promise.all(Array.from({ length: 3 }, () => startTaker(file, startMs, limit)))
  for (const taker of takers) taker.go()
  const sums = [0, 0]
  for (const { lines } of takers) {
    const [taken, counted] = ((await lines.next()).value as string).split(' ').map(Number) as [number, number]
    sums[0] = (sums[0] as number) + taken
    sums[1] = (sums[1] as number) + counted
  }
  expect(sums).toEqual([30 * STEPS + 500, limit])
  const day = Math.floor(startMs / 86_400_000)
  expect(writer.table.dated(place, 7)).toEqual({ day, count: limit })
  expect(writer.table.dated(place, 8 + (day & 1))).toEqual({ day, count: limit })
  writer.close()
})

test('what a process has counted that is killed stays counted, and the others go on', async () => {
  const { file, writer, place } = newTable('killed')
  const startMs = Date.now()
  const takers = await Promise.all(Array.from({ length: 2 }, () => startTaker(file, startMs, 1e9)))
  for (const taker of takers) taker.go()
  const [victim, other] = takers as [Taker, Taker]
  while (writer.table.dated(place, 7).count < 1000) await new Promise(setImmediate)
  victim.child.kill('SIGKILL')
  await victim.child.exited
  const atDeath = writer.table.dated(place, 7).count
  const [, counted = 0] = ((await other.lines.next()).value as string).split(' ').map(Number)
  const { count } = writer.table.dated(place, 7)
  expect(count).toBeGreaterThanOrEqual(Math.max(atDeath, counted))
  // A token that the victim had taken and not counted yet, at most.
  expect(30 * STEPS + 500 - count).toBeOneOf([0, 1])
  expect(writer.takeChanged()).toEqual([place])
  writer.close()
})
