import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '#base/log.ts'
import { listLogs } from '#server/logs/list-logs.ts'
import { LogRotation } from '#server/logs/log-rotation.ts'

const WRITERS = ['a', 'b', 'c']
const ROUNDS = 6
const LINES = ROUNDS * 500

let dataDir: string

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-rotation-'))
})

afterEach(() => rm(dataDir, { recursive: true, force: true }))

test('processes that write to a log which is put aside meanwhile lose no line, and tear none', async () => {
  const folder = join(dataDir, 'logs')
  const rotation = new LogRotation({
    folder,
    fileBytesMax: 20_000,
    fileAgeMs: 1e9,
    filesMax: 1e6,
    checkMs: 1e9,
    log: silentLog,
  })
  const writers = WRITERS.map((name) =>
    Bun.spawn([process.execPath, join(import.meta.dir, 'log-writer.ts'), dataDir, name, String(ROUNDS)], {
      stdio: ['ignore', 'inherit', 'inherit'],
    }),
  )
  let writing = true
  const ended = Promise.all(writers.map(({ exited }) => exited)).then((codes) => {
    writing = false
    return codes
  })
  while (writing) {
    await rotation.sweep()
    await Bun.sleep(1)
  }
  expect(await ended).toEqual(WRITERS.map(() => 0))
  await rotation.stop()

  const files = await listLogs(folder)
  expect(files.length).toBeGreaterThan(2)
  const numbers = new Map<string, number[]>(WRITERS.map((name) => [name, []]))
  for (const { path } of files) {
    const text = await readFile(path, 'utf8')
    expect(text).toEndWith('\n')
    for (const line of text.split('\n').slice(0, -1)) {
      const [, name = '', number = ''] = /^([abc]) (\d+) x*y* end$/.exec(line) ?? []
      if (name === '') throw new Error(`a torn line in ${path}: ${line.slice(0, 100)}`)
      numbers.get(name)?.push(Number(number))
    }
  }
  // In order, too: each writer's lines come one after the other through all the files.
  const all = Array.from({ length: LINES }, (_, i) => i)
  for (const name of WRITERS) expect(numbers.get(name)).toEqual(all)
}, 60_000)
