import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import { TargetGroup, type TargetGroupDefinition } from '#data-plane/targets/target-group.ts'
import type { ApiIntegration } from '#model/http-api.ts'
import { serverCertificate } from '../../support/certificates.ts'
import { TlsBackend } from '../http/support/tls-backend.ts'
import { startBackend, type Backend } from '../rest/support/backend.ts'
import { startHouse, type House } from '../rest/support/house.ts'
import type { RawReply, RawRequest } from '../rest/support/raw-http.ts'
import { defineHttpApi, toUri } from './support/definition.ts'

// Developer guide, "Working with private integrations for HTTP APIs".

const LISTENER =
  'arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shop/50dc6c495c0c9188/0467ef3c8400ae65'
const BALANCER = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/50dc6c495c0c9188'
const SERVICE = 'arn:aws:servicediscovery:us-east-1:123456789012:service/srv-1'
const UNAVAILABLE = [503, '{"message":"Service Unavailable"}']

let house: House
let blue: Backend
let green: Backend
const groups = new Map<string, TargetGroup>()
let count = 0

beforeAll(async () => {
  const targets = {
    find: (names: readonly string[]) => groups.get(names.find((name) => groups.has(name)) ?? ''),
  }
  house = await startHouse({ targets })
  blue = await startBackend()
  green = await startBackend()
  blue.answer = { body: 'blue' }
  green.answer = { body: 'green' }
})
afterAll(async () => {
  await house.stop()
  await blue.stop()
  await green.stop()
})

const both = (): TargetGroupDefinition['targets'] => [
  { address: `127.0.0.1:${blue.port}`, weight: 1, attributes: { stage: 'prod', color: 'blue' } },
  { address: `127.0.0.1:${green.port}`, weight: 1, attributes: { stage: 'prod', color: 'green' } },
]

/** Only these groups are known. */
function known(
  ...definitions: readonly (Partial<TargetGroupDefinition> & { readonly name: string })[]
): void {
  groups.clear()
  for (const definition of definitions) {
    groups.set(
      definition.name,
      new TargetGroup({ targets: both().slice(0, 1), connectTimeoutMs: 1000, ...definition }),
    )
  }
}

async function send(
  integration: Partial<ApiIntegration>,
  request: Partial<RawRequest> = {},
  vpcLinks: Readonly<Record<string, readonly string[]>> = {},
): Promise<RawReply> {
  const apiId = `private${++count}`
  const { snapshot, stage } = defineHttpApi(apiId, {
    routes: {
      'ANY /{proxy+}': toUri(LISTENER, { connectionType: 'VPC_LINK', connectionId: 'link1', ...integration }),
    },
    stage: { stageName: 'test', stageVariables: { color: 'green', link: 'link1' } },
  })
  house.planTable.swap(compileHttpApi(snapshot, stage, { vpcLinks }).plan)
  return house.send(apiId, { ...request, target: `raw:${request.target ?? '/test/pets/1?a=b'}` })
}

test('the backend is asked for the whole path, its stage included, of the client’s host', async () => {
  known({ name: LISTENER })
  blue.received.length = 0
  const reply = await send({}, { method: 'POST', body: 'x' })
  expect([reply.status, reply.body]).toEqual([200, 'blue'])
  const [got] = blue.received
  expect(got).toMatchObject({ method: 'POST', target: '/test/pets/1?a=b', body: 'x' })
  expect(got?.headers.filter((line) => /^host:/i.test(line))).toEqual([
    `Host: private${count}.execute-api.us-east-1.amazonaws.com`,
  ])
})

test('a mapping takes the stage away, and says the host', async () => {
  known({ name: LISTENER })
  blue.received.length = 0
  const requestParameters = { 'overwrite:path': '$request.path', 'append:header.Host': 'shop.internal' }
  expect((await send({ requestParameters })).status).toBe(200)
  const [got] = blue.received
  expect(got?.target).toBe('/pets/1?a=b')
  expect(got?.headers.filter((line) => /^host:/i.test(line))).toEqual(['Host: shop.internal'])
})

test('a method of its own', async () => {
  known({ name: LISTENER })
  blue.received.length = 0
  await send({ integrationMethod: 'GET' }, { method: 'POST', body: 'x' })
  expect(blue.received).toMatchObject([{ method: 'GET', body: '' }])
})

describe('what may lead there', () => {
  const names: readonly [integrationUri: string, name: string][] = [
    [LISTENER, LISTENER],
    [LISTENER, BALANCER],
    [LISTENER, 'shop'],
    [LISTENER, 'link1'],
    [LISTENER, 'its name'],
    [SERVICE, SERVICE],
    [SERVICE, 'srv-1'],
    [`${SERVICE}?color=blue`, `${SERVICE}?color=blue`],
  ]
  for (const [integrationUri, name] of names) {
    test(`${name} for ${integrationUri}`, async () => {
      known({ name, targets: both() })
      const reply = await send(
        { integrationUri, connectionId: '${stageVariables.link}' },
        {},
        { link1: ['its name'] },
      )
      expect(reply.status).toBe(200)
    })
  }
})

