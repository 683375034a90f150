import { afterEach, expect, test } from 'bun:test'
import { createLog, silentLog } from '#base/log.ts'
import { textBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import { records } from '#model/records.ts'
import type { RestApi, Stage } from '#model/rest-api.ts'
import type { RestApiSnapshot } from '#model/snapshot.ts'
import { readConfig } from '#server/config.ts'
import { startDeployments } from '#server/deployments.ts'
import type { WorkerLimits } from '#server/workers/limits.ts'
import { WorkersDoor } from '#server/workers/workers-door.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Store } from '#store/store.ts'
import { askAnew } from '../support/worker-gateway.ts'
import { isAlive } from './lambda-process-alive.ts'

// How a supervisor deals with workers that hang, or that end again and again: its limits are set to what a test can
// wait for.

const noFunction = (): Promise<never> => Promise.reject(new Error('there are no functions'))

interface Supervised extends AsyncDisposable {
  readonly door: WorkersDoor
  readonly store: Store
  readonly url: string
  readonly failed: Promise<never>
  /** What was logged. */
  readonly lines: string[]
  /** Commits an API of one stage without methods. */
  readonly deploy: (apiId: string) => Promise<void>
}

const opened: Supervised[] = []
afterEach(async () => {
  for (const supervised of opened.splice(0)) await supervised[Symbol.asyncDispose]()
})

async function supervise(limits: Partial<WorkerLimits>): Promise<Supervised> {
  const lines: string[] = []
  const flags = new Map(Object.entries({ port: ['0'], 'drain-timeout': ['500'], 'log-level': ['silent'] }))
  const config = readConfig({ flags, environment: {} })
  const door = await WorkersDoor.start(
    2,
    config,
    createLog('info', 'text', (line) => lines.push(line)),
    limits,
  )
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  const inner = door.around({
    office: () => ({ status: 200, headers: new Headers(), body: textBody('office') }),
    functions: { invoke: noFunction, invokeStreaming: noFunction },
    callers: { find: () => Promise.resolve('unknown' as const) },
    userPools: { find: async () => undefined },
  })
  const deployments = await startDeployments(store, inner.stages)
  const { url, failed } = await inner.open(deployments)
  failed.catch(() => {})
  const supervised: Supervised = {
    door,
    store,
    url,
    failed,
    lines,
    async deploy(apiId) {
      const key = { account: 'a', region: 'r', parent: apiId }
      const snapshot = {
        protocol: 'REST',
        account: 'a',
        region: 'r',
        deploymentId: 'd',
        api: {
          id: apiId,
          name: apiId,
          endpointConfiguration: { types: ['REGIONAL'], ipAddressType: 'ipv4' },
        } as unknown as RestApi,
        resources: [],
        models: [],
        requestValidators: [],
        gatewayResponses: [],
        authorizers: [],
      } satisfies RestApiSnapshot
      await store.transact(async (tx) => {
        tx.write(records.snapshot, { ...key, id: 'd' }, snapshot)
        tx.write(records.stage, { ...key, id: 'dev' }, { stageName: 'dev', deploymentId: 'd' } as Stage)
      })
    },
    async [Symbol.asyncDispose]() {
      await door.stop()
      deployments.stop()
      await store.close()
    },
  }
  opened.push(supervised)
  return supervised
}

/** What an API without methods answers, and what is answered where there is no API. */
const SERVED = '{"message":"Missing Authentication Token"}'
const NOT_SERVED = '{"message":"Forbidden"}'

const answers = async ({ url }: Supervised, apiId: string): Promise<string[]> => {
  const asked = Array.from({ length: 10 }, async () =>
    (await askAnew(`${url}/_aws/execute-api/${apiId}/dev/`)).text(),
  )
  return [...new Set(await Promise.all(asked))]
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await Bun.sleep(2)
}

test('a worker that hangs holds up a deployment for as long as it may be silent, then it is replaced', async () => {
  const supervised = await supervise({ silenceMs: 500 })
  const { door, deploy, lines } = supervised
  await deploy('before')
  expect(await answers(supervised, 'before')).toEqual([SERVED])
  expect(await answers(supervised, 'after')).toEqual([NOT_SERVED])
  const [hanging = 0] = door.workers.pids
  process.kill(hanging, 'SIGSTOP')
  await deploy('after')
  expect(isAlive(hanging)).toBe(false)
  // Whoever serves now knows both.
  expect(await answers(supervised, 'after')).toEqual([SERVED])
  await until(() => door.workers.serving === 2)
  expect(await answers(supervised, 'after')).toEqual([SERVED])
  expect(await answers(supervised, 'before')).toEqual([SERVED])
  expect(lines.join('')).toMatch(/error worker does not answer, killing it worker=1 pid=\d+ limitMs=500/)
}, 60_000)

test('a worker that hangs while there is nothing to tell it is found, too', async () => {
  const { door } = await supervise({ silenceMs: 500 })
  const [, hanging = 0] = door.workers.pids
  process.kill(hanging, 'SIGSTOP')
  await until(() => !isAlive(hanging))
  await until(() => door.workers.serving === 2)
}, 60_000)

test('a worker that is killed while one is being told everything is told again', async () => {
  const supervised = await supervise({ restartDelayMs: 1, restartsMax: 100 })
  const { door, deploy } = supervised
  const apiIds = Array.from({ length: 30 }, (_, i) => `api${i}`)
  for (const apiId of apiIds.slice(0, 20)) await deploy(apiId)
  for (const apiId of apiIds.slice(20)) {
    process.kill(door.workers.pids[0] as number, 'SIGKILL')
    await deploy(apiId)
    expect(await answers(supervised, apiId)).toEqual([SERVED])
    await until(() => door.workers.serving === 2)
  }
  for (const apiId of apiIds) expect(await answers(supervised, apiId)).toEqual([SERVED])
}, 60_000)

test('restarts that do not help end the gateway, with the reason', async () => {
  const { door, failed, lines } = await supervise({ restartsMax: 2, restartDelayMs: 20 })
  for (let kill = 0; kill < 3; kill++) {
    await until(() => door.workers.serving === 2)
    process.kill(door.workers.pids[1] as number, 'SIGKILL')
    await until(() => door.workers.serving < 2)
  }
  const error = await failed.catch((thrown: Error) => thrown)
  expect(error).toMatchObject({ name: 'StartError' })
  expect((error as Error).message).toBe('worker 2 ended 3 times within 60000 ms, the last time with SIGKILL')
  // At once the first time, then after a while.
  expect(lines.map((line) => /worker ended.* delayMs=(\d+)/.exec(line)?.[1]).filter(Boolean)).toEqual([
    '0',
    '20',
  ])
}, 60_000)

test('what stops finds workers that are just being replaced', async () => {
  const { door } = await supervise({ restartDelayMs: 50 })
  const pids = [...door.workers.pids]
  process.kill(pids[0] as number, 'SIGKILL')
  await until(() => door.workers.serving < 2)
  pids.push(...door.workers.pids)
  await door.stop()
  expect(pids.filter(isAlive)).toEqual([])
}, 60_000)
