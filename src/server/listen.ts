import { IpRanges } from '#base/ip-range.ts'
import type { Log } from '#base/log.ts'
import type { HttpHandler } from '#http/message.ts'
import { defaultHttpLimits, type HttpLimits } from '#http/limits.ts'
import { BindError, startHttpServer, type HttpServer } from '#http/server.ts'
import type { TlsOptions } from '#http/tls/accept-tls.ts'
import { CertificateError } from '#http/tls/certificate-table.ts'
import { followCertificates, type FollowedCertificates } from './certificate-files.ts'
import type { Config } from './config.ts'
import { portOwner } from './port-owner.ts'
import type { ServerCertificates } from './server-certificates.ts'
import { trafficLimits } from './traffic-limits.ts'

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
  /** `https://localhost:4567`; undefined where HTTPS is not served. */
  readonly httpsUrl: string | undefined
  readonly httpsPort: number | undefined
  /** Answers say from now on that their connection ends with them. */
  readonly retire: () => void
  readonly stop: () => Promise<void>
}

/** Clients that are told a name try either family first: both are ours, or neither. */
const LOCALHOST = ['127.0.0.1', '::1'] as const
/** How often a free port is looked for that is free on both. */
const FREE_PORT_TRIES = 10

/** Who is behind the port. */
export interface Listening {
  readonly handler: HttpHandler
  /** Given what the configuration has. */
  readonly certificates: ServerCertificates
}

/**
 * @param reusePort shares the ports with other processes that ask for it, too
 * @throws StartError
 */
export function listen(
  config: Config,
  { handler, certificates }: Listening,
  log: Log,
  reusePort = false,
): Listener {
  const { host, port, httpsPort, drainTimeout } = config
  const files = certificateFiles(config, certificates, log)
  const servers: HttpServer[] = []
  const stop = async (graceMs: number): Promise<void> => {
    files?.stop()
    await Promise.all(servers.map((server) => server.stop({ graceMs })))
  }
  const proxyProtocol =
    config.proxyProtocol.length === 0 ? undefined : { trusted: new IpRanges(config.proxyProtocol) }
  const shared = { reusePort, handler, log, limits: limitsOf(config), proxyProtocol }
  const listenOn = (option: string, wanted: number, tls?: TlsOptions): number => {
    const open: Open = (hostname, free) => startHttpServer({ ...shared, hostname, port: free, tls })
    const started =
      host === 'localhost' ? listenOnBoth(open, wanted, option) : [bound(open, host, wanted, option)]
    servers.push(...started)
    return (started[0] as HttpServer).port
  }
  try {
    const found = listenOn('--port', port)
    const tls = { certificates: certificates.table }
    const foundHttps = httpsPort === undefined ? undefined : listenOn('--https-port', httpsPort, tls)
    return {
      url: urlOf('http', host, found),
      port: found,
      httpsUrl: foundHttps === undefined ? undefined : urlOf('https', host, foundHttps),
      httpsPort: foundHttps,
      retire: () => servers.forEach((server) => server.retire()),
      stop: () => stop(drainTimeout),
    }
  } catch (error) {
    void stop(0)
    throw error
  }
}

/** `http://localhost:4566` */
export function urlOf(scheme: 'http' | 'https', host: string, port: number): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** @throws StartError */
function certificateFiles(
  config: Config,
  served: ServerCertificates,
  log: Log,
): FollowedCertificates | undefined {
  const { httpsPort, tlsCertificate, tlsKey, certificates, revocationLists } = config
  if (httpsPort === undefined) {
    const others = [tlsCertificate, tlsKey, certificates, revocationLists]
    if (others.every((option) => option === undefined)) return undefined
    throw new StartError(
      '--tls-certificate, --tls-key, --certificates and --revocation-lists are for HTTPS: give --https-port, too',
    )
  }
  if ((tlsCertificate === undefined) !== (tlsKey === undefined)) {
    throw new StartError('--tls-certificate and --tls-key go together: give both, or neither')
  }
  const fallback =
    tlsCertificate === undefined || tlsKey === undefined
      ? undefined
      : { certificateFile: tlsCertificate, keyFile: tlsKey }
  try {
    return followCertificates(
      { fallback, place: certificates, revocationLists },
      (found) => served.configure(found),
      log,
    )
  } catch (error) {
    if (!(error instanceof CertificateError)) throw error
    throw new StartError(`--tls-certificate, --tls-key, --certificates, --revocation-lists: ${error.message}`)
  }
}

type Open = (hostname: string, port: number) => HttpServer

function listenOnBoth(open: Open, port: number, option: string): HttpServer[] {
  const [ipv4, ipv6] = LOCALHOST
  for (let tries = 1; ; tries++) {
    const first = bound(open, ipv4, port, option)
    try {
      return [first, open(ipv6, first.port)]
    } catch (error) {
      // A machine without IPv6 is none the worse for it.
      if (!(error instanceof BindError) || error.code !== 'EADDRINUSE') return [first]
      // Half of the clients would reach somebody else.
      void first.stop()
      if (port !== 0 || tries === FREE_PORT_TRIES) throw explained(error, ipv6, first.port, option)
    }
  }
}

/** @throws StartError */
function bound(open: Open, hostname: string, port: number, option: string): HttpServer {
  try {
    return open(hostname, port)
  } catch (error) {
    throw error instanceof BindError ? explained(error, hostname, port, option) : error
  }
}

function explained({ code }: BindError, hostname: string, port: number, option: string): StartError {
  if (code === 'EADDRINUSE') return portInUse(port, option)
  if (code === 'EACCES') {
    return new StartError(`port ${port} needs privileges; choose one above 1023 with ${option}`)
  }
  return new StartError(
    `cannot listen on ${hostname}:${port} (${code}); is ${hostname} an address of this machine?`,
  )
}

export function portInUse(port: number, option: string): StartError {
  const owner = portOwner(port)
  return new StartError(
    `port ${port} is in use${owner === undefined ? '' : ` by ${owner}`}; stop that, or choose another with ${option}`,
  )
}

function limitsOf(config: Config): Partial<HttpLimits> {
  const { requestTimeout, idleTimeout } = config
  return {
    ...trafficLimits(config).http,
    headersTimeoutMs: Math.min(defaultHttpLimits.headersTimeoutMs, requestTimeout),
    bodyTimeoutMs: requestTimeout,
    idleTimeoutMs: idleTimeout,
  }
}
