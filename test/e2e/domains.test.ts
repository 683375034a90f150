import { ACMClient, ImportCertificateCommand, RequestCertificateCommand } from '@aws-sdk/client-acm'
import {
  APIGatewayClient,
  CreateBasePathMappingCommand,
  CreateDeploymentCommand,
  CreateDomainNameAccessAssociationCommand,
  CreateDomainNameCommand,
  DeleteDomainNameAccessAssociationCommand,
  GetDomainNameAccessAssociationsCommand,
  RejectDomainNameAccessAssociationCommand,
  DeleteBasePathMappingCommand,
  DeleteDomainNameCommand,
  ImportRestApiCommand,
  UpdateBasePathMappingCommand,
  UpdateDomainNameCommand,
  UpdateRestApiCommand,
} from '@aws-sdk/client-api-gateway'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type ConnectionOptions } from 'node:tls'
import { tlsRequest } from '../conformance/http/support/tls-client.ts'
import { Authority, serverCertificate, type Certificate } from '../support/certificates.ts'
import { startWorkerGateway } from '../support/worker-gateway.ts'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'

/** Shows what a request knows of how it came. */
const document = {
  openapi: '3.0.1',
  info: { title: 'seen', version: '1' },
  paths: Object.fromEntries(
    ['/', '/items/{id}'].map((path) => [
      path,
      {
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
                    '$context.domainName $context.domainPrefix $context.stage $context.path ' +
                    '$context.resourcePath $context.customDomain.basePathMatched ' +
                    '[$!context.identity.clientCert.subjectDN] [$!context.identity.clientCert.validity.notAfter]',
                },
              },
            },
          },
        },
      },
    ]),
  ),
}

interface Answer {
  readonly status: number
  readonly body: string
}

/** Enough new connections that each worker has had some. */
const TRIES = 8

