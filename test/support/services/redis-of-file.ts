import { afterAll, afterEach, beforeAll, beforeEach } from 'bun:test'
import { RedisClients } from './redis-clients.ts'
import { startRedis, type RedisServer } from './redis.ts'

/** A Redis for the tests of a file, with nothing in it when one begins. */
export interface RedisOfFile {
  readonly server: RedisServer
  readonly clients: RedisClients
  /** What a test has started: stopped after it, before its clients. */
  readonly running: { stop(): void }[]
}

/** To be called once, where a file's tests are defined. */
export function redisOfFile(): RedisOfFile {
  let server: RedisServer | undefined
  const clients = new RedisClients()
  const running: { stop(): void }[] = []
  beforeAll(async () => {
    server = await startRedis()
  })
  beforeEach(async () => {
    await (await clients.connect(server?.url ?? '')).call(['FLUSHALL'])
  })
  afterEach(() => {
    server?.resume()
    for (const each of running.splice(0)) each.stop()
    clients.stop()
  })
  afterAll(() => server?.stop())
  return {
    clients,
    running,
    get server() {
      if (server === undefined) throw new Error('there is a Redis once the tests have begun')
      return server
    },
  }
}
