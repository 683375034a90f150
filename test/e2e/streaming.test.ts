import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { zipOf } from '#companions/lambda/zip.fixture.ts'
import { endGateways } from '../support/gateway-process.ts'
import { startWorkerGateway, type WorkerGateway } from '../support/worker-gateway.ts'

// Streams through a gateway as users run it: functions that write their answers, and bodies far larger than memory
// may grow.

afterEach(endGateways)

const MIB = 1024 * 1024
const TOTAL = 200 * MIB
/** What buffers, of sockets and in between, may add up to. */
const GROWTH_MAX = 128 * MIB

/** Answers whoever waits. */
let released = Promise.withResolvers<void>()

/** Sends and swallows `TOTAL` bytes. */
const backend: Server = createServer((request, response) => {
  if (request.url === '/wait') {
    void released.promise.then(() => response.end())
    return
  }
  let received = 0
  request.on('data', (chunk: Buffer) => (received += chunk.length))
  request.on('end', () => {
    if (request.method === 'POST') {
      response.end(String(received))
      return
    }
    const piece = Buffer.alloc(MIB)
    let sent = 0
    const more = (): void => {
      while (sent < TOTAL) {
        sent += piece.length
        if (!response.write(piece)) {
          response.once('drain', more)
          return
        }
      }
      response.end()
    }
    more()
  })
})
await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
const backendUri = `http://127.0.0.1:${(backend.address() as AddressInfo).port}/`
afterAll(() => backend.close())

/** Bytes that a process holds at present. */
async function residentBytes(pid: number): Promise<number> {
  const text = await Bun.$`ps -o rss= -p ${pid}`.quiet().text()
  return Number(text.trim()) * 1024
}

/** The process that serves, and the most that it holds from now on. */
async function watchMemory(gateway: WorkerGateway): Promise<() => Promise<number>> {
  const pids = [gateway.child.pid, ...gateway.workerPids()]
  const held = (): Promise<number> =>
    Promise.all(pids.map(residentBytes)).then((all) => all.reduce((sum, each) => sum + each, 0))
  const before = await held()
  let most = before
  let over = false
  const watching = (async () => {
    while (!over) {
      most = Math.max(most, await held())
      await Bun.sleep(20)
    }
  })()
  return async () => {
    over = true
    await watching
    return most - before
  }
}

/** A connection with the head of a request sent. */
async function open(gateway: WorkerGateway, apiId: string, head: string): Promise<Socket> {
  const socket = connect(gateway.port, '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
  const [method = '', ...fields] = head.split('\n')
  const lines = [`${method} /_aws/execute-api/${apiId}/dev/ HTTP/1.1`, 'Host: localhost', 'Connection: close']
  socket.write([...lines, ...fields, '', ''].join('\r\n'))
  return socket
}

async function upload(socket: Socket): Promise<string> {
  const piece = Buffer.alloc(MIB)
  const chunk = Buffer.concat([Buffer.from(`${MIB.toString(16)}\r\n`), piece, Buffer.from('\r\n')])
  for (let sent = 0; sent < TOTAL; sent += MIB) {
    if (!socket.write(chunk)) await new Promise((resolve) => socket.once('drain', resolve))
  }
  socket.write('0\r\n\r\n')
  return (await text(socket)).split('\r\n\r\n')[1] ?? ''
}

function text(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let all = ''
    socket.on('data', (bytes: Buffer) => (all += bytes.toString('latin1')))
    socket.on('close', () => resolve(all))
  })
}

function countBytes(socket: Socket): Promise<number> {
  return new Promise((resolve) => {
    let bytes = 0
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length))
    socket.on('close', () => resolve(bytes))
  })
}

for (const [workers, lifted] of [
  [1, ['--limits', 'none']],
  // Infinity has to reach workers, too.
  [2, ['--limit', 'requestBytes=none', '--limit', 'responseBytes=none']],
] as const) {
  describe(`${workers} ${workers === 1 ? 'process' : 'workers'}`, () => {
    test('200 MiB both ways in little memory', async () => {
      const gateway = await startWorkerGateway(workers, lifted)
      const integration = { type: 'http_proxy', httpMethod: 'ANY', uri: backendUri }
      const apiId = await gateway.deploy(integration, undefined, 'x-amazon-apigateway-any-method')
      const grown = await watchMemory(gateway)
      const down = countBytes(await open(gateway, apiId, 'GET'))
      const up = upload(await open(gateway, apiId, 'POST\nTransfer-Encoding: chunked'))
      expect(await down).toBeGreaterThanOrEqual(TOTAL)
      expect(await up).toBe(String(TOTAL))
      expect(await grown()).toBeLessThan(GROWTH_MAX)
      expect(await gateway.stop()).toBe(0)
    }, 60_000)

    test('a function that writes its answer', async () => {
      const gateway = await startWorkerGateway(workers)
      const lambda = new LambdaClient({
        endpoint: gateway.url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
        maxAttempts: 1,
      })
      const code = `export const handler = awslambda.streamifyResponse(async (event, stream) => {
        const http = awslambda.HttpResponseStream.from(stream, {
          statusCode: 202, headers: { 'content-type': 'text/event-stream' }, cookies: ['a=b'] })
        const query = event.queryStringParameters ?? {}
        http.write('data: first\\n\\n')
        if (query.large) { const piece = Buffer.alloc(1048576, 'x')
          for (let i = 0; i < 11; i++) if (!http.write(piece)) await new Promise((r) => http.once('drain', r)) }
        if (query.fail) { await fetch('${backendUri}wait'); throw new Error('within') }
        http.end('data: last\\n\\n')
      })`
      await lambda.send(
        new CreateFunctionCommand({
          FunctionName: 'writer',
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Role: 'arn:aws:iam::000000000000:role/any',
          Code: { ZipFile: zipOf({ 'index.mjs': code }) },
          Timeout: 30,
        }),
      )
      lambda.destroy()
      const apiId = await gateway.deploy({
        type: 'aws_proxy',
        httpMethod: 'POST',
        uri: 'arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/arn:aws:lambda:us-east-1:000000000000:function:writer/response-streaming-invocations',
        responseTransferMode: 'STREAM',
      })
      const response = await fetch(gateway.urlOf(apiId))
      expect(response.status).toBe(202)
      expect(response.headers.get('content-type')).toBe('text/event-stream')
      expect(response.headers.get('set-cookie')).toBe('a=b')
      expect(await response.text()).toBe('data: first\n\ndata: last\n\n')
      // Beyond what buffered answers may have, here and at Lambda.
      expect((await (await fetch(`${gateway.urlOf(apiId)}?large=1`)).text()).length).toBeGreaterThan(11 * MIB)
      released = Promise.withResolvers()
      const cut = await fetch(`${gateway.urlOf(apiId)}?fail=1`)
      expect(cut.status).toBe(202)
      const reader = (cut.body as ReadableStream<Uint8Array>).getReader()
      expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('data: first\n\n')
      released.resolve()
      expect(await reader.read().catch(() => 'cut')).toBe('cut')
      expect(await gateway.stop()).toBe(0)
    }, 60_000)
  })
}
