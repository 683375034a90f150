import { afterAll, afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RawClient } from '../conformance/http/support/raw-client.ts'
import { tlsRequest } from '../conformance/http/support/tls-client.ts'
import { serverCertificate } from '../support/certificates.ts'
import { endGateways, runGatehouse, startGatewayProcess } from '../support/gateway-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
afterEach(endGateways)
afterAll(() => rmSync(folder, { recursive: true }))
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

/** Answers with how the request came. */
const api = file(
  'api.json',
  JSON.stringify({
    openapi: '3.0.1',
    info: { title: 'seen', version: '1' },
    paths: {
      '/': {
        get: {
          responses: { 200: { description: 'ok' } },
          'x-amazon-apigateway-integration': {
            type: 'mock',
            requestTemplates: { 'application/json': '{"statusCode":200}' },
            responses: {
              default: {
                statusCode: '200',
                responseTemplates: {
                  'application/json':
                    "$input.params('X-Forwarded-Proto') $input.params('X-Forwarded-Port') $context.identity.sourceIp",
                },
              },
            },
          },
        },
      },
    },
  }),
)

const one = serverCertificate('localhost')
const certificate = file('chain.pem', one.certificate)
const key = file('key.pem', one.key)
const https = ['--https-port', '0', '--tls-certificate', certificate, '--tls-key', key]

test('an API is served over HTTPS, and knows it; a renewed certificate needs no restart', async () => {
  const gateway = await startGatewayProcess({ arguments: [api, ...https] })
  const [, port] = await gateway.printed(/ and https:\/\/localhost:(\d+)/)
  const [, path] = await gateway.printed(/curl http:\/\/[^/\s]+(\/\S+)/)
  const request = (host: string): string =>
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
  const offer = { servername: 'localhost', ALPNProtocols: ['http/1.1'] }
  const { server, alpn, text } = await tlsRequest(Number(port), offer, request('localhost'))
  expect([server, alpn, text.split('\r\n\r\n')[1]]).toEqual(['localhost', 'http/1.1', 'https 443 127.0.0.1'])
  expect((await tlsRequest(Number(port), offer, request(`localhost:${port}`))).text).toEndWith(
    `https ${port} 127.0.0.1`,
  )

  const renewed = serverCertificate('renewed')
  writeFileSync(key, renewed.key)
  writeFileSync(certificate, renewed.certificate)
  for (let shown: string | undefined = ''; shown !== 'renewed'; await Bun.sleep(20)) {
    shown = (await tlsRequest(Number(port), offer, request('localhost'))).server
    expect(['localhost', 'renewed']).toContain(shown as string)
  }
  expect(await gateway.stop()).toBe(0)
})

test('a trusted proxy says who the client is', async () => {
  const gateway = await startGatewayProcess({ arguments: ['--proxy-protocol', '127.0.0.1/32'] })
  const request = 'GET /_gatehouse/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'
  const proxied = await RawClient.open(gateway.port)
  await proxied.send(`PROXY TCP4 203.0.113.9 198.51.100.1 56324 443\r\n${request}`)
  expect(await proxied.rest()).toMatch(/^HTTP\/1\.1 200 /)
  const direct = await RawClient.open(gateway.port)
  await direct.send(request)
  expect(await direct.rest()).toBe('')
  expect(await gateway.stop()).toBe(0)
})

const refused: readonly (readonly [words: readonly string[], message: RegExp])[] = [
  [['--https-port', '0', '--tls-certificate', certificate], /--tls-certificate and --tls-key go together/],
  [['--tls-key', key], /are for HTTPS: give --https-port, too/],
  [
    [...https.slice(0, 4), '--tls-key', api],
    /--tls-certificate, --tls-key, --certificates, --revocation-lists: there is no PEM key/,
  ],
  [[...https.slice(0, 4), '--tls-key', join(folder, 'none')], /cannot read .*none \(ENOENT\)/],
  [
    ['--proxy-protocol', 'everyone'],
    /--proxy-protocol: expected an address or a range such as .*found "everyone"/,
  ],
]
for (const [words, message] of refused) {
  test(`refused: ${message.source}`, async () => {
    const command = runGatehouse(['start', '--port', '0', '--data-dir', ':memory:', ...words])
    expect(await command.ended()).not.toBe(0)
    expect(command.errors()).toMatch(message)
  })
}
