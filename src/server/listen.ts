import type { Log } from '#base/log.ts'
import type { HttpHandler } from '#http/message.ts'
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

/** Names resolve to either family, and clients try either first. */
const LOCALHOST = ['127.0.0.1', '::1'] as const

/** @throws StartError */
export function listen({ host, port }: Config, handler: HttpHandler, log: Log): Listener {
  const [first, second] = host === 'localhost' ? LOCALHOST : ([host] as const)
  const main = start(first, port, handler, log)
  const servers: HttpServer[] = [main]
  if (second !== undefined) {
    try {
      servers.push(start(second, main.port, handler, log))
    } catch (error) {
      // Machines without IPv6, or with something else on that side: the first address serves.
      log.debug('listening on one family only', { error })
    }
  }
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${main.port}`,
    port: main.port,
    async stop() {
      await Promise.all(servers.map((server) => server.stop()))
    },
  }
}

function start(hostname: string, port: number, handler: HttpHandler, log: Log): HttpServer {
  try {
    return startHttpServer({ hostname, port, handler, log })
  } catch (error) {
    if (error instanceof BindError) throw new StartError(explain(error.code, hostname, port))
    throw error
  }
}

function explain(code: string, hostname: string, port: number): string {
  if (code === 'EADDRINUSE') {
    const owner = portOwner(port)
    return `port ${port} is in use${owner === undefined ? '' : ` by ${owner}`}; stop that, or choose another with --port`
  }
  if (code === 'EACCES') return `port ${port} needs privileges; choose one above 1023 with --port`
  return `cannot listen on ${hostname}:${port} (${code}); is ${hostname} an address of this machine?`
}
