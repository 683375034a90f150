import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endGateways, runGatehouse } from '../support/gateway-process.ts'
import { askAnew, startWorkerGateway, type WorkerGateway } from '../support/worker-gateway.ts'

// Policies of traffic where several processes serve: what documents and the file of --traffic say holds in each, and
// concurrency limits hold over all of them, whichever of them dies.

const LIMIT = 2
let gateway: WorkerGateway
let backend: Server
/** Answers that the backend owes. */
const owed: ServerResponse[] = []
let arrived = (): void => {}
let most = 0
let fails = 0
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-traffic-'))
const file = join(folder, 'traffic.yaml')

beforeAll(async () => {
  backend = createServer((request, response) => {
    if (request.url === '/flaky') return void response.writeHead(fails-- > 0 ? 503 : 200).end('flaky')
    owed.push(response)
    // Those whose client is gone are no more.
    response.on('close', () => void (owed.includes(response) && owed.splice(owed.indexOf(response), 1)))
    most = Math.max(most, owed.length)
    arrived()
  })
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  writeFileSync(file, "'limited/dev': { concurrency: { limit: 2, queue: 100, queueMs: 60000 } }\n")
  gateway = await startWorkerGateway(2, ['--traffic', file])
}, 60_000)

afterAll(async () => {
  backend.closeAllConnections()
  backend.close()
  rmSync(folder, { recursive: true })
  await endGateways()
})

const came = (count: number): Promise<void> =>
  new Promise((resolve) => {
    arrived = () => owed.length >= count && resolve()
    arrived()
  })

/** Imports an API whose `GET /` asks the backend, and deploys it. */
async function deploy(title: string, path: string, members: object = {}): Promise<string> {
  const { port } = backend.address() as AddressInfo
  const document = {
    openapi: '3.0.1',
    info: { title, version: '1' },
    paths: {
      '/': {
        get: {
          responses: { 200: { description: 'ok' } },
          'x-amazon-apigateway-integration': {
            type: 'http_proxy',
            httpMethod: 'GET',
            uri: `http://127.0.0.1:${port}${path}`,
          },
          ...members,
        },
      },
    },
  }
  const { id } = (await gateway.caller.call('apigateway', 'POST', '/restapis?mode=import', document)) as {
    id: string
  }
  await gateway.caller.call('apigateway', 'POST', `/restapis/${id}/deployments`, { stageName: 'dev' })
  return id
}

test('at most so many are with the backend, whichever workers they came to', async () => {
  const id = await deploy('limited', '/')
  const CLIENTS = 24
  const answers = Array.from({ length: CLIENTS }, async () => (await askAnew(gateway.urlOf(id))).status)
  for (let answered = 0; answered < CLIENTS; answered++) {
    await came(Math.min(LIMIT, CLIENTS - answered))
    owed.shift()?.end('in turn')
  }
  expect(await Promise.all(answers)).toEqual(Array.from({ length: CLIENTS }, () => 200))
  expect(most).toBe(LIMIT)
})

test('what a worker had is given back when it is killed', async () => {
  const id = await deploy('killed', '/', { 'x-gatehouse-traffic': { concurrency: { limit: 1 } } })
  const served = gateway.workerPids().length
  const first = askAnew(gateway.urlOf(id)).catch(() => undefined)
  await came(1)
  expect((await askAnew(gateway.urlOf(id))).status).toBe(429)
  for (const pid of gateway.workerPids()) process.kill(pid, 'SIGKILL')
  await first
  await gateway.haveServed(served + 2)
  for (const response of owed.splice(0)) response.destroy()
  const next = askAnew(gateway.urlOf(id))
  await came(1)
  owed.shift()?.end()
  expect((await next).status).toBe(200)
}, 60_000)

test('a change of the file is followed by all workers; one that cannot be used changes nothing', async () => {
  const id = await deploy('followed', '/flaky')
  const ask = async (): Promise<number> => (await askAnew(gateway.urlOf(id))).status
  fails = 1
  expect(await ask()).toBe(503)
  writeFileSync(file, 'followed: { retry: { backoffMs: 1 } }\n')
  while (!gateway.errors().includes('traffic settings read again')) await Bun.sleep(5)
  for (let i = 0; i < 10; i++) {
    fails = 1
    expect(await ask()).toBe(200)
  }
  writeFileSync(file, 'followed: { retry: none }\n')
  while (!gateway.errors().includes('traffic settings not used')) await Bun.sleep(5)
  expect(gateway.errors()).toContain('followed.retry: expected a map, found')
  fails = 1
  expect(await ask()).toBe(200)
}, 60_000)

test('the document says it, an export says it again, and explain tells what it did', async () => {
  const traffic = { retry: { attempts: 2, backoffMs: 1 }, circuitBreaker: {} }
  const id = await deploy('told', '/flaky', { 'x-gatehouse-traffic': traffic })
  const exported = (await gateway.caller.call(
    'apigateway',
    'GET',
    `/restapis/${id}/stages/dev/exports/oas30?extensions=integrations`,
  )) as { paths: { '/': { get: Record<string, unknown> } } }
  expect(exported.paths['/'].get['x-gatehouse-traffic']).toEqual(traffic)
  fails = 1
  expect((await askAnew(gateway.urlOf(id))).status).toBe(200)
  fails = 1
  const command = runGatehouse(['explain', gateway.urlOf(id), '--json'])
  expect(await command.ended()).toBe(0)
  const { steps } = JSON.parse(command.output()) as {
    steps: { step: string; decided: Record<string, unknown> }[]
  }
  const { decided } = steps.find(({ step }) => step === 'invoke integration') ?? {
    decided: {} as Record<string, unknown>,
  }
  expect(decided['traffic']).toMatchObject({
    retry: { attempts: 2, status: '502-504' },
    circuitBreaker: { failures: 5 },
  })
  expect(decided['retry']).toMatch(/^status 503: attempt 2 of 2 in [01] ms$/)
})
