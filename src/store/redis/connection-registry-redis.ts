import {
  checkHeld,
  checkMessage,
  type ConnectionRegistry,
  type HeldConnection,
} from '#base/connection-registry.ts'
import type { Answer, RedisClient } from './redis-client.ts'
import { redisScript, type RedisScript } from './redis-script.ts'
import { stateKey, stateName } from './state-key.ts'

// gh:conn:{id}       hash: h holder, s stage, c connected, a active, f facts
// gh:held:{holder}   set of ids
// gh:lives           sorted set: holder → until when it lives, by the server's clock
// gh:to:{holder}     channel of its messages
//
// Scripts name keys that they find while they run: one server (a primary and its replicas), no Redis Cluster.

/** Milliseconds of the server's clock, as a number with fraction. */
const NOW = `local t = redis.call('TIME'); local now = t[1] * 1000 + t[2] / 1000`

const CONNECTION = stateName('connection')
const HELD = stateName('held')
const LIVES = stateName('lives')

const register = redisScript(`
local before = redis.call('HGET', '${CONNECTION}:' .. ARGV[1], 'h')
if before then redis.call('SREM', '${HELD}:' .. before, ARGV[1]) end
redis.call('HSET', '${CONNECTION}:' .. ARGV[1], 'h', ARGV[2], 's', ARGV[3], 'c', ARGV[4], 'a', ARGV[5], 'f', ARGV[6])
redis.call('SADD', '${HELD}:' .. ARGV[2], ARGV[1])
redis.call('ZADD', '${LIVES}', 'NX', 0, ARGV[2])`)

const touch = redisScript(`
if redis.call('EXISTS', '${CONNECTION}:' .. ARGV[1]) == 0 then return 0 end
redis.call('HSET', '${CONNECTION}:' .. ARGV[1], 'a', ARGV[2])
return 1`)

const remove = redisScript(`
local holder = redis.call('HGET', '${CONNECTION}:' .. ARGV[1], 'h')
if not holder then return 0 end
redis.call('DEL', '${CONNECTION}:' .. ARGV[1])
redis.call('SREM', '${HELD}:' .. holder, ARGV[1])
return 1`)

const list = redisScript(`
local found = {}
for _, id in ipairs(redis.call('SMEMBERS', '${HELD}:' .. ARGV[1])) do
  found[#found + 1] = {id, redis.call('HMGET', '${CONNECTION}:' .. id, 'h', 's', 'c', 'a', 'f')}
end
return found`)

const beat = redisScript(`
${NOW}
local before = redis.call('ZSCORE', '${LIVES}', ARGV[1])
redis.call('ZADD', '${LIVES}', now + ARGV[2], ARGV[1])
if before and tonumber(before) > now then return 1 end
return 0`)

const holders = redisScript(`
${NOW}
return redis.call('ZRANGEBYSCORE', '${LIVES}', string.format('(%.3f', now), '+inf')`)

const sweep = redisScript(`
${NOW}
local max = tonumber(ARGV[1])
local found = {}
for _, holder in ipairs(redis.call('ZRANGEBYSCORE', '${LIVES}', '-inf', now, 'LIMIT', 0, 100)) do
  for _, id in ipairs(redis.call('SPOP', '${HELD}:' .. holder, max - #found)) do
    found[#found + 1] = {id, redis.call('HMGET', '${CONNECTION}:' .. id, 'h', 's', 'c', 'a', 'f')}
    redis.call('DEL', '${CONNECTION}:' .. id)
  end
  if redis.call('SCARD', '${HELD}:' .. holder) > 0 then break end
  redis.call('ZREM', '${LIVES}', holder)
end
return found`)

export const connectionScripts: readonly RedisScript[] = [register, touch, remove, list, beat, holders, sweep]

/** Connections of all nodes. */
export class RedisConnectionRegistry implements ConnectionRegistry {
  readonly #client: RedisClient

  constructor(client: RedisClient) {
    this.#client = client
  }

  async register(connection: HeldConnection): Promise<void> {
    checkHeld(connection)
    const { id, holder, stage, connectedMs, activeMs, facts } = connection
    await this.#client.run(register, [], [id, holder, stage, connectedMs, activeMs, facts])
  }

  async find(id: string): Promise<HeldConnection | undefined> {
    return read(id, await this.#client.call(['HMGET', stateKey('connection', id), 'h', 's', 'c', 'a', 'f']))
  }

  async touch(id: string, activeMs: number): Promise<boolean> {
    return (await this.#client.run(touch, [], [id, activeMs])) === 1
  }

  async remove(id: string): Promise<boolean> {
    return (await this.#client.run(remove, [], [id])) === 1
  }

  async list(holder: string): Promise<readonly HeldConnection[]> {
    return readAll(await this.#client.run(list, [], [holder]))
  }

  async beat(holder: string, livesMs: number): Promise<boolean> {
    return (await this.#client.run(beat, [], [holder, livesMs])) === 1
  }

  async holders(): Promise<readonly string[]> {
    return ((await this.#client.run(holders, [], [])) as Buffer[]).map(String)
  }

  async leave(holder: string): Promise<void> {
    await this.#client.call(['ZADD', LIVES, 0, holder])
  }

  async sweep(connectionsMax: number): Promise<readonly HeldConnection[]> {
    return readAll(await this.#client.run(sweep, [], [connectionsMax]))
  }

  async send(holder: string, message: Uint8Array): Promise<boolean> {
    checkMessage(message)
    return Number(await this.#client.call(['PUBLISH', stateKey('messages', holder), message])) > 0
  }

  async listen(holder: string, listener: (message: Uint8Array) => void): Promise<() => void> {
    const channel = stateKey('messages', holder)
    await this.#client.subscribe(channel, listener)
    return () => this.#client.unsubscribe(channel)
  }
}

function readAll(found: Answer): HeldConnection[] {
  return (found as [Buffer, Answer][]).flatMap(([id, fields]) => read(id.toString(), fields) ?? [])
}

function read(id: string, fields: Answer): HeldConnection | undefined {
  const [holder, stage, connected, active, facts] = (fields as (Buffer | null)[]).map((field) =>
    field?.toString(),
  )
  if (holder === undefined || stage === undefined || facts === undefined) return undefined
  return { id, holder, stage, connectedMs: Number(connected), activeMs: Number(active), facts }
}
