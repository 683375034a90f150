import {
  ACMClient,
  AddTagsToCertificateCommand,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  GetCertificateCommand,
  ImportCertificateCommand,
  ListCertificatesCommand,
  ListTagsForCertificateCommand,
  RemoveTagsFromCertificateCommand,
  RequestCertificateCommand,
  UpdateCertificateOptionsCommand,
} from '@aws-sdk/client-acm'
import { afterAll, expect, test } from 'bun:test'
import { randomBytes, X509Certificate } from 'node:crypto'
import { createAwsEndpoint } from '#aws/service.ts'
import { systemClock } from '#base/clock.ts'
import { silentLog } from '#base/log.ts'
import { startHttpServer } from '#http/server.ts'
import { createSealer, sealingKeyBytes } from '#store/sealing.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { Authority, serverCertificate, type Certificate } from '../../../test/support/certificates.ts'
import { certificateKeyKind } from './certificate-record.ts'
import { createAcm } from './service.ts'

const store = openSqliteStore({ path: ':memory:', log: silentLog })
const users = new Map<string, string[]>()
const sealer = createSealer(randomBytes(sealingKeyBytes))
const acm = createAcm({ store, clock: systemClock, sealer, users: async () => users })
const endpoint = createAwsEndpoint({
  services: [acm.service],
  credentials: { kind: 'any' },
  defaultAccount: '000000000000',
  defaultRegion: 'us-east-1',
  clock: systemClock,
  log: silentLog,
})
const server = startHttpServer({
  hostname: '127.0.0.1',
  port: 0,
  handler: (request) => endpoint.serve(request),
})
const client = new ACMClient({
  endpoint: `http://127.0.0.1:${server.port}`,
  region: 'eu-west-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
})
afterAll(async () => {
  client.destroy()
  await server.stop({ graceMs: 0 })
  await store.close()
})

const bytes = (text: string): Uint8Array => Buffer.from(text)
const importOf = ({ certificate, key }: Certificate, more: object = {}): ImportCertificateCommand =>
  new ImportCertificateCommand({ Certificate: bytes(certificate), PrivateKey: bytes(key), ...more })
const failure = (sent: Promise<unknown>): Promise<unknown> =>
  sent.then(
    () => 'no failure',
    (error: Error) => [error.name, error.message],
  )

const own = serverCertificate('one.test', '*.one.test')
const authority = Authority.create('Root')
const middle = authority.intermediate('Middle')
const issued = middle.issue({ commonName: 'two.test', dnsNames: ['two.test'], algorithm: 'rsa' })

test('a certificate is imported, described, renewed under its ARN, found, and deleted when nobody has it', async () => {
  const { CertificateArn = '' } = await client.send(importOf(own, { Tags: [{ Key: 'a', Value: 'b' }] }))
  expect(CertificateArn).toMatch(/^arn:aws:acm:eu-west-1:000000000000:certificate\/[0-9a-f-]{36}$/)
  const { Certificate } = await client.send(new DescribeCertificateCommand({ CertificateArn }))
  expect(Certificate).toMatchObject({
    DomainName: 'one.test',
    SubjectAlternativeNames: ['one.test', '*.one.test'],
    Status: 'ISSUED',
    Type: 'IMPORTED',
    KeyAlgorithm: 'EC_prime256v1',
    SignatureAlgorithm: 'SHA256WITHECDSA',
    Serial: '01',
    Issuer: 'one.test',
    InUseBy: [],
  })
  expect(Certificate?.NotAfter).toEqual(new Date(new X509Certificate(own.certificate).validTo))
  expect(await client.send(new GetCertificateCommand({ CertificateArn }))).toMatchObject({
    Certificate: own.certificate,
  })
  expect(await acm.find(CertificateArn)).toEqual(own)

  const chain = { CertificateArn, CertificateChain: bytes(middle.certificate + authority.certificate) }
  expect(await client.send(importOf(issued, chain))).toMatchObject({ CertificateArn })
  expect(await acm.find(CertificateArn)).toEqual({
    certificate: issued.certificate + middle.certificate + authority.certificate,
    key: issued.key,
  })
  expect(await client.send(new ListTagsForCertificateCommand({ CertificateArn }))).toMatchObject({
    Tags: [{ Key: 'a', Value: 'b' }],
  })

  users.set(CertificateArn, ['arn:aws:apigateway:eu-west-1::/domainnames/one.test'])
  expect(await failure(client.send(new DeleteCertificateCommand({ CertificateArn })))).toEqual([
    'ResourceInUseException',
    `Certificate ${CertificateArn} is in use by arn:aws:apigateway:eu-west-1::/domainnames/one.test.`,
  ])
  users.clear()
  await client.send(new DeleteCertificateCommand({ CertificateArn }))
  expect(await acm.find(CertificateArn)).toBeUndefined()
  expect(await failure(client.send(new DescribeCertificateCommand({ CertificateArn })))).toEqual([
    'ResourceNotFoundException',
    `Could not find certificate ${CertificateArn}.`,
  ])
})

