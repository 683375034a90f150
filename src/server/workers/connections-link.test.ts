import { afterEach, beforeEach, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StateUnavailable } from '#base/state-unavailable.ts'
import { MemoryConnectionRegistry } from '#store/connection-registry-memory.ts'
import { connectionsOverLink, LinkedConnectionRegistry, type ConnectionsLink } from './connections-link.ts'
import { holderSocket } from './holder-links.ts'

// What the port asks for, test/contract/connection-registry.test.ts plays over a link, too.

let folder: string
let path: string
let link: ConnectionsLink
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-link-'))
  path = join(folder, 'connections.sock')
  link = connectionsOverLink(path, new MemoryConnectionRegistry())
})
afterEach(() => {
  link.stop()
  rmSync(folder, { recursive: true })
})

const held = { id: 'a', holder: 'worker', stage: 'api/dev', connectedMs: 1, activeMs: 1, facts: '{}' }

test('a worker that is gone holds nothing any more, at once', async () => {
  const [worker, other] = [new LinkedConnectionRegistry(path), new LinkedConnectionRegistry(path)]
  await worker.listen('worker', () => {})
  await worker.beat('worker', 3_600_000)
  await worker.register(held)
  expect(await other.sweep(10)).toEqual([])
  await worker.stop()
  let swept = await other.sweep(10)
  while (swept.length === 0) {
    await Bun.sleep(1)
    swept = await other.sweep(10)
  }
  expect(swept).toEqual([held])
  expect(await other.send('worker', new Uint8Array(1))).toBe(false)
})

test('a message goes straight to its worker; of one that is gone its senders hear', async () => {
  const [worker, other] = [new LinkedConnectionRegistry(path), new LinkedConnectionRegistry(path)]
  const gone = Promise.withResolvers<string>()
  other.whenGone(gone.resolve)
  const came: string[] = []
  const end = await worker.listen('worker', (message) => came.push(Buffer.from(message).toString()))
  // Those that are sent while the line is opened come first.
  const sent = ['a', 'b', 'c'].map(async (text) => other.send('worker', Buffer.from(text)))
  expect(await Promise.all(sent)).toEqual([true, true, true])
  expect(other.send('worker', Buffer.from('d'))).toBe(true)
  while (came.length < 4) await Bun.sleep(1)
  expect(came).toEqual(['a', 'b', 'c', 'd'])
  end()
  expect(await gone.promise).toBe('worker')
  expect(await other.send('worker', Buffer.from('e'))).toBe(false)
  await Promise.all([worker.stop(), other.stop()])
})

test('what a killed worker left behind is nobody', async () => {
  const worker = new LinkedConnectionRegistry(path)
  const killed = Bun.spawnSync([
    process.execPath,
    '-e',
    `Bun.listen({ unix: process.argv[1], socket: { data() {} } })
    process.kill(process.pid, 'SIGKILL')`,
    holderSocket(folder, 'killed'),
  ])
  expect([killed.signalCode, existsSync(holderSocket(folder, 'killed'))]).toEqual(['SIGKILL', true])
  expect(await worker.send('killed', new Uint8Array(1))).toBe(false)
  await worker.stop()
})

test('many questions at once are answered, each with its own', async () => {
  const worker = new LinkedConnectionRegistry(path)
  const ids = Array.from({ length: 2000 }, (_, i) => `connection ${i}`)
  await Promise.all(ids.map((id) => worker.register({ ...held, id })))
  expect((await Promise.all(ids.map((id) => worker.find(id)))).map((found) => found?.id)).toEqual(ids)
})

test('without a supervisor nothing is known', async () => {
  const worker = new LinkedConnectionRegistry(path)
  await worker.register(held)
  link.stop()
  expect(worker.find('a')).rejects.toBeInstanceOf(StateUnavailable)
  const late = new LinkedConnectionRegistry(join(folder, 'nobody.sock'))
  expect(late.find('a')).rejects.toBeInstanceOf(StateUnavailable)
})
