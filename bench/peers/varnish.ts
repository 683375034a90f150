import { freePort } from '../support/process.ts'
import { startServer, type RunningServer } from '../support/server-process.ts'

export function varnishPath(): string | null {
  return Bun.which('varnishd') ?? Bun.which('varnishd', { PATH: '/usr/sbin:/usr/local/sbin' })
}

/** A peer: Varnish, one pool of threads on one core, which keeps what the backend answers for an hour. No access log. */
export async function startVarnish(backendPort: number): Promise<RunningServer> {
  const port = await freePort()
  const program = varnishPath()
  if (program === null) throw new Error('varnishd not found')
  return startServer({
    core: 0,
    port,
    files: {
      'kept.vcl': `vcl 4.1;
backend default { .host = "127.0.0.1"; .port = "${backendPort}"; }
sub vcl_backend_response { set beresp.ttl = 1h; }
`,
    },
    // It compiles what it is told, in its folder, and would else do so as a user who may not enter there.
    command: (folder) => {
      const files = ['-j', 'none', '-n', `${folder}/work`, '-f', `${folder}/kept.vcl`]
      const serving = ['-a', `127.0.0.1:${port}`, '-s', 'malloc,64m', '-p', 'thread_pools=1']
      return [program, '-F', ...files, ...serving]
    },
  })
}
