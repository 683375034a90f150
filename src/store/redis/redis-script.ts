import { createHash } from 'node:crypto'

/** A script that the server runs as one: nobody sees it half done. */
export interface RedisScript {
  readonly text: string
  readonly sha: string
}

export function redisScript(text: string): RedisScript {
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}
