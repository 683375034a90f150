import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TlsBackend } from '../conformance/http/support/tls-backend.ts'
import { Authority } from '../support/certificates.ts'
import { endGateways } from '../support/gateway-process.ts'
import { askAnew, startWorkerGateway, type WorkerGateway } from '../support/worker-gateway.ts'

// VPC links and client certificates of stages, through a gateway as users run it.

const ending: (() => unknown)[] = []
afterEach(async () => {
  await endGateways()
  for (const end of ending.splice(0).toReversed()) await end()
})

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'gatehouse-links-'))
  ending.push(() => rmSync(made, { recursive: true }))
  return made
}

/** A backend that says its name. @returns its address */
async function backend(name: string): Promise<string> {
  const server = createServer((_request, response) => response.end(name))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ending.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const link = async (gateway: WorkerGateway, name: string): Promise<string> => {
  const targetArns = [
    `arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/${name}/50dc6c495c0c9188`,
  ]
  const made = await gateway.caller.call('apigateway', 'POST', '/vpclinks', { name, targetArns })
  return (made as { id: string }).id
}

for (const workers of [1, 2]) {
  describe(`${workers} ${workers === 1 ? 'process' : 'workers'}`, () => {
    test('a link leads to the targets of the file, and to others once it changes', async () => {
      const file = join(folder(), 'targets.json')
      const [one, two] = [await backend('one'), await backend('two')]
      const dead = '127.0.0.1:1'
      writeFileSync(file, JSON.stringify({ pets: { targets: [dead, one] } }))
      const gateway = await startWorkerGateway(workers, ['--targets', file])
      const connectionId = await link(gateway, 'pets')
      const apiId = await gateway.deploy({
        type: 'http_proxy',
        httpMethod: 'GET',
        uri: 'http://pets.internal/',
        connectionType: 'VPC_LINK',
        connectionId,
      })
      const url = gateway.urlOf(apiId)
      for (let i = 0; i < 10; i++) expect(await (await askAnew(url)).text()).toBe('one')
      writeFileSync(file, JSON.stringify({ pets: { targets: [two] } }))
      let answers: string[]
      do {
        answers = await Promise.all(Array.from({ length: 10 }, async () => (await askAnew(url)).text()))
      } while (answers.includes('one'))
      expect(new Set(answers)).toEqual(new Set(['two']))
      expect(await gateway.stop()).toBe(0)
    }, 60_000)

    test('a stage shows its client certificate, directly and through a link', async () => {
      const authority = Authority.create('Authority')
      const { certificate, key } = authority.issue({
        commonName: 'pets',
        dnsNames: ['pets.internal', 'localhost'],
      })
      const ca = join(folder(), 'ca.pem')
      writeFileSync(ca, authority.certificate)
      const server = await TlsBackend.start({
        cert: certificate,
        key,
        requestCert: true,
        rejectUnauthorized: false,
      })
      ending.push(() => server.stop())
      const file = join(folder(), 'targets.json')
      writeFileSync(file, JSON.stringify({ pets: { targets: [`127.0.0.1:${server.port}`] } }))
      const gateway = await startWorkerGateway(workers, ['--targets', file, '--backend-ca', ca])
      const { caller } = gateway
      const { clientCertificateId } = (await caller.call(
        'apigateway',
        'POST',
        '/clientcertificates',
        {},
      )) as {
        clientCertificateId: string
      }
      const integrations = [
        { type: 'http_proxy', httpMethod: 'GET', uri: `https://localhost:${server.port}/` },
        {
          type: 'http_proxy',
          httpMethod: 'GET',
          uri: 'https://pets.internal/',
          connectionType: 'VPC_LINK',
          connectionId: await link(gateway, 'pets'),
        },
      ]
      const names = ['localhost', 'pets.internal']
      for (const [at, integration] of integrations.entries()) {
        const apiId = await gateway.deploy(integration)
        const ask = async (): Promise<unknown> => (await askAnew(gateway.urlOf(apiId))).json()
        expect(await ask()).toMatchObject({ name: names[at], client: null })
        const use = (value: string): Promise<unknown> =>
          caller.call('apigateway', 'PATCH', `/restapis/${apiId}/stages/dev`, {
            patchOperations: [{ op: 'replace', path: '/clientCertificateId', value }],
          })
        await use(clientCertificateId)
        expect(await ask()).toMatchObject({ name: names[at], client: 'ApiGateway' })
        await use('')
        expect(await ask()).toMatchObject({ client: null })
      }
      expect(await gateway.stop()).toBe(0)
      expect(gateway.errors() + gateway.output()).not.toContain('PRIVATE KEY')
    }, 60_000)
  })
}

test('a file of targets that cannot be used ends the start, and says why', async () => {
  const file = join(folder(), 'targets.json')
  writeFileSync(file, '{"pets":{"targets":["http://x"]}}')
  const failed = startWorkerGateway(1, ['--targets', file]).then(
    () => '',
    (error: Error) => error.message,
  )
  expect(await failed).toContain('pets.targets[0]: expected an address')
})
