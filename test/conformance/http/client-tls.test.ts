import { afterAll, afterEach, expect, test } from 'bun:test'
import type { TlsOptions } from 'node:tls'
import { emptyBody, WholeBody } from '#http/body.ts'
import {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpClientRequest,
} from '#http/client.ts'
import type { HttpError } from '#http/errors.ts'
import { Headers } from '#http/headers.ts'
import { Resolver } from '#http/resolver.ts'
import { Authority, type CertificateRequest } from '../../support/certificates.ts'
import { eventually } from './support/proxy.ts'
import { TlsBackend } from './support/tls-backend.ts'

const authority = Authority.create('Authority')
const stranger = Authority.create('Stranger')
const ca = authority.certificate
const good = issue(authority, { commonName: 'a.test', dnsNames: ['a.test'] })
const expired = issue(authority, { commonName: 'a.test', dnsNames: ['a.test'], years: [-2, -1] })
const ours = issue(authority, { commonName: 'us' })
const others = issue(authority, { commonName: 'them' })
const theirs = issue(stranger, { commonName: 'stranger' })
const trusted = { tls: { ca } }

function issue(by: Authority, request: CertificateRequest): { cert: string; key: string } {
  const { certificate, key } = by.issue(request)
  return { cert: certificate, key }
}

/** Every name is this machine's. */
const resolver = new Resolver({ lookup: async () => [{ address: '127.0.0.1', family: 4, ttlSeconds: 60 }] })

const ending: (() => void)[] = []
afterEach(() => {
  for (const end of ending.splice(0)) end()
})

async function start(options: TlsOptions): Promise<TlsBackend> {
  const backend = await TlsBackend.start(options)
  ending.push(() => backend.stop())
  return backend
}

