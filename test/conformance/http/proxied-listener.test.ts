import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { IpRanges, parseRange, type IpRange } from '#base/ip-range.ts'
import { textBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import type { HttpHandler } from '#http/message.ts'
import { startHttpServer, type HttpServer, type HttpServerOptions } from '#http/server.ts'
import { CertificateTable } from '#http/tls/certificate-table.ts'
import { serverCertificate } from '../../support/certificates.ts'
import { eventually } from './support/proxy.ts'
import { converse, deliveries, RawClient } from './support/raw-client.ts'
import { GET } from './support/tls-client.ts'

const handler: HttpHandler = ({ peer }) => ({
  status: 200,
  headers: new Headers(),
  body: textBody(`${peer.secure ? 'secure' : 'plain'} ${peer.address}`),
})
const tls = { certificates: new CertificateTable({ fallback: serverCertificate('default') }) }
const rangesOf = (trusted: readonly string[]): IpRanges =>
  new IpRanges(trusted.map((text) => parseRange(text) as IpRange))
const servers: HttpServer[] = []

function serve(trusted: readonly string[], options: Partial<HttpServerOptions> = {}): HttpServer {
  const base = {
    hostname: '127.0.0.1',
    port: 0,
    http2: false,
    handler,
    proxyProtocol: { trusted: rangesOf(trusted) },
  }
  const server = startHttpServer({ ...base, ...options } as HttpServerOptions)
  servers.push(server)
  return server
}
afterAll(() => Promise.all(servers.map((server) => server.stop({ graceMs: 0 }))))

const trusting = serve(['192.0.2.0/24', '127.0.0.0/8'])
const v1 = 'PROXY TCP4 203.0.113.9 198.51.100.1 56324 443\r\n'
const v2 = '\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24\x20\x01\x0d\xb8' + '\0'.repeat(11) + '\x09' + '\0'.repeat(20)
const local = '\r\n\r\n\0\r\nQUIT\n\x20\0\0\0'

const cases: readonly (readonly [name: string, header: string, answered: RegExp | string])[] = [
  ['version 1', v1, /\r\n\r\nplain 203\.0\.113\.9$/],
  ['version 2', v2, /\r\n\r\nplain 2001:db8::9$/],
  ['LOCAL', local, /\r\n\r\nplain 127\.0\.0\.1$/],
  ['UNKNOWN', 'PROXY UNKNOWN\r\n', /\r\n\r\nplain 127\.0\.0\.1$/],
  ['no header', '', ''],
  ['a broken header', 'PROXY TCP4 203.0.113.9\r\n', ''],
  ['a header twice', v1 + v1, /^HTTP\/1\.1 400 /],
]
for (const delivery of deliveries) {
  for (const [name, header, answered] of cases) {
    test(`from a trusted proxy, ${delivery}: ${name}`, async () => {
      expect(await converse(trusting.port, header + GET, delivery)).toMatch(answered)
      await eventually(() => trusting.connections === 0)
    })
  }
}

test('from anybody else a header is a malformed request', async () => {
  const { port } = serve(['192.0.2.0/24'])
  for (const header of [v1, v2, local]) {
    expect(await converse(port, header + GET, 'whole')).toMatch(/^HTTP\/1\.1 400 /)
  }
  expect(await converse(port, GET, 'whole')).toMatch(/plain 127\.0\.0\.1$/)
})

test('the header comes before TLS', async () => {
  const { port } = serve(['127.0.0.1'], { tls })
  for (const [header, address] of [
    [v1, '203.0.113.9'],
    [v2, '2001:db8::9'],
  ] as const) {
    const socket = connectPlain(port, '127.0.0.1')
    socket.write(header, 'latin1')
    const answer = await new Promise<string>((resolve, reject) => {
      let text = ''
      const client = connect({ socket, rejectUnauthorized: false }, () => client.write(GET))
      client.setEncoding('latin1')
      client.on('data', (chunk: string) => (text += chunk))
      client.on('error', reject)
      client.on('close', () => resolve(text))
    })
    expect(answer).toEndWith(`secure ${address}`)
  }
})

test('a proxy on a Unix domain socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
  const unix = join(folder, 'http.sock')
  const server = serve([], { unix } as Partial<HttpServerOptions>)
  const socket = connectPlain(unix, () => socket.write(v1 + GET))
  let text = ''
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => (text += chunk))
  await new Promise((resolve) => socket.on('close', resolve))
  expect(text).toEndWith('plain 203.0.113.9')
  await server.stop()
  rmSync(folder, { recursive: true })
})

test('a proxy that says nothing is cut, and holds up no stop', async () => {
  const strict = serve(['127.0.0.1'], { limits: { handshakeTimeoutMs: 150 } })
  const client = await RawClient.open(strict.port)
  await client.send('PROXY TCP4 ')
  expect(await client.rest()).toBe('')
  const idle = await RawClient.open(strict.port)
  await eventually(() => strict.connections === 1)
  await strict.stop({ graceMs: 60_000 })
  expect(await idle.rest()).toBe('')
})
