import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  APIGatewayClient,
  CreateRestApiCommand,
  DeleteRestApiCommand,
  GetRestApisCommand,
} from '@aws-sdk/client-api-gateway'
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { startHttpServer } from '#http/server.ts'
import { tlsRequest } from '../conformance/http/support/tls-client.ts'
import { serverCertificate } from '../support/certificates.ts'
import { endGateways, runGatehouse } from '../support/gateway-process.ts'
import { askAnew, mock, startWorkerGateway, type WorkerGateway } from '../support/worker-gateway.ts'

// What clients see of a gateway is the same whoever serves: here it is two workers.

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-workers-'))
let gateway: WorkerGateway

beforeAll(async () => {
  gateway = await startWorkerGateway(2)
}, 60_000)

afterAll(async () => {
  try {
    expect(await gateway.stop()).toBe(0)
  } finally {
    await endGateways()
    rmSync(folder, { recursive: true, force: true })
  }
})

const settings = (): object => ({
  endpoint: gateway.url,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
})

test('health tells how many serve, and both take connections', async () => {
  const health = await (await askAnew(`${gateway.url}/_gatehouse/health`)).json()
  expect(health).toMatchObject({ status: 'ok', workers: 2 })
  const apiId = await gateway.deploy(mock('spread'))
  // One that is stopped takes connections and answers none: they are for it that go unanswered.
  const [first = 0] = gateway.workerPids()
  process.kill(first, 'SIGSTOP')
  try {
    let unanswered = 0
    const asked = Array.from({ length: 40 }, () => {
      unanswered++
      return askAnew(gateway.urlOf(apiId)).then((response) => {
        unanswered--
        return response.text()
      })
    })
    await Promise.any(asked)
    await Bun.sleep(100)
    expect(unanswered).toBeGreaterThan(0)
    expect(unanswered).toBeLessThan(40)
    process.kill(first, 'SIGCONT')
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['spread']))
  } finally {
    process.kill(first, 'SIGCONT')
  }
}, 60_000)

test('a deployment that is answered is what every new connection sees', async () => {
  const apiId = await gateway.deploy(mock('0'))
  for (let version = 1; version <= 10; version++) {
    await gateway.deploy(mock(String(version)), apiId)
    const answers = await Promise.all(
      Array.from({ length: 12 }, async () => (await askAnew(gateway.urlOf(apiId))).text()),
    )
    expect(new Set(answers)).toEqual(new Set([String(version)]))
  }
  await gateway.caller.call('apigateway', 'DELETE', `/restapis/${apiId}/stages/dev`)
  const gone = Array.from({ length: 12 }, async () => (await askAnew(gateway.urlOf(apiId))).status)
  expect(new Set(await Promise.all(gone))).toEqual(new Set([403]))
}, 60_000)

test('the control plane answers the AWS SDK', async () => {
  const client = new APIGatewayClient(settings())
  const { id } = await client.send(new CreateRestApiCommand({ name: 'by way of a worker' }))
  const { items = [] } = await client.send(new GetRestApisCommand({ limit: 500 }))
  expect(items.find((api) => api.id === id)?.name).toBe('by way of a worker')
  await client.send(new DeleteRestApiCommand({ restApiId: id }))
  const again = client.send(new DeleteRestApiCommand({ restApiId: id }))
  expect(await again.catch((error: Error) => error.message)).toContain('Invalid API identifier specified')
})

test('web pages of others are kept out, and so is who names no host', async () => {
  const statusOf = async (headers: Record<string, string>): Promise<number> =>
    (await askAnew(`${gateway.url}/restapis`, headers)).status
  expect(await statusOf({ Origin: 'https://evil.example' })).toBe(403)
  expect(await statusOf({ Host: 'evil.example' })).toBe(403)
  expect(await statusOf({ Host: 'evil.example', 'X-Gatehouse-Client': '{"host":"localhost"}' })).toBe(403)
  const answer = await new Promise<string>((resolve) => {
    let text = ''
    const socket = connect(gateway.port, '127.0.0.1', () => socket.write('GET /restapis HTTP/1.0\r\n\r\n'))
    socket.on('data', (bytes) => (text += String(bytes)))
    socket.on('close', () => resolve(text))
  })
  expect(answer).toMatch(/^HTTP\/1\.1 403 .*local names only/s)
})

