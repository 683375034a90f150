import { afterEach, beforeEach, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isAlive } from '../fault/lambda-process-alive.ts'
import {
  endGateways,
  runGatehouse,
  startGatewayProcess,
  type GatewayProcess,
} from '../support/gateway-process.ts'

// The helper processes of a project: with it, as long as it, never longer.

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-helpers-'))
  writeFileSync(join(folder, 'server.mjs'), SERVER)
  writeFileSync(join(folder, 'openapi.yaml'), DOCUMENT)
  writeManifest('server.mjs one')
})

afterEach(async () => {
  await endGateways()
  rmSync(folder, { recursive: true, force: true })
})

/** Answers the word that it was started with and its process id, /slow after a second; /end ends it. */
const SERVER = `
  import { createServer } from 'node:http'
  import { writeFileSync } from 'node:fs'
  writeFileSync('pid', String(process.pid))
  const server = createServer((request, response) => {
    if (request.url === '/end') process.exit(3)
    const answer = () => response.end(process.argv[2] + ' ' + process.pid)
    if (request.url === '/slow') setTimeout(answer, 1000)
    else answer()
  })
  server.listen(Number(process.env.PORT), 'localhost')
`

const DOCUMENT = `
openapi: 3.0.1
info: { title: helped, version: '1' }
paths:
  /{proxy+}:
    x-amazon-apigateway-any-method:
      parameters: [{ name: proxy, in: path, required: true, schema: { type: string } }]
      x-amazon-apigateway-integration:
        type: http_proxy
        httpMethod: ANY
        uri: http://\${stageVariables.helper}/{proxy}
        requestParameters: { integration.request.path.proxy: method.request.path.proxy }
      responses: {}
`

function writeManifest(command: string): void {
  writeFileSync(
    join(folder, 'gatehouse.yaml'),
    `name: helped\nprocesses:\n  helper:\n    command: [node, ${command.replaceAll(' ', ', ')}]\n`,
  )
}

interface Deployed {
  readonly gateway: GatewayProcess
  /** The word and the process id that the helper answers; undefined when it answers nothing. */
  readonly ask: (path?: string) => Promise<{ word: string; pid: number } | undefined>
}

async function deploy(...flags: string[]): Promise<Deployed> {
  const gateway = await startGatewayProcess({ arguments: [folder, ...flags] })
  const [, apiId] = await gateway.printed(/\/_aws\/execute-api\/(\w+)\/dev\n/)
  return {
    gateway,
    async ask(path = 'who') {
      const response = await fetch(`${gateway.url}/_aws/execute-api/${apiId}/dev/${path}`)
      const [word, pid] = (await response.text()).split(' ')
      return response.status === 200 ? { word: word as string, pid: Number(pid) } : undefined
    },
  }
}

/** Asks again until it is so; the test's own timeout is the bound. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await Bun.sleep(10)
}

test('a helper runs as long as the gateway, which ends it', async () => {
  const { gateway, ask } = await deploy()
  const answer = await ask()
  expect(answer?.word).toBe('one')
  expect(isAlive(answer?.pid as number)).toBeTrue()
  expect(await gateway.stop()).toBe(0)
  expect(isAlive(answer?.pid as number)).toBeFalse()
}, 60_000)

test.skipIf(process.platform === 'win32')(
  'a gateway that is killed takes its helper with it',
  async () => {
    const { gateway, ask } = await deploy()
    const { pid } = (await ask()) as { pid: number }
    gateway.child.kill('SIGKILL')
    await gateway.child.exited
    await until(() => !isAlive(pid))
  },
  60_000,
)

test('an edited manifest moves requests to the new helper, none of them lost', async () => {
  const { gateway, ask } = await deploy('--integration-timeout', '2000')
  const { pid } = (await ask()) as { pid: number }
  let over = false
  const words: (string | undefined)[] = []
  const load = Array.from({ length: 8 }, async () => {
    while (!over) words.push((await ask())?.word)
  })
  // Some each 100 ms: whenever the old helper is replaced, it is answering some of them.
  const slow = Array.from({ length: 10 }, () => ask('slow'))
  const beginSlow = setInterval(() => slow.push(ask('slow'), ask('slow')), 100)
  writeManifest('server.mjs two')
  await until(() => words.at(-1) === 'two')
  clearInterval(beginSlow)
  // Replaced, and answering those that had begun with it.
  expect(isAlive(pid)).toBeTrue()
  for (const answer of await Promise.all(slow)) expect(answer?.word).toBeOneOf(['one', 'two'])
  await until(() => !isAlive(pid))
  over = true
  await Promise.all(load)
  expect(new Set(words)).toEqual(new Set(['one', 'two']))
  expect((await ask())?.word).toBe('two')
  expect(gateway.errors()).not.toContain('a process has ended')
  expect(await gateway.stop()).toBe(0)
}, 60_000)

test('a helper that was replaced ends with the gateway', async () => {
  const { gateway, ask } = await deploy()
  const old = (await ask()) as { pid: number }
  writeManifest('server.mjs two')
  await until(async () => (await ask())?.word === 'two')
  const { pid } = (await ask()) as { pid: number }
  expect(isAlive(old.pid)).toBeTrue()
  expect(await gateway.stop()).toBe(0)
  expect([isAlive(old.pid), isAlive(pid)]).toEqual([false, false])
}, 60_000)

test('a helper that does not start leaves the last good deployment, and its helper', async () => {
  const { gateway, ask } = await deploy()
  writeManifest('nothing-there.mjs')
  await until(() => gateway.errors().includes('the last good deployment goes on serving'))
  expect(gateway.errors()).toContain('process helper: node nothing-there.mjs ended with code 1')
  expect((await ask())?.word).toBe('one')
  expect(await gateway.stop()).toBe(0)
}, 60_000)

test('a helper that ends by itself is started again where it was', async () => {
  const { gateway, ask } = await deploy()
  const { pid } = (await ask()) as { pid: number }
  expect(await ask('end')).toBeUndefined()
  await until(async () => ((await ask())?.pid ?? pid) !== pid)
  expect(gateway.errors()).toMatch(/a process has ended: it is started again name=helper ended="code 3"/)
  expect(await gateway.stop()).toBe(0)
}, 60_000)

test('a gateway can be stopped while it waits for a helper', async () => {
  writeFileSync(
    join(folder, 'server.mjs'),
    `
    import { writeFileSync } from 'node:fs'
    writeFileSync('pid', String(process.pid))
    setInterval(() => {}, 1000)
  `,
  )
  const run = runGatehouse(['start', folder, '--port', '0', '--data-dir', ':memory:'])
  await until(() => existsSync(join(folder, 'pid')) && readFileSync(join(folder, 'pid'), 'utf8') !== '')
  run.child.kill('SIGTERM')
  expect(await run.child.exited).toBe(0)
  expect(isAlive(Number(readFileSync(join(folder, 'pid'), 'utf8')))).toBeFalse()
}, 60_000)
