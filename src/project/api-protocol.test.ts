import { expect, test } from 'bun:test'
import { protocolOf } from './api-protocol.ts'

const get = (operation: object): object => ({ paths: { '/': { get: operation } } })
const cases: readonly (readonly [what: string, root: object, protocol: 'REST' | 'HTTP'])[] = [
  ['nothing', {}, 'REST'],
  ['paths that are none', { paths: [1, null], components: 'a' }, 'REST'],
  ['an integration', get({ 'x-amazon-apigateway-integration': { type: 'aws_proxy' } }), 'REST'],
  ['an export of an HTTP API', { 'x-amazon-apigateway-importexport-version': '1.0' }, 'HTTP'],
  ['CORS that the gateway answers', { 'x-amazon-apigateway-cors': { allowOrigins: ['*'] } }, 'HTTP'],
  ['a payload format', get({ 'x-amazon-apigateway-integration': { payloadFormatVersion: '2.0' } }), 'HTTP'],
  [
    'one of an integration that is referred to',
    { components: { 'x-amazon-apigateway-integrations': { a: { payloadFormatVersion: '1.0' } } } },
    'HTTP',
  ],
  [
    'a default route',
    { paths: { '/$default': { 'x-amazon-apigateway-any-method': { isDefaultRoute: true } } } },
    'HTTP',
  ],
  [
    'a JWT authorizer',
    {
      components: { securitySchemes: { a: { 'x-amazon-apigateway-authorizer': { jwtConfiguration: {} } } } },
    },
    'HTTP',
  ],
]

for (const [what, root, protocol] of cases) {
  test(`${what}: ${protocol}`, () => expect(protocolOf(root as Record<string, unknown>)).toBe(protocol))
}
