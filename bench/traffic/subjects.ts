import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedis } from '../../test/support/services/redis.ts'
import { luaModules, NGINX_LOG_FORMAT, nginxPath, startProxy } from '../peers/nginx.ts'
import { startVarnish, varnishPath } from '../peers/varnish.ts'
import { benchApi } from '../rest/bench-api.ts'
import {
  ample,
  BENCH_KEY,
  benchKey,
  cacheAnswers,
  deploy,
  logAccess,
  meter,
  type Allowance,
} from '../support/apis.ts'
import { ask } from '../support/ask.ts'
import type { Subject } from '../support/comparisons.ts'
import { startGateway, type RunningGateway } from '../support/gateway.ts'
import { proportionalMib } from '../support/process.ts'
import type { RunningServer } from '../support/server-process.ts'
import type { SubjectName } from './cases.ts'

/** What starts together. */
export interface Source {
  readonly names: readonly SubjectName[]
  /** What it needs and is not here. */
  missing?(): string | undefined
  /** @param backendPort answers everything with a small JSON */
  start(backendPort: number): Promise<StartedSource>
}

export interface StartedSource {
  readonly subjects: ReadonlyMap<SubjectName, Subject>
  /** What is found out beside, to be asked once it has been loaded. */
  readonly notes?: () => string[]
  readonly stop: () => Promise<void>
}

const JSON_TYPE = 'Content-Type: application/json'

export const SOURCES: readonly Source[] = [
  {
    names: ['nginx-log'],
    missing: () => (nginxPath() === null ? 'nginx' : undefined),
    start: async (backendPort) => peer('nginx-log', await startProxy(backendPort, { log: true })),
  },
  {
    names: ['nginx-lua'],
    missing: () =>
      nginxPath() === null || luaModules() === undefined ? 'nginx with its Lua module' : undefined,
    start: async (backendPort) =>
      peer('nginx-lua', await startProxy(backendPort, { lua: true }), [`x-api-key: ${BENCH_KEY}`]),
  },
  {
    names: ['Varnish'],
    missing: () => (varnishPath() === null ? 'varnishd' : undefined),
    start: async (backendPort) => peer('Varnish', await startVarnish(backendPort)),
  },
  {
    names: ['metered', 'cached', 'quota spent', 'bucket empty', 'key of nobody', 'no key'],
    start: (backendPort) =>
      inGateway(['--quotas', 'apiKeys=10100'], async (gateway) => {
        const metered = await meteredApi(gateway, backendPort, 10_000)
        const spent = await meteredApi(gateway, backendPort, 1, 'spent', {
          ...ample,
          quota: { limit: 1, period: 'DAY' },
        })
        const empty = await meteredApi(gateway, backendPort, 1, 'empty', {
          ...ample,
          throttle: { rateLimit: 0.001, burstLimit: 1 },
        })
        const cached = await deploy(gateway.apigateway, benchApi(backendPort))
        await cacheAnswers(gateway.apigateway, cached)
        const refused = (id: string, headers: readonly string[]): Subject => ({
          ...route(gateway, id, '/metered', headers),
          refused: true,
        })
        return new Map([
          ['metered', route(gateway, metered, '/metered', [`x-api-key: ${BENCH_KEY}`])],
          ['cached', route(gateway, cached, '/proxied')],
          ['quota spent', refused(spent, [`x-api-key: ${benchKey('spent', 1)}`])],
          ['bucket empty', refused(empty, [`x-api-key: ${benchKey('empty', 1)}`])],
          ['key of nobody', refused(metered, [`x-api-key: ${benchKey('nobody', 1)}`])],
          ['no key', refused(metered, [])],
        ])
      }),
  },
  manyKeys('10 keys', 10),
  manyKeys('10,000 keys', 10_000),
  manyKeys('1,000,000 keys', 1_000_000),
  {
    names: ['10,000 keys in Redis'],
    async start(backendPort) {
      const redis = await startRedis()
      try {
        const words = ['--state', redis.url]
        const started = await manyKeys('10,000 keys in Redis', 10_000, words).start(backendPort)
        return {
          ...started,
          async stop() {
            await started.stop()
            await redis.stop()
          },
        }
      } catch (error) {
        await redis.stop()
        throw error
      }
    },
  },
]

/** What must be refused is asked for once, so that what it has is spent. @throws Error when it is not what it should be */
export async function checkSubject(name: SubjectName, subject: Subject): Promise<void> {
  const { url, headers, body, refused = false } = subject
  if (refused) await ask(url, { headers, body })
  const { status } = await ask(url, { headers, body })
  const expected = name.startsWith('quota') || name.startsWith('bucket') ? 429 : 403
  if (status !== (refused ? expected : 200)) throw new Error(`${name} answers with status ${status}`)
}

/** A gateway with one API, whose keys come in no order. It is started anew once they are imported, as most are. */
function manyKeys(name: SubjectName, count: number, words: readonly string[] = []): Source {
  return {
    names: [name],
    async start(backendPort) {
      const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
      const options = { dataDir, words: [...words, '--quotas', `apiKeys=${count}`], startMsMax: 120_000 }
      let gateway = await startGateway(options)
      const stop = async (): Promise<void> => {
        await gateway.stop()
        await rm(dataDir, { recursive: true })
      }
      try {
        const emptyMib = proportionalMib(gateway.pid)
        const id = await meteredApi(gateway, backendPort, count)
        await gateway.stop()
        gateway = await startGateway(options)
        const lua = `request = function()
  wrk.headers["x-api-key"] = "key-" .. math.random(${count}) .. "-of-the-benchmark"
  return wrk.format()
end`
        const subject = { ...route(gateway, id, '/metered', [`x-api-key: ${BENCH_KEY}`]), lua }
        const notes = (): string[] => {
          if (count < KEYS_WORTH_NOTING) return []
          const bytes = (proportionalMib(gateway.pid) - emptyMib) * 1024 * 1024
          return [`${name}: ${(bytes / count).toFixed(0)} bytes of memory for each, that of traffic included`]
        }
        return { subjects: new Map([[name, subject]]), notes, stop }
      } catch (error) {
        await stop()
        throw error
      }
    },
  }
}

/** With fewer, memory is that of the traffic. */
const KEYS_WORTH_NOTING = 1_000_000

async function inGateway(
  words: readonly string[],
  prepare: (gateway: RunningGateway) => Promise<Map<SubjectName, Subject>>,
): Promise<StartedSource> {
  const gateway = await startGateway({ words })
  try {
    return { subjects: await prepare(gateway), stop: () => gateway.stop() }
  } catch (error) {
    await gateway.stop()
    throw error
  }
}

async function meteredApi(
  { apigateway }: RunningGateway,
  backendPort: number,
  keys: number,
  name: string = 'key',
  allowance: Allowance = ample,
): Promise<string> {
  const id = await deploy(apigateway, benchApi(backendPort))
  await logAccess(apigateway, id, NGINX_LOG_FORMAT)
  await meter(apigateway, id, keys, name, allowance)
  return id
}

function route(
  { pid, url }: RunningGateway,
  id: string,
  path: string,
  headers: readonly string[] = [],
): Subject {
  const host = `Host: ${id}.execute-api.us-east-1.localhost`
  return { pid, url: `${url}/b${path}`, headers: [host, JSON_TYPE, ...headers] }
}

function peer(name: SubjectName, server: RunningServer, headers: readonly string[] = []): StartedSource {
  const { pid, port } = server
  const subject = { pid, url: `http://127.0.0.1:${port}/`, headers: [JSON_TYPE, ...headers] }
  return { subjects: new Map([[name, subject]]), stop: () => server.stop() }
}