function startClient(options: HttpClientOptions = {}): HttpClient {
  const client = createHttpClient({ resolver, ...options })
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

interface Case {
  readonly name: string
  readonly backend?: TlsOptions
  /** `a.test` when absent. */
  readonly host?: string
  readonly client?: HttpClientOptions
  readonly request?: Partial<HttpClientRequest>
  /** What the backend says of the connection, or the kind of failure. */
  readonly expected: string | { name?: string | null; client?: string | null; version?: string }
}

const mutual: TlsOptions = { ...good, requestCert: true, rejectUnauthorized: true, ca }
const insecure = { insecureSkipVerification: true }
const cases: readonly Case[] = [
  { name: 'an unknown authority is refused', expected: 'tls' },
  { name: 'an authority in place of the usual ones', client: trusted, expected: { name: 'a.test' } },
  {
    name: 'an authority beside the usual ones',
    client: { tls: { extraCa: ca } },
    expected: { name: 'a.test' },
  },
  {
    name: 'one of several authorities in one text',
    client: { tls: { ca: `# two\n${stranger.certificate}\n${ca}` } },
    expected: { name: 'a.test' },
  },
  {
    name: 'another authority than the trusted one',
    client: { tls: { ca: stranger.certificate } },
    expected: 'tls',
  },
  {
    name: 'settings of the request come before the client’s',
    client: { tls: { ca: stranger.certificate } },
    request: trusted,
    expected: { name: 'a.test' },
  },
  { name: 'a certificate for another name', client: trusted, host: 'b.test', expected: 'tls' },
  {
    name: 'a name of its own to ask for and to check',
    client: { tls: { ca, serverName: 'a.test' } },
    host: 'b.test',
    expected: { name: 'a.test' },
  },
  {
    name: 'an address as the name to ask for',
    client: { tls: { serverName: '127.0.0.1' } },
    expected: 'tls',
  },
  {
    name: 'no name is asked for where there is an address',
    backend: issue(authority, { commonName: 'an address', addresses: ['127.0.0.1'] }),
    client: trusted,
    host: '127.0.0.1',
    expected: { name: null },
  },
  {
    name: 'a certificate for a name where an address is asked for',
    client: trusted,
    host: '127.0.0.1',
    expected: 'tls',
  },
  {
    name: 'an expired certificate',
    backend: expired,
    client: trusted,
    expected: 'tls',
  },
  {
    name: 'a certificate that is not valid yet',
    backend: issue(authority, { commonName: 'a.test', dnsNames: ['a.test'], years: [1, 2] }),
    client: trusted,
    expected: 'tls',
  },
  { name: 'without verification: an unknown authority', request: insecure, expected: { name: 'a.test' } },
  {
    name: 'without verification: an address',
    host: '127.0.0.1',
    request: insecure,
    expected: { name: null },
  },
  {
    name: 'without verification: an expired certificate for another name',
    backend: expired,
    host: 'b.test',
    request: insecure,
    expected: { name: 'b.test' },
  },
  {
    name: 'verification that the request asks for although the client does not',
    client: { tls: insecure },
    request: { insecureSkipVerification: false },
    expected: 'tls',
  },
  {
    name: 'our certificate',
    backend: mutual,
    client: { tls: { ca, ...ours } },
    expected: { client: 'us' },
  },
  {
    name: 'our certificate, TLS 1.2',
    backend: { ...mutual, maxVersion: 'TLSv1.2' },
    client: { tls: { ca, ...ours } },
    expected: { client: 'us', version: 'TLSv1.2' },
  },
  { name: 'no certificate where one is required', backend: mutual, client: trusted, expected: 'tls' },
  {
    name: 'no certificate where one is required, TLS 1.2',
    backend: { ...mutual, maxVersion: 'TLSv1.2' },
    client: trusted,
    expected: 'tls',
  },
  {
    name: 'a certificate that the backend does not accept',
    backend: mutual,
    client: { tls: { ca, ...theirs } },
    // It drops the connection after the handshake, and says nothing.
    expected: 'reset',
  },
  {
    name: 'a certificate and the key of another',
    client: { tls: { ca, cert: ours.cert, key: others.key } },
    expected: 'tls',
  },
  { name: 'authorities that are none', client: { tls: { ca: 'none' } }, expected: 'tls' },
  {
    name: 'an older version than the least',
    backend: { ...good, maxVersion: 'TLSv1.2' },
    client: { tls: { ca, minVersion: 'TLSv1.3' } },
    expected: 'tls',
  },
  { name: 'the newest version', client: trusted, expected: { version: 'TLSv1.3' } },
]

for (const { name, backend: options, host = 'a.test', client: settings, request, expected } of cases) {
  test(name, async () => {
    const backend = await start(options ?? good)
    const client = startClient(settings)
    const said = await ask(client, `https://${host}:${backend.port}`, request)
    if (typeof expected === 'string') {
      expect(said).toBe(expected)
      expect(client.connections).toBe(0)
    } else {
      expect(JSON.parse(said)).toMatchObject(expected)
      expect(client.connections).toBe(1)
      client.close()
    }
    await eventually(() => backend.connections === 0)
  })
}

test('connections are shared among equal settings only', async () => {
  const backend = await start(mutual)
  const client = startClient()
  const origin = `https://a.test:${backend.port}`
  const asked = async (tls: HttpClientRequest['tls']): Promise<unknown> =>
    JSON.parse(await ask(client, origin, { tls }))
  expect(await asked({ ca, ...ours })).toMatchObject({ client: 'us' })
  expect(await asked({ ca, ...others })).toMatchObject({ client: 'them' })
  expect(client.connections).toBe(2)
  expect(await asked({ ca, ...ours })).toMatchObject({ client: 'us' })
  expect(client.connections).toBe(2)
  expect(await ask(client, origin, trusted)).toBe('tls')
})

test('a connection made without verification serves no request that asks for it', async () => {
  const backend = await start(good)
  const client = startClient()
  const origin = `https://a.test:${backend.port}`
  expect(JSON.parse(await ask(client, origin, insecure))).toMatchObject({ name: 'a.test' })
  expect(client.connections).toBe(1)
  expect(await ask(client, origin)).toBe('tls')
})

test('no two ways to ask for verification share a connection that was made without', async () => {
  const backend = await start(good)
  const origin = `https://a.test:${backend.port}`
  const client = startClient({ tls: insecure })
  expect(JSON.parse(await ask(client, origin))).toMatchObject({ name: 'a.test' })
  const verifying = { insecureSkipVerification: false }
  expect(await ask(client, origin, verifying)).toBe('tls')
  expect(await ask(client, origin, { tls: verifying })).toBe('tls')
  expect(await ask(client, origin, { tls: insecure, ...verifying })).toBe('tls')
  expect(JSON.parse(await ask(client, origin, { tls: { ca: undefined } }))).toMatchObject({ name: 'a.test' })
})

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a further connection resumes the session (${version})`, async () => {
    let reused: boolean | undefined
    const listener = Bun.listen<undefined>({
      hostname: '127.0.0.1',
      port: 0,
      tls: { ...good, ...(version === 'TLSv1.2' ? { maxVersion: 0x0303 } : {}) } as Bun.TLSOptions,
      socket: {
        data: (socket) => {
          reused = socket.isSessionReused()
          socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok')
        },
      },
    })
    ending.push(() => listener.stop(true))
    const client = startClient(trusted)
    const origin = `https://a.test:${listener.port}`
    expect([await ask(client, origin), reused]).toEqual(['ok', false])
    expect([await ask(client, origin), reused]).toEqual(['ok', true])
    expect([await ask(client, origin, insecure), reused]).toEqual(['ok', false])
  })
}

