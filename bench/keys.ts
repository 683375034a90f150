// What API keys of one usage plan cost by their number, CPU of all threads, without sockets: importing them, a start, a
// page of each list, letting one in, and writing down what was used of many at once. `npm run bench:keys [-- COUNT …]`
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Call, Handlers } from '#aws/call.ts'
import type { ApiGatewayOperations } from '#aws/tables/apigateway.ts'
import { systemClock as clock } from '#base/clock.ts'
import { createLog } from '#base/log.ts'
import { apiKeys } from '#control-plane/apigateway/api-keys.ts'
import type { Environment } from '#control-plane/apigateway/environment.ts'
import { usage } from '#control-plane/apigateway/usage.ts'
import { usagePlanKeys } from '#control-plane/apigateway/usage-plan-keys.ts'
import { CurrentQuota } from '#data-plane/usage/usage-plan-table.ts'
import { quotasOf } from '#model/quotas.ts'
import { records } from '#model/records.ts'
import type { UsagePlan } from '#model/usage-plan.ts'
import type { ServedStages } from '#server/served-stages.ts'
import { UsageKeeper } from '#server/usage/usage-keeper.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import type { Store } from '#store/store.ts'
import { UsageTableWriter } from '#store/usage-table-writer.ts'
import { benchKey } from './support/apis.ts'
import { markdownTable } from './support/markdown-table.ts'

const COUNTS = [10, 10_000, 1_000_000]
const ROUNDS = 9
/** Requests of one round. */
const REQUESTS = 200_000
/** What one core answers in a second, each for another key. */
const USED_AT_ONCE = 20_000
const FLUSHES = 100
/** Pages by name: they look at all keys. */
const SEARCHES = 3
const IMPORTED_AT_ONCE = 50_000
const PLACE = { account: '000000000000', region: 'us-east-1' }
const QUOTA = { limit: 1_000_000_000, offset: 0, period: 'DAY' } as const
const PLAN: UsagePlan = { id: 'plan', name: 'plan', apiStages: [], quota: QUOTA }
const RATE = { perSecond: 1_000_000, burst: 1_000_000 }

const log = createLog('error', 'text', (line) => process.stderr.write(line))
const call = PLACE as Partial<Call> as Call
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-keys-'))

/** Seconds of CPU. */
async function cpuOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/** A gateway's part that keeps keys. */
class Keys {
  readonly count: number
  readonly #path: string
  store!: Store
  keeper!: UsageKeeper
  writer!: UsageTableWriter
  operations!: Handlers<ApiGatewayOperations>
  readonly costs: string[] = []
  #tables = 0

  constructor(count: number) {
    this.count = count
    this.#path = join(folder, String(count))
  }

