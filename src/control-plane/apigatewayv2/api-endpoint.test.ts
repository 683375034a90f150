import { expect, test } from 'bun:test'
import { awsPortalAddress, portalBelow } from './api-endpoint.ts'

const cases: Readonly<Record<string, readonly [url: string, origin: string]>> = {
  'a name': ['http://localhost:4566', 'http://p-abc.apigw-portal.us-east-1.localhost:4566'],
  'an address has no names below it': [
    'http://127.0.0.1:4566',
    'http://p-abc.apigw-portal.us-east-1.localhost:4566',
  ],
  'of IPv6': ['http://[::1]:4566', 'http://p-abc.apigw-portal.us-east-1.localhost:4566'],
  'the usual port': ['https://apis.example.com', 'https://p-abc.apigw-portal.us-east-1.apis.example.com'],
}

for (const [title, [url, origin]] of Object.entries(cases)) {
  test(`where a portal is read: ${title}`, () => {
    expect(portalBelow(url, 'abc', 'us-east-1')).toEqual({
      origin,
      domainName: origin.replace(/^.*\/\//, ''),
    })
  })
}

test('where AWS has portals', () => {
  expect(awsPortalAddress('abc', 'eu-west-1').origin).toBe('https://p-abc.apigw-portal.eu-west-1.on.aws')
})
