import { afterEach, beforeEach, expect, test } from 'bun:test'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { createAwsCaller } from '#aws/client.ts'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'

// What becomes of requests under way when the gateway is told to stop.

let backend: Server
let backendUrl: string
/** Answers that the backend still owes. */
let owed: ServerResponse[]
let asked: PromiseWithResolvers<void>

beforeEach(async () => {
  owed = []
  asked = Promise.withResolvers()
  backend = createServer((_, response) => {
    owed.push(response)
    asked.resolve()
  })
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
  backendUrl = `http://127.0.0.1:${(backend.address() as { port: number }).port}/`
})

afterEach(async () => {
  await endGateways()
  backend.closeAllConnections()
  backend.close()
})

/** Deploys an API in front of the backend and asks it something that stays without an answer for now. */
async function ask(gateway: GatewayProcess): Promise<{ answer: Promise<Response> }> {
  const caller = createAwsCaller({
    endpoint: gateway.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  const integration = { type: 'http_proxy', httpMethod: 'GET', uri: backendUrl }
  const document = {
    openapi: '3.0.1',
    info: { title: 'slow', version: '1' },
    paths: { '/': { get: { responses: {}, 'x-amazon-apigateway-integration': integration } } },
  }
  const api = (await caller.call('apigateway', 'POST', '/restapis?mode=import', document)) as { id: string }
  await caller.call('apigateway', 'POST', `/restapis/${api.id}/deployments`, { stageName: 'dev' })
  const answer = fetch(`${gateway.url}/_aws/execute-api/${api.id}/dev/`)
  answer.catch(() => {}) // it is looked at later
  await asked.promise
  return { answer }
}

/** Resolves once the gateway takes no connections any more. */
async function refusing(gateway: GatewayProcess): Promise<void> {
  while (await accepts(gateway.port)) await Bun.sleep(5)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

type Drain = readonly [name: string, launcher: boolean, workers: number, signals: readonly NodeJS.Signals[]]

const drains: readonly Drain[] = [
  ['SIGTERM', false, 1, ['SIGTERM']],
  ['SIGTERM with two workers', false, 2, ['SIGTERM']],
  ['SIGTERM, by way of the launcher', true, 2, ['SIGTERM']],
  // From the terminal to all, from npm, from the launcher.
  ['one Ctrl-C that arrives three times', false, 1, ['SIGINT', 'SIGINT', 'SIGINT']],
]

for (const [name, launcher, workers, signals] of drains) {
  test(`${name}: no new connections, the request under way is answered, exit code 0`, async () => {
    const gateway = await startGatewayProcess({ launcher, arguments: ['--workers', String(workers)] })
    const { answer } = await ask(gateway)
    for (const signal of signals) gateway.child.kill(signal)
    await refusing(gateway)
    for (const response of owed) response.end('in time')
    expect(await (await answer).text()).toBe('in time')
    expect(await gateway.child.exited).toBe(0)
  }, 60_000)
}

for (const workers of ['1', '2']) {
  test(`what has no answer when the drain timeout is over is cut, ${workers} serving`, async () => {
    const gateway = await startGatewayProcess({ arguments: ['--drain-timeout', '100', '--workers', workers] })
    const { answer } = await ask(gateway)
    gateway.child.kill('SIGTERM')
    expect(await answer.catch(() => 'cut')).toBe('cut')
    expect(await gateway.child.exited).toBe(0)
  }, 60_000)

  test(`a second signal does not wait, ${workers} serving`, async () => {
    const gateway = await startGatewayProcess({ arguments: ['--workers', workers] })
    const { answer } = await ask(gateway)
    gateway.child.kill('SIGTERM')
    await refusing(gateway)
    // Until it counts as another one.
    const again = setInterval(() => gateway.child.kill('SIGTERM'), 100)
    expect(await gateway.child.exited).toBe(130)
    clearInterval(again)
    expect(await answer.catch(() => 'cut')).toBe('cut')
  }, 60_000)
}
