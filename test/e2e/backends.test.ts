import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAwsCaller } from '#aws/client.ts'
import { RawBackend } from '../conformance/http/support/raw-backend.ts'
import { TlsBackend } from '../conformance/http/support/tls-backend.ts'
import { Authority } from '../support/certificates.ts'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'

// Settings for backends reach them.

const ending: (() => unknown)[] = []
afterEach(async () => {
  await endGateways()
  for (const end of ending.splice(0).toReversed()) await end()
})

function startGateway(...words: string[]): Promise<GatewayProcess> {
  return startGatewayProcess({ arguments: words })
}

/** Deploys an API in front of `uri`. @returns the address of its one resource */
async function deploy(gateway: GatewayProcess, uri: string): Promise<string> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const caller = createAwsCaller({ endpoint: gateway.url, region: 'us-east-1', credentials })
  const integration = { type: 'http_proxy', httpMethod: 'GET', uri }
  const document = {
    openapi: '3.0.1',
    info: { title: 'proxy', version: '1' },
    paths: { '/': { get: { responses: {}, 'x-amazon-apigateway-integration': integration } } },
  }
  const api = (await caller.call('apigateway', 'POST', '/restapis?mode=import', document)) as { id: string }
  await caller.call('apigateway', 'POST', `/restapis/${api.id}/deployments`, { stageName: 'dev' })
  return `${gateway.url}/_aws/execute-api/${api.id}/dev/`
}

test('a backend whose certificate an authority of --backend-ca has signed', async () => {
  const authority = Authority.create('Authority')
  const { certificate, key } = authority.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
  const backend = await TlsBackend.start({ cert: certificate, key })
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
  const file = join(folder, 'authority.pem')
  writeFileSync(file, authority.certificate)
  ending.push(
    () => backend.stop(),
    () => rmSync(folder, { recursive: true }),
  )
  const uri = `https://localhost:${backend.port}/`
  const [trusting, other] = await Promise.all([startGateway('--backend-ca', file), startGateway()])
  const answer = await fetch(await deploy(trusting, uri))
  expect([answer.status, await answer.json()]).toMatchObject([200, { name: 'localhost' }])
  expect((await fetch(await deploy(other, uri))).status).toBe(504)
}, 60_000)

test('no more connections to a backend than --backend-connections', async () => {
  const backend = new RawBackend(async (connection) => {
    await Bun.sleep(2)
    connection.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  })
  ending.push(() => backend.stop())
  const gateway = await startGateway('--backend-connections', '2')
  const address = await deploy(gateway, `${backend.origin}/`)
  const answers = await Promise.all(Array.from({ length: 12 }, async () => (await fetch(address)).text()))
  expect(answers).toEqual(Array<string>(12).fill('ok'))
  expect(backend.connections.length).toBe(2)
}, 60_000)
