import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { IpRanges, parseRange, type IpRange } from '#base/ip-range.ts'
import type { ForwardingHeader } from '#http/trusted-proxies.ts'
import { startBackend, type Backend } from './support/backend.ts'
import { lambdaProxy, mock } from './support/definition.ts'
import { echo, LocalFunctions } from './support/functions.ts'
import { startHouse, type House } from './support/house.ts'

interface ClientCase {
  readonly name: string
  /** How the gateway is set; undefined: it trusts nobody. */
  readonly trust?: ForwardingHeader
  readonly headers: readonly string[]
  readonly sourceIp: string
  /** X-Forwarded-For, -Port, -Proto as the backend sees them. */
  readonly onward: readonly [forwardedFor: string, port: string, proto: string]
}

const said = [
  'X-Forwarded-For: 6.6.6.6, 192.0.2.1',
  'X-Forwarded-Proto: https',
  'X-Forwarded-Port: 8443',
  'Forwarded: for=192.0.2.2;proto=https',
]
const chain = '6.6.6.6, 192.0.2.1, 127.0.0.1'

const cases: readonly ClientCase[] = [
  { name: 'nobody is trusted', headers: said, sourceIp: '127.0.0.1', onward: [chain, '80', 'http'] },
  {
    name: 'a proxy is trusted',
    trust: 'x-forwarded-for',
    headers: said,
    sourceIp: '192.0.2.1',
    onward: [chain, '8443', 'https'],
  },
  {
    name: 'a proxy is trusted and tells in Forwarded',
    trust: 'forwarded',
    headers: said,
    sourceIp: '192.0.2.2',
    onward: [chain, '443', 'https'],
  },
  {
    name: 'a trusted proxy says nothing',
    trust: 'x-forwarded-for',
    headers: [],
    sourceIp: '127.0.0.1',
    onward: ['127.0.0.1', '80', 'http'],
  },
  {
    name: 'several lines stay in order',
    trust: 'x-forwarded-for',
    headers: ['X-Forwarded-For: 6.6.6.6', 'x-forwarded-for: 192.0.2.1'],
    sourceIp: '192.0.2.1',
    onward: [chain, '80', 'http'],
  },
]

const houses = new Map<ForwardingHeader | undefined, House>()
let backend: Backend

beforeAll(async () => {
  backend = await startBackend()
  const ranges = new IpRanges([parseRange('127.0.0.0/8') as IpRange])
  for (const header of [undefined, 'x-forwarded-for', 'forwarded'] as const) {
    const house = await startHouse(header === undefined ? {} : { trustedProxies: { ranges, header } })
    house.functions = new LocalFunctions({ f: echo })
    house.deploy('who', {
      paths: {
        '/proxy': {
          GET: {
            integration: { type: 'HTTP_PROXY', httpMethod: 'GET', uri: `http://127.0.0.1:${backend.port}/` },
          },
        },
        '/function': { GET: { integration: lambdaProxy('f') } },
        '/context': { GET: { integration: mock('$context.identity.sourceIp') } },
      },
    })
    houses.set(header, house)
  }
})

afterAll(async () => {
  for (const house of houses.values()) await house.stop()
  await backend.stop()
})

describe('who the client is', () => {
  for (const { name, trust, headers, sourceIp, onward } of cases) {
    test(name, async () => {
      const house = houses.get(trust) as House
      expect((await house.send('who', { target: '/context', headers })).body).toBe(sourceIp)
      const event = JSON.parse((await house.send('who', { target: '/function', headers })).body) as {
        headers: Record<string, string>
        requestContext: { identity: { sourceIp: string } }
      }
      expect(event.requestContext.identity.sourceIp).toBe(sourceIp)
      const { headers: given } = event
      expect([given['X-Forwarded-For'], given['X-Forwarded-Port'], given['X-Forwarded-Proto']]).toEqual([
        ...onward,
      ])
      backend.received.length = 0
      await house.send('who', { target: '/proxy', headers })
      const lines = backend.received[0]?.headers.filter((line) => /^x-forwarded/i.test(line))
      expect(lines).toEqual(['For', 'Port', 'Proto'].map((part, i) => `X-Forwarded-${part}: ${onward[i]}`))
    })
  }
})
