import { silentLog, type Log } from '#base/log.ts'
import type { RedisLimits } from '#store/redis/limits.ts'
import { redisAddress } from '#store/redis/redis-address.ts'
import { RedisClient } from '#store/redis/redis-client.ts'
import { stateScripts } from '#store/redis/state-scripts.ts'

/** Clients of a test, to be stopped together. */
export class RedisClients {
  readonly #all: RedisClient[] = []

  /** @param url as `--state` takes it */
  async connect(url: string, limits: Partial<RedisLimits> = {}, log: Log = silentLog): Promise<RedisClient> {
    // A busy machine does not meet it.
    const patient = { stateTimeoutMs: 10_000, connectTimeoutMs: 10_000 }
    const client = new RedisClient({
      address: redisAddress(url),
      scripts: stateScripts,
      log,
      limits: { ...patient, ...limits },
    })
    this.#all.push(client)
    await client.start()
    return client
  }

  stop(): void {
    for (const client of this.#all.splice(0)) client.stop()
  }
}