// Backends whose handshake goes wrong

const silent = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data: () => {} } })
const plain = Bun.listen({
  hostname: '127.0.0.1',
  port: 0,
  socket: { data: (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n') },
})
let open = 0
const counting = { open: () => void open++, close: () => void open--, error: () => {} }
const closing = Bun.listen({
  hostname: '127.0.0.1',
  port: 0,
  socket: { ...counting, data: (socket) => socket.terminate() },
})
const stuck = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { ...counting, data: () => {} } })
afterAll(() => {
  for (const listener of [silent, plain, closing, stuck]) listener.stop(true)
})

for (const verify of [true, false]) {
  const request = { insecureSkipVerification: !verify }
  const how = verify ? '' : ', without verification'
  test(`plain HTTP where TLS is expected${how}`, async () => {
    const client = startClient()
    expect(await ask(client, `https://a.test:${plain.port}`, request)).toBe('tls')
    expect(client.connections).toBe(0)
  })
  test(`a handshake that breaks off${how}`, async () => {
    const client = startClient()
    expect(await ask(client, `https://a.test:${closing.port}`, request)).toBe('tls')
    expect(client.connections).toBe(0)
    await eventually(() => open === 0)
  })
}

test('a handshake that is not answered', async () => {
  const client = startClient()
  expect(await ask(client, `https://a.test:${stuck.port}`, { timeoutMs: 60 })).toBe('connect-timeout')
  expect(client.connections).toBe(0)
  await eventually(() => open === 0)
})

test('a handshake that nobody waits for any more', async () => {
  const client = startClient()
  const leaving = new AbortController()
  const answer = ask(client, `https://a.test:${stuck.port}`, { signal: leaving.signal })
  await eventually(() => open === 1)
  leaving.abort()
  expect(await answer).toBe('aborted')
  expect(client.connections).toBe(0)
  await eventually(() => open === 0)
})

test('large bodies pass both ways', async () => {
  const length = 3_000_000
  const listener = Bun.listen<{ received: number; rest: Buffer }>({
    hostname: '127.0.0.1',
    port: 0,
    tls: good,
    socket: {
      open: (socket) => {
        socket.data = { received: 0, rest: Buffer.alloc(0) }
      },
      data: (socket, bytes) => {
        const state = socket.data
        state.received += bytes.length
        if (!bytes.toString('latin1').endsWith('end')) return
        const head = `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\nX-Received: ${state.received}\r\n\r\n`
        state.rest = Buffer.from(head + 'x'.repeat(length))
        state.rest = state.rest.subarray(socket.write(state.rest))
      },
      drain: (socket) => {
        const state = socket.data
        if (state.rest.length > 0) state.rest = state.rest.subarray(socket.write(state.rest))
      },
    },
  })
  ending.push(() => listener.stop(true))
  const body = new WholeBody(Buffer.from(`${'x'.repeat(length)}end`))
  const response = await startClient(trusted).send({
    origin: `https://a.test:${listener.port}`,
    method: 'POST',
    target: '/',
    headers: new Headers(),
    body,
    timeoutMs: 3000,
  })
  expect((await response.body.bytes(length)).length).toBe(length)
  expect(Number(response.headers.get('x-received'))).toBeGreaterThan(length)
})
