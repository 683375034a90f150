import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog, silentLog } from '#base/log.ts'
import { FollowedFile } from './follow-file.ts'
import { listLogs } from './list-logs.ts'
import { LogFiles, type LogConfig } from './log-files.ts'
import { LogRotation } from './log-rotation.ts'

let dataDir: string
let folder: string
let nowMs: number
const ends: (() => Promise<void>)[] = []

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-logs-'))
  folder = join(dataDir, 'logs')
  nowMs = Date.now()
})

afterEach(async () => {
  for (const end of ends.splice(0)) await end()
  await rm(dataDir, { recursive: true, force: true })
})

function logFiles(config: Partial<LogConfig> = {}): LogFiles {
  const files = new LogFiles(
    { dataDir, accessLog: 'files', accessLogFormat: undefined, executionLog: 'faults', ...config },
    silentLog,
  )
  ends.push(() => files.close())
  return files
}

function rotation(limits: { fileBytesMax?: number; fileAgeMs?: number; filesMax?: number }): LogRotation {
  const made = new LogRotation({
    folder,
    fileBytesMax: 1e9,
    fileAgeMs: 1e9,
    filesMax: 100,
    checkMs: 1e6,
    ...limits,
    log: silentLog,
    clock: { now: () => nowMs++ },
  })
  ends.push(() => made.stop())
  return made
}

/** All lines of a log, oldest first. */
async function linesOf(log: string): Promise<string[]> {
  const files = (await listLogs(folder)).filter((file) => file.log === log)
  const texts = await Promise.all(files.map(({ path }) => readFile(path, 'utf8')))
  return texts.join('').split('\n').slice(0, -1)
}

test('each group has a file of its own, whose folders are made when the first line comes', async () => {
  const files = logFiles()
  const access = files.access('aws/shop')
  const execution = files.execution('API-Gateway-Execution-Logs_abc/prod')
  expect(await listLogs(folder)).toEqual([])
  access?.write('é\n')
  execution?.write('b\n')
  await files.flush()
  expect(await linesOf('aws/shop')).toEqual(['é'])
  expect(await linesOf('API-Gateway-Execution-Logs_abc/prod')).toEqual(['b'])
})

test('in memory nothing is kept; an access log may go to standard output all the same, or nowhere', () => {
  const memory = logFiles({ dataDir: ':memory:' })
  expect([memory.access('a'), memory.execution('a')]).toEqual([undefined, undefined])
  expect(logFiles({ dataDir: ':memory:', accessLog: '-' }).access('a')).toBeDefined()
  expect(logFiles({ accessLog: 'off' }).access('a')).toBeUndefined()
})

test('stages without a format get the one that is configured; on standard output all have one', () => {
  const formatOf = (config: Partial<LogConfig>): string | undefined => logFiles(config).accessLogFormat
  expect(formatOf({})).toBeUndefined()
  expect(formatOf({ accessLog: '-' })).toStartWith('$context.identity.sourceIp')
  expect(formatOf({ accessLogFormat: 'json' })).toStartWith('{"requestId"')
  expect(formatOf({ accessLogFormat: '$context.requestId' })).toBe('$context.requestId')
})

test('a log that cannot be written is told of, counted, and holds up nothing', async () => {
  await writeFile(join(dataDir, 'logs'), 'in the way')
  const told: string[] = []
  const files = new LogFiles(
    { dataDir, accessLog: 'files', accessLogFormat: undefined, executionLog: 'off' },
    createLog('warn', 'text', (line) => void told.push(line)),
    { flushMs: 1 },
  )
  files.access('a')?.write('1\n2\n')
  await files.close()
  expect(files.dropped).toBe(2)
  expect(told.join('')).toMatch(/lines of a log are lost.*lostInAll=2/)
})

test('a log that is too large is put aside, and its writer goes on in a new one', async () => {
  const files = logFiles()
  const rotate = rotation({ fileBytesMax: 10 })
  for (let i = 0; i < 5; i++) {
    files.access('a/b')?.write(`${i} 12345678\n`)
    await files.flush()
    await rotate.sweep()
  }
  expect((await readdir(join(folder, 'a'))).length).toBe(5)
  files.access('a/b')?.write('end\n')
  await files.flush()
  await rotate.sweep()
  expect((await linesOf('a/b')).map((line) => line[0])).toEqual(['0', '1', '2', '3', '4', 'e'])
})

test('a log that is too old is put aside, an empty one never', async () => {
  const files = logFiles()
  files.access('old')?.write('1\n')
  await files.flush()
  await writeFile(join(folder, 'empty.log'), '')
  await utimes(join(folder, 'old.log'), 1, 1)
  const rotate = rotation({ fileAgeMs: 60_000 })
  await rotate.sweep()
  expect((await readdir(folder)).sort()).toEqual(['empty.log', 'old.log'])
  nowMs += 61_000
  await rotate.sweep()
  expect((await readdir(folder)).filter((name) => name.startsWith('old.'))).not.toContain('old.log')
  expect(await readdir(folder)).toContain('empty.log')
})

test('of those put aside the newest are kept, log by log', async () => {
  const files = logFiles()
  const rotate = rotation({ fileBytesMax: 1, filesMax: 2 })
  for (let i = 0; i < 4; i++) {
    files.access('a')?.write(`${i}\n`)
    files.access('a-b')?.write(`${i}\n`)
    await files.flush()
    await rotate.sweep()
  }
  await rotate.sweep()
  expect(await linesOf('a')).toEqual(['2', '3'])
  expect(await linesOf('a-b')).toEqual(['2', '3'])
})

test('a log is followed through rotation, in whole lines', async () => {
  const files = logFiles()
  const rotate = rotation({ fileBytesMax: 1 })
  const path = join(folder, 'a.log')
  const followed = new FollowedFile(path, 0)
  ends.push(() => followed.close())
  expect(await followed.read()).toBe('')
  let text = ''
  for (let i = 0; i < 4; i++) {
    files.access('a')?.write(`${i}\n`)
    await files.flush()
    if (i % 2 === 1) await rotate.sweep()
    text += await followed.read()
  }
  expect(text).toBe('0\n1\n2\n3\n')
  await writeFile(path, 'half')
  expect(await followed.read()).toBe('')
  await writeFile(path, ' a line\n', { flag: 'a' })
  expect(await followed.read()).toBe('half a line\n')
})