test('keys are kept sealed', async () => {
  await client.send(importOf(own))
  const kept = await store.scan(certificateKeyKind)
  expect(kept.length).toBeGreaterThan(0)
  for (const { value } of kept) expect(value.key).toStartWith('sealed:1:')
})

const elsewhere = 'arn:aws:acm:us-east-1:000000000000:certificate/none'
const refusals: readonly (readonly [name: string, command: ImportCertificateCommand, RegExp])[] = [
  ['another key', importOf({ ...own, key: issued.key }), /private key must be .* the one of the certificate/],
  ['a key that is none', importOf({ ...own, key: 'secret' }), /private key must be PEM-encoded/],
  ['a certificate that is none', importOf({ ...own, certificate: 'x' }), /must contain a valid PEM-encoded/],
  [
    'two at once',
    importOf({ ...own, certificate: own.certificate + own.certificate }),
    /more than one certificate/,
  ],
  ['no chain', importOf(issued), /Provided certificate is not a valid self signed/],
  ['another chain', importOf(issued, { CertificateChain: bytes(authority.certificate) }), /does not lead/],
  ['what has expired', importOf(authority.issue({ commonName: 'old', years: [-3, -1] })), /has expired/],
  ['an ARN of elsewhere', importOf(own, { CertificateArn: elsewhere }), /Could not find certificate/],
  [
    'tags on the way',
    importOf(own, { CertificateArn: elsewhere, Tags: [{ Key: 'a' }] }),
    /not permitted on re-import/,
  ],
]
for (const [name, command, message] of refusals) {
  test(`${name} is refused`, async () => {
    const found = await failure(client.send(command))
    expect((found as string[])[1]).toMatch(message)
    expect(JSON.stringify(found)).not.toContain('secret')
  })
}

test('a requested certificate is issued at once, for all names, and once for one token', async () => {
  const command = new RequestCertificateCommand({
    DomainName: 'API.example.com',
    SubjectAlternativeNames: ['*.example.com'],
    ValidationMethod: 'DNS',
    IdempotencyToken: 'token1',
  })
  const { CertificateArn = '' } = await client.send(command)
  expect((await client.send(command)).CertificateArn).toBe(CertificateArn)
  const { Certificate } = await client.send(new DescribeCertificateCommand({ CertificateArn }))
  expect(Certificate).toMatchObject({
    DomainName: 'api.example.com',
    SubjectAlternativeNames: ['api.example.com', '*.example.com'],
    Status: 'ISSUED',
    Type: 'AMAZON_ISSUED',
    KeyAlgorithm: 'RSA_2048',
  })
  expect(Certificate?.DomainValidationOptions?.map(({ ResourceRecord }) => ResourceRecord?.Name)).toEqual([
    expect.stringMatching(/^_[0-9a-f]{32}\.api\.example\.com\.$/),
    expect.stringMatching(/^_[0-9a-f]{32}\.example\.com\.$/),
  ])
  const found = await acm.find(CertificateArn)
  const x509 = new X509Certificate(found?.certificate ?? '')
  expect([x509.checkHost('api.example.com'), x509.checkHost('x.example.com')]).toEqual([
    'api.example.com',
    '*.example.com',
  ])
  await client.send(
    new UpdateCertificateOptionsCommand({
      CertificateArn,
      Options: { CertificateTransparencyLoggingPreference: 'DISABLED' },
    }),
  )
  const { CertificateSummaryList: list = [] } = await client.send(
    new ListCertificatesCommand({ Includes: { keyTypes: ['RSA_2048'] } }),
  )
  expect(list.map((summary) => summary.CertificateArn)).toEqual([CertificateArn])
  const tags = [{ Key: 'x', Value: 'y' }, { Key: 'z' }]
  await client.send(new AddTagsToCertificateCommand({ CertificateArn, Tags: tags }))
  await client.send(
    new RemoveTagsFromCertificateCommand({ CertificateArn, Tags: [{ Key: 'z' }, { Key: 'x', Value: 'no' }] }),
  )
  expect((await client.send(new ListTagsForCertificateCommand({ CertificateArn }))).Tags).toEqual([
    { Key: 'x', Value: 'y' },
  ])
})

test('lists come in pages', async () => {
  for (let i = 0; i < 3; i++) await client.send(importOf(own))
  const Includes = { keyTypes: ['EC_prime256v1' as const] }
  const seen: (string | undefined)[] = []
  let NextToken: string | undefined
  do {
    const page = await client.send(new ListCertificatesCommand({ Includes, MaxItems: 2, NextToken }))
    seen.push(...(page.CertificateSummaryList ?? []).map((summary) => summary.CertificateArn))
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  expect(new Set(seen).size).toBe(seen.length)
  expect(seen.length).toBeGreaterThanOrEqual(3)
})
