import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endGateways, runGatehouse } from '../support/gateway-process.ts'
import { newSchema, sharedPostgres, type PostgresServer } from '../support/services/postgres-server.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { startWorkerGateway, type WorkerGateway } from '../support/worker-gateway.ts'

// Gateways as users run them, on one database.

let server: PostgresServer
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-gateways-'))
const keyFile = join(folder, 'secret.key')
writeFileSync(keyFile, randomBytes(32).toString('base64'))
const ends: (() => unknown)[] = []
beforeAll(async () => {
  server = await sharedPostgres()
}, 600_000)
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(async () => {
  await endGateways()
  for (const end of ends.splice(0)) await end()
})

function start(url: string, workers = 1): Promise<WorkerGateway> {
  return startWorkerGateway(workers, ['--store', url, '--secret-key-file', keyFile])
}

const mock = (status: string): object => ({
  type: 'mock',
  requestTemplates: { 'application/json': `{"statusCode": ${status}}` },
  responses: { default: { statusCode: status } },
})

async function status(
  gateway: WorkerGateway,
  apiId: string,
  headers: Record<string, string> = {},
): Promise<number> {
  return (await fetch(gateway.urlOf(apiId), { headers: { ...headers, Connection: 'close' } })).status
}

async function serves(gateway: WorkerGateway, apiId: string, expected: number): Promise<void> {
  while ((await status(gateway, apiId)) !== expected) await Bun.sleep(5)
}

test('what is deployed at one is served by all, at once at this one', async () => {
  const url = server.url(newSchema())
  const [one, other] = await Promise.all([start(url), start(url, 2)])
  const apiId = await one.deploy(mock('200'))
  expect(await status(one, apiId)).toBe(200)
  await serves(other, apiId, 200)
  await other.deploy(mock('202'), apiId)
  expect(await status(other, apiId)).toBe(202)
  await serves(one, apiId, 202)
  await one.caller.call('apigateway', 'DELETE', `/restapis/${apiId}`)
  expect(await status(one, apiId)).toBe(403)
  await serves(other, apiId, 403)
})

test('APIs are served while the database is away, calls say so; then what was missed is made up for', async () => {
  const schema = newSchema()
  const proxy = await TcpProxy.start(server.port)
  ends.push(() => proxy.stop())
  const cutOff = await start(`${server.url(schema, proxy.port)}&timeout=50`, 2)
  const other = await start(server.url(schema))
  const apiId = await cutOff.deploy(mock('200'))
  await serves(other, apiId, 200)
  proxy.refuse()
  expect(await status(cutOff, apiId)).toBe(200)
  const refused = await cutOff.caller.call('apigateway', 'GET', '/restapis').catch((error: Error) => error)
  expect(String(refused)).toContain('cannot reach its data')
  await other.deploy(mock('202'), apiId)
  expect(await status(cutOff, apiId)).toBe(200)
  proxy.accept()
  await serves(cutOff, apiId, 202)
})

test('one that missed more than is kept reads everything anew: what has gone, what is new', async () => {
  const schema = newSchema()
  const proxy = await TcpProxy.start(server.port)
  ends.push(() => proxy.stop())
  const cutOff = await start(`${server.url(schema, proxy.port)}&timeout=50`)
  const other = await start(server.url(schema))
  const [gone, changed] = [await cutOff.deploy(mock('200')), await cutOff.deploy(mock('200'))]
  proxy.refuse()
  await other.caller.call('apigateway', 'DELETE', `/restapis/${gone}`)
  await other.deploy(mock('202'), changed)
  const added = await other.deploy(mock('201'))
  await server.sql(`TRUNCATE ${schema}.change`)
  proxy.accept()
  await serves(cutOff, gone, 403)
  await serves(cutOff, changed, 202)
  await serves(cutOff, added, 201)
})

