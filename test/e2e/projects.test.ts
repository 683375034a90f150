import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  endGateways,
  runGatehouse,
  startGatewayProcess,
  type GatewayProcess,
} from '../support/gateway-process.ts'

// Projects beyond the Pet Store: how they are found again, followed, and told what is wrong with them.

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-project-'))
  mkdirSync(join(folder, 'functions', 'hello'), { recursive: true })
  write('openapi.yaml', document('hello'))
  write(
    'gatehouse.yaml',
    'name: hello\nfunctions:\n  hello: { runtime: nodejs20.x, handler: index.handler }\n',
  )
  write('functions/hello/index.mjs', handler('one'))
})

afterEach(async () => {
  await endGateways()
  rmSync(folder, { recursive: true, force: true })
})

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text)
}

const document = (title: string): string => `
openapi: 3.0.1
info: { title: ${title}, version: '1' }
paths:
  /:
    get:
      responses: {}
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/arn:aws:lambda:\${AWS::Region}:\${AWS::AccountId}:function:hello/invocations
`

/** Counts the requests of one process, so that a new one is told apart. */
const handler = (word: string): string => `
  let requests = 0
  export const handler = async () => ({ statusCode: 200, body: '${word} ' + ++requests })
`

const mock = (word: string): string => `
openapi: 3.0.1
info: { title: ${word}, version: '1' }
paths:
  /:
    get:
      responses: { '200': { description: ok } }
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: { application/json: '{"statusCode": 200}' }
        responses: { default: { statusCode: '200', responseTemplates: { application/json: ${word} } } }
`

async function start(path: string, ...words: string[]): Promise<GatewayProcess & { api: string }> {
  const gateway = await startGatewayProcess({ arguments: [path, ...words] })
  const [, api] = await gateway.printed(/(\/_aws\/execute-api\/\w+\/dev)\n/)
  return { ...gateway, api: api as string }
}

const ask = async ({ url, api }: { url: string; api: string }): Promise<string> =>
  (await fetch(`${url}${api}/`)).text()

/** Asks again until it is so; the test's own timeout is the bound. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await Bun.sleep(10)
}

test('a project has the same API after a restart, and serves before it is deployed again', async () => {
  const dataDir = join(folder, 'data')
  const first = await start(folder, '--data-dir', dataDir)
  expect(await ask(first)).toBe('one 1')
  await first.stop()

  write('openapi.yaml', 'openapi: [')
  const broken = runGatehouse(['start', folder, '--port', '0', '--data-dir', dataDir])
  expect(await broken.ended()).toBe(1)
  expect(broken.errors()).toMatch(/openapi\.yaml:\d+:\d+: /)

  const empty = await startGatewayProcess({ arguments: ['--data-dir', dataDir] })
  expect(await ask({ url: empty.url, api: first.api })).toBe('one 1')
  await empty.stop()

  write('openapi.yaml', document('hello again'))
  const second = await start(folder, '--data-dir', dataDir)
  expect(second.api).toBe(first.api)
  await second.stop()
}, 60_000)

test('an edited document leaves functions warm, and one after a reset brings all back', async () => {
  const gateway = await start(folder)
  expect(await ask(gateway)).toBe('one 1')
  write('openapi.yaml', document('edited'))
  await until(() => gateway.errors().includes('info  deployed'))
  expect(await ask(gateway)).toBe('one 2')

  expect((await fetch(`${gateway.url}/_gatehouse/reset`, { method: 'POST' })).status).toBe(200)
  expect(await ask(gateway)).toBe('{"message":"Forbidden"}')
  write('openapi.yaml', document('edited again'))
  await until(() => (gateway.errors().match(/info {2}deployed/g) ?? []).length === 2)
  const [, api] = /api=(\w+) stage=dev\n$/.exec(gateway.errors()) ?? []
  expect(await ask({ url: gateway.url, api: `/_aws/execute-api/${api}/dev` })).toBe('one 1')
  expect(await gateway.stop()).toBe(0)
}, 60_000)

test('with credentials functions are uploaded, and again whenever they are edited', async () => {
  const gateway = await start(folder, '--credentials', 'ALICE:a-long-secret')
  expect(await ask(gateway)).toBe('one 1')
  write('functions/hello/index.mjs', handler('two'))
  await until(async () => (await ask(gateway)).startsWith('two'))
  expect(await gateway.stop()).toBe(0)
}, 60_000)

test('several documents of one folder are several APIs', async () => {
  write('a.yaml', mock('A'))
  write('b.yaml', mock('B'))
  const gateway = await startGatewayProcess()
  const apis = new Set<string>()
  for (const name of ['a', 'b', 'a']) {
    const run = runGatehouse(['deploy', join(folder, `${name}.yaml`), '--endpoint', gateway.url])
    expect(await run.ended()).toBe(0)
    const [, api] = /(\/_aws\/execute-api\/\w+\/dev)\n/.exec(run.output()) ?? []
    expect(await ask({ url: gateway.url, api: api as string })).toBe(name.toUpperCase())
    apis.add(api as string)
  }
  expect(apis.size).toBe(2)
  await gateway.stop()
}, 60_000)

test('what the import refuses is told with file, line and column', async () => {
  write('openapi.yaml', document('hello').replace('aws_proxy', 'aws_proxyy'))
  const run = runGatehouse(['start', folder, '--port', '0', '--data-dir', ':memory:'])
  expect(await run.ended()).toBe(1)
  expect(run.errors()).toMatch(/openapi\.yaml:9:9: paths\.\/\.get.*expected one of HTTP, .*"aws_proxyy"/)
}, 60_000)
