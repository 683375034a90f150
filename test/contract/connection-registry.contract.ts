import { beforeEach, describe, expect, test } from 'bun:test'
import {
  factsCharactersMax,
  holderMessageBytesMax,
  type ConnectionRegistry,
  type HeldConnection,
} from '#base/connection-registry.ts'

export interface ConnectionRegistryUnderTest {
  readonly name: string
  /** A new registry, and another end of it: of another process, where there may be several. */
  readonly create: () => Promise<readonly [ConnectionRegistry, ConnectionRegistry]>
}

const LONG_MS = 3_600_000

/** What every implementation of the ConnectionRegistry port must do. */
export function connectionRegistryContract({ name, create }: ConnectionRegistryUnderTest): void {
  describe(`connection registry contract: ${name}`, () => {
    let one: ConnectionRegistry
    let other: ConnectionRegistry
    beforeEach(async () => {
      ;[one, other] = await create()
    })

    const connection = (id: string, holder: string, more: Partial<HeldConnection> = {}): HeldConnection => ({
      id,
      holder,
      stage: 'api1/dev',
      connectedMs: 1000,
      activeMs: 1000,
      facts: '{"sourceIp":"192.0.2.1"}',
      ...more,
    })
    const ids = (connections: readonly HeldConnection[]): string[] =>
      connections.map(({ id }) => id).toSorted()

    test('what one end registers the other finds, to the letter', async () => {
      const all = [
        connection('L0SM9cOFvHcCIhw=', 'node-1/1'),
        connection('ä \0\r\n', 'node-1/2', { facts: '' }),
        connection('__proto__', 'node-2/1', { facts: '☃'.repeat(1000), activeMs: Date.now() }),
      ]
      for (const each of all) await one.register(each)
      for (const each of all) expect(await other.find(each.id)).toEqual(each)
      expect(await other.find('constructor')).toBeUndefined()
      expect(await other.list('node-1/1')).toEqual([all[0] as HeldConnection])
      expect(await other.list('nobody')).toEqual([])
    })

    test('facts beyond their bound are refused', async () => {
      const facts = 'x'.repeat(factsCharactersMax)
      await one.register(connection('a', 'node', { facts }))
      expect(one.register(connection('b', 'node', { facts: `${facts}x` }))).rejects.toThrow('at most')
    })

    test('touch moves when it was last active, and nothing else', async () => {
      const held = connection('a', 'node')
      await one.register(held)
      expect(await other.touch('a', 5000)).toBe(true)
      expect(await one.find('a')).toEqual({ ...held, activeMs: 5000 })
      expect(await one.touch('b', 5000)).toBe(false)
      expect(await one.find('b')).toBeUndefined()
    })

    test('of those who remove a connection, one is told that it was there', async () => {
      await one.register(connection('a', 'node'))
      const told = await Promise.all([one.remove('a'), other.remove('a'), one.remove('a')])
      expect(told.filter(Boolean)).toHaveLength(1)
      expect(await one.find('a')).toBeUndefined()
      expect(await one.list('node')).toEqual([])
      expect(await one.touch('a', 1)).toBe(false)
    })

    test('a connection that is registered anew is held by whom it says', async () => {
      await one.register(connection('a', 'node-1'))
      await one.register(connection('a', 'node-2'))
      expect(await one.list('node-1')).toEqual([])
      expect(ids(await one.list('node-2'))).toEqual(['a'])
    })

    test('connections of the living stay; of the dead each is swept once', async () => {
      expect(await one.beat('alive', LONG_MS)).toBe(false)
      expect(await one.beat('alive', LONG_MS)).toBe(true)
      expect(await one.beat('dead', LONG_MS)).toBe(false)
      const dead = Array.from({ length: 25 }, (_, i) => `dead ${i}`)
      for (const id of dead) await one.register(connection(id, 'dead'))
      for (const id of ['a', 'b']) await one.register(connection(id, 'alive'))
      expect(await other.sweep(100)).toEqual([])
      await one.beat('dead', 0)
      const swept: HeldConnection[] = []
      for (let came = 1; came > 0;) {
        const parts = await Promise.all([one.sweep(10), other.sweep(10)])
        for (const part of parts) expect(part.length).toBeLessThanOrEqual(10)
        came = parts.flat().length
        swept.push(...parts.flat())
      }
      expect(ids(swept)).toEqual(dead.toSorted())
      expect(swept[0]).toEqual(connection(swept[0]?.id ?? '', 'dead'))
      expect(await one.list('dead')).toEqual([])
      expect(await one.find('dead 1')).toBeUndefined()
      expect(ids(await other.list('alive'))).toEqual(['a', 'b'])
      expect(await one.beat('dead', LONG_MS)).toBe(false)
    })

    test('a holder that leaves, or never beat, is dead', async () => {
      await one.beat('leaves', LONG_MS)
      await one.register(connection('a', 'leaves'))
      await one.register(connection('b', 'never'))
      await one.leave('leaves')
      expect(ids([...(await other.sweep(10)), ...(await other.sweep(10))])).toEqual(['a', 'b'])
    })

    test('holders are those that live', async () => {
      for (const holder of ['node-1/1', 'node-2/1', 'leaves', 'dies']) await one.beat(holder, LONG_MS)
      await one.leave('leaves')
      await other.beat('dies', 0)
      await one.register(connection('a', 'never'))
      expect([...(await other.holders())].toSorted()).toEqual(['node-1/1', 'node-2/1'])
    })

    test('messages reach the one that listens for the holder, in order and whole', async () => {
      const came: Uint8Array[] = []
      const all = Promise.withResolvers<void>()
      const end = await other.listen('node-1', (message) => {
        came.push(message)
        if (came.length === 4) all.resolve()
      })
      const messages = [
        new Uint8Array(0),
        new Uint8Array([0, 13, 10, 255]),
        new Uint8Array(200_000).fill(7),
        Buffer.from('☃'),
      ]
      for (const message of messages) expect(await one.send('node-1', message)).toBe(true)
      expect(await one.send('node-2', new Uint8Array(1))).toBe(false)
      await all.promise
      expect(came.map((each) => Buffer.from(each).toString('hex'))).toEqual(
        messages.map((each) => Buffer.from(each).toString('hex')),
      )
      end()
      while (await one.send('node-1', new Uint8Array(1))) await Bun.sleep(1)
      const tooLarge = async (): Promise<boolean> =>
        one.send('node-1', new Uint8Array(holderMessageBytesMax + 1))
      expect(tooLarge()).rejects.toThrow('at most')
    })
  })
}
