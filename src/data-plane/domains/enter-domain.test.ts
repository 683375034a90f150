import { expect, test } from 'bun:test'
import { IpRanges, parseRange, type IpRange } from '#base/ip-range.ts'
import { createLog } from '#base/log.ts'
import type { ClientCertificate, Peer } from '#http/connection.ts'
import { Headers } from '#http/headers.ts'
import type { HttpRequest } from '#http/message.ts'
import type { DomainName } from '#model/domain-name.ts'
import { Address } from '#data-plane/address.ts'
import { parseHost } from '#data-plane/host-name.ts'
import { compileDomain, type DomainPlan } from './domain-plan.ts'
import { DomainTable } from './domain-table.ts'
import { enterDomain } from './enter-domain.ts'

const table = new DomainTable()
for (const domainName of ['*.mutual.test', 'a.mutual.test']) {
  const domain = {
    domainName,
    routingMode: 'BASE_PATH_MAPPING_ONLY',
    mutualTlsAuthentication: { truststoreUri: 's3://b/k' },
  } as DomainName
  const mappings = [{ basePath: '(none)', restApiId: 'api', stage: 's' }]
  table.put(compileDomain({ id: `a/r/${domainName}`, domain, mappings, rules: [] }))
}
const strict = {
  domainName: 'strict.test',
  routingMode: 'BASE_PATH_MAPPING_ONLY',
  endpointAccessMode: 'STRICT',
}
table.put(
  compileDomain({
    id: 'a/r/strict.test',
    domain: strict as DomainName,
    mappings: [{ basePath: '(none)', restApiId: 'api', stage: 's' }],
    rules: [],
  }),
)
const certificate = { subject: 'CN=client' } as ClientCertificate
const trusted = { certificate, serverName: 'a.mutual.test' }

const cases: readonly (readonly [name: string, peer: Partial<Peer>, refusal: string | undefined])[] = [
  ['a trusted certificate', trusted, undefined],
  ['no certificate', { serverName: 'a.mutual.test' }, 'no client certificate'],
  ['a fault', { ...trusted, certificateFault: 'self signed certificate' }, 'self signed certificate'],
  ['another name', { ...trusted, serverName: 'b.mutual.test' }, 'the TLS handshake was for another name'],
  ['no name', { certificate }, 'the TLS handshake was for another name'],
]
for (const [name, more, refusal] of cases) {
  test(`mutual TLS with ${name}: ${refusal ?? 'welcome'}`, () => {
    const lines: string[] = []
    const log = createLog('debug', 'text', (line) => lines.push(line))
    const peer = { address: '192.0.2.1', secure: true, ...more }
    const request = { target: '/x', headers: new Headers([]), peer } as unknown as HttpRequest
    const host = parseHost('A.mutual.test:443')
    const entered = enterDomain(table, table.find(host.key) as DomainPlan, host, request, log)
    if (refusal === undefined) {
      expect(entered instanceof Address && entered.domain?.certificate).toBe(certificate)
      expect(lines).toEqual([])
    } else {
      expect(entered).toMatchObject({ status: 403 })
      expect(lines.join()).toContain(
        `Access denied. Reason: ${refusal} domain=a.mutual.test client=192.0.2.1`,
      )
    }
  })
}

const vpcEndpoints = {
  all: [{ id: 'vpce-1', vpcId: 'vpc-1', ranges: new IpRanges([parseRange('10.0.0.0/8') as IpRange]) }],
  isProxy: () => false,
}
const STRICT: readonly (readonly [name: string, peer: Partial<Peer>, isIn: boolean])[] = [
  ['the same name', { serverName: 'Strict.test' }, true],
  ['another name of this house', { serverName: 'a.mutual.test' }, false],
  ['no name', {}, false],
  ['no TLS', { secure: false }, true],
  ['a VPC endpoint', { serverName: 'strict.test', address: '10.1.2.3' }, false],
]
for (const [name, more, isIn] of STRICT) {
  test(`endpoint access mode STRICT with ${name}: ${isIn ? 'welcome' : 'refused'}`, () => {
    const peer = { address: '192.0.2.1', secure: true, ...more }
    const request = { target: '/x', headers: new Headers([]), peer } as unknown as HttpRequest
    const host = parseHost('strict.test:443')
    const domain = table.find(host.key) as DomainPlan
    const entered = enterDomain(table, domain, host, request, undefined, { vpcEndpoints })
    expect(entered instanceof Address).toBe(isIn)
    if (!isIn) expect(entered).toMatchObject({ status: 403 })
  })
}
