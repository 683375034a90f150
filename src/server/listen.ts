import type { Log } from '#base/log.ts'
import type { HttpHandler } from '#http/message.ts'
import { defaultHttpLimits, type HttpLimits } from '#http/limits.ts'
import { BindError, startHttpServer, type HttpServer } from '#http/server.ts'
import type { Config } from './config.ts'
import { portOwner } from './port-owner.ts'

/** The gateway cannot start as configured; the message says why and what to do. */
export class StartError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'StartError'
  }
}

export interface Listener {
  /** `http://localhost:4566` */
  readonly url: string
  readonly port: number
  readonly stop: () => Promise<void>
}

/** Clients that are told a name try either family first: both are ours, or neither. */
const LOCALHOST = ['127.0.0.1', '::1'] as const
/** How often a free port is looked for that is free on both. */
const FREE_PORT_TRIES = 10

/** @throws StartError */
export function listen(config: Config, handler: HttpHandler, log: Log): Listener {
  const { host, drainTimeout } = config
  const open = (hostname: string, port: number): HttpServer =>
    startHttpServer({ hostname, port, handler, log, limits: limitsOf(config) })
  const servers = host === 'localhost' ? listenOnBoth(open, config.port) : [bound(open, host, config.port)]
  const port = (servers[0] as HttpServer).port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    async stop() {
      await Promise.all(servers.map((server) => server.stop({ graceMs: drainTimeout })))
    },
  }
}

type Open = (hostname: string, port: number) => HttpServer

function listenOnBoth(open: Open, port: number): HttpServer[] {
  const [ipv4, ipv6] = LOCALHOST
  for (let tries = 1; ; tries++) {
    const first = bound(open, ipv4, port)
    try {
      return [first, open(ipv6, first.port)]
    } catch (error) {
      // A machine without IPv6 is none the worse for it.
      if (!(error instanceof BindError) || error.code !== 'EADDRINUSE') return [first]
      // Half of the clients would reach somebody else.
      void first.stop()
      if (port !== 0 || tries === FREE_PORT_TRIES) throw explained(error, ipv6, first.port)
    }
  }
}

/** @throws StartError */
function bound(open: Open, hostname: string, port: number): HttpServer {
  try {
    return open(hostname, port)
  } catch (error) {
    throw error instanceof BindError ? explained(error, hostname, port) : error
  }
}

function explained({ code }: BindError, hostname: string, port: number): StartError {
  if (code === 'EADDRINUSE') {
    const owner = portOwner(port)
    return new StartError(
      `port ${port} is in use${owner === undefined ? '' : ` by ${owner}`}; stop that, or choose another with --port`,
    )
  }
  if (code === 'EACCES') {
    return new StartError(`port ${port} needs privileges; choose one above 1023 with --port`)
  }
  return new StartError(
    `cannot listen on ${hostname}:${port} (${code}); is ${hostname} an address of this machine?`,
  )
}

function limitsOf({ requestTimeout, idleTimeout }: Config): Partial<HttpLimits> {
  return {
    headersTimeoutMs: Math.min(defaultHttpLimits.headersTimeoutMs, requestTimeout),
    bodyTimeoutMs: requestTimeout,
    idleTimeoutMs: idleTimeout,
  }
}
