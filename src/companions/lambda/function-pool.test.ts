import { expect, test } from 'bun:test'
import { OrphanGuard } from '#base/orphan-guard.ts'
import { silentLog } from '#base/log.ts'
import type { FunctionDefinition } from './definition.ts'
import { RecentFunctionLogs } from './function-log.ts'
import { FunctionPool } from './function-pool.ts'
import { defaultExecutionLimits } from './limits.ts'
import { ProcessBudget } from './process-budget.ts'
import { RuntimeApi } from './runtime-api.ts'
import { RuntimeKeys } from './runtime-keys.ts'
import { RuntimeLink } from './runtime-link.ts'

test('code that changes while a process is about to start starts one other, once', async () => {
  const keys = new RuntimeKeys()
  const runtimeApi = new RuntimeApi(keys, silentLog)
  // A bound that ends the loop that this looks for.
  const limits = { ...defaultExecutionLimits, waitingTimeoutMs: 200 }
  const asked: number[] = []
  const { promise: unpacked, reject } = Promise.withResolvers<string>()
  const definition = (sequence: number): FunctionDefinition => ({
    account: '000000000000',
    region: 'us-east-1',
    name: 'changing',
    arn: 'arn:aws:lambda:us-east-1:000000000000:function:changing',
    version: '$LATEST',
    revisionId: `${sequence}`,
    sequence,
    runtime: 'nodejs20.x',
    handler: 'index.handler',
    timeoutMs: 1000,
    memoryMb: 128,
    environment: {},
    logGroup: '/aws/lambda/changing',
    logFormat: 'Text',
    logLevel: undefined,
    watchedFolder: undefined,
    codeFolder() {
      asked.push(sequence)
      return unpacked
    },
  })
  const holders = new Set<FunctionPool>()
  const pool = new FunctionPool(
    definition(1),
    {
      keys,
      runtimeApi,
      runtimeLink: new RuntimeLink(keys, silentLog),
      guard: new OrphanGuard(),
      log: new RecentFunctionLogs(silentLog),
      surroundings: {},
      limits,
    },
    new ProcessBudget(limits.processesMax, holders),
  )
  holders.add(pool)
  const result = pool.invoke({ payload: Buffer.from('{}'), invokedArn: definition(1).arn })
  const outcome = result.catch((error: unknown) => error)
  pool.replace(definition(2))
  pool.replace(definition(3))
  expect(asked).toEqual([1, 2, 3])
  expect(pool.processes).toBe(1)

  reject(new Error('no code'))
  expect(await outcome).toMatchObject({ reason: 'failed', message: 'no code' })
  expect(pool.processes).toBe(0)
  await runtimeApi.stop()
})
