import { expect, test } from 'bun:test'
import { silentLog } from '#base/log.ts'
import { records } from '#model/records.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { now, playCallsOn, withIntegration } from '../../../test/support/play-calls.ts'

test('flushing a cache is told by the change feed and leaves the stage as it was', async () => {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  try {
    const told: string[] = []
    const stage = { restApiId: '$api.id', stageName: 'dev' }
    await playCallsOn(store, [
      ...withIntegration,
      { call: 'CreateDeployment', with: stage },
      { call: 'FlushStageCache', with: stage, gives: {} },
    ])
    store.watch((changes) => void told.push(...changes.map(({ kind, key }) => `${kind} ${key.id}`)))
    const [{ key } = { key: undefined }] = await store.scan(records.stage)
    const again = { restApiId: key?.parent, stageName: 'dev' }
    await playCallsOn(store, [
      { call: 'FlushStageCache', with: again, gives: {} },
      { call: 'FlushStageAuthorizersCache', with: again, gives: {} },
      {
        call: 'FlushStageCache',
        with: { ...again, stageName: 'none' },
        fails: ['NotFoundException', 'Invalid stage identifier specified'],
      },
    ])
    expect(told).toEqual(['cache-flush dev/responses', 'cache-flush dev/authorizers'])
    expect((await store.scan(records.cacheFlush)).map(({ value }) => value)).toEqual([
      { stageName: 'dev', cache: 'authorizers', flushedDate: now },
      { stageName: 'dev', cache: 'responses', flushedDate: now },
    ])
    await playCallsOn(store, [{ call: 'DeleteStage', with: again }])
    expect(await store.scan(records.cacheFlush)).toEqual([])
  } finally {
    await store.close()
  }
})
