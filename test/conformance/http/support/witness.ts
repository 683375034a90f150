import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RawClient } from './raw-client.ts'
import { Recorder, sight } from './recorder.ts'

/** Another server that is sent the same bytes, and tells which requests it sees in them. */
export interface Witness {
  readonly name: string
  /** Each as `sight` tells it, its target as sent. */
  sights(text: string): Promise<string[]>
  stop(): Promise<void>
}

/** node:http, whose parser is llhttp, on Node.js. */
export async function nodeWitness(): Promise<Witness & { readonly methods: readonly string[] }> {
  const child = Bun.spawn(['node', join(import.meta.dir, 'node-witness.mjs')], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const reader = child.stdout.getReader()
  let line = ''
  while (!line.includes('\n')) {
    const { value, done } = await reader.read()
    if (done) throw new Error('node did not start: is Node.js installed?')
    line += Buffer.from(value).toString()
  }
  const { port, methods } = JSON.parse(line) as { port: number; methods: string[] }
  return {
    name: 'node',
    methods,
    async sights(text) {
      const received = await exchange(port, text)
      return [...received.matchAll(/^Sight: (.*)\r$/gm)].map((match) => match[1] as string)
    },
    async stop() {
      await child.stdin.end()
      await child.exited
    },
  }
}

const NGINX = '/usr/sbin/nginx'

/** nginx as a proxy before a recorder; undefined where it is not installed. */
export async function nginxWitness(): Promise<Witness | undefined> {
  if (!existsSync(NGINX)) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-nginx-'))
  const socket = join(folder, 'socket')
  const recorder = new Recorder()
  mkdirSync(join(folder, 'tmp'))
  writeFileSync(join(folder, 'nginx.conf'), nginxConfig(folder, socket, recorder.port))
  const child = Bun.spawn([NGINX, '-p', folder, '-e', 'error.log', '-c', 'nginx.conf'], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'inherit',
  })
  while (!existsSync(socket)) {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return {
    name: 'nginx',
    async sights(text) {
      await exchange(socket, text)
      return recorder.take().map(sight)
    },
    async stop() {
      child.kill('SIGTERM')
      await child.exited
      recorder.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function nginxConfig(folder: string, socket: string, backendPort: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((what) => `${what}_temp_path ${folder}/tmp/${what};`)
    .join('\n')
  return `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log crit;
events { worker_connections 128; }
http {
  access_log off; ${temporary}
  upstream recorder { server 127.0.0.1:${backendPort}; keepalive 4; }
  server {
    listen unix:${socket};
    location / {
      proxy_pass http://recorder; proxy_http_version 1.1; proxy_ignore_client_abort on;
      proxy_set_header Connection ""; proxy_set_header Host h;
    }
  }
}
`
}

/** A witness that has not closed by then waits for more. */
const PATIENCE_MS = 500

/** Sends `text`, then FIN; gives what comes back until the server closes, or waits too long for more. */
async function exchange(place: number | string, text: string): Promise<string> {
  const client = await RawClient.open(place)
  await client.send(text)
  client.finish()
  const timer = setTimeout(() => client.reset(), PATIENCE_MS)
  const received = await client.rest()
  clearTimeout(timer)
  return received
}
