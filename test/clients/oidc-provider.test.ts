import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'
import { mock } from '../conformance/rest/support/definition.ts'
import { startHouse, type House } from '../conformance/rest/support/house.ts'
import { ecKey, rsaKey } from '../conformance/rest/support/token-issuer.ts'

// A certified OpenID Connect server stands in for a user pool: its discovery, its keys, its tokens, by each algorithm.

const POOL = 'arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Oidc00001'
const ALGORITHMS = ['RS256', 'PS256', 'ES256'] as const
let server: Server
let issuer: string
let house: House

beforeAll(async () => {
  server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const keys = ALGORITHMS.map((alg) => {
    const { id, privateKey } = alg === 'ES256' ? ecKey(`key ${alg}`, 'P-256') : rsaKey(`key ${alg}`)
    return { ...privateKey.export({ format: 'jwk' }), kid: id, alg, use: 'sig' }
  })
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'machine',
        client_secret: 'a secret of some length',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    jwks: { keys },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_: unknown, resource: string) => ({
          scope: 'orders/read orders/write',
          audience: 'orders',
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: resource.split(':').at(-1) } },
        }),
      },
    },
  })
  server.on('request', provider.callback())
  house = await startHouse({ standIns: new Map([[POOL, { issuer, audiences: ['orders'] }]]) })
  house.deploy('oidc', {
    paths: {
      '/x': {
        GET: {
          authorizationType: 'COGNITO_USER_POOLS',
          authorizerId: 'auth',
          authorizationScopes: ['orders/read'],
          integration: mock('$context.authorizer.claims.client_id'),
        },
      },
    },
    authorizers: [{ id: 'auth', type: 'COGNITO_USER_POOLS', providerARNs: [POOL] }],
  })
})
afterAll(async () => {
  await house.stop()
  server.closeAllConnections()
  server.close()
})

async function tokenFor(algorithm: string, scope: string): Promise<string> {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa('machine:a+secret+of+some+length')}` },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope,
      resource: `urn:orders:${algorithm}`,
    }),
  })
  const answer = (await response.json()) as { readonly access_token?: string }
  if (answer.access_token === undefined) throw new Error(JSON.stringify(answer))
  return answer.access_token
}

for (const algorithm of ALGORITHMS) {
  test(`its ${algorithm} tokens come in by their scopes`, async () => {
    const ask = async (token: string) =>
      house.send('oidc', { target: '/x', headers: [`Authorization: Bearer ${token}`] })
    const good = await tokenFor(algorithm, 'orders/read')
    const { status, body } = await ask(good)
    expect([status, body]).toEqual([200, 'machine'])
    expect((await ask(await tokenFor(algorithm, 'orders/write'))).status).toBe(401)
    const [header, claims, signature = ''] = good.split('.')
    const turned = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`
    expect((await ask(`${header}.${claims}.${turned}`)).status).toBe(401)
  })
}
