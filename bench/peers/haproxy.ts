import type { Certificate } from '../support/certificate.ts'
import { freePort } from '../support/process.ts'
import { startServer, type RunningServer } from '../support/server-process.ts'

export function haproxyPath(): string | null {
  return Bun.which('haproxy') ?? Bun.which('haproxy', { PATH: '/usr/sbin:/usr/local/sbin' })
}

/** A peer: HAProxy, one thread, connections to its backend kept and shared. */
export async function startHaproxy(backendPort: number, certificate?: Certificate): Promise<RunningServer> {
  const port = await freePort()
  const securePort = certificate === undefined ? undefined : await freePort()
  const configuration = `global
  nbthread 1
  maxconn 8192
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout http-keep-alive 600s
  http-reuse always
frontend clients
  bind 127.0.0.1:${port}
  ${securePort === undefined ? '' : `bind 127.0.0.1:${securePort} ssl crt both.pem alpn h2,http/1.1 ssl-min-ver TLSv1.2`}
  default_backend servers
backend servers
  server one 127.0.0.1:${backendPort}
`
  return startServer({
    core: 0,
    port,
    securePort,
    files: {
      'haproxy.cfg': configuration,
      ...(certificate === undefined ? {} : { 'both.pem': certificate.certificate + certificate.key }),
    },
    command: () => [haproxyPath() as string, '-f', 'haproxy.cfg'],
  })
}
