import { statfsSync } from 'node:fs'
import { join } from 'node:path'
import type { AnswerCache } from '#base/answer-cache.ts'
import type { Log } from '#base/log.ts'
import type { AuthorizerAnswer } from '#data-plane/authorizers/lambda-authorizer-answer.ts'
import type { ResponseCache } from '#data-plane/ports.ts'
import { defaultAnswerCacheLimits } from '#store/answer-cache-memory.ts'
import { SharedAnswerCache } from '#store/answer-cache-shared.ts'
import { SharedAnswerTable } from '#store/answer-table.ts'
import { authorizerAnswerCodec, responseCodec } from '../answer-codecs.ts'
import type { Config } from '../config.ts'
import { answerBytesMin, createResponseCache, keptResponseBytesMax } from '../response-cache.ts'

const authorizersFile = 'authorizer-answers'
const responsesFile = 'responses'

/** Of the memory for answers, what all workers keep together; the rest holds what each has ready to be given. */
const SHARED_SHARE = 0.75
/** Of the memory that the system shares among processes, what answers may take: counters and keys come to need some. */
const SYSTEM_SHARE = 0.5

/** With less of what is asked for, each worker keeps more answers by itself than all would together. */
const PART_MIN = 0.25

/**
 * Makes what `openSharedAnswers` opens: memory that is taken as answers come.
 * @param freeBytes that processes may share
 * @returns false where there is too little, and each worker is to keep its own
 * @throws Error when there is none
 */
export function createSharedAnswers(
  folder: string,
  { cacheBytes }: Pick<Config, 'cacheBytes'>,
  log: Log,
  freeBytes: number = freeBytesOf(folder),
): boolean {
  const { bytesMax } = defaultAnswerCacheLimits
  const wanted = SHARED_SHARE * (cacheBytes + bytesMax)
  const part = Math.min(1, (SYSTEM_SHARE * freeBytes) / wanted)
  const facts = { folder, freeBytes, expectedBytes: Math.ceil(wanted / SYSTEM_SHARE) }
  if (part < PART_MIN) {
    log.warn('too little memory that processes share: each worker keeps answers of its own', facts)
    return false
  }
  if (part < 1) log.info('little memory that processes share: fewer answers are kept', facts)
  SharedAnswerTable.create(join(folder, authorizersFile), part * SHARED_SHARE * bytesMax)
  SharedAnswerTable.create(join(folder, responsesFile), part * SHARED_SHARE * cacheBytes)
  return true
}

function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

/**
 * Answers that all workers of a gateway keep together; a worker that is never asked for one maps none.
 * @param sealingKey which workers have in common
 */
export function openSharedAnswers(
  folder: string,
  config: Config,
  workers: number,
  sealingKey: Uint8Array,
): { readonly authorizerAnswers: AnswerCache<AuthorizerAnswer>; readonly responses: ResponseCache } {
  const { cacheBytes } = config
  const { bytesMax, entriesMax, entryBytesMax } = defaultAnswerCacheLimits
  const ownShare = (1 - SHARED_SHARE) / workers
  const authorizerAnswers = new SharedAnswerCache({
    open: () => new SharedAnswerTable(join(folder, authorizersFile)),
    codec: authorizerAnswerCodec,
    ownBytesMax: ownShare * bytesMax,
    ownEntriesMax: entriesMax,
    entryBytesMax,
  })
  const answers = new SharedAnswerCache({
    open: () => new SharedAnswerTable(join(folder, responsesFile)),
    codec: responseCodec(true),
    ownBytesMax: ownShare * cacheBytes,
    ownEntriesMax: Math.ceil((ownShare * cacheBytes) / answerBytesMin),
    entryBytesMax: Math.min(keptResponseBytesMax, cacheBytes),
  })
  return { authorizerAnswers, responses: { ...createResponseCache(config, 1), answers, sealingKey } }
}
