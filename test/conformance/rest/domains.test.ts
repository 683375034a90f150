import { afterAll, beforeAll, expect, test } from 'bun:test'
import { compile } from '#compiler/compile.ts'
import { Address } from '#data-plane/address.ts'
import { requestEvent } from '#data-plane/authorizers/lambda-authorizer-event.ts'
import { compileDomain } from '#data-plane/domains/domain-plan.ts'
import { Exchange, type Services } from '#data-plane/exchange.ts'
import { parseHost } from '#data-plane/host-name.ts'
import { systemClock } from '#base/clock.ts'
import { emptyBody } from '#http/body.ts'
import { Headers } from '#http/headers.ts'
import { ServerRequest } from '#http/server-request.ts'
import { startHttpServer, type HttpServer } from '#http/server.ts'
import { CertificateTable, type ServerIdentity } from '#http/tls/certificate-table.ts'
import type { BasePathMapping, DomainName } from '#model/domain-name.ts'
import { Authority, serverCertificate } from '../../support/certificates.ts'
import { tlsRequest } from '../http/support/tls-client.ts'
import { define, lambdaProxy, STAGE, type ApiDefinition } from './support/definition.ts'
import { echo, LocalFunctions } from './support/functions.ts'
import { startHouse, type House } from './support/house.ts'

// What functions are told of a request that came by a custom domain name.

const authority = Authority.create('Clients')
const client = authority.issue({ commonName: 'client' })
const api: ApiDefinition = { paths: { '/x/{proxy+}': { GET: { integration: lambdaProxy('echo') } } } }
let house: House
let server: HttpServer

beforeAll(async () => {
  house = await startHouse()
  house.functions = new LocalFunctions({ echo })
  house.deploy('api1', api)
  const put = (domainName: string, mappings: readonly BasePathMapping[], more: Partial<DomainName> = {}) => {
    const domain = { domainName, routingMode: 'BASE_PATH_MAPPING_ONLY', ...more } as DomainName
    house.domains.put(compileDomain({ id: `a/r/${domainName}`, domain, mappings, rules: [] }))
  }
  put('plain.test', [
    { basePath: 'v1/shop', restApiId: 'api1', stage: STAGE },
    { basePath: '(none)', restApiId: 'api1' },
  ])
  put('mutual.test', [{ basePath: '(none)', restApiId: 'api1', stage: STAGE }], {
    mutualTlsAuthentication: { truststoreUri: 's3://b/k' },
  })
  const certificates = new CertificateTable({
    byName: new Map<string, ServerIdentity>([
      ['plain.test', serverCertificate('plain.test')],
      ['mutual.test', { ...serverCertificate('mutual.test'), trustStore: authority.certificate }],
    ]),
  })
  server = startHttpServer({ hostname: '127.0.0.1', port: 0, handler: house.handler, tls: { certificates } })
})

afterAll(async () => {
  await server.stop({ graceMs: 0 })
  await house.stop()
})

interface ProxyEvent {
  readonly path: string
  readonly resource: string
  readonly pathParameters: object
  readonly requestContext: Readonly<Record<string, unknown>> & { readonly identity: object }
}

async function eventOf(host: string, target: string): Promise<ProxyEvent> {
  const request = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
  const own = { servername: host, cert: client.certificate, key: client.key }
  const { text } = await tlsRequest(server.port, own, request)
  return JSON.parse(text.split('\r\n\r\n')[1] ?? '') as ProxyEvent
}

// Observed on AWS: localstack/localstack#12295.
const paths = [
  ['/v1/shop/x/1?a=b', '/v1/shop/x/1', 'v1/shop'],
  ['/v1/shop//x//1/', '/v1/shop//x//1/', 'v1/shop'],
  [`/${STAGE}/x/1`, `/${STAGE}/x/1`, '(none)'],
] as const
for (const [target, path, basePathMatched] of paths) {
  test(`the event of ${target}`, async () => {
    const event = await eventOf('plain.test', target)
    expect(event).toMatchObject({
      path,
      resource: '/x/{proxy+}',
      requestContext: {
        path,
        stage: STAGE,
        resourcePath: '/x/{proxy+}',
        domainName: 'plain.test',
        domainPrefix: 'plain',
        customDomain: { basePathMatched },
      },
    })
    expect(event.requestContext.identity).not.toHaveProperty('clientCert')
  })
}

const year = new Date().getUTCFullYear()
const clientCert = {
  clientCertPem: client.certificate.trimEnd(),
  subjectDN: 'CN=client,O=Example',
  issuerDN: 'CN=Clients,O=Example',
  serialNumber: '10',
  validity: { notBefore: `Jan  2 03:04:05 ${year - 1} GMT`, notAfter: `Jan  2 03:04:05 ${year + 2} GMT` },
}

test('the certificate of a client is in its event', async () => {
  const { requestContext } = await eventOf('mutual.test', '/x/1')
  expect(requestContext.identity).toMatchObject({ clientCert })
})

test("an authorizer's event tells the same; by the API's own address neither is there", () => {
  const { snapshot, stage } = define('api1', api)
  const { plan } = compile(snapshot, stage)
  const certificate = {
    pem: client.certificate,
    subject: clientCert.subjectDN,
    issuer: clientCert.issuerDN,
    serialNumber: clientCert.serialNumber,
    ...clientCert.validity,
  }
  const host = parseHost('plain.test')
  const target = '/v1/shop/x/1'
  const route = { stage: STAGE, basePathMatched: 'v1/shop', certificate }
  const told = (address: Address): unknown => {
    const peer = { address: '192.0.2.1', secure: true }
    const request = new ServerRequest('1.1', 'GET', address.target, new Headers([]), '', emptyBody, peer)
    const services = { clock: systemClock } as Services
    return JSON.parse(requestEvent(new Exchange(request, address, plan, services), 'arn'))
  }
  expect(told(new Address('api1', host, target, '/v1/shop'.length, route))).toMatchObject({
    path: target,
    requestContext: { path: target, identity: { clientCert }, customDomain: { basePathMatched: 'v1/shop' } },
  })
  const plain = told(new Address('api1', host, `/${STAGE}/x/1`, 0)) as ProxyEvent
  expect(plain.path).toBe('/x/1')
  expect(plain.requestContext).not.toHaveProperty('customDomain')
  expect(plain.requestContext.identity).not.toHaveProperty('clientCert')
})
