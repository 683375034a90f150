import { afterEach, describe, expect, test } from 'bun:test'
import type { ConnectionRegistry, HeldConnection } from '#base/connection-registry.ts'
import { StateUnavailable } from '#base/state-unavailable.ts'
import { silentLog } from '#base/log.ts'
import type { ConnectionFacts } from '#data-plane/websocket/connection-facts.ts'
import { MemoryConnectionRegistry } from '#store/connection-registry-memory.ts'
import { ConnectionDirectory } from './connection-directory.ts'
import { HolderSilent } from './holder-silent.ts'
import type { ConnectionLimits } from './limits.ts'
import type { OpenConnection } from './open-connection.ts'

const STAGE = 'api1/dev'
const id = (number: number): string => `${String(number).padStart(15, '0')}=`

/** A process that holds connections, without sockets: what they are sent is kept. */
class Process {
  readonly directory: ConnectionDirectory
  readonly open = new Map<string, OpenConnection & { readonly sent: (string | Uint8Array)[] }>()
  readonly orphans: HeldConnection[] = []
  /** That wait for a client, who reads none. */
  messagesMax: number = Infinity

  constructor(registry: ConnectionRegistry | undefined, limits: Partial<ConnectionLimits> = {}) {
    this.directory = new ConnectionDirectory({ registry, log: silentLog, limits })
  }

  start(): Promise<void> {
    const here = { get: (name: string) => this.open.get(name), [Symbol.iterator]: () => this.open.values() }
    return this.directory.start({ here, orphaned: async (orphan) => void this.orphans.push(orphan) })
  }

  async connect(connectionId: string, more: Partial<ConnectionFacts> = {}): Promise<ConnectionFacts> {
    const facts: ConnectionFacts = {
      connectionId,
      apiId: 'api1',
      stage: 'dev',
      connectedAtMs: 1000,
      sourceIp: '192.0.2.1',
      userAgent: undefined,
      host: 'api1.execute-api.localhost',
      ...more,
    }
    await this.directory.opening(facts)
    const sent: (string | Uint8Array)[] = []
    this.open.set(connectionId, {
      facts,
      sent,
      lastActiveAtMs: 2000,
      push: (data) => (sent.length < this.messagesMax ? (sent.push(data), 'sent') : 'full'),
      disconnect: () => void this.open.delete(connectionId),
    })
    return facts
  }

  sentTo(connectionId: string): (string | Uint8Array)[] {
    return this.open.get(connectionId)?.sent ?? []
  }
}

const processes: Process[] = []
afterEach(async () => {
  await Promise.all(processes.splice(0).map(({ directory }) => directory.stop()))
})

async function started(
  registry: ConnectionRegistry | undefined,
  limits?: Partial<ConnectionLimits>,
): Promise<Process> {
  const process = new Process(registry, limits)
  processes.push(process)
  await process.start()
  return process
}

describe('a process alone', () => {
  test('reaches what it holds, and nothing else', async () => {
    const one = await started(undefined)
    const facts = await one.connect(id(1))
    expect(one.directory.push(STAGE, id(1), 'hello')).toBe('sent')
    expect(one.directory.push('api1/prod', id(1), 'hello')).toBe('gone')
    expect(one.directory.push('api2/dev', id(1), 'hello')).toBe('gone')
    expect(one.directory.push(STAGE, id(2), 'hello')).toBe('gone')
    expect(one.sentTo(id(1))).toEqual(['hello'])
    expect(await one.directory.describe(STAGE, id(1))).toEqual({
      id: id(1),
      connectedAtMs: 1000,
      lastActiveAtMs: 2000,
      sourceIp: '192.0.2.1',
      userAgent: undefined,
    })
    expect(await one.directory.close(STAGE, id(1))).toBe(true)
    expect(await one.directory.close(STAGE, id(1))).toBe(false)
    expect(one.directory.closed(facts)).toBe(true)
  })

  test('holds so many, and no more', async () => {
    const one = await started(undefined, { connectionsMax: 2 })
    const facts = await one.connect(id(1))
    await one.connect(id(2))
    expect(one.directory.isFull).toBe(true)
    expect(one.directory.closed(facts)).toBe(true)
    expect(one.directory.isFull).toBe(false)
  })
})