test('what API keys use at several gateways adds up, but for the stated bound when one is killed', async () => {
  const url = server.url(newSchema())
  const gateways = await Promise.all([start(url), start(url)])
  const [one, other] = gateways as [WorkerGateway, WorkerGateway]
  const call = (method: string, path: string, body: object): Promise<{ id: string }> =>
    one.caller.call('apigateway', method, path, body) as Promise<{ id: string }>
  const apiId = await one.deploy(mock('200'))
  const { id: planId } = await call('POST', '/usageplans', {
    name: 'plan',
    apiStages: [{ apiId, stage: 'dev' }],
  })
  const value = 'the-value-of-the-only-key'
  const { id: keyId } = await call('POST', '/apikeys', { name: 'key', value, enabled: true })
  await call('POST', `/usageplans/${planId}/keys`, { keyId, keyType: 'API_KEY' })
  const resource = (await one.caller.call('apigateway', 'GET', `/restapis/${apiId}/resources`)) as {
    item: { id: string }[]
  }
  await one.caller.call(
    'apigateway',
    'PATCH',
    `/restapis/${apiId}/resources/${resource.item[0]?.id}/methods/GET`,
    {
      patchOperations: [{ op: 'replace', path: '/apiKeyRequired', value: 'true' }],
    },
  )
  await call('POST', `/restapis/${apiId}/deployments`, { stageName: 'dev' })
  await serves(other, apiId, 403)
  // The plan comes after its key, and the stage after both.
  const headers = { 'x-api-key': value }
  const ask = async (gateway: WorkerGateway, times: number): Promise<void> => {
    for (let i = 0; i < times; i++) expect(await status(gateway, apiId, headers)).toBe(200)
  }
  await ask(one, 7)
  await ask(other, 5)
  const day = new Date().toISOString().slice(0, 10)
  const used = async (gateway: WorkerGateway): Promise<number> => {
    const path = `/usageplans/${planId}/usage?startDate=${day}&endDate=${day}`
    const { values } = (await gateway.caller.call('apigateway', 'GET', path)) as {
      values: Record<string, number[][]>
    }
    return values[keyId]?.[0]?.[0] ?? 0
  }
  while ((await used(one)) !== 12) await Bun.sleep(20)
  other.child.kill('SIGKILL')
  await other.child.exited
  expect(await used(one)).toBe(12)
  await ask(one, 3)
  expect(await used(one)).toBe(15)
  await one.stop()
  expect(await used(await start(url))).toBe(15)
})

test('a start with another key than the others have is refused', async () => {
  const url = server.url(newSchema())
  const gateway = await start(url)
  const other = join(folder, 'other.key')
  writeFileSync(other, randomBytes(32).toString('base64'))
  const flags = ['--port', '0', '--data-dir', ':memory:', '--workers', '1']
  const refused = runGatehouse(['start', ...flags, '--store', url, '--secret-key-file', other])
  expect(await refused.ended()).toBe(1)
  expect(refused.errors()).toContain('were sealed with another key: give every gateway the same file')
  expect(await gateway.stop()).toBe(0)
})

const refusals: readonly [what: string, words: (url: string) => string[], says: RegExp][] = [
  ['no key for secrets', (url) => ['--store', url], /needs --secret-key-file/],
  [
    'a newer schema',
    (url) => ['--store', `${url}_newer`, '--secret-key-file', keyFile],
    /written by a newer Gatehouse: it is version 99, for programs that know version 99 or later/,
  ],
  [
    'another program’s tables',
    (url) => ['--store', `${url}_other`, '--secret-key-file', keyFile],
    /has tables of another program/,
  ],
  [
    'no such database',
    (url) => ['--store', url.replace('/postgres?', '/nowhere?'), '--secret-key-file', keyFile],
    /there is no such database\. Make it: createdb/,
  ],
  [
    'what is no URL',
    () => ['--store', 'postgres://user:the-password@host:port/database'],
    /--store: expected postgres:\/\/USER:PASSWORD@HOST:PORT/,
  ],
]
for (const [what, words, says] of refusals) {
  test(`a start with ${what} is refused`, async () => {
    const schema = newSchema()
    await server.sql(
      `CREATE SCHEMA ${schema}_newer`,
      `CREATE TABLE ${schema}_newer.gatehouse_schema AS SELECT true AS one, 99 AS version, 99 AS compatible_from`,
      `CREATE SCHEMA ${schema}_other`,
      `CREATE TABLE ${schema}_other.customers (name text)`,
    )
    const flags = ['--port', '0', '--data-dir', ':memory:', '--workers', '1']
    const refused = runGatehouse(['start', ...flags, ...words(server.url(schema))])
    expect(await refused.ended()).toBe(1)
    expect(refused.errors()).toMatch(says)
    expect(refused.errors()).not.toContain('the-password')
  })
}
