import { MemoryAnswerCache } from '#store/answer-cache-memory.ts'
import { answerCacheContract } from './answer-cache.contract.ts'

answerCacheContract({ name: 'in memory', create: () => new MemoryAnswerCache() })

answerCacheContract({
  name: 'in memory, with little room',
  create: () =>
    new MemoryAnswerCache({ entriesMax: 300, bytesMax: 400_000, entryBytesMax: 50_000, flushesMax: 1 }),
})