describe('several processes', () => {
  test('what one holds the other reaches, texts as texts and bytes as bytes', async () => {
    const registry = new MemoryConnectionRegistry()
    const [one, other] = [await started(registry), await started(registry)]
    await one.connect(id(1), { userAgent: 'ü' })
    const bytes = new Uint8Array([0, 255, 13])
    // The second and third time its place is known.
    expect(await other.directory.push(STAGE, id(1), 'grüße')).toBe('sent')
    expect(await other.directory.push(STAGE, id(1), bytes)).toBe('sent')
    expect(await other.directory.push(STAGE, id(1), '')).toBe('sent')
    expect(one.sentTo(id(1)).map((data) => (typeof data === 'string' ? data : [...data]))).toEqual([
      'grüße',
      [0, 255, 13],
      '',
    ])
    expect(await other.directory.push('api1/prod', id(1), 'hello')).toBe('gone')
    expect(await other.directory.describe(STAGE, id(1))).toMatchObject({
      userAgent: 'ü',
      connectedAtMs: 1000,
    })
    expect(await other.directory.close(STAGE, id(1))).toBe(true)
    expect(await other.directory.push(STAGE, id(1), 'hello')).toBe('gone')
    expect(await other.directory.describe(STAGE, id(1))).toBeUndefined()
  })

  test('messages beyond what goes at once arrive whole', async () => {
    const registry = new MemoryConnectionRegistry()
    const one = await started(registry)
    const other = await started(registry, { messageBytesMax: 1000 })
    await one.connect(id(1))
    const texts = Array.from({ length: 3 }, (_, i) => `${i}`.repeat(1_000_000))
    await Promise.all(texts.map(async (text) => other.directory.push(STAGE, id(1), text)))
    expect(one.sentTo(id(1)).map(String)).toEqual(texts)
  })

  test('a connection that went from one to another is found again', async () => {
    const registry = new MemoryConnectionRegistry()
    const [one, two, three] = [await started(registry), await started(registry), await started(registry)]
    const facts = await one.connect(id(1))
    expect(await three.directory.push(STAGE, id(1), 'first')).toBe('sent')
    one.open.delete(id(1))
    expect(await one.directory.closed(facts)).toBe(true)
    await two.connect(id(1))
    expect(await three.directory.push(STAGE, id(1), 'second')).toBe('sent')
    expect(two.sentTo(id(1))).toEqual(['second'])
  })

  test('a broadcast reaches all of a stage, or those that are named', async () => {
    const registry = new MemoryConnectionRegistry()
    const [one, other] = [await started(registry), await started(registry)]
    for (let i = 0; i < 10; i++) await (i % 2 ? one : other).connect(id(i))
    await other.connect(id(10), { stage: 'prod' })
    expect(await one.directory.broadcast(STAGE, undefined, 'to all')).toEqual({
      sent: 10,
      gone: [],
      full: [],
    })
    const named = [id(1), id(2), id(10), id(11)]
    expect(await one.directory.broadcast(STAGE, named, 'to some')).toEqual({
      sent: 2,
      gone: [id(10), id(11)],
      full: [],
    })
    expect(one.sentTo(id(1))).toEqual(['to all', 'to some'])
    expect(other.sentTo(id(2))).toEqual(['to all', 'to some'])
    expect(other.sentTo(id(10))).toEqual([])
  })

  test('who reads too slowly is told apart from who is gone', async () => {
    const registry = new MemoryConnectionRegistry()
    const [one, other] = [await started(registry), await started(registry)]
    for (const [number, at] of [one, other].entries()) {
      at.messagesMax = 1
      await at.connect(id(number))
    }
    const ids = [id(0), id(1), id(2)]
    expect(await one.directory.broadcast(STAGE, ids, 'a')).toEqual({ sent: 2, gone: [id(2)], full: [] })
    for (const each of [id(0), id(1)]) expect(await one.directory.push(STAGE, each, 'b')).toBe('full')
    const full = [id(0), id(1)]
    expect(await one.directory.broadcast(STAGE, ids, 'c')).toEqual({ sent: 0, gone: [id(2)], full })
    other.open.delete(id(1))
    expect(await one.directory.push(STAGE, id(1), 'd')).toBe('gone')
  })

  test('lists go on where the last one ended', async () => {
    const registry = new MemoryConnectionRegistry()
    const [one, other] = [await started(registry), await started(registry)]
    for (let i = 0; i < 7; i++) await (i % 3 ? one : other).connect(id(i))
    const seen: string[] = []
    for (let after = ''; ;) {
      const found = await other.directory.list(STAGE, after, 3)
      seen.push(...found.map((each) => each.id))
      if (found.length < 3) break
      after = found.at(-1)?.id as string
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6].map(id))
  })

  test('a process that does not answer is given up', async () => {
    const registry = new MemoryConnectionRegistry()
    const other = await started(registry, { answerTimeoutMs: 20 })
    await registry.beat('silent', 60_000)
    await registry.listen('silent', () => {})
    const held = { id: id(1), holder: 'silent', stage: STAGE, connectedMs: 0, activeMs: 0, facts: '{}' }
    await registry.register(held)
    expect(Promise.resolve(other.directory.push(STAGE, id(1), 'hello'))).rejects.toBeInstanceOf(HolderSilent)
  })

  describe('a process that is gone before it answers', () => {
    /** Of a holder that takes what it is asked, and no more: it is gone then. */
    async function asked(tries: number): Promise<{ other: Process; came: () => number }> {
      let gone: (holder: string) => void = () => {}
      let came = 0
      const registry = Object.assign(new MemoryConnectionRegistry(), {
        whenGone: (told: typeof gone) => void (gone = told),
      })
      const other = await started(registry)
      const end = await registry.listen('mortal', () => {
        if (++came === tries) end()
        queueMicrotask(() => gone('mortal'))
      })
      await registry.beat('mortal', 60_000)
      const held = { id: id(1), holder: 'mortal', stage: STAGE, connectedMs: 0, activeMs: 0, facts: '{}' }
      await registry.register(held)
      return { other, came: () => came }
    }

    test('is asked again, and what it held is gone when nobody is there', async () => {
      const { other, came } = await asked(1)
      expect(await other.directory.push(STAGE, id(1), 'hello')).toBe('gone')
      expect(await other.directory.describe(STAGE, id(1))).toBeUndefined()
      expect(await other.directory.broadcast(STAGE, [id(1)], 'hello')).toEqual({
        sent: 0,
        gone: [id(1)],
        full: [],
      })
      expect(came()).toBe(1)
    })

    test('is not asked for ever', async () => {
      const { other, came } = await asked(Infinity)
      expect(Promise.resolve(other.directory.push(STAGE, id(1), 'hello'))).rejects.toBeInstanceOf(
        HolderSilent,
      )
      while (came() < 4) await Bun.sleep(1)
      await Bun.sleep(5)
      expect(came()).toBe(4)
    })
  })

  test('of a process that is gone each end is told once, by one of the others', async () => {
    const registry = new MemoryConnectionRegistry()
    const limits = { beatMs: 10, livesMs: 40 }
    const survivors = [await started(registry, limits), await started(registry, limits)]
    await registry.beat('gone', 20)
    for (let i = 0; i < 1200; i++) {
      const facts = JSON.stringify({ connectionId: id(i) })
      await registry.register({ id: id(i), holder: 'gone', stage: STAGE, connectedMs: 0, activeMs: 0, facts })
    }
    const told = (): HeldConnection[] => survivors.flatMap(({ orphans }) => orphans)
    while (told().length < 1200) await Bun.sleep(5)
    await Bun.sleep(30)
    expect(new Set(told().map((each) => each.id)).size).toBe(1200)
    expect(told()).toHaveLength(1200)
    expect(await registry.list('gone')).toEqual([])
  })

  test('an end that another has told is not told again', async () => {
    const registry = new MemoryConnectionRegistry()
    const one = await started(registry, { beatMs: 60_000, livesMs: 20 })
    const facts = await one.connect(id(1))
    // Taken for gone, as when the process stands still for too long.
    while ((await registry.sweep(1)).length === 0) await Bun.sleep(2)
    expect(await one.directory.closed(facts)).toBe(false)
  })

  test('the end of one that the registry has forgotten is told here', async () => {
    const registry = new MemoryConnectionRegistry()
    const one = await started(registry)
    const facts = await one.connect(id(1))
    const [holder] = await registry.holders()
    await registry.remove(id(1))
    await registry.leave(holder as string)
    expect(await one.directory.closed(facts)).toBe(true)
  })

  test('what the registry has forgotten is told again', async () => {
    const registry = new MemoryConnectionRegistry()
    const one = await started(registry, { beatMs: 10, livesMs: 1000 })
    await one.connect(id(1))
    const [holder] = await registry.holders()
    await registry.remove(id(1))
    await registry.leave(holder as string)
    while ((await registry.find(id(1))) === undefined) await Bun.sleep(2)
    expect(await registry.holders()).toEqual([holder as string])
  })

  test('what the registry could not be told it is told later', async () => {
    const registry = new MemoryConnectionRegistry()
    const one = await started(registry, { beatMs: 10 })
    const stays = await one.connect(id(1))
    const away = (): Promise<never> => Promise.reject(new StateUnavailable('away'))
    Object.assign(registry, { register: away, remove: away })
    expect(await one.directory.closed(stays)).toBe(true)
    await one.connect(id(2))
    // What its class has comes to light again.
    for (const name of ['register', 'remove']) Reflect.deleteProperty(registry, name)
    while ((await registry.find(id(2))) === undefined) await Bun.sleep(2)
    while ((await registry.find(id(1))) !== undefined) await Bun.sleep(2)
  })

  test('the end of one that the registry was never told of is told here', async () => {
    const registry = new MemoryConnectionRegistry()
    const register = registry.register.bind(registry)
    registry.register = () => Promise.reject(new StateUnavailable('away'))
    const one = new Process(registry)
    processes.push(one)
    await one.start()
    const facts = await one.connect(id(1))
    registry.register = register
    expect(await one.directory.closed(facts)).toBe(true)
  })

  test('what an authorizer said may be more than the registry takes', async () => {
    const registry = new MemoryConnectionRegistry()
    const one = await started(registry)
    const context = { long: 'x'.repeat(50_000) }
    await one.connect(id(1), { grant: { principalId: 'me', context, integrationLatencyMs: 1 } })
    expect((await registry.find(id(1)))?.facts).not.toContain('xxx')
  })
})
