import type { ResponseCache } from '#data-plane/ports.ts'
import { cachedBodyBytesMax, type KeptResponse } from '#data-plane/stage-cache/kept-response.ts'
import { MemoryAnswerCache } from '#store/answer-cache-memory.ts'
import type { Config } from './config.ts'

/** Head and key of an answer whose body is as large as may be. */
const HEAD_BYTES_MAX = 256 * 1024
/** The largest answer that is kept. */
export const keptResponseBytesMax: number = cachedBodyBytesMax + HEAD_BYTES_MAX
/** What an answer takes at least: no more than so many answers find room. */
export const answerBytesMin = 256

/** The stage cache of this process. @param processes that divide the memory for it */
export function createResponseCache(
  { cacheBytes, cacheStale, cacheErrors }: Config,
  processes: number,
): ResponseCache {
  const bytesMax = Math.floor(cacheBytes / processes)
  return {
    answers: new MemoryAnswerCache<KeptResponse>({
      bytesMax,
      entriesMax: Math.ceil(bytesMax / answerBytesMin),
      entryBytesMax: keptResponseBytesMax,
    }),
    processes,
    staleMs: cacheStale,
    keepsErrors: cacheErrors,
  }
}
