import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '#base/log.ts'
import { Authority } from '../../../test/support/certificates.ts'
import { startProxy } from '../../../test/support/services/proxy.ts'
import { startRedis, type RedisServer } from '../../../test/support/services/redis.ts'
import type { RedisLimits } from './limits.ts'
import { redisAddress } from './redis-address.ts'
import { RedisClient } from './redis-client.ts'
import { redisScript } from './redis-script.ts'

let redis: RedisServer
const clients: RedisClient[] = []
beforeAll(async () => {
  redis = await startRedis(['--requirepass', 'käse:@/'])
})
afterAll(async () => {
  for (const client of clients) client.stop()
  await redis?.stop()
})

const echo = redisScript('return {KEYS[1], ARGV[1], 7, false}')

async function connected(limits: Partial<RedisLimits> = {}, password = 'käse:@/'): Promise<RedisClient> {
  const address = { ...redisAddress(`${redis.url}?db=3`), password }
  const client = new RedisClient({ address, scripts: [echo], log: silentLog, limits })
  clients.push(client)
  await client.start()
  return client
}

describe('a client', () => {
  test('sends texts and bytes as they are, and many commands at once', async () => {
    const client = await connected({ stateTimeoutMs: 5000 })
    const bytes = new Uint8Array(3_000_000).map((_, i) => i * 7)
    await client.call(['SET', 'ä\r\n', bytes])
    expect(Buffer.compare((await client.call(['GET', 'ä\r\n'])) as Buffer, bytes)).toBe(0)
    const all = await Promise.all(Array.from({ length: 5000 }, (_, i) => client.call(['ECHO', i])))
    expect(all.map(String)).toEqual(Array.from({ length: 5000 }, (_, i) => String(i)))
  })

  test('runs scripts, also when the server has forgotten them', async () => {
    const client = await connected({ stateTimeoutMs: 5000 })
    const expected = [Buffer.from('key'), Buffer.from('1.5'), 7, null]
    expect(await client.run(echo, ['key'], [1.5])).toEqual(expected)
    await client.call(['SCRIPT', 'FLUSH'])
    expect(await client.run(echo, ['key'], [1.5])).toEqual(expected)
  })

  test('what the server refuses fails with its words, and nothing else with it', async () => {
    const client = await connected({ stateTimeoutMs: 5000 })
    const [bad, good] = await Promise.allSettled([client.call(['NOSUCH']), client.call(['PING'])])
    expect(bad.status === 'rejected' && String(bad.reason)).toContain('ERR unknown command')
    expect(good).toEqual({ status: 'fulfilled', value: 'PONG' })
  })

  test('speaks TLS to those whose certificate is vouched for, and to nobody else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-redis-tls-'))
    const authority = Authority.create('authority')
    const issued = authority.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
    const ca = join(folder, 'ca.pem')
    writeFileSync(ca, authority.certificate)
    const proxy = startProxy(redis.socket, { cert: issued.certificate, key: issued.key })
    try {
      const at = { ...redisAddress(`rediss://localhost:${proxy.port}`), password: 'käse:@/' }
      const client = new RedisClient({ address: { ...at, ca }, scripts: [echo], log: silentLog })
      clients.push(client)
      await client.start()
      expect(await client.call(['PING'])).toBe('PONG')
      const strangers = new RedisClient({ address: at, scripts: [], log: silentLog })
      clients.push(strangers)
      await strangers.start()
      expect(strangers.call(['PING'])).rejects.toThrow('certificate is not trusted')
    } finally {
      proxy.stop()
      rmSync(folder, { recursive: true })
    }
  })

  test('with a wrong password nothing is asked', async () => {
    const client = await connected({}, 'wrong')
    expect(client.isUp).toBe(false)
    expect(client.call(['PING'])).rejects.toThrow(/WRONGPASS/)
  })

  test('more commands than may wait fail at once', async () => {
    const client = await connected({ commandsMax: 10, stateTimeoutMs: 5000 })
    const all = await Promise.allSettled(Array.from({ length: 15 }, () => client.call(['PING'])))
    expect(all.map(({ status }): string => status)).toEqual([
      ...Array<string>(10).fill('fulfilled'),
      ...Array<string>(5).fill('rejected'),
    ])
  })

  test('a server that hangs is given up in time, fails at once from then on, and comes back', async () => {
    const client = await connected({ stateTimeoutMs: 300, retryMs: 5, retryMsMax: 10, connectTimeoutMs: 300 })
    const heard = Promise.withResolvers<string>()
    await client.subscribe('channel', (message) => heard.resolve(message.toString()))
    redis.pause()
    const startMs = performance.now()
    const waiting = await Promise.allSettled(Array.from({ length: 100 }, () => client.call(['PING'])))
    expect(waiting.every(({ status }) => status === 'rejected')).toBe(true)
    expect(performance.now() - startMs).toBeLessThan(10_000)
    expect(client.isUp).toBe(false)
    expect(client.call(['PING'])).rejects.toThrow()
    const back = Promise.withResolvers<void>()
    client.onUp(() => back.resolve())
    redis.resume()
    await back.promise
    expect(await client.call(['PING'])).toBe('PONG')
    // Subscriptions come back with it.
    while ((await client.call(['PUBLISH', 'channel', 'there'])) === 0) await Bun.sleep(1)
    expect(await heard.promise).toBe('there')
  })
})
