import { expect, test } from 'bun:test'
import { X509Certificate, createPrivateKey, randomBytes } from 'node:crypto'
import { silentLog } from '#base/log.ts'
import { records } from '#model/records.ts'
import { createSealer, sealingKeyBytes } from '#store/sealing.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import {
  account,
  now,
  playCalls,
  playCallsOn,
  region,
  withIntegration,
  type PlayedCall,
} from '../../../test/support/play-calls.ts'
import { clientCertificatePlace } from '#model/client-certificate.ts'

const none: readonly [string, string] = [
  'NotFoundException',
  'Invalid Client Certificate identifier specified',
]
const withCertificate: readonly PlayedCall[] = [
  { call: 'GenerateClientCertificate', with: { description: 'backends' }, as: 'certificate' },
]
const id = { clientCertificateId: '$certificate.clientCertificateId' }
const shown = {
  ...id,
  description: 'backends',
  pemEncodedCertificate: '$certificate.pemEncodedCertificate',
  createdDate: now,
  expirationDate: now + 365 * 86_400_000,
}
const useIn = (stage: string, value: string): Omit<PlayedCall, 'gives'> => ({
  call: 'UpdateStage',
  with: {
    restApiId: '$api.id',
    stageName: stage,
    patchOperations: [{ op: 'replace', path: '/clientCertificateId', value }],
  },
})

const cases: Readonly<Record<string, readonly PlayedCall[]>> = {
  'a certificate from creation to deletion': [
    ...withCertificate,
    { call: 'GetClientCertificate', with: id, gives: { ...shown, tags: {} } },
    { call: 'GetClientCertificates', gives: { items: [shown] } },
    {
      call: 'UpdateClientCertificate',
      with: { ...id, patchOperations: [{ op: 'replace', path: '/description', value: '' }] },
      gives: { ...shown, description: undefined, tags: {} },
    },
    {
      call: 'UpdateClientCertificate',
      with: { ...id, patchOperations: [{ op: 'replace', path: '/x', value: '' }] },
      fails: ['BadRequestException', 'Invalid patch path /x'],
    },
    { call: 'DeleteClientCertificate', with: id, gives: {} },
    { call: 'GetClientCertificate', with: id, fails: none },
    { call: 'DeleteClientCertificate', with: id, fails: none },
  ],
  'a certificate that a stage shows stays': [
    ...withCertificate,
    ...withIntegration,
    { call: 'CreateDeployment', with: { restApiId: '$api.id', stageName: 'prod' } },
    {
      ...useIn('prod', 'unknown'),
      fails: ['BadRequestException', 'Client certificate id does not exist'],
    },
    { ...useIn('prod', '$certificate.clientCertificateId'), has: id },
    {
      call: 'DeleteClientCertificate',
      with: id,
      fails: [
        'BadRequestException',
        'Cannot delete Client Certificate $certificate.clientCertificateId because there are API Stages associated with it, including $api.id:prod',
      ],
    },
    useIn('prod', ''),
    { call: 'DeleteClientCertificate', with: id, gives: {} },
  ],
}

for (const [name, calls] of Object.entries(cases)) test(name, () => playCalls(calls))

test('it is an X.509 certificate of an RSA key, which the store keeps and no answer shows', async () => {
  const store = openSqliteStore({ path: ':memory:', log: silentLog })
  const sealer = createSealer(randomBytes(sealingKeyBytes))
  await playCallsOn(store, withCertificate, { sealer })
  const [kept] = await store.list(records.clientCertificate, { account, region, parent: '' })
  const key = await store.read(records.clientCertificateKey, {
    account,
    region,
    parent: '',
    id: kept?.id as string,
  })
  const certificate = new X509Certificate(kept?.value.pemEncodedCertificate as string)
  expect(certificate.subject).toBe('CN=ApiGateway')
  expect(certificate.verify(certificate.publicKey)).toBe(true)
  expect(key?.value.pem).toStartWith('sealed:1:')
  const opened = sealer.open(key?.value.pem ?? '', clientCertificatePlace(kept?.id ?? ''))
  expect(certificate.checkPrivateKey(createPrivateKey(opened))).toBe(true)
  expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048)
  expect(new Date(certificate.validFrom).getTime()).toBe(now)
  expect(new Date(certificate.validTo).getTime()).toBe(now + 365 * 86_400_000)
  expect(JSON.stringify(kept)).not.toContain('PRIVATE')
  await store.close()
})
