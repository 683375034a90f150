import { afterAll, expect, test } from 'bun:test'
import { WholeBody } from '#http/body.ts'
import { createHttpClient, type HttpClientOptions, type HttpClientRequest } from '#http/client.ts'
import type { HttpError } from '#http/errors.ts'
import { Headers } from '#http/headers.ts'
import { selfSigned } from './support/certificate.ts'

const { cert, key } = selfSigned('localhost')

/** Answers every request with the length of what it received. */
const backend = Bun.listen<{ received: number }>({
  hostname: '127.0.0.1',
  port: 0,
  tls: { cert, key },
  socket: {
    open: (socket) => {
      socket.data = { received: 0 }
    },
    data: (socket, bytes) => {
      socket.data.received += bytes.length
      if (!bytes.toString('latin1').endsWith('end')) return
      const body = 'secret '.repeat(40_000)
      const head = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`
      let rest = Buffer.from(head + body)
      rest = rest.subarray(socket.write(rest))
      const more = setInterval(() => {
        rest = rest.subarray(Math.max(socket.write(rest), 0))
        if (rest.length === 0) clearInterval(more)
      }, 1)
    },
  },
})
const plain = Bun.listen({
  hostname: '127.0.0.1',
  port: 0,
  socket: { data: (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') },
})
const silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => {} } })

afterAll(() => {
  for (const listener of [backend, plain, silent]) listener.stop(true)
})

async function send(request: Partial<HttpClientRequest>, options: HttpClientOptions = {}): Promise<string> {
  const client = createHttpClient(options)
  try {
    const response = await client.send({
      origin: `https://localhost:${backend.port}`,
      method: 'POST',
      target: '/',
      headers: new Headers(),
      body: new WholeBody(Buffer.from(`${'x'.repeat(100_000)}end`)),
      timeoutMs: 3000,
      ...request,
    })
    return `${response.status} ${(await response.body.bytes(1_000_000)).length}`
  } catch (error) {
    return (error as HttpError).failure
  } finally {
    client.close()
    expect(client.connections).toBe(0)
  }
}

const cases: readonly [
  name: string,
  request: Partial<HttpClientRequest>,
  options: HttpClientOptions,
  expected: string,
][] = [
  ['a certificate that nobody vouches for is refused', {}, {}, 'tls'],
  ['it is accepted where verification is off', { insecureSkipVerification: true }, {}, '200 280000'],
  ['it is accepted where its authority is trusted', {}, { tls: { ca: cert } }, '200 280000'],
  [
    'a certificate for another name is refused',
    { origin: `https://127.0.0.1:${backend.port}` },
    { tls: { ca: cert } },
    'tls',
  ],
  ['plain HTTP where TLS is expected', { origin: `https://localhost:${plain.port}` }, {}, 'tls'],
  [
    'a handshake that is not answered',
    { origin: `https://localhost:${silent.port}`, timeoutMs: 60 },
    {},
    'connect-timeout',
  ],
]
for (const [name, request, options, expected] of cases) {
  test(name, async () => {
    expect(await send(request, options)).toBe(expected)
  })
}

test('a connection made without verification serves no request that asks for it', async () => {
  const client = createHttpClient()
  const request = {
    origin: `https://localhost:${backend.port}`,
    method: 'POST',
    target: '/',
    headers: new Headers(),
    body: new WholeBody(Buffer.from('end')),
    timeoutMs: 3000,
  }
  const first = await client.send({ ...request, insecureSkipVerification: true })
  await first.body.bytes(1_000_000)
  expect(client.connections).toBe(1)
  expect(await client.send(request).catch((error: unknown) => (error as HttpError).failure)).toBe('tls')
  client.close()
})
