import { describe, expect, test } from 'bun:test'
import { Headers } from '#http/headers.ts'
import { APIGatewayClient, GetTagsCommand } from '@aws-sdk/client-api-gateway'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import fc from 'fast-check'
import { readClaim } from './signature-claim.ts'
import { sign, verify, type AccessKey } from './sigv4.ts'

const NO_BYTES = new Uint8Array(0)
const KEYS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}
const SCOPE = { region: 'us-east-1', service: 'service' }
const NOW = Date.parse('2015-08-30T12:36:00Z')
const find = (id: string): AccessKey | undefined =>
  id === KEYS.accessKeyId ? { secret: KEYS.secretAccessKey, account: '111122223333' } : undefined

interface Sent {
  method: string
  target: string
  headers: Headers
  body: Uint8Array
}

function check(request: Sent, now = NOW): string {
  const claim = readClaim(request)
  if (claim === undefined) return 'unsigned'
  return verify(claim, request, find(claim.accessKeyId), now).account
}

function signed(change: Partial<Sent> = {}, scope = SCOPE, now = NOW): Sent {
  const request: Sent = {
    method: 'GET',
    target: '/',
    headers: new Headers(['Host', 'example.amazonaws.com']),
    body: NO_BYTES,
    ...change,
  }
  sign(request, KEYS, scope, now)
  return request
}

describe("AWS's published SigV4 test suite", () => {
  const cases: readonly (readonly [
    name: string,
    method: string,
    target: string,
    headers: string[],
    body: string,
    signature: string,
  ])[] = [
    ['get-vanilla', 'GET', '/', [], '', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['post-vanilla', 'POST', '/', [], '', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'get-vanilla-query-order-key',
      'GET',
      '/?Param2=value2&Param1=value1',
      [],
      '',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'get-vanilla-query-unreserved',
      'GET',
      '/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
      [],
      '',
      '9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197',
    ],
    [
      'get-relative',
      'GET',
      '/example/..',
      [],
      '',
      '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    ],
    [
      'get-slash-dot-slash',
      'GET',
      '/./',
      [],
      '',
      '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
    ],
    [
      'get-utf8',
      'GET',
      Buffer.from('/ሴ').toString('latin1'),
      [],
      '',
      '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85',
    ],
    [
      'get-header-value-trim',
      'GET',
      '/',
      ['My-Header1', ' value1', 'My-Header2', ' "a   b   c"'],
      '',
      'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
    ],
    [
      'post-header-key-sort',
      'POST',
      '/',
      ['My-Header1', 'value1'],
      '',
      'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
    ],
    [
      'post-x-www-form-urlencoded',
      'POST',
      '/',
      ['Content-Type', 'application/x-www-form-urlencoded'],
      'Param1=value1',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
  ]
  for (const [name, method, target, extra, body, signature] of cases) {
    test(name, () => {
      const headers = new Headers(['Host', 'example.amazonaws.com', ...extra])
      const request = signed({ method, target, headers, body: Buffer.from(body) })
      expect(request.headers.get('authorization')).toEndWith(`Signature=${signature}`)
      expect(check(request)).toBe('111122223333')
    })
  }
})

describe('refused', () => {
  const altered: readonly (readonly [what: string, request: () => Sent, now: number, message: RegExp])[] = [
    ['another method', () => ({ ...signed(), method: 'POST' }), NOW, /does not match the signature/],
    ['another path', () => ({ ...signed(), target: '/x' }), NOW, /does not match the signature/],
    ['another query', () => ({ ...signed({ target: '/?a=1' }), target: '/?a=2' }), NOW, /does not match/],
    ['another body', () => ({ ...signed(), body: Buffer.from('x') }), NOW, /does not match/],
    [
      'a body that is not what its hash header says',
      () => ({ ...hashed(), body: Buffer.from('y') }),
      NOW,
      /does not match/,
    ],
    ['a signed header changed', () => header(signed(), 'host', 'evil.example'), NOW, /does not match/],
    ['a signature of another length', () => signature(signed(), 'Signature=00'), NOW, /does not match/],
    [
      'an unknown key',
      () => signature(signed(), undefined, 'AKIDEXAMPLE', 'AKIDOTHER'),
      NOW,
      /security token included in the request is invalid/,
    ],
    [
      'too old',
      () => signed(),
      NOW + 5 * 60_000 + 1000,
      /^Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z \(20150830T124101Z - 5 min\.\)$/,
    ],
    [
      'too new',
      () => signed(),
      NOW - 5 * 60_000 - 1000,
      /^Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z \(20150830T123059Z \+ 5 min\.\)$/,
    ],
    [
      'a scope of another day',
      () => signature(signed(), undefined, '20150830/', '20150829/'),
      NOW,
      /Date in Credential scope does not match YYYYMMDD.*'20150829' != '20150830'/,
    ],
    [
      'a scope that ends otherwise',
      () => signature(signed(), undefined, 'aws4_request', 'aws5_request'),
      NOW,
      /valid terminator: 'aws4_request', not 'aws5_request'/,
    ],
    [
      'host not signed',
      () => signature(signed(), undefined, 'SignedHeaders=host;', 'SignedHeaders='),
      NOW,
      /'Host' or ':authority' must be a 'SignedHeader'/,
    ],
    [
      'a bearer token',
      () => header(signed(), 'authorization', 'Bearer abc'),
      NOW,
      /Invalid key=value pair \(missing equal-sign\)/,
    ],
    [
      'SigV4a',
      () => header(signed(), 'authorization', 'AWS4-ECDSA-P256-SHA256 Credential=a/b/c/d'),
      NOW,
      /Unsupported AWS 'algorithm'/,
    ],
    [
      'no Signature',
      () => header(signed(), 'authorization', 'AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request'),
      NOW,
      /requires 'Signature' parameter\. Authorization header requires 'SignedHeaders'/,
    ],
    [
      'no date',
      () => {
        const request = signed()
        request.headers.delete('x-amz-date')
        return request
      },
      NOW,
      /existence of either a 'X-Amz-Date' or a 'Date' header/,
    ],
    [
      'a date that is none',
      () => header(signed(), 'x-amz-date', '20159930T123600Z'),
      NOW,
      /ISO-8601 'basic format'\. Got '20159930T123600Z'/,
    ],
    [
      'a credential of four parts',
      () => signature(signed(), undefined, '/service/', '/'),
      NOW,
      /exactly 5 slash-delimited elements/,
    ],
  ]
  for (const [what, request, now, message] of altered) {
    test(what, () => expect(() => check(request(), now)).toThrow(message))
  }

  function header(request: Sent, name: string, value: string): Sent {
    request.headers.set(name, value)
    return request
  }

  function signature(request: Sent, end: string | undefined, from = '', to = ''): Sent {
    const text = request.headers.get('authorization') as string
    return header(
      request,
      'Authorization',
      end === undefined ? text.replace(from, to) : text.replace(/Signature=.*/, end),
    )
  }

  function hashed(): Sent {
    const hash = new Bun.CryptoHasher('sha256').update('x').digest('hex')
    const headers = new Headers(['Host', 'example.amazonaws.com', 'X-Amz-Content-Sha256', hash])
    return signed({ headers, body: Buffer.from('x') })
  }
})

test('a secret or token in a foreign Authorization header is not repeated', () => {
  const headers = new Headers(['Host', 'a', 'Authorization', 'Basic c2VjcmV0OnBhc3N3b3Jk'])
  expect(() => readClaim({ method: 'GET', target: '/', headers })).toThrow(/^((?!c2VjcmV0).)*$/)
})

test('UNSIGNED-PAYLOAD leaves the body free', () => {
  const headers = new Headers(['Host', 'a', 'X-Amz-Content-Sha256', 'UNSIGNED-PAYLOAD'])
  expect(check({ ...signed({ headers }), body: Buffer.from('anything') })).toBe('111122223333')
})

test('the Date header stands in for X-Amz-Date', () => {
  const request = signed()
  request.headers.delete('x-amz-date')
  request.headers.add('Date', 'Sun, 30 Aug 2015 12:36:00 GMT')
  expect(readClaim(request)?.date).toBe('20150830T123600Z')
})

test('what is signed verifies: any path, query, header value and body', () => {
  const text = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(
      fc.array(text),
      fc.array(fc.tuple(text, text)),
      fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) }),
      fc.uint8Array(),
      (segments, pairs, value, body) => {
        const path = segments.map((each) => `/${encodeURIComponent(each)}`).join('') || '/'
        const query = pairs
          .map(([name, each]) => `${encodeURIComponent(name)}=${encodeURIComponent(each)}`)
          .join('&')
        const headers = new Headers(['Host', 'localhost:4566', 'X-Custom', value])
        const request = signed({
          method: 'POST',
          target: `${path}${query === '' ? '' : `?${query}`}`,
          headers,
          body,
        })
        expect(check(request)).toBe('111122223333')
      },
    ),
  )
})

