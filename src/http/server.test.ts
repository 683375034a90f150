import { expect, test } from 'bun:test'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { textBody } from './body.ts'
import { Headers } from './headers.ts'
import type { HttpHandler } from './message.ts'
import { BindError, startHttpServer } from './server.ts'

/** Sends raw bytes, gives all that comes back until the server closes. */
function raw(port: number, ...pieces: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => {
      for (const piece of pieces) socket.write(piece, 'latin1')
    })
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => (received += text))
    socket.on('end', () => socket.end())
    socket.on('close', () => resolve(received))
    socket.on('error', reject)
  })
}

const echo: HttpHandler = async (request) => ({
  status: 200,
  headers: new Headers(['X-Mixed-Case', request.headers.raw.join('|')]),
  body: textBody(
    `${request.method} ${request.target} ${Buffer.from(await request.body.bytes(1e6)).toString()}`,
  ),
})

async function serving<T>(handler: HttpHandler, work: (port: number) => Promise<T>): Promise<T> {
  const server = startHttpServer({ hostname: '127.0.0.1', port: 0, handler })
  try {
    return await work(server.port)
  } finally {
    await server.stop({ graceMs: 100 })
  }
}

test('answers pipelined requests in order and keeps header spelling', async () => {
  const answer = await serving(echo, (port) =>
    raw(
      port,
      'POST /a HTTP/1.1\r\nhOsT: x\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\nHost: x\r\nA: 1\r\na: 2\r\n\r\n',
      'GET /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    ),
  )
  expect(answer.match(/(POST|GET) \/. ?[a-z]*/g)).toEqual(['POST /a abc', 'GET /b ', 'GET /c '])
  expect(answer).toContain('X-Mixed-Case: hOsT|x|Content-Length|3')
  expect(answer).toContain('Host|x|A|1|a|2')
})

test('a synchronous handler answers thousands of pipelined requests without recursion', async () => {
  const count = 3000
  const answer = await serving(
    () => ({ status: 204, headers: new Headers(), body: textBody('') }),
    (port) =>
      raw(
        port,
        'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(count) +
          'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
      ),
  )
  expect(answer.match(/HTTP\/1.1 204/g)?.length).toBe(count + 1)
})

test('a taken port is a BindError with its code', async () => {
  await serving(echo, async (port) => {
    expect(() => startHttpServer({ hostname: '127.0.0.1', port, handler: echo })).toThrow(BindError)
  })
})

test('two servers share a port where both ask for it', async () => {
  const settings = { hostname: '127.0.0.1', handler: echo, reusePort: true }
  const first = startHttpServer({ ...settings, port: 0 })
  const second = startHttpServer({ ...settings, port: first.port })
  expect(second.port).toBe(first.port)
  await first.stop()
  // What the first one left is the second one's.
  expect(await raw(second.port, 'GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toContain(
    'GET /a',
  )
  await second.stop()
})

test('serves on a Unix domain socket, and removes it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
  const unix = join(folder, 'http.sock')
  const addresses: string[] = []
  const handler: HttpHandler = ({ peer }) => {
    addresses.push(peer.address)
    return { status: 200, headers: new Headers(), body: textBody('fine') }
  }
  const server = startHttpServer({ unix, handler })
  expect(server).toMatchObject({ hostname: unix, port: 0 })
  expect(await (await fetch('http://localhost/', { unix })).text()).toBe('fine')
  expect(addresses).toEqual(['unix:'])
  expect(() => startHttpServer({ unix, handler })).toThrow(/cannot listen on .*http\.sock \(EADDRINUSE\)/)
  await server.stop()
  expect(existsSync(unix)).toBe(false)
  rmSync(folder, { recursive: true })
})

test('a handler that throws is a 500, and the connection goes on', async () => {
  const answer = await serving(
    (request) => {
      if (request.target === '/bad') throw new Error('secret')
      return { status: 200, headers: new Headers(), body: textBody('fine') }
    },
    (port) =>
      raw(port, 'GET /bad HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
  )
  expect(answer).toMatch(/^HTTP\/1.1 500 [^]*Internal server error[^]*HTTP\/1.1 200 [^]*fine$/)
  expect(answer).not.toContain('secret')
})

test('a header that would end its line is a 500, not a split answer', async () => {
  const answer = await serving(
    () => ({ status: 200, headers: new Headers(['A', 'b\r\nSet-Cookie: c']), body: textBody('') }),
    (port) => raw(port, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
  )
  expect(answer).toMatch(/^HTTP\/1.1 500 /)
  expect(answer).not.toContain('Set-Cookie')
})

test('stop waits for the answer under way', async () => {
  let finish: () => void = () => {}
  const begun = Promise.withResolvers<void>()
  const server = startHttpServer({
    hostname: '127.0.0.1',
    port: 0,
    handler: async () => {
      begun.resolve()
      await new Promise<void>((resolve) => (finish = resolve))
      return { status: 200, headers: new Headers(), body: textBody('done') }
    },
  })
  const answer = raw(server.port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await begun.promise
  const stopped = server.stop()
  finish()
  expect(await answer).toMatch(/Connection: close\r\n\r\ndone$/)
  await stopped
})
