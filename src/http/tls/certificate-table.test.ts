import { expect, test } from 'bun:test'
import { createPrivateKey } from 'node:crypto'
import { Authority, serverCertificate } from '../../../test/support/certificates.ts'
import { CertificateTable, type ServerIdentities } from './certificate-table.ts'

const one = serverCertificate('one.test')
const two = serverCertificate('two.test')
const rsa = Authority.create('CA').issue({ commonName: 'rsa.test', dnsNames: ['rsa.test'], algorithm: 'rsa' })

const broken: readonly (readonly [name: string, identities: ServerIdentities, message: RegExp])[] = [
  [
    'a key of another certificate',
    { fallback: { ...one, key: two.key } },
    /of the default cannot be used: .*mismatch/i,
  ],
  ['no certificate', { fallback: { ...one, certificate: '' } }, /no PEM certificate for the default/],
  ['no key', { fallback: { ...one, key: '' } }, /no PEM key, not encrypted, for the default/],
  [
    'a key that is not PEM',
    { fallback: { ...one, key: 'secret-of-mine' } },
    /no PEM key, not encrypted, for the default/,
  ],
  [
    'an empty trust store',
    { byName: new Map([['a.test', { ...one, trustStore: '' }]]) },
    /in the trust store of a\.test/,
  ],
  [
    'a name that is none',
    { byName: new Map([['https://a.test', one]]) },
    /"https:\/\/a\.test" is not a server name/,
  ],
  ['a wildcard elsewhere', { byName: new Map([['a.*.test', one]]) }, /is not a server name/],
  [
    'one name in two spellings',
    {
      byName: new Map([
        ['a.test', one],
        ['A.test', two],
      ]),
    },
    /two certificates for a\.test/,
  ],
]
for (const [name, identities, message] of broken) {
  test(`${name} is refused, and what there was is kept`, () => {
    const table = new CertificateTable({ fallback: one })
    const before = table.find('a.test')
    let refusal = ''
    try {
      table.swap(identities)
    } catch (error) {
      refusal = String(error)
    }
    expect(refusal).toMatch(message)
    expect(refusal).not.toContain('secret')
    expect(refusal).not.toContain('KEY-----')
    expect(table.find('a.test')).toBe(before as NonNullable<typeof before>)
  })
}

test('an encrypted key is refused, not asked for', () => {
  const key = createPrivateKey(one.key)
  for (const [type, cipher] of [
    ['pkcs8', 'aes-256-cbc'],
    ['sec1', 'aes-128-cbc'],
  ] as const) {
    const encrypted = key.export({ type, format: 'pem', cipher, passphrase: 'secret' }).toString()
    expect(() => new CertificateTable({ fallback: { ...one, key: encrypted } })).toThrow(/not encrypted/)
  }
})

test('RSA keys and PKCS #1 are fine', () => {
  const key = createPrivateKey(rsa.key).export({ type: 'pkcs1', format: 'pem' }).toString()
  expect(new CertificateTable({ fallback: { ...rsa, key } }).find(undefined)).toBeDefined()
})

test('the most exact name wins', () => {
  const table = new CertificateTable({
    byName: new Map([
      ['a.test', one],
      ['*.a.test', two],
      ['B.a.test', rsa],
    ]),
  })
  const [exact, wild, inner] = ['a.test', 'x.a.test', 'b.a.test'].map((name) => table.find(name))
  expect(new Set([exact, wild, inner]).size).toBe(3)
  expect(table.find('y.a.test')).toBe(wild as NonNullable<typeof wild>)
  for (const name of ['x.y.a.test', 'test', 'c.test', undefined]) {
    expect(table.find(name)).toBeUndefined()
  }
})

test('a swap prepares again only what changed', () => {
  const byName = new Map([
    ['a.test', { ...one }],
    ['b.test', { ...two }],
  ])
  const table = new CertificateTable({ byName })
  const before = ['a.test', 'b.test'].map((name) => table.find(name))
  byName.set('b.test', { ...two, securityPolicy: 'SecurityPolicy_TLS13_1_3_2025_09' } as typeof two)
  byName.set('a.test', { ...one })
  table.swap({ byName })
  expect(table.find('a.test')).toBe(before[0] as NonNullable<(typeof before)[0]>)
  expect(table.find('b.test')).not.toBe(before[1] as NonNullable<(typeof before)[0]>)
})
