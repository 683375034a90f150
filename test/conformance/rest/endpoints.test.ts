import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { Resolver } from '#http/resolver.ts'
import { serverCertificate } from '../../support/certificates.ts'
import { TlsBackend } from '../http/support/tls-backend.ts'
import type { IntegrationDefinition } from './support/definition.ts'
import { startHouse, type House } from './support/house.ts'

// Endpoints that cannot be found, and those that cannot be trusted.

let house: House
let backend: TlsBackend

beforeAll(async () => {
  const resolver = new Resolver({
    lookup: async (name) => {
      if (name.endsWith('.invalid')) throw new Error(`no address of ${name}`)
      return [{ address: '127.0.0.1', family: 4, ttlSeconds: 60 }]
    },
  })
  house = await startHouse({ client: { resolver } })
  const { certificate, key } = serverCertificate('self.test')
  backend = await TlsBackend.start({ cert: certificate, key })
})

afterAll(async () => {
  await house.stop()
  backend.stop()
})

describe.each(['HTTP', 'HTTP_PROXY'] as const)('%s', (type) => {
  /** Status, body, and what kind of error. */
  async function ask(uri: string, integration: Partial<IntegrationDefinition> = {}): Promise<unknown[]> {
    house.deploy('endpoint', {
      paths: {
        '/x': {
          GET: {
            integration: { type, httpMethod: 'GET', uri, integrationResponses: { 200: {} }, ...integration },
          },
        },
      },
    })
    const reply = await house.send('endpoint', { target: '/x' })
    return [reply.status, reply.body, reply.header('x-amzn-ErrorType')]
  }

  const internal = [500, '{"message": "Internal server error"}', 'InternalServerErrorException']

  test('a host that has no address', async () => {
    expect(await ask('http://nowhere.invalid/')).toEqual(internal)
  })

  test('a certificate that nobody vouches for', async () => {
    expect(await ask(`https://self.test:${backend.port}/`)).toEqual([
      504,
      '{"message": "Network error communicating with endpoint"}',
      'InternalServerErrorException',
    ])
  })

  // Developer guide, "TlsConfig": `insecureSkipVerification`.
  test('and one that need not be vouched for', async () => {
    const tlsConfig = { insecureSkipVerification: true }
    const [status, body] = await ask(`https://self.test:${backend.port}/`, { tlsConfig })
    expect([status, JSON.parse(String(body))]).toMatchObject([200, { name: 'self.test' }])
  })

  test('no HTTP where HTTP is expected', async () => {
    expect(await ask(`http://self.test:${backend.port}/`)).toEqual([
      504,
      '{"message": "Network error communicating with endpoint"}',
      'InternalServerErrorException',
    ])
  })
})
