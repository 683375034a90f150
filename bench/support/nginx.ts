import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accepting, freePort, pinned } from './process.ts'

/** An nginx process of our own: a single worker, in a folder that goes away with it. */
export interface RunningNginx {
  readonly pid: number
  readonly port: number
  stop(): Promise<void>
}

export function nginxPath(): string | null {
  return Bun.which('nginx') ?? Bun.which('nginx', { PATH: '/usr/sbin:/usr/local/sbin' })
}

/** The backend of every comparison: a small JSON from memory. */
export function startBackend(): Promise<RunningNginx> {
  return start(
    1,
    (port) => `server { listen 127.0.0.1:${port} backlog=4096; default_type application/json;
      location / { return 200 '{"message":"hello","items":[1,2,3,4,5,6,7,8],"ok":true}'; } }`,
  )
}

/** The peer: nginx as a bare reverse proxy with keep-alive to its backend. */
export function startProxy(backendPort: number): Promise<RunningNginx> {
  return start(
    0,
    (
      port,
    ) => `upstream backend { server 127.0.0.1:${backendPort}; keepalive 128; keepalive_requests 1000000000; }
      server { listen 127.0.0.1:${port} backlog=4096;
        location / { proxy_pass http://backend; proxy_http_version 1.1;
          proxy_set_header Connection ""; proxy_set_header Host $host; } }`,
  )
}

async function start(core: number, server: (port: number) => string): Promise<RunningNginx> {
  const binary = nginxPath()
  if (binary === null) throw new Error('nginx not found')
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
  const port = await freePort()
  const configuration = join(folder, 'nginx.conf')
  await writeFile(
    configuration,
    `worker_processes 1; daemon off; pid nginx.pid; error_log /dev/null;
     events { worker_connections 4096; }
     http { access_log off; keepalive_requests 100000000; keepalive_timeout 3600;
       ${server(port)} }`,
  )
  const child = Bun.spawn(pinned(core, [binary, '-p', folder, '-c', configuration]), {
    stdout: 'ignore',
    stderr: 'ignore',
  })
  await accepting(port, 5_000)
  return {
    pid: child.pid,
    port,
    async stop() {
      child.kill('SIGQUIT')
      await child.exited
      await rm(folder, { recursive: true, force: true })
    },
  }
}