test('functions run, fail, take and give megabytes, and follow edits of their folder', async () => {
  const code = join(folder, 'index.js')
  writeFileSync(
    code,
    `exports.handler = async (event) => {
       if (event.queryStringParameters?.fail) throw new Error('on purpose')
       if (event.echo) return event.echo
       return { statusCode: 200, body: 'one '.repeat(Number(event.queryStringParameters?.times ?? 1)) }
     }`,
  )
  const lambda = new LambdaClient(settings())
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'f',
      Runtime: 'nodejs20.x',
      Role: 'arn:aws:iam::000000000000:role/test',
      Handler: 'index.handler',
      Code: { S3Bucket: 'hot-reload', S3Key: folder },
    }),
  )
  const apiId = await gateway.deploy({
    type: 'aws_proxy',
    httpMethod: 'POST',
    uri: 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations',
  })
  const ask = (query: string): Promise<Response> => askAnew(gateway.urlOf(apiId) + query)
  expect(await (await ask('')).text()).toBe('one ')
  expect((await ask('?fail=1')).status).toBe(502)
  expect(await (await ask('?times=1000000')).text()).toBe('one '.repeat(1_000_000))

  // Up and down through the way to the supervisor.
  const echo = 'ä€😀'.repeat(400_000)
  const { Payload } = await lambda.send(
    new InvokeCommand({ FunctionName: 'f', Payload: Buffer.from(JSON.stringify({ echo })) }),
  )
  expect(JSON.parse(Buffer.from(Payload ?? []).toString('utf8'))).toBe(echo)

  writeFileSync(code, `exports.handler = async () => ({ statusCode: 200, body: 'two' })`)
  while ((await (await ask('')).text()) !== 'two') await Bun.sleep(10)

  const missing = await gateway.deploy({
    type: 'aws_proxy',
    httpMethod: 'POST',
    uri: 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:none/invocations',
  })
  expect((await askAnew(gateway.urlOf(missing))).status).toBeGreaterThanOrEqual(500)
  const reason = 'Function not found: arn:aws:lambda:us-east-1:000000000000:function:none'
  while (!gateway.errors().includes(reason)) await Bun.sleep(2)
}, 60_000)

test('a second gateway on the port is told that it is in use, whatever its workers', async () => {
  for (const workers of ['1', '2']) {
    const words = ['start', '--port', String(gateway.port), '--data-dir', ':memory:', '--workers', workers]
    const second = runGatehouse(words)
    expect(await second.ended()).toBe(1)
    expect(second.errors()).toMatch(new RegExp(`port ${gateway.port} is in use by .*pid \\d+`))
  }
}, 60_000)

test('a port that somebody would share is in use', async () => {
  const handler = (): never => expect.unreachable()
  const other = startHttpServer({ hostname: '127.0.0.1', port: 0, reusePort: true, handler })
  const second = runGatehouse([
    'start',
    '--port',
    String(other.port),
    '--data-dir',
    ':memory:',
    '--workers',
    '2',
  ])
  expect(await second.ended()).toBe(1)
  expect(second.errors()).toContain(`port ${other.port} is in use by`)
  expect(second.errors()).toContain(`pid ${process.pid}`)
  await other.stop()
}, 60_000)

test('all workers speak TLS on the HTTPS port', async () => {
  const { certificate, key } = serverCertificate('localhost')
  writeFileSync(join(folder, 'chain.pem'), certificate)
  writeFileSync(join(folder, 'key.pem'), key)
  const secure = await startWorkerGateway(2, [
    '--https-port',
    '0',
    '--tls-certificate',
    join(folder, 'chain.pem'),
    '--tls-key',
    join(folder, 'key.pem'),
  ])
  const [, port] = await secure.printed(/ and https:\/\/localhost:(\d+)/)
  const request = 'GET /_gatehouse/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
  const answers = await Promise.all(
    Array.from({ length: 12 }, () =>
      tlsRequest(Number(port), { servername: 'localhost', ALPNProtocols: ['http/1.1'] }, request),
    ),
  )
  for (const { server, text } of answers) {
    expect(server).toBe('localhost')
    expect(text).toStartWith('HTTP/1.1 200 ')
  }
  expect(await secure.stop()).toBe(0)
}, 60_000)

test('two gateways that start at once do not share a port', async () => {
  // Below those that the kernel gives to connections.
  const port = 15_000 + (process.pid % 15_000)
  const words = ['start', '--port', String(port), '--data-dir', ':memory:', '--workers', '2']
  const both = [runGatehouse(words), runGatehouse(words)]
  const codes = both.map((one) => one.ended())
  const loser = await Promise.race(codes.map(async (code, i) => ({ code: await code, i })))
  const winner = both[1 - loser.i] as (typeof both)[number]
  expect(loser.code).toBe(1)
  expect((both[loser.i] as (typeof both)[number]).errors()).toContain(`port ${port} is in use`)
  await winner.printed(/is listening/)
  expect(await winner.stop()).toBe(0)
}, 60_000)

test('it leaves nothing behind', async () => {
  const another = await startWorkerGateway(2)
  const maps = readFileSync(`/proc/${another.workerPids()[0]}/maps`, 'utf8')
  const [, shared = ''] = /(\/\S*gatehouse-\w+)\/counters/.exec(maps) ?? []
  expect(existsSync(shared)).toBe(true)
  expect(await another.stop()).toBe(0)
  expect(existsSync(shared)).toBe(false)
}, 60_000)
