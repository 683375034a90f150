import { join } from 'node:path'
import { startCaddy } from '../peers/caddy.ts'
import { haproxyPath, startHaproxy } from '../peers/haproxy.ts'
import { LUA_KEY, luaModules, nginxPath, startProxy } from '../peers/nginx.ts'
import { deploy, proxyApi } from '../support/apis.ts'
import { certificateFiles, type Certificate } from '../support/certificate.ts'
import { startGateway } from '../support/gateway.ts'
import { freePort } from '../support/process.ts'
import { startServer, type RunningServer } from '../support/server-process.ts'

export type TargetName =
  | 'nginx'
  | 'nginx-log'
  | 'nginx-streaming'
  | 'nginx-lua'
  | 'haproxy'
  | 'caddy'
  | 'engine'
  | 'gateway'

/** A proxy that stands before the backend, on core 0. */
export interface RunningTarget extends RunningServer {
  /** Header lines that its requests need. */
  readonly headers?: readonly string[]
  /** What goes before the path. */
  readonly prefix?: string
}

export interface Target {
  readonly title: string
  /** What is missing to run it here, if anything. */
  missing?(): string | undefined
  /** @param certificate for TLS; undefined when there is none */
  start(backendPort: number, certificate: Certificate | undefined): Promise<RunningTarget>
}

const nginxMissing = (): string | undefined => (nginxPath() === null ? 'nginx not found' : undefined)

export const TARGETS: Readonly<Record<TargetName, Target>> = {
  'nginx-log': {
    title: 'nginx, JSON access log',
    missing: nginxMissing,
    start: (backend, certificate) => startProxy(backend, { log: true }, certificate),
  },
  nginx: {
    title: 'nginx, no log',
    missing: nginxMissing,
    start: (backend, certificate) => startProxy(backend, {}, certificate),
  },
  'nginx-streaming': {
    title: 'nginx, log, buffering off',
    missing: nginxMissing,
    start: (backend, certificate) => startProxy(backend, { log: true, unbuffered: true }, certificate),
  },
  'nginx-lua': {
    title: 'nginx + Lua doing gateway work',
    missing: () => nginxMissing() ?? (luaModules() === undefined ? 'no Lua module for nginx' : undefined),
    start: async (backend, certificate) => ({
      ...(await startProxy(backend, { lua: true }, certificate)),
      headers: [LUA_KEY],
    }),
  },
  haproxy: {
    title: 'HAProxy',
    missing: () => (haproxyPath() === null ? 'haproxy not found' : undefined),
    start: startHaproxy,
  },
  caddy: {
    title: 'Caddy',
    missing: () => (Bun.which('caddy') === null ? 'caddy not found' : undefined),
    start: startCaddy,
  },
  engine: { title: 'Gatehouse, the engine alone', start: startEngine },
  gateway: { title: 'Gatehouse, the whole gateway', start: startWholeGateway },
}

const ENGINE = join(import.meta.dir, '..', 'http-proxy.ts')

async function startEngine(
  backendPort: number,
  certificate: Certificate | undefined,
): Promise<RunningTarget> {
  const port = await freePort()
  const securePort = certificate === undefined ? undefined : await freePort()
  const secure = securePort === undefined ? [] : [String(securePort), 'certificate.pem', 'key.pem']
  const server = await startServer({
    core: 0,
    port,
    securePort,
    files: certificateFiles(certificate),
    command: () => [process.execPath, ENGINE, String(port), `http://127.0.0.1:${backendPort}`, ...secure],
  })
  return { ...server, collectGarbage: () => process.kill(server.pid, 'SIGUSR2') }
}

async function startWholeGateway(backendPort: number): Promise<RunningTarget> {
  const gateway = await startGateway()
  const id = await deploy(gateway.apigateway, proxyApi(backendPort))
  return {
    pid: gateway.pid,
    port: gateway.port,
    prefix: '/b',
    headers: [`Host: ${id}.execute-api.us-east-1.localhost`],
    stop: () => gateway.stop(),
  }
}
