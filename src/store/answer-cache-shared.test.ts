import { afterAll, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AnswerClaim } from '#base/answer-cache.ts'
import { SharedAnswerCache } from './answer-cache-shared.ts'
import { SharedAnswerTable } from './answer-table.ts'
import { BLOCK_BYTES, HEADER } from './answer-table-layout.ts'
import type { AnswerCodec } from './answer-codec.ts'

interface Answer {
  readonly text: string
}

const codec: AnswerCodec<Answer> = {
  encode: ({ text }) => (text.startsWith('own') ? undefined : Buffer.from(text)),
  decode(bytes) {
    const text = Buffer.from(bytes).toString()
    if (text === 'broken') throw new Error('none of ours')
    return { answer: { text }, bytes: 100 }
  },
}

const STAGE = 'api1/dev'
const BYTES = 1_200_000
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-answers-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'answers')
beforeEach(() => SharedAnswerTable.create(file, BYTES))

/** As one process has it. */
class Process {
  readonly table: SharedAnswerTable = new SharedAnswerTable(file)
  readonly cache: SharedAnswerCache<Answer>

  constructor(ownEntriesMax = 100) {
    const bounds = { ownBytesMax: 1_000_000, ownEntriesMax, entryBytesMax: 50_000 }
    this.cache = new SharedAnswerCache<Answer>({ open: () => this.table, codec, ...bounds })
  }

  set(
    key: string,
    text: string,
    more: { expiresMs?: number; stageBytesMax?: number; stage?: string } = {},
  ): void {
    const { stage = STAGE, expiresMs = 1000, ...rest } = more
    const keeping = { generation: this.cache.generation(stage), nowMs: 0, expiresMs, bytes: text.length }
    this.cache.set(stage, key, { text }, { ...keeping, ...rest })
  }

  get(key: string, nowMs = 0, stage: string = STAGE): string | undefined {
    return this.cache.get(stage, key, nowMs)?.text
  }
}

test('what one process keeps, another gives, until it is replaced or flushed by either', () => {
  const [one, other] = [new Process(), new Process()]
  one.set('a', 'kept')
  expect(other.get('a')).toBe('kept')
  expect(other.cache.get(STAGE, 'a', 0)).toBe(other.cache.get(STAGE, 'a', 0) as Answer)
  other.set('a', 'fresh')
  expect(one.get('a')).toBe('fresh')
  const generation = one.cache.generation(STAGE)
  other.cache.flush(STAGE)
  expect([one.get('a'), other.get('a')]).toEqual([undefined, undefined])
  one.cache.set(STAGE, 'a', { text: 'of before' }, { generation, nowMs: 0, expiresMs: 1000, bytes: 9 })
  expect([one.get('a'), other.get('a')]).toEqual([undefined, undefined])
  one.set('a', 'after')
  expect(other.get('a')).toBe('after')
  expect(other.get('a', 1000)).toBeUndefined()
})

test('what is for one process alone, is no text, or is none of ours, is not shared', () => {
  const [one, other] = [new Process(), new Process()]
  for (const [key, text] of [
    ['a', 'own secret'],
    ['b', 'broken'],
    ['\ud800', 'no text'],
  ] as const) {
    one.set(key, text)
    expect(one.get(key)).toBe(text)
    expect(other.get(key)).toBeUndefined()
  }
  expect(one.get('\ud801')).toBeUndefined()
})

test('answers of many blocks are what they were, however the free ones lie', () => {
  const one = new Process(0)
  const textOf = (i: number): string => String(i).padEnd(1 + ((i * 7919) % 9000), String(i % 10))
  for (let i = 0; i < 300; i++) {
    one.set(`key ${i}`, textOf(i))
    if (i % 3 === 0) one.set(`key ${i}`, String(i))
    expect(one.get(`key ${i}`)).toBe(i % 3 === 0 ? String(i) : textOf(i))
  }
  expect(one.table.bytes).toBe(one.table.queuedBytes)
  expect(one.table.bytes).toBeGreaterThan(0.9 * one.table.bytesMax)
})

