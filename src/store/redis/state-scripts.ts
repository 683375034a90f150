import { answerScripts } from './answer-cache-redis.ts'
import { connectionScripts } from './connection-registry-redis.ts'
import { counterScripts } from './counter-scripts.ts'
import { quotaScripts } from './quota-script.ts'
import { nodeScripts } from './node-count.ts'
import type { RedisScript } from './redis-script.ts'
import { turnScript } from './turn-script.ts'

/** What the server is told when we connect. */
export const stateScripts: readonly RedisScript[] = [
  ...counterScripts,
  ...quotaScripts,
  ...answerScripts,
  ...connectionScripts,
  ...nodeScripts,
  turnScript,
]
