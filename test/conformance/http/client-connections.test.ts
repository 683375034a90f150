import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emptyBody, textBody } from '#http/body.ts'
import {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpClientRequest,
} from '#http/client.ts'
import type { HttpError } from '#http/errors.ts'
import { Headers } from '#http/headers.ts'
import { Resolver } from '#http/resolver.ts'
import type { ResolvedAddress } from '#http/system-lookup.ts'
import { BlackHole } from './support/black-hole.ts'
import { eventually } from './support/proxy.ts'
import { RawBackend, type Script } from './support/raw-backend.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

const ending: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ending.splice(0)) await end()
})

function startBackend(script: Script): RawBackend {
  const backend = new RawBackend(script)
  ending.push(() => backend.stop())
  return backend
}

function startClient(options: HttpClientOptions = {}): HttpClient {
  const client = createHttpClient(options)
  ending.push(() => client.close())
  return client
}

/** The answer's body, or the kind of failure. */
async function ask(
  client: HttpClient,
  origin: string,
  request: Partial<HttpClientRequest> = {},
): Promise<string> {
  try {
    const response = await client.send({
      origin,
      method: 'GET',
      target: '/',
      headers: new Headers(),
      body: emptyBody,
      timeoutMs: 3000,
      ...request,
    })
    return Buffer.from(await response.body.bytes(1_000_000)).toString()
  } catch (error) {
    return (error as HttpError).failure
  }
}

const hostOf = (request: string): string | undefined => /^Host: (.*)$/m.exec(request)?.[1]?.trim()

// Names

test('names are resolved once while the answer holds, and sent as Host', async () => {
  const asked: string[] = []
  const hosts: (string | undefined)[] = []
  const backend = startBackend((connection, request) => {
    hosts.push(hostOf(request))
    connection.send(OK.replace('OK', 'OK\r\nConnection: close'))
  })
  const lookup = async (name: string): Promise<ResolvedAddress[]> => {
    asked.push(name)
    return [{ address: '127.0.0.1', family: 4, ttlSeconds: 60 }]
  }
  const client = startClient({ resolver: new Resolver({ lookup }) })
  const port = new URL(backend.origin).port
  for (let i = 0; i < 3; i++) expect(await ask(client, `http://a.test:${port}`)).toBe('ok')
  expect(asked).toEqual(['a.test'])
  expect(hosts).toEqual(Array<string>(3).fill(`a.test:${port}`))
  expect(backend.connections.length).toBe(3)
})

test('the connect deadline covers the look-up', async () => {
  const client = startClient({ resolver: new Resolver({ lookup: () => new Promise(() => {}) }) })
  const answer = await ask(client, 'http://a.test', { timeouts: { connectMs: 60 } })
  expect([answer, client.connections]).toEqual(['connect-timeout', 0])
})

test('addresses are looked up nowhere', async () => {
  const backend = startBackend((connection) => connection.send(OK))
  const resolver = new Resolver({ lookup: () => Promise.reject(new Error('asked')) })
  expect(await ask(startClient({ resolver }), backend.origin)).toBe('ok')
})

test('an IPv6 address', async () => {
  let host: string | undefined
  const listener = Bun.listen({
    hostname: '::1',
    port: 0,
    socket: {
      data: (socket, bytes) => {
        host = hostOf(bytes.toString('latin1'))
        socket.write(OK)
      },
    },
  })
  ending.push(() => listener.stop(true))
  expect(await ask(startClient(), `http://[::1]:${listener.port}`)).toBe('ok')
  expect(host).toBe(`[::1]:${listener.port}`)
})

// Unix domain sockets

function socketFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
  ending.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('a Unix domain socket: as any origin, and localhost is the host', async () => {
  const path = join(socketFolder(), 'a b%20.sock')
  const hosts: (string | undefined)[] = []
  let connections = 0
  const listener = Bun.listen({
    unix: path,
    socket: {
      open: () => void connections++,
      data: (socket, bytes) => {
        hosts.push(hostOf(bytes.toString('latin1')))
        socket.write(OK)
      },
    },
  })
  ending.push(() => listener.stop(true))
  const client = startClient()
  expect(await ask(client, `unix:${path}`)).toBe('ok')
  expect(await ask(client, `unix:${path}`, { headers: new Headers(['Host', 'a.test']) })).toBe('ok')
  expect(hosts).toEqual(['localhost', 'a.test'])
  expect(connections).toBe(1)
})

const notOrigins = [
  'unix:relative.sock',
  'unix:',
  `unix:/${'x'.repeat(200)}`,
  'unix:/a\0b',
  'http://',
  'http://a.test/path',
  'http://user@a.test',
  'https+unix:/a',
]
for (const origin of notOrigins) {
  test(`no origin: ${JSON.stringify(origin).slice(0, 40)}`, async () => {
    expect(await ask(startClient(), origin)).toBe('malformed')
  })
}

test('a Unix domain socket that is not there', async () => {
  const client = startClient()
  expect(await ask(client, `unix:${join(socketFolder(), 'none.sock')}`)).toBe('connect')
  expect(client.connections).toBe(0)
})

// The limit of connections, and the line before it

test('requests beyond the limit wait their turn, on the same connections', async () => {
  const backend = startBackend(async (connection) => {
    await Bun.sleep(1)
    connection.send(OK)
  })
  const client = startClient({ connectionsPerOriginMax: 2 })
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(client, backend.origin)))
  expect(answers).toEqual(Array<string>(20).fill('ok'))
  expect(backend.connections.length).toBe(2)
  expect(client.connections).toBe(2)
})