test('no scan pushes out what is in use, in whichever process', () => {
  const [one, other] = [new Process(), new Process()]
  const hot = Array.from({ length: 200 }, (_, i) => `hot ${i}`)
  for (const key of hot) one.set(key, key)
  for (const key of hot) expect(other.get(key)).toBe(key)
  for (let i = 0; i < 5000; i++) one.set(`scan ${i}`, 'x', { stage: 'api2/dev' })
  for (const key of hot) expect(new Process().get(key)).toBe(key)
})

test('a stage that has its share lets its own go, the oldest first that is not in use', () => {
  const one = new Process(0)
  one.set('other', 'other', { stage: 'api2/dev' })
  for (const key of ['a', 'b', 'c']) one.set(key, 'x'.repeat(BLOCK_BYTES), { stageBytesMax: 3 * BLOCK_BYTES })
  one.get('a')
  one.set('d', 'x', { stageBytesMax: 3 * BLOCK_BYTES })
  expect(['a', 'b', 'c', 'd'].filter((key) => one.get(key) !== undefined)).toEqual(['a', 'c', 'd'])
  expect(one.get('other', 0, 'api2/dev')).toBe('other')
})

test('where the file cannot be written, each has its own, and nobody what is in part there', () => {
  const [one, other] = [new Process(), new Process()]
  one.set('a', 'a')
  one.table.close()
  one.set('b', 'b')
  expect([one.get('b'), other.get('b')]).toEqual(['b', undefined])
  expect(other.table.bytes).toBe(0)
  other.set('c', 'c')
  expect(other.table.bytes).toBe(other.table.queuedBytes)
})

test('who died with the lock leaves an empty table, of which all is free', () => {
  const one = new Process()
  for (let i = 0; i < 100; i++) one.set(`key ${i}`, 'x'.repeat(2000))
  const { pid } = Bun.spawnSync([process.execPath, '--version'])
  new Int32Array(Bun.mmap(file, { shared: true }).buffer)[HEADER.lock] = pid
  one.set('a', 'after')
  expect(one.table.bytes).toBe(BLOCK_BYTES)
  expect(one.table.queuedBytes).toBe(BLOCK_BYTES)
  expect(new Process().get('a')).toBe('after')
  expect(one.get('key 99')).toBeUndefined()
})

test('while another process has the lock for too long, answers are this one’s alone', () => {
  const [one, other] = [new Process(), new Process()]
  one.set('a', 'a')
  const words = new Int32Array(Bun.mmap(file, { shared: true }).buffer)
  words[HEADER.lock] = process.ppid
  one.set('b', 'b')
  expect([one.get('a'), one.get('b'), other.get('a'), other.get('b')]).toEqual(['a', 'b', 'a', undefined])
  words[HEADER.lock] = 0
  one.set('b', 'b')
  expect(other.get('b')).toBe('b')
})

test('one process asks for an answer, until it is released, its time is over, or it died', () => {
  const one = new Process()
  const words = new Int32Array(Bun.mmap(file, { shared: true }).buffer)
  const owners = (): number[] => Array.from(words.keys()).filter((at) => words[at] === process.pid)
  const nowMs = Date.now()
  const claim = (atMs = nowMs, key = 'a'): AnswerClaim | undefined =>
    one.cache.claim(STAGE, key, atMs + 1000, atMs)
  const first = claim()
  if (first?.kind !== 'ours') throw new Error('not ours')
  const [owner] = owners() as [number]
  // Another call of this process is told nothing, and takes nothing away.
  expect(claim()).toBeUndefined()
  words[owner] = process.ppid
  expect(claim(nowMs + 1)).toEqual({ kind: 'held', untilMs: nowMs + 1000 })
  expect(claim(nowMs, 'b')?.kind).toBe('ours')
  first.release()
  expect(claim()?.kind).toBe('held')
  expect(claim(nowMs + 1000)?.kind).toBe('ours')
  words[owner] = Bun.spawnSync([process.execPath, '--version']).pid
  const last = claim(nowMs + 1001)
  expect(last?.kind).toBe('ours')
  // Weeks later, whatever is left there.
  expect(claim(nowMs + 30 * 86_400_000)?.kind).toBe('ours')
})

test('a file of anything else is refused', () => {
  writeFileSync(file, new Uint8Array(4096))
  expect(() => new SharedAnswerTable(file)).toThrow(/does not hold answers of this version/)
})