for (const workers of [1, 2]) {
  describe(`${workers} worker(s)`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-domains-'))
    const authority = Authority.create('Clients')
    const rogue = Authority.create('Rogue')
    const client = authority.issue({ commonName: 'client' })
    const takenBack = authority.issue({ commonName: 'taken back' })
    const own = serverCertificate('api.example.com')
    let gateway: GatewayProcess
    let httpsPort: number
    let api: APIGatewayClient
    let acm: ACMClient
    let restApiId: string
    let certificateArn: string

    const put = (path: string, text: string): string => {
      const file = join(folder, path)
      mkdirSync(join(file, '..'), { recursive: true })
      writeFileSync(file, text)
      return file
    }

    const importCertificate = async ({ certificate, key }: Certificate, arn?: string): Promise<string> => {
      const texts = { Certificate: Buffer.from(certificate), PrivateKey: Buffer.from(key) }
      const { CertificateArn = '' } = await acm.send(
        new ImportCertificateCommand({ ...texts, CertificateArn: arn }),
      )
      return CertificateArn
    }

    const createDomain = (domainName: string, more: object = {}): Promise<unknown> =>
      api.send(
        new CreateDomainNameCommand({
          domainName,
          regionalCertificateArn: certificateArn,
          endpointConfiguration: { types: ['REGIONAL'] },
          ...more,
        }),
      )

    const map = (domainName: string, basePath: string, stage?: string): Promise<unknown> =>
      api.send(new CreateBasePathMappingCommand({ domainName, basePath, stage, restApiId }))

    const deploy = (stageName: string): Promise<unknown> =>
      api.send(new CreateDeploymentCommand({ restApiId, stageName }))

    const request = (host: string, target: string): string =>
      `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`

    const http = async (host: string, target: string): Promise<Answer> => {
      const response = await fetch(`${gateway.url}${target}`, { headers: { Host: host } })
      return { status: response.status, body: await response.text() }
    }

    const https = async (
      host: string,
      target: string,
      options: ConnectionOptions = {},
    ): Promise<Answer | undefined> => {
      const { text } = await tlsRequest(httpsPort, { servername: host, ...options }, request(host, target))
      const [head = '', body = ''] = text.split('\r\n\r\n')
      return text === '' ? undefined : { status: Number(head.slice(9, 12)), body }
    }

    const shown = async (servername: string): Promise<string | undefined> =>
      (await tlsRequest(httpsPort, { servername })).server

    beforeAll(async () => {
      put('stores/bucket/clients.pem', authority.certificate)
      const local = serverCertificate('from.folder.test', '*.folder.test')
      put('certificates/folder.pem', local.certificate + local.key)
      gateway = await startGatewayProcess({
        arguments: [
          ['--workers', String(workers)],
          ['--https-port', '0'],
          ['--data-dir', join(folder, 'data')],
          ['--certificates', join(folder, 'certificates')],
          ['--truststores', join(folder, 'stores')],
          ['--vpc-endpoints', 'vpce-1=vpc-1,127.0.0.0/8,::1'],
          ['--revocation-lists', put('revoked.pem', authority.revoke(takenBack))],
          ['--secret-key-file', put('secret', Buffer.alloc(32, 7).toString('base64'))],
        ].flat(),
      })
      const [, port] = await gateway.printed(/ and https:\/\/localhost:(\d+)/)
      httpsPort = Number(port)
      const common = {
        endpoint: gateway.url,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      }
      api = new APIGatewayClient(common)
      acm = new ACMClient(common)
      const imported = await api.send(
        new ImportRestApiCommand({ body: Buffer.from(JSON.stringify(document)) }),
      )
      restApiId = imported.id as string
      await deploy('prod')
      certificateArn = await importCertificate(own)
      await createDomain('api.example.com')
      await map('api.example.com', 'orders', 'prod')
      await map('api.example.com', 'any')
      await createDomain('*.example.com')
      await map('*.example.com', '(none)', 'prod')
    }, 60_000)

    afterAll(async () => {
      api.destroy()
      acm.destroy()
      try {
        expect(await gateway.stop()).toBe(0)
      } finally {
        await endGateways()
        rmSync(folder, { recursive: true, force: true })
      }
    })

    const forbidden = { status: 403, body: '{"message":"Forbidden"}' }
    const name = 'api.example.com'
    const ways: readonly (readonly [host: string, target: string, body: string | undefined])[] = [
      [name, '/orders', `${name} api prod /orders / orders [] []`],
      [name, '/orders/items/5?a=b', `${name} api prod /orders/items/5 /items/{id} orders [] []`],
      [name, '/any/prod/items/5', `${name} api prod /any/prod/items/5 /items/{id} any [] []`],
      [name, '/any/none/items/5', undefined],
      [name, '/', undefined],
      [name, '/prod/items/5', undefined],
      [`${name}:8443`, '/orders', `${name} api prod /orders / orders [] []`],
      ['API.Example.com', '/orders', 'API.Example.com API prod /orders / orders [] []'],
      [`${name}.`, '/orders', `${name}. api prod /orders / orders [] []`],
      ['b.example.com', '/items/5', 'b.example.com b prod /items/5 /items/{id} (none) [] []'],
      [name, '/_aws/execute-api/x/prod/', undefined],
    ]
    for (const [host, target, body] of ways) {
      test(`${host}${target}, over HTTP and HTTPS`, async () => {
        const expected = body === undefined ? forbidden : { status: 200, body }
        expect(await http(host, target)).toEqual(expected)
        expect(await https(host, target, { servername: 'api.example.com' })).toEqual(expected)
      })
    }

    test('what a resource does not have is answered by its API', async () => {
      expect(await http(name, '/orders/none')).toEqual({
        status: 403,
        body: '{"message":"Missing Authentication Token"}',
      })
    })

    test('health checks are answered, whatever is mapped', async () => {
      for (const path of ['/ping', '/sping', '/ping?x']) {
        expect(await http(name, path)).toEqual({ status: 200, body: 'healthy' })
      }
      expect(await http(name, '/ping/x')).toEqual(forbidden)
    })

    test('a host that is no domain name is the gateway itself', async () => {
      expect((await http('localhost', '/_gatehouse/health')).status).toBe(200)
      expect((await http('x.y.example.com', '/items/5')).body).toContain(
        'control plane answers to local names only',
      )
    })

    test('a client of HTTP/1.0 that names no host is known by its handshake', async () => {
      const { text } = await tlsRequest(httpsPort, { servername: name }, 'GET /orders HTTP/1.0\r\n\r\n')
      expect(text).toEndWith(`\r\n\r\n${name} api prod /orders / orders [] []`)
    })

    test('HTTP/2 names the domain in :authority', async () => {
      const session = connectHttp2(`https://${name}:${httpsPort}`, {
        createConnection: () =>
          connect({
            host: '127.0.0.1',
            port: httpsPort,
            servername: name,
            ca: own.certificate,
            ALPNProtocols: ['h2'],
          }),
      })
      const stream = session.request({ ':path': '/orders' })
      stream.setEncoding('utf8')
      let body = ''
      for await (const chunk of stream) body += String(chunk)
      session.close()
      expect(body).toBe(`${name} api prod /orders / orders [] []`)
    })

    test.skipIf(Bun.which('curl') === null)(
      'curl reaches it by --resolve and verifies its certificate',
      async () => {
        const ca = put('own.pem', own.certificate)
        const child = Bun.spawn([
          'curl',
          '-sS',
          '--resolve',
          `${name}:${httpsPort}:127.0.0.1`,
          '--cacert',
          ca,
          `https://${name}:${httpsPort}/orders`,
        ])
        expect(await new Response(child.stdout).text()).toBe(`${name} api prod /orders / orders [] []`)
        expect(await child.exited).toBe(0)
      },
    )

    test('a change is served by every worker once it is answered', async () => {
      const domainName = 'changes.test'
      const everywhere = async (target: string, status: number): Promise<void> => {
        const answers = await Promise.all(
          Array.from({ length: TRIES }, () => https(domainName, target, { servername: name })),
        )
        expect(answers.map((answer) => answer?.status)).toEqual(Array<number>(TRIES).fill(status))
      }
      await createDomain(domainName)
      await everywhere('/a', 403)
      await map(domainName, 'a', 'prod')
      await everywhere('/a', 200)
      await api.send(
        new UpdateBasePathMappingCommand({
          domainName,
          basePath: 'a',
          patchOperations: [{ op: 'replace', path: '/basePath', value: 'b' }],
        }),
      )
      await everywhere('/a', 403)
      await everywhere('/b', 200)
      await api.send(
        new UpdateDomainNameCommand({
          domainName,
          patchOperations: [{ op: 'replace', path: '/routingMode', value: 'ROUTING_RULE_ONLY' }],
        }),
      )
      await everywhere('/b', 403)
      await api.send(
        new UpdateDomainNameCommand({
          domainName,
          patchOperations: [
            { op: 'replace', path: '/routingMode', value: 'ROUTING_RULE_THEN_BASE_PATH_MAPPING' },
          ],
        }),
      )
      await everywhere('/b', 200)
      await api.send(new DeleteBasePathMappingCommand({ domainName, basePath: 'b' }))
      await everywhere('/b', 403)
      await api.send(new DeleteDomainNameCommand({ domainName }))
      expect((await http(domainName, '/b')).body).not.toContain('Forbidden')
    })

    test('a certificate of the folder, a requested one, and none', async () => {
      expect(await shown('a.folder.test')).toBe('from.folder.test')
      expect(await shown('unknown.test')).toBeUndefined()
      const { CertificateArn } = await acm.send(new RequestCertificateCommand({ DomainName: 'asked.test' }))
      await createDomain('asked.test', { regionalCertificateArn: CertificateArn })
      expect(await shown('asked.test')).toBe('asked.test')
      await createDomain('unknown.test', {
        regionalCertificateArn: 'arn:aws:acm:us-east-1:111111111111:certificate/none',
      })
      expect(await shown('unknown.test')).toBeUndefined()
    })

    test('the security policy of a domain name holds', async () => {
      await createDomain('new.test', { securityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09' })
      expect((await https('new.test', '/ping', { minVersion: 'TLSv1.3' }))?.status).toBe(200)
      expect(await https('new.test', '/ping', { maxVersion: 'TLSv1.2' })).toBeUndefined()
    })

    test('a renewed certificate is shown at once, and connections stay', async () => {
      const arn = await importCertificate(serverCertificate('before.test'))
      await createDomain('renewed.test', { regionalCertificateArn: arn })
      await map('renewed.test', '(none)', 'prod')
      const kept = connect({
        host: '127.0.0.1',
        port: httpsPort,
        servername: 'renewed.test',
        rejectUnauthorized: false,
      })
      kept.setEncoding('latin1')
      let text = ''
      const answered = (): Promise<void> =>
        new Promise((resolve) => {
          kept.on('data', (chunk: string) => {
            text += chunk
            if (text.includes('(none)')) resolve()
          })
        })
      const ask = async (): Promise<void> => {
        text = ''
        const answer = answered()
        kept.write('GET / HTTP/1.1\r\nHost: renewed.test\r\n\r\n')
        await answer
        kept.removeAllListeners('data')
      }
      await ask()
      await importCertificate(serverCertificate('after.test'), arn)
      const names = await Promise.all(Array.from({ length: TRIES }, () => shown('renewed.test')))
      expect(names).toEqual(Array<string>(TRIES).fill('after.test'))
      await ask()
      expect(text).toStartWith('HTTP/1.1 200 OK')
      kept.destroy()
    })

    test('mutual TLS: who may enter, and what the API is told', async () => {
      const domainName = 'mutual.test'
      await createDomain(domainName, {
        mutualTlsAuthentication: { truststoreUri: 's3://bucket/clients.pem' },
      })
      await map(domainName, '(none)', 'prod')
      const { notAfter } = { notAfter: new X509Certificate(client.certificate).validTo }
      const welcome = {
        status: 200,
        body: `${domainName} mutual prod /items/1 /items/{id} (none) [CN=client,O=Example] [${notAfter}]`,
      }
      const with_ = ({ certificate: cert, key }: Certificate, more: ConnectionOptions = {}) =>
        https(domainName, '/items/1', { cert, key, ...more })
      const answers = await Promise.all(Array.from({ length: TRIES }, () => with_(client)))
      expect(answers).toEqual(Array<Answer>(TRIES).fill(welcome))

      expect(await https(domainName, '/items/1')).toBeUndefined()
      expect(await with_(rogue.issue({ commonName: 'client' }))).toEqual(forbidden)
      expect(await with_(authority.issue({ commonName: 'client', years: [-3, -1] }))).toEqual(forbidden)
      expect(await with_(serverCertificate('client'))).toEqual(forbidden)
      expect(await with_(takenBack)).toEqual(forbidden)
      // Not by another name's handshake, nor without TLS.
      expect(await with_(client, { servername: name })).toEqual(forbidden)
      expect(await http(domainName, '/items/1')).toEqual(forbidden)
      expect(await http(domainName, '/ping')).toEqual(forbidden)
      // Elsewhere the certificate is nobody's business.
      expect(await https(name, '/orders', { cert: client.certificate, key: client.key })).toEqual({
        status: 200,
        body: `${name} api prod /orders / orders [] []`,
      })

      const other = Authority.create('Others')
      put('stores/bucket/others.pem', other.certificate)
      const patch = (value: string): Promise<unknown> =>
        api.send(
          new UpdateDomainNameCommand({
            domainName,
            patchOperations: [{ op: 'replace', path: '/mutualTlsAuthentication/truststoreUri', value }],
          }),
        )
      await patch('s3://bucket/others.pem')
      expect(await with_(client)).toEqual(forbidden)
      expect((await with_(other.issue({ commonName: 'client' })))?.status).toBe(200)
      await patch('')
      expect((await https(domainName, '/items/1'))?.status).toBe(200)
    })

    test('who deploys an API behind mutual TLS is warned of its open door', async () => {
      while (!/by its own address: set disableExecuteApiEndpoint/.test(gateway.errors())) await Bun.sleep(2)
    })

    test('a private domain name lets in whom its policy allows, through endpoints that are associated', async () => {
      const policy = (Condition: object): string =>
        JSON.stringify({
          Version: '2012-10-17',
          Statement: {
            Effect: 'Allow',
            Principal: '*',
            Action: 'execute-api:Invoke',
            Resource: 'execute-api:/*',
            Condition,
          },
        })
      for (const [domainName, Condition, status] of [
        ['here.private.test', { StringEquals: { 'aws:SourceVpce': 'vpce-1' } }, 200],
        ['elsewhere.private.test', { StringEquals: { 'aws:SourceVpce': 'vpce-2' } }, 403],
        ['nobody.private.test', undefined, 403],
      ] as const) {
        const { domainNameId, domainNameArn } = await api.send(
          new CreateDomainNameCommand({
            domainName,
            certificateArn,
            endpointConfiguration: { types: ['PRIVATE'] },
            policy: Condition && policy(Condition),
          }),
        )
        await api.send(
          new CreateBasePathMappingCommand({ domainName, domainNameId, stage: 'prod', restApiId }),
        )
        expect((await http(domainName, '/items/1')).status).toBe(403)
        const { domainNameAccessAssociationArn } = await api.send(
          new CreateDomainNameAccessAssociationCommand({
            domainNameArn,
            accessAssociationSourceType: 'VPCE',
            accessAssociationSource: 'vpce-1',
          }),
        )
        expect((await http(domainName, '/items/1')).status).toBe(status)
        await api.send(new DeleteDomainNameAccessAssociationCommand({ domainNameAccessAssociationArn }))
        expect((await http(domainName, '/items/1')).status).toBe(403)
      }
    })

    test('another account may use a private domain name where its owner lets it, as long as it does', async () => {
      const domainName = 'shared.private.test'
      const { domainNameId, domainNameArn = '' } = await api.send(
        new CreateDomainNameCommand({
          domainName,
          certificateArn,
          endpointConfiguration: { types: ['PRIVATE'] },
        }),
      )
      const consumer = new APIGatewayClient({
        endpoint: gateway.url,
        region: 'us-east-1',
        credentials: { accessKeyId: '444455556666', secretAccessKey: 'test' },
      })
      const associate = (): Promise<string> =>
        consumer
          .send(
            new CreateDomainNameAccessAssociationCommand({
              domainNameArn,
              accessAssociationSourceType: 'VPCE',
              accessAssociationSource: 'vpce-1',
            }),
          )
          .then(
            ({ domainNameAccessAssociationArn = '' }) => domainNameAccessAssociationArn,
            (error: Error) => error.name,
          )
      const manage = (account: string): Promise<unknown> => {
        const value = JSON.stringify({
          Version: '2012-10-17',
          Statement: {
            Effect: 'Allow',
            Principal: { AWS: account },
            Action: 'apigateway:CreateAccessAssociation',
            Resource: domainNameArn,
          },
        })
        const patchOperations = [{ op: 'replace' as const, path: '/managementPolicy', value }]
        return api.send(new UpdateDomainNameCommand({ domainName, domainNameId, patchOperations }))
      }
      expect(await associate()).toBe('AccessDeniedException')
      await manage('777788889999')
      expect(await associate()).toBe('AccessDeniedException')
      await manage('444455556666')
      const arn = await associate()
      expect(arn).toContain(':444455556666:')
      const of = async (resourceOwner: 'SELF' | 'OTHER_ACCOUNTS'): Promise<(string | undefined)[]> => {
        const { items } = await api.send(new GetDomainNameAccessAssociationsCommand({ resourceOwner }))
        return (items ?? []).map((each) => each.domainNameAccessAssociationArn)
      }
      expect([await of('SELF'), await of('OTHER_ACCOUNTS')]).toEqual([[], [arn]])
      const association = { domainNameAccessAssociationArn: arn, domainNameArn }
      await api.send(new RejectDomainNameAccessAssociationCommand(association))
      expect(await of('OTHER_ACCOUNTS')).toEqual([])
      consumer.destroy()
    })

    test('a disabled endpoint is reached by its domain name alone', async () => {
      const own = `/_aws/execute-api/${restApiId}/prod/items/1`
      expect((await http('localhost', own)).status).toBe(200)
      const disable = (value: string): Promise<unknown> =>
        api.send(
          new UpdateRestApiCommand({
            restApiId,
            patchOperations: [{ op: 'replace', path: '/disableExecuteApiEndpoint', value }],
          }),
        )
      await disable('true')
      await deploy('prod')
      expect(await http('localhost', own)).toEqual(forbidden)
      expect((await http(name, '/orders')).status).toBe(200)
      await disable('false')
      await deploy('prod')
    })

    test('private keys are nowhere in the data folder', () => {
      const data = join(folder, 'data')
      const files = readdirSync(data, { recursive: true, encoding: 'utf8' }).filter((path) =>
        path.includes('.'),
      )
      expect(files.length).toBeGreaterThan(0)
      const body = own.key.split('\n')[1] as string
      for (const path of files) {
        const bytes = readFileSync(join(data, path))
        expect(bytes.includes(body)).toBe(false)
        expect(bytes.includes('BEGIN PRIVATE KEY')).toBe(false)
      }
    })
  })
}

test('a worker that takes the place of another serves domain names before it listens', async () => {
  const gateway = await startWorkerGateway(2)
  try {
    const restApiId = await gateway.deploy({
      type: 'mock',
      requestTemplates: { 'application/json': '{"statusCode":200}' },
      responses: { default: { statusCode: '200' } },
    })
    const post = (path: string, body: object) => gateway.caller.call('apigateway', 'POST', path, body)
    const certificateArn = 'arn:aws:acm:us-east-1:000000000000:certificate/none'
    await post('/domainnames', { domainName: 'kept.test', certificateArn })
    await post('/domainnames/kept.test/basepathmappings', { restApiId, stage: 'dev' })
    const [first] = gateway.workerPids()
    process.kill(first as number, 'SIGKILL')
    await gateway.haveServed(3)
    for (let i = 0; i < TRIES; i++) {
      const { status } = await fetch(gateway.url, { headers: { Host: 'kept.test', Connection: 'close' } })
      expect(status).toBe(200)
    }
    expect(await gateway.stop()).toBe(0)
  } finally {
    await endGateways()
  }
})
