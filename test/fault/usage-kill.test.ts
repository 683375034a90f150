import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defaultUsageLimits } from '#server/usage/limits.ts'
import { endGateways } from '../support/gateway-process.ts'
import { startWorkerGateway, type WorkerGateway } from '../support/worker-gateway.ts'

// What keys have used of their quotas outlives workers, and a gateway that is killed but for the stated bound.

const dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-usage-kill-'))
afterAll(async () => {
  await endGateways()
  rmSync(dataDir, { recursive: true })
})

const DOCUMENT = {
  openapi: '3.0.1',
  info: { title: 'metered', version: '1' },
  paths: {
    '/': {
      get: {
        security: [{ key: [] }],
        responses: { 200: { description: 'ok' } },
        'x-amazon-apigateway-integration': {
          type: 'mock',
          requestTemplates: { 'application/json': '{"statusCode": 200}' },
          responses: { default: { statusCode: '200' } },
        },
      },
    },
  },
  components: { securitySchemes: { key: { type: 'apiKey', name: 'x-api-key', in: 'header' } } },
}
const VALUE = 'the-value-of-the-only-key'
const LIMIT = 60

async function asked(
  gateway: WorkerGateway,
  apiId: string,
  times: number,
  value: string = VALUE,
): Promise<number> {
  const send = (): Promise<Response> =>
    fetch(gateway.urlOf(apiId), { headers: { 'x-api-key': value, Connection: 'close' } })
  const answers = await Promise.all(Array.from({ length: times }, send))
  return answers.filter(({ status }) => status === 200).length
}

async function usedOf({ caller }: WorkerGateway, planId: string, keyId: string): Promise<number> {
  const day = new Date().toISOString().slice(0, 10)
  const path = `/usageplans/${planId}/usage?keyId=${keyId}&startDate=${day}&endDate=${day}`
  const { values } = (await caller.call('apigateway', 'GET', path)) as {
    values: Record<string, number[][]>
  }
  return values[keyId]?.[0]?.[0] as number
}

interface MeteredApi {
  readonly apiId: string
  readonly planId: string
  /** @returns the key's id */
  readonly addKey: (value: string) => Promise<string>
}

async function meteredApi({ caller }: WorkerGateway): Promise<MeteredApi> {
  const make = (path: string, body: object): Promise<{ id: string }> =>
    caller.call('apigateway', 'POST', path, body) as Promise<{ id: string }>
  const { id: apiId } = await make('/restapis?mode=import', DOCUMENT)
  await make(`/restapis/${apiId}/deployments`, { stageName: 'dev' })
  const { id: planId } = await make('/usageplans', {
    name: 'plan',
    apiStages: [{ apiId, stage: 'dev' }],
    quota: { limit: LIMIT, period: 'MONTH' },
  })
  return {
    apiId,
    planId,
    async addKey(value) {
      const { id } = await make('/apikeys', { name: value, value, enabled: true })
      await make(`/usageplans/${planId}/keys`, { keyId: id, keyType: 'API_KEY' })
      return id
    },
  }
}

test('kill -9 of a worker forgets nothing, of the gateway at most what was used since the last flush', async () => {
  const start = (): Promise<WorkerGateway> => startWorkerGateway(2, ['--data-dir', dataDir])
  const first = await start()
  const { apiId, planId, addKey } = await meteredApi(first)
  const keyId = await addKey(VALUE)

  expect(await asked(first, apiId, 20)).toBe(20)
  process.kill(first.workerPids()[0] as number, 'SIGKILL')
  await first.haveServed(3)
  expect(await usedOf(first, planId, keyId)).toBe(20)
  expect(await asked(first, apiId, 10)).toBe(10)
  expect(await usedOf(first, planId, keyId)).toBe(30)

  // The bound itself: what is older is kept.
  await Bun.sleep(defaultUsageLimits.usageFlushMs + 300)
  expect(await asked(first, apiId, 10)).toBe(10)
  first.child.kill('SIGKILL')
  await first.child.exited

  const second = await start()
  const kept = await usedOf(second, planId, keyId)
  expect(kept).toBeWithin(30, 41)
  expect(await asked(second, apiId, LIMIT)).toBe(LIMIT - kept)
  expect(await usedOf(second, planId, keyId)).toBe(LIMIT)
  await second.stop()
}, 60_000)

/** More than are written where they stay: they are noted first. */
const KEYS = 3 * defaultUsageLimits.usageDirectKeys
const valueOf = (key: number): string => `the-value-of-the-key-${key}`

test('of many keys that are used at once a kill -9 in the middle forgets no more, and none is counted twice', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-usage-kill-'))
  const start = (): Promise<WorkerGateway> => startWorkerGateway(2, ['--data-dir', folder])
  const first = await start()
  const { apiId, planId, addKey } = await meteredApi(first)
  const keyIds = await Promise.all(Array.from({ length: KEYS }, (_, key) => addKey(valueOf(key))))
  const sent = Array.from({ length: KEYS }, () => 0)
  const askAll = async (): Promise<number[]> => {
    const came: number[] = []
    for (let at = 0; at < KEYS; at += 32) {
      const keys = Array.from({ length: Math.min(32, KEYS - at) }, (_, i) => at + i)
      for (const key of keys) sent[key] = (sent[key] as number) + 2
      came.push(...(await Promise.all(keys.map((key) => asked(first, apiId, 2, valueOf(key))))))
    }
    return came
  }
  const before = await askAll()
  expect(before).toEqual(before.map(() => 2))
  await Bun.sleep(defaultUsageLimits.usageFlushMs + 300)
  // Some rounds more, cut off while what was used is being written.
  const rounds = (async () => {
    for (;;) await askAll()
  })().catch(() => {})
  await Bun.sleep(1.5 * defaultUsageLimits.usageFlushMs)
  first.child.kill('SIGKILL')
  await first.child.exited
  await rounds

  const second = await start()
  const kept = await Promise.all(keyIds.map((keyId) => usedOf(second, planId, keyId)))
  expect(Math.min(...kept)).toBeGreaterThanOrEqual(2)
  expect(kept.filter((count, key) => count > (sent[key] as number))).toEqual([])
  // Of the second round some was written.
  expect(Math.max(...kept)).toBeGreaterThan(2)
  for (const key of [0, KEYS - 1]) {
    const left = LIMIT - (kept[key] as number)
    expect(await asked(second, apiId, LIMIT, valueOf(key))).toBe(left)
    expect(await usedOf(second, planId, keyIds[key] as string)).toBe(LIMIT)
  }
  await second.stop()
  rmSync(folder, { recursive: true })
}, 60_000)