test('requests that wait are served when a connection ends', async () => {
  const backend = startBackend((connection) => {
    connection.send(OK.replace('OK', 'OK\r\nConnection: close'))
  })
  const client = startClient({ connectionsPerOriginMax: 1 })
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask(client, backend.origin)))
  expect(answers).toEqual(Array<string>(5).fill('ok'))
  expect(backend.connections.length).toBe(5)
})

test('the line is bounded', async () => {
  const backend = startBackend(() => {})
  const client = startClient({ connectionsPerOriginMax: 1, waitingPerOriginMax: 2 })
  const answers = Array.from({ length: 4 }, () => ask(client, backend.origin))
  expect(await answers[3]).toBe('busy')
  client.close()
  expect(await Promise.all(answers)).toEqual(['aborted', 'aborted', 'aborted', 'busy'])
})

test('waiting counts against the connect deadline', async () => {
  const backend = startBackend(() => {})
  const client = startClient({ connectionsPerOriginMax: 1 })
  const first = ask(client, backend.origin, { timeoutMs: 500 })
  expect(await ask(client, backend.origin, { timeouts: { connectMs: 30 } })).toBe('connect-timeout')
  expect(await ask(client, backend.origin, { timeouts: { totalMs: 30 } })).toBe('connect-timeout')
  client.close()
  expect(await first).toBe('aborted')
})

test('one who leaves the line is not served', async () => {
  const backend = startBackend(() => {})
  const client = startClient({ connectionsPerOriginMax: 1 })
  const first = ask(client, backend.origin)
  const leaving = new AbortController()
  const second = ask(client, backend.origin, { signal: leaving.signal })
  const third = ask(client, backend.origin, { target: '/third' })
  await eventually(() => backend.connections[0]?.requests === 1)
  leaving.abort()
  expect(await second).toBe('aborted')
  backend.script = (connection) => connection.send(OK)
  backend.connections[0]?.send(OK)
  expect(await Promise.all([first, third])).toEqual(['ok', 'ok'])
  expect(backend.connections.map(({ requests }) => requests)).toEqual([2])
})

test('attempts that the kernel has not given up count for the limit', async () => {
  const hole = await BlackHole.open('127.0.0.1')
  ending.push(() => hole.close())
  const client = startClient({ connectionsPerOriginMax: 1 })
  const request = { timeouts: { connectMs: 60 } }
  const origin = `http://127.0.0.1:${hole.port}`
  expect(await ask(client, origin, request)).toBe('connect-timeout')
  expect(client.connections).toBe(0)
  const waits = ask(client, origin, { timeoutMs: 5000 })
  // It waits for the first attempt's end, and asks for a connection of its own then.
  await hole.close()
  expect(await waits).toBe('connect')
}, 60_000)

// Kept connections

test('a connection is used no longer than its age allows', async () => {
  const backend = startBackend((connection) => connection.send(OK))
  const client = startClient({ ageMsMax: 250 })
  expect(await ask(client, backend.origin)).toBe('ok')
  await Bun.sleep(260)
  expect(await ask(client, backend.origin)).toBe('ok')
  expect(backend.connections.length).toBe(1)
  expect(client.connections).toBe(0)
  await eventually(() => backend.connections.every(({ closed }) => closed))
})

test('a connection is kept no longer than agreed', async () => {
  const backend = startBackend((connection) => connection.send(OK))
  const client = startClient({ idleMs: 20 })
  expect(await ask(client, backend.origin)).toBe('ok')
  expect(client.connections).toBe(1)
  await eventually(() => client.connections === 0)
  await eventually(() => backend.connections.every(({ closed }) => closed))
})

test('a connection is not kept that the backend is about to close', async () => {
  const backend = startBackend((connection) => {
    connection.send(OK.replace('OK', 'OK\r\nKeep-Alive: timeout=1'))
  })
  const client = startClient()
  expect(await ask(client, backend.origin)).toBe('ok')
  expect(client.connections).toBe(0)
})

test('no more idle connections are kept than agreed', async () => {
  const backend = startBackend(async (connection) => {
    await Bun.sleep(5)
    connection.send(OK)
  })
  const client = startClient({ idlePerOriginMax: 1 })
  await Promise.all(Array.from({ length: 4 }, () => ask(client, backend.origin)))
  expect(backend.connections.length).toBe(4)
  expect(client.connections).toBe(1)
})

test('a client without connections that has rested long is not late at once', async () => {
  const backend = startBackend((connection) => connection.send(OK))
  const client = startClient({ idleMs: 10 })
  expect(await ask(client, backend.origin)).toBe('ok')
  await eventually(() => client.connections === 0)
  await Bun.sleep(500)
  backend.script = async (connection) => {
    await Bun.sleep(60)
    connection.send(OK)
  }
  expect(await ask(client, backend.origin, { timeoutMs: 500 })).toBe('ok')
})

test('closing ends what is under way', async () => {
  const backend = startBackend(() => {})
  const client = startClient()
  const answer = ask(client, backend.origin, { method: 'POST', body: textBody('x') })
  await eventually(() => backend.connections[0]?.requests === 1)
  client.close()
  expect([await answer, client.connections]).toEqual(['aborted', 0])
})
