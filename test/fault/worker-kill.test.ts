import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { endGateways } from '../support/gateway-process.ts'
import { askAnew, mock, startWorkerGateway, type WorkerGateway } from '../support/worker-gateway.ts'
import { isAlive } from './lambda-process-alive.ts'

// What becomes of clients, of the other processes and of what lies about when a process of the gateway is killed.

let backend: Server
/** Answers that the backend still owes. */
const owed: ServerResponse[] = []

beforeAll(async () => {
  backend = createServer((_, response) => void owed.push(response))
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
})

afterAll(() => {
  backend.closeAllConnections()
  backend.close()
})

afterEach(async () => {
  for (const response of owed.splice(0)) response.destroy()
  await endGateways()
})

const start = (...words: string[]): Promise<WorkerGateway> => startWorkerGateway(2, words)

/** Deploys an API whose answers are owed. */
function deploySlow(gateway: WorkerGateway): Promise<string> {
  const { port } = backend.address() as { port: number }
  return gateway.deploy({ type: 'http_proxy', httpMethod: 'GET', uri: `http://127.0.0.1:${port}/` })
}

interface Client {
  readonly socket: Socket
  /** What it was answered by the time that its connection closed, or that the answer was whole. */
  readonly answer: Promise<string>
}

/** Asks on a connection of its own. */
function client(gateway: WorkerGateway, apiId: string): Client {
  const socket = connect(gateway.port, '127.0.0.1')
  socket.write(`GET /_aws/execute-api/${apiId}/dev/ HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  const answer = new Promise<string>((resolve) => {
    let text = ''
    socket.on('data', (bytes) => {
      text += String(bytes)
      if (text.endsWith('in time')) resolve(text)
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
  })
  return { socket, answer }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await Bun.sleep(2)
}

/** The folder that the processes of a gateway share. */
function folderOf(pid: number): string {
  return /(\/\S*gatehouse-\w+)\/counters/.exec(readFileSync(`/proc/${pid}/maps`, 'utf8'))?.[1] as string
}

function refuses(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(false)
    })
    socket.on('error', () => resolve(true))
  })
}

test('a killed worker loses what it was answering, and nothing else; another serves at once', async () => {
  const gateway = await start()
  const apiId = await deploySlow(gateway)
  const quick = await gateway.deploy(mock('quick'))
  const clients = Array.from({ length: 24 }, () => client(gateway, apiId))
  await until(() => owed.length === clients.length)
  const [killed = 0, other = 0] = gateway.workerPids()
  process.kill(killed, 'SIGKILL')
  const lost = Promise.all(clients.map(async ({ answer }) => (await answer) === ''))
  // The connections of the other one wait on, and new ones are served meanwhile.
  await gateway.haveServed(3)
  const asked = Array.from({ length: 20 }, async () => (await askAnew(gateway.urlOf(quick))).text())
  expect(new Set(await Promise.all(asked))).toEqual(new Set(['quick']))
  for (const response of owed.splice(0)) response.end('in time')
  const losses = (await lost).filter(Boolean).length
  expect(losses).toBeGreaterThan(0)
  expect(losses).toBeLessThan(clients.length)
  for (const { answer } of clients) expect(await answer).toMatch(/^$|^HTTP\/1\.1 200 .*in time$/s)
  expect(isAlive(other)).toBe(true)
  expect(gateway.errors()).toMatch(/error worker ended, starting another worker=\d how=SIGKILL delayMs=0/)
  for (const { socket } of clients) socket.destroy()
}, 60_000)

test('a killed supervisor takes all with it, once what is under way is answered', async () => {
  const gateway = await start()
  const apiId = await deploySlow(gateway)
  const pids = gateway.workerPids()
  const folder = folderOf(pids[0] as number)
  const clients = Array.from({ length: 8 }, () => client(gateway, apiId))
  await until(() => owed.length === clients.length)
  gateway.child.kill('SIGKILL')
  await gateway.child.exited
  while (!(await refuses(gateway.port))) await Bun.sleep(2)
  for (const response of owed.splice(0)) response.end('in time')
  for (const { answer } of clients) expect(await answer).toEndWith('in time')
  await until(() => !pids.some(isAlive))
  expect(existsSync(folder)).toBe(false)
}, 60_000)

test('a killed supervisor takes even a worker with it that cannot notice', async () => {
  const gateway = await start('--drain-timeout', '100')
  const pids = gateway.workerPids()
  process.kill(pids[0] as number, 'SIGSTOP')
  gateway.child.kill('SIGKILL')
  await until(() => !pids.some(isAlive))
}, 60_000)

test('whoever tells a worker to end has it answer first, and replaced', async () => {
  const gateway = await start()
  const apiId = await deploySlow(gateway)
  const clients = Array.from({ length: 12 }, () => client(gateway, apiId))
  await until(() => owed.length === clients.length)
  const [told = 0] = gateway.workerPids()
  process.kill(told, 'SIGTERM')
  await Bun.sleep(50)
  for (const response of owed.splice(0)) response.end('in time')
  for (const { answer } of clients) expect(await answer).toEndWith('in time')
  await gateway.haveServed(3)
  expect(isAlive(told)).toBe(false)
}, 60_000)
