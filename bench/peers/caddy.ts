import { certificateFiles, type Certificate } from '../support/certificate.ts'
import { freePort } from '../support/process.ts'
import { startServer, type RunningServer } from '../support/server-process.ts'

/** A peer: Caddy, one thread of Go. */
export async function startCaddy(backendPort: number, certificate?: Certificate): Promise<RunningServer> {
  const port = await freePort()
  const securePort = certificate === undefined ? undefined : await freePort()
  const secure = `https://127.0.0.1:${securePort} {
  bind 127.0.0.1
  tls certificate.pem key.pem
  reverse_proxy 127.0.0.1:${backendPort}
}`
  return startServer({
    core: 0,
    port,
    securePort,
    files: {
      Caddyfile: `{
  admin off
  auto_https off
  default_sni localhost
  log default {
    level ERROR
  }
}
http://127.0.0.1:${port} {
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:${backendPort}
}
${certificate === undefined ? '' : secure}
`,
      ...certificateFiles(certificate),
    },
    command: (folder) => ['caddy', 'run', '--config', `${folder}/Caddyfile`, '--adapter', 'caddyfile'],
    // It keeps a copy of its configuration in its home.
    env: { GOMAXPROCS: '1', XDG_CONFIG_HOME: '.', XDG_DATA_HOME: '.' },
  })
}
