import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '#base/log.ts'
import { emptyBody } from '#http/body.ts'
import { createHttpClient } from '#http/client.ts'
import { Headers } from '#http/headers.ts'
import type { HttpHandler, HttpRequest } from '#http/message.ts'
import { startHttpServer, type HttpServer } from '#http/server.ts'
import { linkToOffice, officeOverLink } from './office-link.ts'

// A worker's server and the office's, with the link between them.

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-link-'))
const unix = join(folder, 'office.sock')
const client = createHttpClient()
let office: HttpHandler
let inner: HttpServer
let outer: HttpServer

beforeAll(() => {
  inner = startHttpServer({ unix, handler: officeOverLink((request) => office(request)) })
  outer = startHttpServer({
    hostname: '127.0.0.1',
    port: 0,
    handler: linkToOffice(client, `unix:${unix}`, silentLog),
  })
})

afterAll(async () => {
  await outer.stop({ graceMs: 0 })
  await inner.stop({ graceMs: 0 })
  client.close()
  rmSync(folder, { recursive: true })
})

const echo: HttpHandler = ({ body }) => ({ status: 200, headers: new Headers(), body })

/** Sends a head, and hands what comes back to `received` until the connection closes. */
function exchange(
  head: string,
  received: (text: string, send: (text: string) => void, leave: () => void) => void = () => {},
): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(outer.port, '127.0.0.1', () => socket.write(head))
    const leave = (): void => void socket.destroy()
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1')
      received(text, (more) => void socket.write(more), leave)
    })
    socket.on('close', () => resolve(text))
  })
}

test('the office sees what the client sent, and who it is', async () => {
  let seen: HttpRequest | undefined
  office = (request) => {
    seen = request
    return { status: 201, reason: 'Made', headers: new Headers(['X-Odd-Case', '1']), body: emptyBody }
  }
  const answer = await exchange(
    'DELETE /a%2Fb?c=d HTTP/1.1\r\nhOST: some.name\r\nX-Two: 1\r\nx-two: 2\r\nAuthorization: AWS4 \xe4\r\n' +
      'X-Gatehouse-Client: {}\r\nConnection: close\r\n\r\n',
  )
  expect(answer).toMatch(/^HTTP\/1\.1 201 Made\r\nX-Odd-Case: 1\r\n/)
  expect(seen).toMatchObject({
    method: 'DELETE',
    target: '/a%2Fb?c=d',
    host: 'some.name',
    version: '1.1',
    peer: { address: '127.0.0.1', secure: false },
  })
  expect(seen?.headers.raw.slice(0, 8).join(' ')).toBe(
    'hOST some.name X-Two 1 x-two 2 Authorization AWS4 \xc3\xa4',
  )
  expect(seen?.headers.has('x-gatehouse-client')).toBe(false)
})

test('a client that names no host is not made to', async () => {
  let seen: HttpRequest | undefined
  office = (request) => {
    seen = request
    return { status: 200, headers: new Headers(), body: emptyBody }
  }
  await exchange('GET / HTTP/1.0\r\n\r\n')
  expect(seen).toMatchObject({ host: '', version: '1.0' })
  expect(seen?.headers.has('host')).toBe(false)
})

test('pieces of a body pass both ways as they come', async () => {
  office = echo
  const sent = ['3\r\none\r\n', '3\r\ntwo\r\n', '0\r\n\r\n']
  let seen = ''
  await exchange(
    `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n${sent.shift()}`,
    (text, send) => {
      seen = text
      // The next piece leaves once the one before is back.
      if (text.endsWith('one\r\n') || text.endsWith('two\r\n')) send(sent.shift() ?? '')
    },
  )
  expect(seen).toEndWith('3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n')
})

test('megabytes pass both ways at once', async () => {
  office = echo
  const body = Buffer.alloc(8 * 1024 * 1024, 'gatehouse ')
  const response = await fetch(`http://127.0.0.1:${outer.port}/`, { method: 'PUT', body })
  expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true)
})

test('the office learns that the client has gone', async () => {
  const gone = Promise.withResolvers<boolean>()
  const asked = Promise.withResolvers<void>()
  office = (request) => {
    request.onAbort(() => gone.resolve(request.aborted))
    asked.resolve()
    return new Promise(() => {})
  }
  const socket = connect(outer.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'))
  await asked.promise
  // One that only ends its side may still wait for its answer.
  socket.resetAndDestroy()
  expect(await gone.promise).toBe(true)
})

test('without a supervisor the answer says so', async () => {
  const lost = startHttpServer({
    hostname: '127.0.0.1',
    port: 0,
    handler: linkToOffice(client, `unix:${folder}/nobody.sock`, silentLog),
  })
  const response = await fetch(`http://127.0.0.1:${lost.port}/`)
  expect(response.status).toBe(503)
  expect(await response.json()).toEqual({ message: 'The control plane does not answer.' })
  await lost.stop({ graceMs: 0 })
})
