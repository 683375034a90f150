import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { connect, type Socket } from 'node:net'
import { awsLimits } from '#data-plane/limits.ts'
import type { Sent } from '#data-plane/plan.ts'
import { lambdaProxy, mock, STAGE } from './support/definition.ts'
import { startBackend, type Backend } from './support/backend.ts'
import { echo, LocalFunctions } from './support/functions.ts'
import { hostOf, startHouse, type House } from './support/house.ts'
import { requestText } from './support/raw-http.ts'

let house: House
let backend: Backend

beforeAll(async () => {
  house = await startHouse()
  backend = await startBackend()
})

afterAll(async () => {
  await house.stop()
  await backend.stop()
})

const proxyApi = () =>
  ({
    paths: {
      '/p': {
        ANY: {
          integration: { type: 'HTTP_PROXY', httpMethod: 'ANY', uri: `http://127.0.0.1:${backend.port}/` },
        },
      },
    },
  }) as const

const small = { ...awsLimits, requestBodyBytesMax: 10, responseBodyBytesMax: 10 }

describe('limits that are set', () => {
  test('a chunked body that grows too large is answered 413, whole or streaming', async () => {
    house.functions = new LocalFunctions({ f: echo })
    house.deploy('limit', { paths: { '/x': { ANY: { integration: lambdaProxy('f') } } } }, { limits: small })
    house.deploy('limitproxy', proxyApi(), { limits: small })
    backend.answer = {}
    for (const [api, target] of [
      ['limit', '/x'],
      ['limitproxy', '/p'],
    ] as const) {
      const reply = await house.send(api, { method: 'POST', target, chunks: ['123456', '789012'] })
      expect([reply.status, reply.body]).toEqual([413, '{"message":"Request Too Long"}'])
      expect((await house.send(api, { method: 'POST', target, chunks: ['12345', '67890'] })).status).toBe(200)
    }
  })

  test('a chunked answer that grows too large is cut off, never completed', async () => {
    house.deploy('cut', proxyApi(), { limits: small })
    backend.answer = { body: ['123456', '789012'] }
    const bytes = await rawAnswer('cut', '/p')
    expect(bytes).not.toEndWith('0\r\n\r\n')
  })
})

test('a request under way finishes on the plan that it began with', async () => {
  const begun = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  house.functions = new LocalFunctions({
    f: async () => {
      begun.resolve()
      await release.promise
      return { payload: Buffer.from('{"body":"old"}') }
    },
  })
  house.deploy('swap', { paths: { '/x': { GET: { integration: lambdaProxy('f') } } } })
  const old = house.send('swap', { target: '/x' })
  await begun.promise
  house.deploy('swap', { paths: { '/x': { GET: { integration: mock('new') } } } })
  expect((await house.send('swap', { target: '/x' })).body).toBe('new')
  release.resolve()
  expect((await old).body).toBe('old')
  house.planTable.remove('swap', STAGE)
  expect((await house.send('swap', { target: '/x' })).body).toBe('{"message":"Forbidden"}')
})

test('observers learn what became of a reply', async () => {
  const told = Promise.withResolvers<{ status: number; path: string | undefined; sent: Sent }>()
  house.deploy(
    'observed',
    { paths: { '/x': { GET: { integration: mock('12345') } } } },
    {
      observers: [({ route }, { status }, sent) => told.resolve({ status, path: route?.resourcePath, sent })],
    },
  )
  await house.send('observed', { target: '/x' })
  expect(await told.promise).toEqual({ status: 200, path: '/x', sent: { bodyBytes: 5, complete: true } })
})

test('an answer streams: its beginning arrives before its end is there', async () => {
  const end = Promise.withResolvers<void>()
  const { createServer } = await import('node:http')
  const slow = createServer((_, response) => {
    response.write('begin')
    void end.promise.then(() => response.end('end'))
  })
  await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve))
  const { port } = slow.address() as { port: number }
  house.deploy('stream', {
    paths: {
      '/p': {
        GET: { integration: { type: 'HTTP_PROXY', httpMethod: 'GET', uri: `http://127.0.0.1:${port}/` } },
      },
    },
  })
  const bytes = await rawAnswer('stream', '/p', (text) => {
    if (text.includes('begin')) end.resolve()
  })
  expect(bytes).toContain('end')
  slow.closeAllConnections()
  slow.close()
})

test('a client that goes away takes its backend request with it', async () => {
  const { createServer } = await import('node:http')
  const gone = Promise.withResolvers<void>()
  const client = Promise.withResolvers<Socket>()
  const silent = createServer((request) => {
    request.socket.once('close', () => gone.resolve())
    void client.promise.then((socket) => socket.resetAndDestroy())
  })
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as { port: number }
  const uri = `http://127.0.0.1:${port}/`
  house.deploy('leave', {
    paths: { '/p': { GET: { integration: { type: 'HTTP_PROXY', httpMethod: 'GET', uri } } } },
  })
  const socket = connect(house.port, '127.0.0.1', () => {
    socket.write(requestText(hostOf('leave'), { target: `/${STAGE}/p` }))
    client.resolve(socket)
  })
  socket.on('error', () => {})
  await gone.promise
  silent.close()
})

test('the event has exactly the members of a real one', async () => {
  house.functions = new LocalFunctions({ f: echo })
  house.deploy('keys', { paths: { '/x': { GET: { integration: lambdaProxy('f') } } } })
  const event = JSON.parse((await house.send('keys', { target: '/x' })).body) as Record<
    string,
    Record<string, object>
  >
  const context = event['requestContext'] ?? {}
  // Recorded on AWS.
  expect(Object.keys(event).sort()).toEqual([
    'body',
    'headers',
    'httpMethod',
    'isBase64Encoded',
    'multiValueHeaders',
    'multiValueQueryStringParameters',
    'path',
    'pathParameters',
    'queryStringParameters',
    'requestContext',
    'resource',
    'stageVariables',
  ])
  expect(Object.keys(context).sort()).toEqual([
    'accountId',
    'apiId',
    'deploymentId',
    'domainName',
    'domainPrefix',
    'extendedRequestId',
    'httpMethod',
    'identity',
    'path',
    'protocol',
    'requestId',
    'requestTime',
    'requestTimeEpoch',
    'resourceId',
    'resourcePath',
    'stage',
  ])
  expect(Object.keys(context['identity'] ?? {}).sort()).toEqual([
    'accessKey',
    'accountId',
    'caller',
    'cognitoAuthenticationProvider',
    'cognitoAuthenticationType',
    'cognitoIdentityId',
    'cognitoIdentityPoolId',
    'principalOrgId',
    'sourceIp',
    'user',
    'userAgent',
    'userArn',
  ])
  expect(context['requestTime']).toMatch(/^\d{2}\/[A-Z][a-z]{2}\/\d{4}:\d{2}:\d{2}:\d{2} \+0000$/)
})

/** All bytes of one answer, however it ends. */
function rawAnswer(
  apiId: string,
  target: string,
  onText: (text: string) => void = () => {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(house.port, '127.0.0.1', () => {
      socket.write(requestText(hostOf(apiId), { target: `/${STAGE}${target}` }))
    })
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      onText(text)
    })
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve(text) : reject(error),
    )
    socket.on('close', () => resolve(text))
  })
}