  async start(): Promise<void> {
    this.store = openSqliteStore({ path: this.#path, log })
    await this.store.transact(async (tx) =>
      tx.write(records.usagePlan, { ...PLACE, parent: '', id: PLAN.id }, PLAN),
    )
    const file = join(folder, `${this.count} ${++this.#tables}`)
    this.writer = new UsageTableWriter(2 ** Math.max(15, Math.ceil(Math.log2(2 * this.count))), file)
    this.keeper = new UsageKeeper({
      store: this.store,
      writer: this.writer,
      clock,
      log,
      limits: { usageFlushMs: 3_600_000 },
    })
    await this.keeper.load()
    const served = { putUsagePlan() {} } as Partial<ServedStages> as ServedStages
    this.store.watch((changes) => this.keeper.follow(changes, served))
    const quotas = quotasOf({ apiKeys: this.count })
    const environment = { store: this.store, clock, quotas, usageMeter: this.keeper } as Partial<Environment>
    const parts = [apiKeys, usagePlanKeys, usage].map((part) => part(environment as Environment))
    this.operations = Object.assign({}, ...parts) as Handlers<ApiGatewayOperations>
  }

  async stop(): Promise<void> {
    await this.keeper.stop()
    await this.store.close()
  }

  async import(): Promise<void> {
    for (let first = 1; first <= this.count; first += IMPORTED_AT_ONCE) {
      const rows = Array.from({ length: Math.min(IMPORTED_AT_ONCE, this.count - first + 1) }, (_, i) => {
        const key = benchKey('key', first + i)
        return `${key},${key},true,${PLAN.id}`
      })
      const body = Buffer.from(['name,key,enabled,usageplanIds', ...rows].join('\n'))
      await this.operations.ImportApiKeys?.({ body, format: 'csv' }, call)
    }
  }

  /** µs a request that looks a key up, takes a token and counts; keys come in no order. */
  async letIn(digests: Uint8Array): Promise<number> {
    const { table } = this.writer
    const nowMs = Date.now()
    const quota = new CurrentQuota(QUOTA).at(nowMs)
    const digest = new Uint8Array(32)
    const seconds = await cpuOf(() => {
      for (let i = 0; i < digests.length; i += 32) {
        for (let byte = 0; byte < 32; byte++) digest[byte] = digests[i + byte] as number
        const place = table.find(digest, 1)
        if (place === undefined) throw new Error('a key was not found')
        if (!table.take(place, RATE, nowMs) || !table.count(place, quota, nowMs)) throw new Error('refused')
      }
    })
    return (seconds * 1e6) / (digests.length / 32)
  }

  digests(requests: number): Uint8Array {
    const digests = new Uint8Array(requests * 32)
    for (let i = 0; i < requests; i++) {
      const value = benchKey('key', 1 + Math.floor(Math.random() * this.count))
      digests.set(Bun.SHA256.hash(value) as Uint8Array, i * 32)
    }
    return digests
  }

  /** ms of a page, as its median. */
  async page(ask: () => unknown, rounds: number = ROUNDS): Promise<string> {
    const took: number[] = []
    for (let round = 0; round < rounds; round++) {
      const startMs = performance.now()
      await ask()
      took.push(performance.now() - startMs)
    }
    return median(took).toFixed(1)
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number
}

const counts = process.argv.slice(2).map(Number)
const all: Keys[] = []
try {
  for (const count of counts.length > 0 ? counts : COUNTS) {
    const keys = new Keys(count)
    all.push(keys)
    await keys.start()
    keys.costs.push(`${(((await cpuOf(() => keys.import())) * 1e6) / count).toFixed(0)}`)
    await keys.stop()
    Bun.gc(true)
    keys.costs.push((await cpuOf(() => keys.start())).toFixed(2))
  }

  const lettingIn = all.map(() => [] as number[])
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, keys] of all.entries()) lettingIn[i]?.push(await keys.letIn(keys.digests(REQUESTS)))
  }
  for (const [i, keys] of all.entries()) {
    keys.costs.push(median(lettingIn[i] as number[]).toFixed(2))
    await keys.keeper.flush()
    const flushes: number[] = []
    for (let round = 0; round < FLUSHES; round++) {
      await keys.letIn(keys.digests(USED_AT_ONCE))
      flushes.push(await cpuOf(() => keys.keeper.flush()))
    }
    const mean = flushes.reduce((sum, seconds) => sum + seconds, 0) / FLUSHES
    keys.costs.push(`${((mean * 1e6) / USED_AT_ONCE).toFixed(2)}`)
    const { operations, count } = keys
    const date = new Date().toISOString().slice(0, 10)
    const of = { usagePlanId: PLAN.id }
    keys.costs.push(
      await keys.page(() => operations.GetApiKeys?.({}, call)),
      await keys.page(() => operations.GetApiKeys?.({ nameQuery: benchKey('key', count) }, call), SEARCHES),
      await keys.page(() => operations.GetUsagePlanKeys?.(of, call)),
      await keys.page(() =>
        operations.GetUsagePlanKeys?.({ ...of, nameQuery: benchKey('key', count) }, call),
      ),
      await keys.page(() => operations.GetUsage?.({ ...of, startDate: date, endDate: date }, call)),
      await keys.page(() =>
        operations.GetUsage?.({ ...of, startDate: date, endDate: date, limit: 500 }, call),
      ),
    )
    await keys.stop()
  }
  const rows = [
    'importing a key, µs',
    'start, s',
    `letting one in, µs`,
    `writing it down where ${USED_AT_ONCE} requests come between flushes, µs each`,
    'GetApiKeys, ms a page of 25',
    'the same by name, of the last key',
    'GetUsagePlanKeys',
    'the same by name, of the last key',
    'GetUsage, while many notes wait',
    'the same, 500 keys',
  ].map((name, row) => [name, ...all.map(({ costs }) => costs[row] ?? '')])
  for (const line of markdownTable(['keys', ...all.map(({ count }) => String(count))], rows))
    console.log(line)
} finally {
  rmSync(folder, { recursive: true })
}
