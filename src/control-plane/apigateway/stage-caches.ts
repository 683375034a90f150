import type { Call, Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { cacheFlushId, type StageCache } from '#model/cache-flush.ts'
import { records } from '#model/records.ts'
import type { Environment } from './environment.ts'
import { findStage } from './find.ts'
import { childKey } from './keys.ts'

/** Flushing is a record: the change feed tells it to whoever keeps such a cache. */
export function stageCaches({ store, clock }: Environment): Handlers<ApiGatewayOperations> {
  const flush = async (cache: StageCache, restApiId: string, stageName: string, call: Call) => {
    await store.transact(async (tx) => {
      await findStage(tx, call, restApiId, stageName)
      tx.write(records.cacheFlush, childKey(call, restApiId, cacheFlushId(stageName, cache)), {
        stageName,
        cache,
        flushedDate: clock.now(),
      })
    })
    return {}
  }
  return {
    FlushStageCache: ({ restApiId, stageName }, call) => flush('responses', restApiId, stageName, call),
    FlushStageAuthorizersCache: ({ restApiId, stageName }, call) =>
      flush('authorizers', restApiId, stageName, call),
  }
}
