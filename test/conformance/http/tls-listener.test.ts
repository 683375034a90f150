import { afterAll, expect, test } from 'bun:test'
import type { ConnectionOptions } from 'node:tls'
import { textBody } from '#http/body.ts'
import type { Peer } from '#http/connection.ts'
import { Headers } from '#http/headers.ts'
import type { HttpHandler } from '#http/message.ts'
import { startHttpServer } from '#http/server.ts'
import { CertificateTable, type ServerIdentity } from '#http/tls/certificate-table.ts'
import { readRevocationLists } from '#http/tls/revocation-list.ts'
import type { SecurityPolicy } from '#http/tls/security-policy.ts'
import { Authority, serverCertificate } from '../../support/certificates.ts'
import { tlsRequest, tlsSession } from './support/tls-client.ts'

const itself = serverCertificate('itself')
const authority = Authority.create('Clients of Example')
const middle = authority.intermediate('Department')
const rogue = Authority.create('Clients of Example')
const revoked = authority.issue({ commonName: 'revoked' })

const policies: readonly SecurityPolicy[] = [
  'TLS_1_0',
  'TLS_1_2',
  'SecurityPolicy_TLS13_1_3_2025_09',
  'SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09',
]
const identity = (name: string, more: Partial<ServerIdentity> = {}): [string, ServerIdentity] => [
  name,
  { ...serverCertificate(name), ...more },
]
const certificates = new CertificateTable({
  byName: new Map([
    identity('exact.example.com'),
    identity('*.example.com'),
    identity('mutual.test', {
      trustStore: authority.certificate,
      revoked: readRevocationLists(authority.revoke(revoked)),
    }),
    ...policies.map((securityPolicy) => identity(policyName(securityPolicy), { securityPolicy })),
  ]),
  fallback: serverCertificate('default'),
})

function policyName(policy: SecurityPolicy): string {
  return `${policy.toLowerCase()}.policy.test`
}

const peers: Peer[] = []
const handler: HttpHandler = ({ peer }) => {
  peers.push(peer)
  return { status: 200, headers: new Headers(), body: textBody('fine') }
}
const server = startHttpServer({
  hostname: '127.0.0.1',
  port: 0,
  handler,
  http2: false,
  tls: { certificates },
})
afterAll(() => server.stop({ graceMs: 100 }))

const byName: readonly (readonly [servername: string, shown: string])[] = [
  ['exact.example.com', 'exact.example.com'],
  ['EXACT.example.COM', 'exact.example.com'],
  ['other.example.com', '*.example.com'],
  ['two.levels.example.com', 'default'],
  ['example.com', 'default'],
  ['unknown.test', 'default'],
  ['', 'default'],
]
for (const [servername, shown] of byName) {
  test(`a client that asks for '${servername}' is shown the certificate of ${shown}`, async () => {
    const { server: found, text } = await tlsRequest(server.port, { servername })
    expect(found).toBe(shown)
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*fine$/)
    expect(peers.pop()).toEqual({
      address: '127.0.0.1',
      secure: true,
      serverName: servername.toLowerCase() || undefined,
      certificate: undefined,
    })
  })
}

const versions = [
  ['TLS_1_0', 'TLSv1', 'TLSv1'],
  ['TLS_1_0', 'TLSv1.3', 'TLSv1.3'],
  ['TLS_1_2', 'TLSv1.1', undefined],
  ['TLS_1_2', 'TLSv1.2', 'TLSv1.2'],
  ['TLS_1_2', 'TLSv1.3', 'TLSv1.3'],
  ['SecurityPolicy_TLS13_1_3_2025_09', 'TLSv1.2', undefined],
  ['SecurityPolicy_TLS13_1_3_2025_09', 'TLSv1.3', 'TLSv1.3'],
] as const
for (const [policy, version, expected] of versions) {
  test(`${policy} and a client of ${version}`, async () => {
    const { protocol } = await tlsRequest(server.port, {
      servername: policyName(policy),
      minVersion: version,
      maxVersion: version,
    })
    expect(protocol).toBe(expected)
  })
}

const ciphers = [
  ['TLS_1_0', 'ECDHE-ECDSA-AES128-SHA', true],
  ['TLS_1_2', 'ECDHE-ECDSA-AES128-SHA', false],
  ['TLS_1_2', 'ECDHE-ECDSA-AES128-GCM-SHA256', true],
  ['TLS_1_2', 'ECDHE-ECDSA-CHACHA20-POLY1305', false],
  ['SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09', 'ECDHE-ECDSA-AES256-GCM-SHA384', true],
  ['SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09', 'ECDHE-ECDSA-AES256-SHA', false],
] as const
for (const [policy, cipher, accepted] of ciphers) {
  test(`${policy} ${accepted ? 'accepts' : 'refuses'} ${cipher}`, async () => {
    const { protocol } = await tlsRequest(server.port, {
      servername: policyName(policy),
      maxVersion: 'TLSv1.2',
      ciphers: cipher,
    })
    expect(protocol).toBe(accepted ? 'TLSv1.2' : undefined)
  })
}

