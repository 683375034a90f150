import { beforeEach, expect, test } from 'bun:test'
import { createLog } from '#base/log.ts'
import type { DomainName } from '#model/domain-name.ts'
import { Authority, serverCertificate } from '../../test/support/certificates.ts'
import type { DeployedDomain } from './served-domains.ts'
import { ServerCertificates } from './server-certificates.ts'

let told: string[]
let certificates: ServerCertificates
beforeEach(() => {
  told = []
  certificates = new ServerCertificates(createLog('warn', 'text', (line) => told.push(line)))
})

const trustStore = Authority.create('Clients').certificate
const uri = { mutualTlsAuthentication: { truststoreUri: 's3://b/k' } }
function deployed(
  domainName: string,
  more: Partial<DeployedDomain> = {},
  domain: Partial<DomainName> = {},
): DeployedDomain {
  return {
    id: `a/r/${domainName}`,
    domain: {
      domainName,
      securityPolicy: 'TLS_1_2',
      routingMode: 'ROUTING_RULE_ONLY',
      ...domain,
    } as DomainName,
    mappings: [],
    rules: [],
    ...more,
  }
}
const mutualOf = (name: string): boolean | undefined => certificates.table.find(name)?.mutual

test('what a domain name asks of clients holds, whichever certificate it has', () => {
  certificates.configure({
    fallback: serverCertificate('default'),
    byName: new Map([
      ['exact.example.com', serverCertificate('exact.example.com')],
      ['*.folder.test', serverCertificate('*.folder.test')],
    ]),
  })
  expect([mutualOf('exact.example.com'), mutualOf('other.test')]).toEqual([false, false])
  certificates.putDomain(deployed('*.example.com', { trustStore }, uri))
  certificates.putDomain(deployed('a.folder.test', { trustStore }, uri))
  expect(['exact.example.com', 'x.example.com', 'a.folder.test'].map(mutualOf)).toEqual([true, true, true])
  expect(['b.folder.test', 'other.test'].map(mutualOf)).toEqual([false, false])
  // A name of its own asks for what it asks, with the certificate of the wildcard.
  certificates.putDomain(deployed('free.example.com'))
  expect(mutualOf('free.example.com')).toBe(false)
  certificates.removeDomain('a/r/free.example.com')
  expect(mutualOf('free.example.com')).toBe(true)
  certificates.clearDomains()
  expect(['exact.example.com', 'x.example.com'].map(mutualOf)).toEqual([false, false])
})

test('a certificate that cannot be used is told and holds up no other', () => {
  const broken = { certificate: serverCertificate('a').certificate, key: serverCertificate('b').key }
  certificates.putDomain(deployed('broken.test', { identity: broken }))
  certificates.putDomain(deployed('good.test', { identity: serverCertificate('good.test') }))
  expect(told.join()).toMatch(/the certificate of a domain name cannot be used .*domain=broken\.test/)
  expect(told.join()).not.toContain('PRIVATE')
  expect(certificates.table.find('broken.test')).toBeUndefined()
  expect(certificates.table.find('good.test')).toBeDefined()
})

test('without a trust store that can be read nobody is asked, and so nobody comes in by mutual TLS', () => {
  const identity = serverCertificate('m.test')
  certificates.putDomain(deployed('m.test', { identity }, uri))
  expect(mutualOf('m.test')).toBe(false)
})

test('what is configured and cannot be used leaves all as it was', () => {
  certificates.configure({ fallback: serverCertificate('default'), byName: new Map() })
  const before = certificates.table.find(undefined)
  expect(() =>
    certificates.configure({ fallback: { certificate: '', key: '' }, byName: new Map() }),
  ).toThrow()
  expect(certificates.table.find(undefined)).toBe(before as NonNullable<typeof before>)
})
