import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { namedFormats } from '#data-plane/logs/access-log.ts'
import {
  luaModules,
  NGINX_LOG_FORMAT,
  nginxPath,
  SMALL_JSON,
  startBackend,
  startProxy,
} from '../peers/nginx.ts'
import { BENCH_KEY, cacheAnswers, deploy, logAccess, meter } from '../support/apis.ts'
import { ask } from '../support/ask.ts'
import type { Subject } from '../support/comparisons.ts'
import { startGateway } from '../support/gateway.ts'
import { h2loadFound, loadToolFound } from '../support/load.ts'
import { benchApi, ORDER, wideApi } from './bench-api.ts'
import type { SubjectName } from './cases.ts'

export interface RunningSubjects {
  readonly subjects: ReadonlyMap<SubjectName, Subject>
  readonly stop: () => Promise<void>
}

export function missingTools(): string | undefined {
  if (loadToolFound() && h2loadFound() && nginxPath() !== null && luaModules() !== undefined) return undefined
  return 'needs wrk, h2load and nginx with its Lua module; `npm run bench:http -- --install-peers`'
}

/** Deploys every API, and starts the backend and nginx. @throws Error when one does not answer as it should */
export async function startSubjects(): Promise<RunningSubjects> {
  const servers: { stop(): Promise<void> }[] = []
  const stop = async (): Promise<void> => {
    for (const server of servers.toReversed()) await server.stop()
  }
  try {
    const backend = await startBackend()
    servers.push(backend)
    const nginx = await startProxy(backend.port, { log: true })
    servers.push(nginx)
    const lua = await startProxy(backend.port, { lua: true })
    servers.push(lua)
    const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
    servers.push({ stop: () => rm(dataDir, { recursive: true }) })
    const gateway = await startGateway({ dataDir, words: ['--quotas', 'resourcesPerApi=5000'] })
    servers.push(gateway)

    const throughNginx = { pid: nginx.pid, url: `http://127.0.0.1:${nginx.port}/`, headers: JSON_TYPE }
    const route = (id: string, path: string, body?: string): Subject => ({
      pid: gateway.pid,
      url: `${gateway.url}/b${path}`,
      headers: [`Host: ${id}.execute-api.us-east-1.localhost`, ...JSON_TYPE],
      body,
    })
    const id = await deploy(gateway.apigateway, benchApi(backend.port))
    const subjects = new Map<SubjectName, Subject>([
      ['nginx-log GET', throughNginx],
      ['nginx-log POST', { ...throughNginx, body: ORDER }],
      ['proxied', route(id, '/proxied')],
      ['posted', route(id, '/proxied', ORDER)],
      ['validated', route(id, '/validated', ORDER)],
      ['mapped', route(id, '/mapped', ORDER)],
      ['mock', route(id, '/mock')],
    ])
    const logged = await deploy(gateway.apigateway, benchApi(backend.port))
    await logAccess(gateway.apigateway, logged, namedFormats['clf'] as string)
    subjects.set('logged', route(logged, '/mock'))
    const cached = await deploy(gateway.apigateway, benchApi(backend.port))
    await cacheAnswers(gateway.apigateway, cached)
    subjects.set('cached', route(cached, '/proxied'))
    subjects.set('cached by a key', route(cached, '/keyed?q=1'))
    const metered = await deploy(gateway.apigateway, benchApi(backend.port))
    await logAccess(gateway.apigateway, metered, NGINX_LOG_FORMAT)
    await meter(gateway.apigateway, metered, KEYS)
    const ours = route(metered, '/metered')
    subjects.set('keyed', { ...ours, headers: [...ours.headers, `x-api-key: ${BENCH_KEY}`] })
    const url = `http://127.0.0.1:${lua.port}/`
    subjects.set('nginx-lua', { pid: lua.pid, url, headers: [...JSON_TYPE, `x-api-key: ${BENCH_KEY}`] })
    for (const count of [10, 300, 3000] as const) {
      const wide = await deploy(gateway.apigateway, wideApi(backend.port, count))
      subjects.set(`${count} resources`, route(wide, `/r${count >> 1}`))
    }
    for (const [name, subject] of subjects) await check(name, subject)
    return { subjects, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** As many as nginx has. */
const KEYS = 10_000
const JSON_TYPE = ['Content-Type: application/json']

/** What is measured must be what was asked for: an error is cheap. */
async function check(name: SubjectName, { url, headers, body }: Subject): Promise<void> {
  const { status, bytes } = await ask(url, { headers, body })
  // What a template makes is another JSON.
  if (status === 200 && (bytes === SMALL_JSON.length || name === 'mapped')) return
  throw new Error(`${name} answers with status ${status} and ${bytes} bytes`)
}