const direct = authority.issue({ commonName: 'client, direct' })
const viaMiddle = middle.issue({ commonName: 'via middle' })
const expired = authority.issue({ commonName: 'expired', years: [-3, -1] })
const future = authority.issue({ commonName: 'future', years: [1, 2] })
const untrusted = rogue.issue({ commonName: 'rogue' })
const NO_ISSUER = 'Could not find issuer for certificate'
/** Of a client that is let in: its name, and why it is not trusted. */
const mutual: readonly [name: string, options: ConnectionOptions, subject?: string, fault?: string][] = [
  ['no certificate', {}],
  ['a certificate', { cert: direct.certificate, key: direct.key }, 'CN=client\\, direct,O=Example'],
  [
    'a certificate with its intermediate',
    { cert: viaMiddle.certificate + middle.certificate, key: viaMiddle.key },
    'CN=via middle,O=Example',
  ],
  [
    'a certificate without its intermediate',
    { cert: viaMiddle.certificate, key: viaMiddle.key },
    'CN=via middle,O=Example',
    NO_ISSUER,
  ],
  [
    'an expired certificate',
    { cert: expired.certificate, key: expired.key },
    'CN=expired,O=Example',
    'certificate has expired',
  ],
  [
    'a certificate of the future',
    { cert: future.certificate, key: future.key },
    'CN=future,O=Example',
    'certificate is not yet valid',
  ],
  [
    'a certificate that vouches for itself',
    { cert: itself.certificate, key: itself.key },
    'CN=itself,O=Example',
    'self signed certificate',
  ],
  [
    'a certificate that was taken back',
    { cert: revoked.certificate, key: revoked.key },
    'CN=revoked,O=Example',
    'the certificate is revoked',
  ],
  [
    'a certificate of a rogue of the same name',
    { cert: untrusted.certificate, key: untrusted.key },
    'CN=rogue,O=Example',
    'certificate signature failure',
  ],
]
for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  for (const [name, options, subject, fault] of mutual) {
    test(`mutual TLS, ${version}: ${name}: ${subject === undefined ? 'the end' : (fault ?? 'trusted')}`, async () => {
      peers.length = 0
      const limits = { minVersion: version, maxVersion: version }
      const { text } = await tlsRequest(server.port, { servername: 'mutual.test', ...limits, ...options })
      expect(text.slice(0, 15)).toBe(subject === undefined ? '' : 'HTTP/1.1 200 OK')
      expect(
        peers.map(({ certificate, certificateFault }) => [certificate?.subject, certificateFault]),
      ).toEqual(subject === undefined ? [] : [[subject, fault]])
    })
  }
}

test('a resumed session is trusted no more than the first one', async () => {
  const own = { servername: 'mutual.test', cert: expired.certificate, key: expired.key }
  const options = { ...own, maxVersion: 'TLSv1.2' } as const
  const session = await tlsSession(server.port, options)
  peers.length = 0
  await tlsRequest(server.port, { ...options, session })
  expect(peers.map(({ certificateFault }) => certificateFault)).toEqual(['certificate has expired'])
})

test('the client certificate is told in the words of API Gateway', async () => {
  peers.length = 0
  await tlsRequest(server.port, { servername: 'mutual.test', cert: direct.certificate, key: direct.key })
  const year = new Date().getUTCFullYear()
  expect(peers[0]?.certificate).toEqual({
    pem: direct.certificate,
    subject: 'CN=client\\, direct,O=Example',
    issuer: 'CN=Clients of Example,O=Example',
    serialNumber: '12',
    notBefore: `Jan  2 03:04:05 ${year - 1} GMT`,
    notAfter: `Jan  2 03:04:05 ${year + 2} GMT`,
  })
})

test('a certificate is not asked for where it is not wanted, and not believed', async () => {
  peers.length = 0
  await tlsRequest(server.port, {
    servername: 'exact.example.com',
    cert: direct.certificate,
    key: direct.key,
  })
  expect(peers.map(({ certificate }) => certificate)).toEqual([undefined])
})

test('a session is resumed, also one with a client certificate, and only under its own name', async () => {
  for (const [servername, own] of [
    ['exact.example.com', {}],
    ['mutual.test', { cert: direct.certificate, key: direct.key }],
  ] as const) {
    const options = { servername, ...own, maxVersion: 'TLSv1.2' } as const
    const session = await tlsSession(server.port, options)
    peers.length = 0
    expect(await tlsRequest(server.port, { ...options, session })).toMatchObject({ resumed: true })
    expect(peers[0]?.certificate?.subject).toBe(
      servername === 'mutual.test' ? 'CN=client\\, direct,O=Example' : undefined,
    )
    const elsewhere = await tlsRequest(server.port, { ...options, session, servername: 'other.example.com' })
    expect(elsewhere).toMatchObject({ resumed: false, server: '*.example.com' })
  }
  const session = await tlsSession(server.port, { servername: 'exact.example.com', maxVersion: 'TLSv1.2' })
  expect(
    (await tlsRequest(server.port, { servername: 'mutual.test', session, maxVersion: 'TLSv1.2' })).text,
  ).toBe('')
})
