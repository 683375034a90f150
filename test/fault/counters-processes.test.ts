import { afterAll, afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SharedCounters } from '#store/counters-shared.ts'
import { randomNumbers } from '../support/random-numbers.ts'

// Counters that processes share are exact, and stay of use whenever one of the processes dies.

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-counters-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'counters')
const SLOTS = 256
const SEED = 4566

let startMs: number
beforeEach(() => {
  SharedCounters.create(file, SLOTS)
  startMs = Date.now()
})

const children: Bun.Subprocess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL')
    await child.exited
  }
})

interface Taker {
  readonly child: Bun.Subprocess<'ignore', 'pipe', 'inherit'>
  /** Its lines, as they come. */
  readonly lines: AsyncIterator<string>
}

/** @param processes how many takers wait for one another */
function startTaker(processes: number, steps: number, key: string): Taker {
  const words = [file, processes, startMs, steps, key].map(String)
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'counters-taker.ts'), ...words], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  children.push(child)
  return { child, lines: linesOf(child.stdout) }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of stream) {
    text += decoder.decode(chunk, { stream: true })
    const lines = text.split('\n')
    text = lines.pop() as string
    yield* lines
  }
}

test('processes that take from one bucket get its burst and what flows in, to the token', async () => {
  const PROCESSES = 3
  const STEPS = 2000
  const takers = Array.from({ length: PROCESSES }, () => startTaker(PROCESSES, STEPS, 'one'))
  const taken = await Promise.all(
    takers.map(async ({ child, lines }) => {
      expect((await lines.next()).value).toBe('ready')
      const line: unknown = (await lines.next()).value
      expect(await child.exited).toBe(0)
      return Number(line)
    }),
  )
  expect(taken.reduce((sum, one) => sum + one)).toBe(500 + STEPS * 30)
  const counters = new SharedCounters(file)
  expect(counters.add('one', 0, { startMs, endMs: startMs + 86_400_000 }, startMs)).toBe(
    PROCESSES * (STEPS + 1),
  )
}, 60_000)

test('whenever a process is killed that gives slots to keys, the others go on', async () => {
  const ROUNDS = 12
  const random = randomNumbers(SEED)
  let full = 0
  const counters = new SharedCounters(file, () => full++)
  const day = { startMs, endMs: startMs + 86_400_000 }
  for (let round = 0; round < ROUNDS; round++) {
    // Waits for nobody but itself: each one adds one try.
    const { child, lines } = startTaker(round + 1, 0, 'churn')
    expect((await lines.next()).value).toBe('ready')
    await Bun.sleep(5 + random() * 20)
    child.kill('SIGKILL')
    await child.exited
    // Later than anything that it can have taken.
    const nowMs = startMs + (round + 1) * 3_600_000
    for (let n = 0; n < 2 * SLOTS; n++) {
      expect(counters.take(`after ${round} ${n}`, { perSecond: 1000, burst: 1 }, 1, nowMs + n)).toBe(0)
      expect(counters.take(`after ${round} ${n}`, { perSecond: 1000, burst: 1 }, 1, nowMs + n)).toBe(1)
    }
    expect(counters.add('rounds', 1, day, nowMs + 3_000_000)).toBe(round + 1)
  }
  expect(full).toBe(0)
}, 60_000)
