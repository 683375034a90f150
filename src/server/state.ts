import { hkdfSync } from 'node:crypto'
import type { AnswerCache } from '#base/answer-cache.ts'
import type { ConnectionRegistry } from '#base/connection-registry.ts'
import type { Counters } from '#base/counters.ts'
import type { Log } from '#base/log.ts'
import type { Turns } from '#base/turns.ts'
import type { UsageKeys } from '#base/usage-keys.ts'
import type { AuthorizerAnswer } from '#data-plane/authorizers/lambda-authorizer-answer.ts'
import type { ResponseCache } from '#data-plane/ports.ts'
import type { UsagePlanTable } from '#data-plane/usage/usage-plan-table.ts'
import { sealingKeyBytes } from '#store/sealing.ts'
import { RedisAnswerCache } from '#store/redis/answer-cache-redis.ts'
import { RedisConnectionRegistry } from '#store/redis/connection-registry-redis.ts'
import { RedisCounters } from '#store/redis/counters-redis.ts'
import { NodeCount } from '#store/redis/node-count.ts'
import { RedisClient } from '#store/redis/redis-client.ts'
import { stateScripts } from '#store/redis/state-scripts.ts'
import { RedisTurns } from '#store/redis/turns-redis.ts'
import { RedisUsageKeys } from '#store/redis/usage-keys-redis.ts'
import type { UsageTable } from '#store/usage-table.ts'
import { authorizerAnswerCodec, responseCodec } from './answer-codecs.ts'
import type { Config } from './config.ts'
import { keptResponseBytesMax } from './response-cache.ts'
import { readSecretKey } from './secret-key.ts'

/** What a process keeps for itself, or shares with those of its machine. */
export interface OwnState {
  readonly counters: Counters
  readonly turns: Turns
  readonly usageTable: UsageTable
  readonly authorizerAnswers: AnswerCache<AuthorizerAnswer>
  readonly responses: ResponseCache
}

/** What the data plane of a process is given. */
export interface StatePorts {
  readonly counters: Counters
  readonly turns: Turns
  readonly usageKeys: (plans: UsagePlanTable) => UsageKeys
  readonly authorizerAnswers: AnswerCache<AuthorizerAnswer>
  readonly responses: ResponseCache
  /** Undefined where nothing tells one process of another's connections. */
  readonly connections: ConnectionRegistry | undefined
}

export interface StateHealth {
  /** `away`: what all nodes share does not answer. */
  readonly status: 'ok' | 'away'
  /** That share it, as far as is known. */
  readonly nodes: number
}

export interface ServedState {
  readonly ports: StatePorts
  /** Undefined where nodes share nothing. */
  readonly health: () => StateHealth | undefined
  /** Resolves when it is known whether what all nodes share answers. */
  readonly ready: Promise<void>
  /** Gives back what is held ahead. */
  stop(): Promise<void>
}

/** What a stage's answers of authorizers may take in Redis. */
const AUTHORIZER_BYTES_MAX = 64 * 1024 * 1024
const AUTHORIZER_ANSWER_BYTES_MAX = 256 * 1024

/** One of a node's processes that serve. */
export interface NodeProcess {
  /** What its node is called, for as long as it runs. */
  readonly node: string
  /** How many of them there are. */
  readonly processes: number
}

/** Shares with all nodes what is this process's own, where `--state` says so. */
export function createState(
  own: OwnState,
  config: Config,
  { node, processes }: NodeProcess,
  log: Log,
): ServedState {
  const { state: address, stateFailure: failure, stateNodes: nodesMin, stateTimeout: stateTimeoutMs } = config
  if (address === undefined) {
    const { usageTable, ...ports } = own
    return {
      ports: { ...ports, connections: undefined, usageKeys: () => usageTable },
      health: () => undefined,
      ready: Promise.resolve(),
      stop: async () => {},
    }
  }
  const client = new RedisClient({ address, scripts: stateScripts, log, limits: { stateTimeoutMs } })
  const nodes = new NodeCount({ client, node, nodesMin })
  const counters = new RedisCounters({ client, failure, own: own.counters, nodes: () => nodes.count })
  const turns = new RedisTurns({ client, failure, own: own.turns, nodes: () => nodes.count })
  const { answers } = own.responses
  const sealingKey = sealingKeyOf(config)
  let usageKeys: RedisUsageKeys | undefined
  const ports: StatePorts = {
    counters,
    turns,
    usageKeys(plans) {
      const { usageTable: table } = own
      const shares = { failure, processes: () => nodes.count * processes }
      usageKeys = new RedisUsageKeys({
        client,
        counters,
        table,
        planId: (number) => plans.idOf(number),
        ...shares,
      })
      return usageKeys
    },
    authorizerAnswers: new RedisAnswerCache({
      client,
      local: own.authorizerAnswers,
      name: 'authorizers',
      codec: authorizerAnswerCodec,
      entryBytesMax: AUTHORIZER_ANSWER_BYTES_MAX,
      stageBytesMax: AUTHORIZER_BYTES_MAX,
      processes,
    }),
    responses: {
      ...own.responses,
      sealingKey,
      answers: new RedisAnswerCache({
        client,
        local: answers,
        name: 'responses',
        codec: responseCodec(sealingKey !== undefined),
        entryBytesMax: keptResponseBytesMax,
        stageBytesMax: config.cacheBytes,
        processes,
      }),
    },
    connections: new RedisConnectionRegistry(client),
  }
  return {
    ports,
    health: () => ({ status: client.isUp ? 'ok' : 'away', nodes: nodes.count }),
    ready: client.start(),
    async stop() {
      usageKeys?.stop()
      counters.stop()
      turns.stop()
      nodes.stop()
      // Answered when what was given back has arrived.
      await client.call(['PING']).catch(() => {})
      client.stop()
    },
  }
}

/** The key that sealed answers of all nodes have in common; undefined: they stay in the process that sealed them. */
function sealingKeyOf({ secretKeyFile }: Config): Uint8Array | undefined {
  if (secretKeyFile === undefined) return undefined
  const key = readSecretKey(secretKeyFile)
  return new Uint8Array(hkdfSync('sha256', key, '', 'gatehouse stage cache', sealingKeyBytes))
}
