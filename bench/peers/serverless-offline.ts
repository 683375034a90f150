import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { accepting, freePort, pinned } from '../support/process.ts'

/** Where `npm run bench -- --install-peers` puts the peer; outside version control. */
const FOLDER = join(import.meta.dir, '..', 'results', 'serverless-offline')
const VERSIONS = ['serverless@3.40.0', 'serverless-offline@13.9.0']

export const HELLO = `exports.hello = async () => ({ statusCode: 200, body: '{"message":"hello"}' })\n`

export function peerInstalled(): boolean {
  return existsSync(join(FOLDER, 'node_modules', '.bin', 'serverless'))
}

export async function installPeer(): Promise<void> {
  await mkdir(FOLDER, { recursive: true })
  await writeFile(join(FOLDER, 'package.json'), '{"private":true}')
  const child = Bun.spawn(['npm', 'install', '--no-audit', '--no-fund', ...VERSIONS], {
    cwd: FOLDER,
    stdout: 'ignore',
    stderr: 'inherit',
  })
  if ((await child.exited) !== 0) throw new Error('npm install of serverless-offline failed')
}

/** Starts serverless-offline with one hello function behind GET /hello. */
export async function startPeer(): Promise<{ pid: number; url: string; stop(): Promise<void> }> {
  const port = await freePort()
  const lambdaPort = await freePort()
  await writeFile(join(FOLDER, 'handler.js'), HELLO)
  await writeFile(
    join(FOLDER, 'serverless.yml'),
    `service: bench
frameworkVersion: '3'
provider: { name: aws, runtime: nodejs20.x, region: us-east-1, stage: b }
plugins: [serverless-offline]
custom: { serverless-offline: { httpPort: ${port}, lambdaPort: ${lambdaPort}, host: 127.0.0.1 } }
functions:
  hello: { handler: handler.hello, events: [{ http: { path: hello, method: get } }] }
`,
  )
  const child = Bun.spawn(pinned(0, [join(FOLDER, 'node_modules', '.bin', 'serverless'), 'offline']), {
    cwd: FOLDER,
    stdout: 'ignore',
    stderr: 'ignore',
    env: { ...process.env, SLS_TELEMETRY_DISABLED: '1', SLS_NOTIFICATIONS_MODE: 'off', CI: '1' },
  })
  await accepting(port, 60_000)
  return {
    pid: child.pid,
    url: `http://127.0.0.1:${port}/b/hello`,
    async stop() {
      child.kill('SIGKILL')
      await child.exited
    },
  }
}
