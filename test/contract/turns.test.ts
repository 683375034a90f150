import { afterAll, beforeAll } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OwnTurns } from '#base/turns.ts'
import type { RedisClient } from '#store/redis/redis-client.ts'
import { RedisTurns } from '#store/redis/turns-redis.ts'
import { SharedTurns } from '#store/turns-shared.ts'
import { RedisClients } from '../support/services/redis-clients.ts'
import { startRedis, type RedisServer } from '../support/services/redis.ts'
import { turnsContract } from './turns.contract.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-turns-'))
let files = 0
let redis: RedisServer
const clients = new RedisClients()
const inRedis: { readonly turns: RedisTurns; readonly client: RedisClient }[] = []
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(async () => {
  endInRedis()
  await redis.stop()
  rmSync(folder, { recursive: true })
})

function endInRedis(): void {
  for (const { turns } of inRedis.splice(0)) turns.stop()
  clients.stop()
}

turnsContract({ name: 'own', create: () => [new OwnTurns()], processesMax: 1 })
turnsContract({
  name: 'shared',
  processesMax: 3,
  create: (processes) => {
    const file = join(folder, String(files++))
    SharedTurns.create(file, processes, 61)
    return Array.from({ length: processes }, (_, at) => new SharedTurns(file, at + 1))
  },
})
turnsContract({
  name: 'in Redis',
  processesMax: 3,
  isShared: true,
  async create(processes) {
    endInRedis()
    for (let i = 0; i < processes; i++) {
      // A refusal is not taken for granted.
      const client = await clients.connect(redis.url, { tellMs: 0 })
      if (i === 0) await client.call(['FLUSHALL'])
      const fixed = { failure: 'fail-closed', own: new OwnTurns(), nodes: () => 1 } as const
      inRedis.push({ turns: new RedisTurns({ client, ...fixed }), client })
    }
    return inRedis.map(({ turns }) => turns)
  },
  async settled() {
    // Twice: a question may have been under way.
    for (const _ of [1, 2]) {
      for (const { turns, client } of inRedis) {
        turns.giveBack()
        await client.call(['PING'])
      }
    }
  },
})