test('the query of a service’s ARN asks for attributes of its instances', async () => {
  known({ name: 'srv-1', targets: both() })
  for (let i = 0; i < 6; i++) {
    const integrationUri = `${SERVICE}?stage=prod&color=\${stageVariables.color}`
    expect((await send({ integrationUri })).body).toBe('green')
  }
})

test('healthy instances before all others, and all where none is', async () => {
  known({ name: 'srv-1', targets: both() })
  const [first, second] = groups.get('srv-1')?.targets ?? []
  first?.checked.record(false, { healthyThreshold: 1, unhealthyThreshold: 1 })
  for (let i = 0; i < 6; i++) expect((await send({ integrationUri: SERVICE })).body).toBe('green')
  second?.checked.record(false, { healthyThreshold: 1, unhealthyThreshold: 1 })
  expect((await send({ integrationUri: SERVICE })).status).toBe(200)
})

describe('503', () => {
  test('where nothing is known of the ARN', async () => {
    known()
    const reply = await send({})
    expect([reply.status, reply.body]).toEqual(UNAVAILABLE)
  })
  test('where no instance has the attributes', async () => {
    known({ name: 'srv-1', targets: both() })
    const reply = await send({ integrationUri: `${SERVICE}?stage=none` })
    expect([reply.status, reply.body]).toEqual(UNAVAILABLE)
  })
  test('where nobody listens', async () => {
    known({ name: LISTENER, targets: [{ address: '127.0.0.1:1', weight: 1 }] })
    const reply = await send({})
    expect([reply.status, reply.body]).toEqual(UNAVAILABLE)
  })
})

describe('what is told at the deployment', () => {
  const wrong: readonly [integration: Partial<ApiIntegration>, message: string][] = [
    [
      { integrationUri: 'http://shop.internal/' },
      "expected the ARN of a load balancer's listener or of a service of Cloud Map",
    ],
    [{ integrationUri: `${LISTENER}?a=b` }, "expected the ARN of a load balancer's listener"],
    [{ integrationUri: BALANCER }, "expected the ARN of a load balancer's listener"],
    [{ connectionId: '' }, 'connectionId "" names no VPC link'],
    [{ tlsConfig: { serverNameToVerify: 'a/b' } }, 'serverNameToVerify "a/b": expected a host name'],
  ]
  for (const [integration, message] of wrong) {
    test(message, async () => {
      const { snapshot, stage } = defineHttpApi('private', {
        routes: {
          'GET /x': toUri(LISTENER, { connectionType: 'VPC_LINK', connectionId: 'link1', ...integration }),
        },
      })
      const { diagnostics } = compileHttpApi(snapshot, stage)
      expect(diagnostics).toMatchObject([{ severity: 'error', message: expect.stringContaining(message) }])
    })
  }
})

describe('tlsConfig makes the traffic HTTPS', () => {
  const { certificate, key } = serverCertificate('shop.internal')
  let backend: TlsBackend
  beforeAll(async () => {
    backend = await TlsBackend.start({ cert: certificate, key })
  })
  afterAll(() => backend.stop())

  const cases: readonly [
    tlsConfig: ApiIntegration['tlsConfig'],
    tls: TargetGroupDefinition['tls'],
    status: number,
  ][] = [
    [{ serverNameToVerify: 'shop.internal' }, { ca: certificate }, 200],
    [{ serverNameToVerify: 'Shop.Internal' }, { ca: certificate }, 200],
    [{ serverNameToVerify: 'other.internal' }, { ca: certificate }, 503],
    [{ serverNameToVerify: 'shop.internal' }, undefined, 503],
    [{}, { ca: certificate }, 503],
    [{}, { ca: certificate, serverName: 'shop.internal' }, 200],
    [undefined, { ca: certificate }, 503],
  ]
  for (const [tlsConfig, tls, status] of cases) {
    test(`${JSON.stringify(tlsConfig)} with ${JSON.stringify(Object.keys(tls ?? {}))} is ${status}`, async () => {
      const targets = [{ address: `127.0.0.1:${backend.port}`, weight: 1 }]
      known({ name: LISTENER, targets, ...(tls === undefined ? {} : { tls }) })
      const reply = await send({ tlsConfig })
      expect(reply.status).toBe(status)
      if (status === 200) expect(JSON.parse(reply.body)).toMatchObject({ name: 'shop.internal' })
    })
  }
})
