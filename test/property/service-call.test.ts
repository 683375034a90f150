import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { canonicalRequest } from '#aws/canonical-request.ts'
import { GatewayError } from '#data-plane/gateway-error.ts'
import { compileServiceCall, type ServiceCall } from '#data-plane/integrations/service-call.ts'
import { serviceUri } from '#data-plane/integrations/lambda-uri.ts'
import { pathPiece } from '#data-plane/uri-template.ts'
import { Headers } from '#http/headers.ts'
import { define } from '../conformance/rest/support/definition.ts'

// Whatever a client names, a service is called below the path, or with the action, that the API's owner wrote.

const { snapshot } = define('api1', { paths: { '/': { GET: { integration: { type: 'AWS' } } } } })
const integration = snapshot.resources[0]?.methods['GET']?.integration
if (integration === undefined) throw new Error('no integration was defined')
const compiled = (uri: string): ServiceCall =>
  compileServiceCall(
    { integration, warn: () => {} },
    serviceUri(`arn:aws:apigateway:us-east-1:${uri}`, 'integration/uri'),
  )
const isDots = (value: string): boolean =>
  value.split('/').some((segment) => segment === '.' || segment === '..')

/** What a mapping gives, and what a client sends in a path. */
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      'a',
      '.',
      '/',
      '%',
      '2',
      'e',
      'F',
      '&',
      '=',
      '+',
      '?',
      '#',
      ' ',
      'ü',
      '\r',
      '\n',
      '😀',
    ),
  }),
)
const call = { query: new Map<string, readonly string[]>() }

test('a key of S3 is the value, signed as S3 reads it', () => {
  const { target } = compiled('s3:path/photos/{key}')
  fc.assert(
    fc.property(texts, (text) => {
      const value = text.toWellFormed()
      const path = new Map([['key', pathPiece(value)]])
      if (isDots(value)) {
        expect(() => target({ ...call, path })).toThrow(GatewayError)
        return
      }
      const sent = target({ ...call, path })
      expect(sent).toMatch(/^\/photos\/[\w.~%/-]*$/)
      expect(decodeURIComponent(sent)).toBe(`/photos/${value}`)
      const request = { method: 'GET', target: sent, headers: new Headers() }
      expect(canonicalRequest(request, [], '', 's3').split('\n')[1]).toBe(sent)
    }),
    { numRuns: 2000 },
  )
})

test('an action and its parameters stay what they are', () => {
  const { target } = compiled('sns:action/Publish&Message={m}&TopicArn=t')
  fc.assert(
    fc.property(texts, (text) => {
      const value = text.toWellFormed()
      const sent = target({ ...call, path: new Map([['m', pathPiece(value)]]) })
      const url = new URL(`https://sns${sent}`)
      expect([...url.searchParams]).toEqual([
        ['Action', 'Publish'],
        ['Message', value],
        ['TopicArn', 't'],
      ])
      expect([url.pathname, url.hash]).toEqual(['/', ''])
    }),
    { numRuns: 2000 },
  )
})
