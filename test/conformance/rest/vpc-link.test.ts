import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createLog } from '#base/log.ts'
import { TargetGroup } from '#data-plane/targets/target-group.ts'
import { startBackend, type Backend } from './support/backend.ts'
import type { IntegrationDefinition } from './support/definition.ts'
import { serverCertificate } from '../../support/certificates.ts'
import { TlsBackend } from '../http/support/tls-backend.ts'
import { startHouse, type House } from './support/house.ts'
import type { RawReply } from './support/raw-http.ts'

// Developer guide, "Set up an API Gateway API with private integrations".

const LISTENER = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/x/1/2'

let house: House
const backends: Backend[] = []
const groups = new Map<string, TargetGroup>()
const lines: string[] = []
let count = 0

beforeAll(async () => {
  const log = createLog('info', 'text', (line) => lines.push(line))
  const targets = {
    find: (names: readonly string[]) => groups.get(names.find((name) => groups.has(name)) ?? ''),
  }
  house = await startHouse({ targets, log })
  for (const name of ['link', LISTENER]) {
    const backend = await startBackend()
    backend.answer = { body: name }
    backends.push(backend)
    const definition = {
      name,
      targets: [{ address: `127.0.0.1:${backend.port}`, weight: 1 }],
      connectTimeoutMs: 1000,
    }
    groups.set(name, new TargetGroup(definition))
  }
})
afterAll(async () => {
  await house.stop()
  for (const backend of backends) await backend.stop()
})

function send(
  integration: Partial<IntegrationDefinition>,
  vpcLinks: Readonly<Record<string, readonly string[]>> = {},
): Promise<RawReply> {
  const apiId = `link${++count}`
  const whole: IntegrationDefinition = {
    type: 'HTTP_PROXY',
    httpMethod: 'GET',
    uri: 'http://nlb.internal:8080/pets?a=1',
    connectionType: 'VPC_LINK',
    integrationResponses: { 200: {} },
    ...integration,
  }
  house.deploy(
    apiId,
    { paths: { '/x': { GET: { integration: whole } } }, variables: { link: 'link' } },
    { vpcLinks },
  )
  return house.send(apiId, { target: '/x' })
}

for (const type of ['HTTP', 'HTTP_PROXY'] as const) {
  test(`${type}: the link says where, the uri what is asked and of whom`, async () => {
    const [backend] = backends
    const reply = await send({ type, connectionId: 'link' })
    expect([reply.status, reply.body]).toEqual([200, 'link'])
    const received = backend?.received.at(-1)
    expect(received?.target).toBe('/pets?a=1')
    expect(received?.headers.filter((line) => /^host:/i.test(line))).toEqual(['Host: nlb.internal:8080'])
  })
}

test('a link that a stage variable names', async () => {
  expect((await send({ connectionId: '${stageVariables.link}' })).body).toBe('link')
})

test('a link that is known by its name, or by what it leads to', async () => {
  expect((await send({ connectionId: 'id' }, { id: ['arn', 'link'] })).body).toBe('link')
})

test('an integration target comes before the link', async () => {
  expect((await send({ connectionId: 'link', integrationTarget: LISTENER })).body).toBe(LISTENER)
})

test('the default port is not in Host', async () => {
  await send({ connectionId: 'link', uri: 'http://nlb.internal:80/' })
  expect(backends[0]?.received.at(-1)?.headers).toContain('Host: nlb.internal')
})

test('a link that leads nowhere is 500, and the log says what to add', async () => {
  lines.length = 0
  const reply = await send({ connectionId: 'other' }, { other: ['arn:x'] })
  expect([reply.status, reply.body]).toEqual([500, '{"message": "Internal server error"}'])
  expect(lines.join('\n')).toContain('no targets are known for the VPC link other')
  expect(lines.join('\n')).toMatch(/add .*other.* or .*arn:x.* to the file of --targets/)
})

test('a link that a stage variable leaves empty is told at the deployment', async () => {
  expect((await send({ connectionId: '${stageVariables.none}' })).status).toBe(500)
})

describe('TLS with a target', () => {
  const { certificate, key } = serverCertificate('pets.internal')
  const uri = 'https://pets.internal/'
  let backend: TlsBackend
  beforeAll(async () => {
    backend = await TlsBackend.start({ cert: certificate, key })
    const common = { targets: [{ address: `127.0.0.1:${backend.port}`, weight: 1 }], connectTimeoutMs: 1000 }
    const kinds = {
      plain: {},
      trusting: { tls: { ca: certificate } },
      misnamed: { tls: { ca: certificate, serverName: 'other.internal' } },
      careless: { tls: { insecureSkipVerification: true } },
      secured: { protocol: 'https', tls: { ca: certificate } },
    } as const
    for (const [name, more] of Object.entries(kinds)) {
      groups.set(name, new TargetGroup({ name, ...common, ...more }))
    }
  })
  afterAll(() => backend.stop())

  const cases: readonly [
    connectionId: string,
    integration: Partial<IntegrationDefinition>,
    status: number,
  ][] = [
    ['plain', { uri }, 504],
    ['plain', { uri, tlsConfig: { insecureSkipVerification: true } }, 200],
    ['trusting', { uri }, 200],
    ['misnamed', { uri }, 504],
    ['careless', { uri }, 200],
    ['secured', { uri: 'http://pets.internal/' }, 200],
  ]
  for (const [connectionId, integration, status] of cases) {
    const how = integration.tlsConfig === undefined ? '' : ', not verified'
    test(`${connectionId}: ${integration.uri}${how} is ${status}`, async () => {
      const reply = await send({ connectionId, ...integration })
      expect(reply.status).toBe(status)
      if (status === 200) expect(JSON.parse(reply.body)).toMatchObject({ name: 'pets.internal' })
    })
  }
})
