import type { RedisClient } from './redis-client.ts'
import { redisScript, type RedisScript } from './redis-script.ts'
import { stateName } from './state-key.ts'

// gh:nodes  sorted set: node → until when it counts, by the server's clock

/** Says that a node is there. Arguments: node, milliseconds for which it counts. @returns how many there are */
const beatScript = redisScript(`
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])`)

export const nodeScripts: readonly RedisScript[] = [beatScript]

const KEY = stateName('nodes')

export interface NodeCountOptions {
  readonly client: RedisClient
  /** The same for all processes of a node. */
  readonly node: string
  /** There are at least so many, whatever is seen. */
  readonly nodesMin: number
}

/**
 * How many nodes share this Redis: into so many parts limits are divided while it does not answer. What was counted last
 * holds meanwhile. A node that has not been heard of for `nodeLivesMs` counts no more; one Redis that has just come back
 * empty is not believed to have lost nodes before that time.
 */
export class NodeCount {
  readonly #options: NodeCountOptions
  readonly #timer: Timer
  #count: number
  #countedMs = -Infinity

  constructor(options: NodeCountOptions) {
    this.#options = options
    this.#count = options.nodesMin
    const { client } = options
    this.#timer = setInterval(() => this.#beat(), client.limits.nodeBeatMs)
    client.onUp(() => this.#beat())
  }

  get count(): number {
    return this.#count
  }

  /** This node counts no more. */
  stop(): void {
    clearInterval(this.#timer)
    const { client, node } = this.#options
    if (client.isUp) client.call(['ZREM', KEY, node]).catch(() => {})
  }

  #beat(): void {
    const { client, node, nodesMin } = this.#options
    const { nodeLivesMs } = client.limits
    if (!client.isUp) return
    client.run(beatScript, [KEY], [node, nodeLivesMs]).then(
      (found) => {
        const nowMs = performance.now()
        const count = Math.max(nodesMin, Number(found))
        if (count < this.#count && nowMs - this.#countedMs < nodeLivesMs) return
        this.#count = count
        this.#countedMs = nowMs
      },
      () => {},
    )
  }
}
