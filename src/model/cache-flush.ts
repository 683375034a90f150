/** The caches of a stage that can be emptied. */
export type StageCache = 'responses' | 'authorizers'

/**
 * A cache of a stage was emptied: whatever it held from before `flushedDate` counts for nothing. A record of its own, so
 * that the change feed tells caches of it and the stage, unchanged, is not compiled again. The parent is the API.
 */
export interface CacheFlush {
  readonly stageName: string
  readonly cache: StageCache
  /** Epoch milliseconds. */
  readonly flushedDate: number
}

export function cacheFlushId(stageName: string, cache: StageCache): string {
  return `${stageName}/${cache}`
}
