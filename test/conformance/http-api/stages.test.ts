import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import { compileDomain } from '#data-plane/domains/domain-plan.ts'
import { startHttpServer, type HttpServer } from '#http/server.ts'
import { CertificateTable, type ServerIdentity } from '#http/tls/certificate-table.ts'
import type { BasePathMapping, DomainName } from '#model/domain-name.ts'
import { Authority, serverCertificate } from '../../support/certificates.ts'
import { tlsRequest } from '../http/support/tls-client.ts'
import { echo, LocalFunctions } from '../rest/support/functions.ts'
import { startHouse, type House } from '../rest/support/house.ts'
import { defineHttpApi, toFunction, type HttpApiDefinition } from './support/definition.ts'

// Which stage a request is for, and what functions are told of the way that it came.

const authority = Authority.create('Clients')
const client = authority.issue({ commonName: 'client' })
const api: HttpApiDefinition = { routes: { 'GET /x/{id}': toFunction('echo'), $default: toFunction('echo') } }
let house: House
let server: HttpServer

function deploy(stageName: string): void {
  const { snapshot, stage } = defineHttpApi('api1', { ...api, stage: { stageName } })
  house.planTable.swap(compileHttpApi(snapshot, stage).plan)
}

beforeAll(async () => {
  house = await startHouse()
  house.functions = new LocalFunctions({ echo })
  for (const stage of ['dev', '$default']) deploy(stage)
  const put = (
    domainName: string,
    mappings: readonly BasePathMapping[],
    more: Partial<DomainName> = {},
  ): void => {
    const domain = { domainName, routingMode: 'BASE_PATH_MAPPING_ONLY', ...more } as DomainName
    house.domains.put(compileDomain({ id: `a/r/${domainName}`, domain, mappings, rules: [] }))
  }
  put('plain.test', [
    { basePath: 'v1/shop', restApiId: 'api1', stage: '$default' },
    { basePath: 'dev', restApiId: 'api1', stage: 'dev' },
    { basePath: '(none)', restApiId: 'api1', stage: '$default' },
  ])
  put('mutual.test', [{ basePath: '(none)', restApiId: 'api1', stage: '$default' }], {
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

interface Event {
  readonly rawPath: string
  readonly routeKey: string
  readonly requestContext: Readonly<Record<string, unknown>>
}

async function eventOf(host: string, target: string): Promise<Event> {
  const request = `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`
  const own = { servername: host, cert: client.certificate, key: client.key }
  const { text } = await tlsRequest(server.port, own, request)
  return JSON.parse(text.split('\r\n\r\n')[1] ?? '') as Event
}

/** Target → stage, route, rawPath. */
const targets: readonly (readonly [string, string, string])[] = [
  ['/dev/x/1', 'dev', 'GET /x/{id}'],
  ['/dev', 'dev', '$default'],
  ['/x/1', '$default', 'GET /x/{id}'],
  ['/developer/x/1', '$default', '$default'],
  ['/', '$default', '$default'],
  ['//x/1', '$default', '$default'],
  ['/$default/x/1', '$default', '$default'],
]

describe("by the API's own address", () => {
  for (const [target, stage, routeKey] of targets) {
    test(`${target} is for ${stage}, ${routeKey}`, async () => {
      const { body, status } = await house.send('api1', { target: `raw:${target}` })
      expect(status).toBe(200)
      expect(JSON.parse(body)).toMatchObject({ rawPath: target, routeKey, requestContext: { stage } })
    })
  }

  test('by the path that names the API', async () => {
    for (const [path, rawPath, stage] of [
      ['/dev/x/1', '/dev/x/1', 'dev'],
      ['/x/1', '/x/1', '$default'],
      ['', '/', '$default'],
    ]) {
      const reply = await fetch(`http://127.0.0.1:${house.port}/_aws/execute-api/api1${path}`)
      expect(await reply.json()).toMatchObject({ rawPath, requestContext: { stage } })
    }
  })

  test('a stage that is gone leaves its requests to $default', async () => {
    deploy('other')
    const before = await house.send('api1', { target: 'raw:/other/x/1' })
    house.planTable.remove('api1', 'other')
    const after = await house.send('api1', { target: 'raw:/other/x/1' })
    expect([before, after].map(({ body }) => (JSON.parse(body) as Event).requestContext['stage'])).toEqual([
      'other',
      '$default',
    ])
  })
})

describe('by a custom domain name', () => {
  // The mapping's path stays in rawPath; a stage is not in it (guessed).
  for (const [target, stage, routeKey] of [
    ['/v1/shop/x/1', '$default', 'GET /x/{id}'],
    ['/dev/x/1', 'dev', 'GET /x/{id}'],
    ['/x/1', '$default', 'GET /x/{id}'],
  ] as const) {
    test(`${target} is for ${stage}, ${routeKey}`, async () => {
      expect(await eventOf('plain.test', target)).toMatchObject({
        rawPath: target,
        routeKey,
        requestContext: { stage, domainName: 'plain.test', http: { path: target } },
      })
    })
  }

  test('a client certificate is shown', async () => {
    const { requestContext } = await eventOf('mutual.test', '/x/1')
    expect(requestContext['authentication']).toMatchObject({
      clientCert: { subjectDN: 'CN=client,O=Example', issuerDN: 'CN=Clients,O=Example' },
    })
  })
})

/** Developer guide, "API Gateway stage variables reference": what is written, with `name`, `version` and `role` known. */
const functions: readonly (readonly [uri: string, credentials: string, functionArn: string])[] = [
  ['function:${stageVariables.name}', '${stageVariables.role}', 'function:orders'],
  ['function:orders:${stageVariables.version}', 'role/${stageVariables.version}', 'function:orders:7'],
]
test.each(functions)('stage variables in %s as %s', async (uri, credentials, functionArn) => {
  const account = 'arn:aws:lambda:us-east-1:123456789012'
  const local = new LocalFunctions({ orders: echo })
  const before = house.functions
  house.functions = local
  const { snapshot, stage } = defineHttpApi('api2', {
    routes: {
      'GET /': toFunction('f', {
        integrationUri: `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${account}:${uri}/invocations`,
        credentialsArn: `arn:aws:iam::123456789012:${credentials}`,
      }),
    },
    stage: { stageVariables: { name: 'orders', version: '7', role: 'role/7' } },
  })
  house.planTable.swap(compileHttpApi(snapshot, stage).plan)
  expect((await house.send('api2', { target: 'raw:/' })).status).toBe(200)
  house.functions = before
  expect(local.calls).toMatchObject([
    { functionArn: `${account}:${functionArn}`, roleArn: 'arn:aws:iam::123456789012:role/7' },
  ])
})