test('claims of random text are refused or read, never anything else', () => {
  const text = fc.oneof(
    fc.string(),
    fc
      .array(
        fc.constantFrom(
          'AWS4-HMAC-SHA256',
          ' ',
          'Credential=',
          'a/20150830/b/c/aws4_request',
          ',',
          'Signature=',
          'SignedHeaders=',
          'host',
        ),
      )
      .map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(text, fc.string(), (authorization, date) => {
      const headers = new Headers(['Authorization', authorization, 'X-Amz-Date', date])
      try {
        readClaim({ method: 'GET', target: '/', headers })
      } catch (error) {
        expect((error as Error).name).toBe('SignatureError')
      }
    }),
  )
})

/** What the official SDKs sign, caught by a server that answers nothing of use. */
describe('the official SDKs', () => {
  const credentials = { ...KEYS, sessionToken: 'session-token' }
  const calls: readonly (readonly [name: string, call: (endpoint: string) => Promise<unknown>])[] = [
    [
      'api-gateway, an encoded ARN in the path',
      (endpoint) =>
        new APIGatewayClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 }).send(
          new GetTagsCommand({ resourceArn: 'arn:aws:apigateway:us-east-1::/restapis/a b*ü' }),
        ),
    ],
    [
      'lambda, a body',
      (endpoint) =>
        new LambdaClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 }).send(
          new InvokeCommand({
            FunctionName: 'arn:aws:lambda:eu-west-1:111122223333:function:f',
            Payload: Buffer.from('{"ü":1}'),
            Qualifier: 'a/b c',
          }),
        ),
    ],
    [
      'sts, a form',
      (endpoint) =>
        new STSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 }).send(
          new GetCallerIdentityCommand({}),
        ),
    ],
  ]
  for (const [name, call] of calls) {
    test(name, async () => {
      let outcome: string | undefined
      const server = Bun.serve({
        hostname: '127.0.0.1',
        port: 0,
        async fetch(request) {
          const headers = new Headers([...request.headers].flat())
          const target = request.url.slice(request.url.indexOf('/', 8))
          const body = new Uint8Array(await request.arrayBuffer())
          outcome = check({ method: request.method, target, headers, body }, Date.now())
          return new Response('{}', { headers: { 'Content-Type': 'application/json' } })
        },
      })
      try {
        await call(server.url.origin).catch(() => {})
      } finally {
        await server.stop(true)
      }
      expect(outcome).toBe('111122223333')
    })
  }
})
