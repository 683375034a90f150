import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { compileHttpApi } from '#compiler/compile-http-api.ts'
import type { ApiAuthorizer, Route } from '#model/http-api.ts'
import { echo, LocalFunctions } from '../rest/support/functions.ts'
import { startHouse, type House } from '../rest/support/house.ts'
import type { RawReply, RawRequest } from '../rest/support/raw-http.ts'
import {
  ecKey,
  encode,
  hmacToken,
  jwkOf,
  rsaKey,
  startIssuer,
  tokenOf,
  type TestIssuer,
} from '../rest/support/token-issuer.ts'
import { defineHttpApi, toFunction, type RouteDefinition } from './support/definition.ts'

// Tokens of an OpenID Connect issuer say who calls. Developer guide, "Controlling access to HTTP APIs with JWT authorizers".

const key = rsaKey('key 1')
const stranger = rsaKey('key 1')
const curve = ecKey('key 2', 'prime256v1')
let issuer: TestIssuer
let house: House
let functions: LocalFunctions
let nowMs = Date.parse('2026-01-31T12:00:00Z')

beforeAll(async () => {
  issuer = startIssuer()
  issuer.keys = [jwkOf(key), jwkOf(curve)]
  house = await startHouse({ clock: { now: () => nowMs } })
  deploy()
})
afterAll(async () => {
  await house.stop()
  await issuer.stop()
})
beforeEach(() => {
  functions = new LocalFunctions({ f: echo })
  house.functions = functions
})

const jwt = (more: Partial<Route> = {}): Partial<Route> => ({
  authorizationType: 'JWT',
  authorizerId: 'auth',
  ...more,
})

function deploy(
  authorizer: Partial<ApiAuthorizer> = {},
  routes: Readonly<Record<string, RouteDefinition>> = {},
) {
  const { snapshot, stage } = defineHttpApi('guarded', {
    routes: {
      'GET /x': { ...toFunction('f'), ...jwt() },
      'GET /v1': { ...toFunction('f', { payloadFormatVersion: '1.0' }), ...jwt() },
      'GET /scoped': { ...toFunction('f'), ...jwt({ authorizationScopes: ['shop/read', 'shop/write'] }) },
      'GET /open': toFunction('f'),
      ...routes,
    },
    api: { corsConfiguration: { allowOrigins: ['https://a.example'], allowHeaders: ['authorization'] } },
    authorizers: [
      {
        authorizerId: 'auth',
        name: 'auth',
        authorizerType: 'JWT',
        identitySource: ['$request.header.Authorization'],
        jwtConfiguration: { audience: ['shop', 'store'], issuer: issuer.url },
        ...authorizer,
      },
    ],
  })
  const { plan, diagnostics } = compileHttpApi(snapshot, stage)
  house.planTable.swap(plan)
  return diagnostics
}

const claims = (more: object = {}): object => ({
  sub: 'ada',
  iss: issuer.url,
  aud: 'shop',
  exp: nowMs / 1000 + 7200,
  iat: nowMs / 1000,
  ...more,
})
const token = (more: object = {}, alg = 'RS256'): string => tokenOf(claims(more), key, { alg })

function send(request: Partial<RawRequest>): Promise<RawReply> {
  return house.send('guarded', { ...request, target: `raw:${request.target ?? '/x'}` })
}
const sendToken = (text: string, target = '/x'): Promise<RawReply> =>
  send({ target, headers: [`Authorization: ${text}`] })

const invalid = (description: string): string =>
  `Bearer scope="" error="invalid_token" error_description="${description}"`

interface Row {
  readonly name: string
  readonly token: () => string
  /** What the challenge says; undefined: let in. */
  readonly told?: string
}

const AUDIENCE = 'the token does not have a valid audience'
const DATES = 'the token is not valid yet'
const MALFORMED = 'the token is malformed'
const SIGNATURE = 'crypto/rsa: verification error'
const NO_KEY = 'unable to find a key for the token'
const SEGMENTS = 'token contains an invalid number of segments'

const rows: readonly Row[] = [
  { name: 'a token', token: () => token() },
  { name: 'a token after Bearer', token: () => `Bearer ${token()}` },
  { name: 'a token after bearer', token: () => `bearer  ${token()}` },
  { name: 'RS384', token: () => token({}, 'RS384') },
  { name: 'RS512', token: () => token({}, 'RS512') },
  { name: 'one of several audiences', token: () => token({ aud: ['web', 'store'] }) },
  { name: 'a client_id without aud', token: () => token({ aud: undefined, client_id: 'shop' }) },
  { name: 'a client_id beside aud', token: () => token({ aud: 'web', client_id: 'shop' }), told: AUDIENCE },
  { name: 'another audience', token: () => token({ aud: 'web' }), told: AUDIENCE },
  { name: 'an audience in capitals', token: () => token({ aud: 'SHOP' }), told: AUDIENCE },
  { name: 'an audience within another', token: () => token({ aud: 'shop store' }), told: AUDIENCE },
  { name: 'no audience', token: () => token({ aud: undefined }), told: AUDIENCE },
  { name: 'an audience that is a map', token: () => token({ aud: { shop: true } }), told: AUDIENCE },
  {
    name: 'another issuer',
    token: () => token({ iss: 'https://evil.example' }),
    told: 'the token does not have a valid issuer',
  },
  {
    name: 'an issuer with a slash',
    token: () => token({ iss: `${issuer.url}/` }),
    told: 'the token does not have a valid issuer',
  },
  {
    name: 'no issuer',
    token: () => token({ iss: undefined }),
    told: 'the token does not have a valid issuer',
  },
  { name: 'a token that is over', token: () => token({ exp: nowMs / 1000 }), told: 'the token has expired' },
  { name: 'a token without an end', token: () => token({ exp: undefined }), told: DATES },
  { name: 'an end that is a text', token: () => token({ exp: '9999999999' }), told: DATES },
  { name: 'a token of later', token: () => token({ nbf: nowMs / 1000 + 120 }), told: DATES },
  { name: 'a token from the future', token: () => token({ iat: nowMs / 1000 + 120 }), told: DATES },
  { name: 'no token', token: () => 'secret', told: SEGMENTS },
  { name: 'another scheme', token: () => 'Basic YTpi', told: SEGMENTS },
  { name: 'four segments', token: () => `${token()}.x`, told: SEGMENTS },
  { name: 'two tokens', token: () => `${token()},${token()}`, told: SEGMENTS },
  { name: 'what is no base64', token: () => 'a!.b!.c!', told: MALFORMED },
  // What strangers try.
  {
    name: 'none',
    token: () => `${encode({ alg: 'none', kid: key.id })}.${encode(claims())}.`,
    told: 'signing method none is invalid',
  },
  {
    name: 'None, signed',
    token: () => tokenOf(claims(), key, { header: { alg: 'None', kid: key.id } }),
    told: 'signing method None is invalid',
  },
  { name: 'key confusion', token: () => hmacToken(claims(), key), told: 'signing method HS256 is invalid' },
  {
    name: 'a curve',
    token: () => tokenOf(claims(), curve, { alg: 'ES256' }),
    told: 'signing method ES256 is invalid',
  },
  { name: 'PSS', token: () => token({}, 'PS256'), told: 'signing method PS256 is invalid' },
  {
    name: 'an algorithm that would end the header',
    token: () => `${encode({ alg: 'x"\r\nSet-Cookie: a=b', kid: key.id })}.${encode(claims())}.c2ln`,
    told: MALFORMED,
  },
  { name: "a stranger's key of the same name", token: () => tokenOf(claims(), stranger), told: SIGNATURE },
  {
    name: 'a key that is not there',
    token: () => tokenOf(claims(), key, { header: { alg: 'RS256', kid: 'other' } }),
    told: NO_KEY,
  },
  { name: 'no key named', token: () => tokenOf(claims(), key, { header: { alg: 'RS256' } }), told: NO_KEY },
  {
    name: 'a key brought along',
    token: () =>
      tokenOf(claims(), stranger, { header: { alg: 'RS256', kid: 'key 1', jwk: jwkOf(stranger) } }),
    told: SIGNATURE,
  },
  {
    name: 'the key of another algorithm',
    token: () => tokenOf(claims(), key, { header: { alg: 'RS256', kid: 'key 2' } }),
    told: NO_KEY,
  },
  {
    name: 'claims that were changed',
    token: () => {
      const [header, , signature] = token().split('.') as [string, string, string]
      return `${header}.${encode(claims({ sub: 'root' }))}.${signature}`
    },
    told: SIGNATURE,
  },
  {
    name: 'claims that say it twice',
    token: () => tokenOf(`{"iss":"evil",${JSON.stringify(claims()).slice(1)}`, key),
    told: MALFORMED,
  },
  {
    name: 'a header that must be understood',
    token: () =>
      tokenOf(claims(), key, { header: { alg: 'RS256', kid: 'key 1', crit: ['b64'], b64: false } }),
    told: MALFORMED,
  },
  { name: 'no signature', token: () => `${token().split('.').slice(0, 2).join('.')}.`, told: MALFORMED },
]

describe('what tokens are taken', () => {
  test.each(rows.map((row) => [row.name, row] as const))('%s', async (_, { token: text, told }) => {
    const reply = await sendToken(text())
    const shown = { status: reply.status, told: reply.header('www-authenticate') }
    if (told === undefined) return expect(shown).toEqual({ status: 200, told: undefined })
    expect(shown).toEqual({ status: 401, told: invalid(told) })
    expect(reply.body).toBe('{"message":"Unauthorized"}')
    expect(functions.calls).toEqual([])
  })

  test('no token: a challenge without a reason', async () => {
    for (const headers of [[], ['Authorization: ']]) {
      const reply = await send({ headers })
      expect([reply.status, reply.header('www-authenticate')]).toEqual([401, 'Bearer'])
      // As the guide's sample: no type.
      expect(reply.headers.filter((line) => /^content-type/i.test(line))).toEqual([])
    }
  })

  test('a token of another place in the query', async () => {
    deploy({ identitySource: ['$request.querystring.token'] })
    expect((await send({ target: `/x?token=${token()}` })).status).toBe(200)
    expect((await send({ target: `/x?token=${token()}&token=${token()}` })).status).toBe(401)
    expect((await sendToken(token())).header('www-authenticate')).toBe('Bearer')
    deploy()
  })

  test('of two headers both are looked at', async () => {
    const lines = [`Authorization: ${token()}`, `Authorization: ${token()}`]
    expect((await send({ headers: lines })).status).toBe(401)
  })
})

describe('scopes of a route', () => {
  const required =
    'Bearer scope="shop/read shop/write" error="insufficient_scope" error_description="the token does not have a valid scope"'
  const scopes: readonly (readonly [name: string, claims: object, status: number])[] = [
    ['one of them in scope', { scope: 'openid shop/read' }, 200],
    ['one of them in scp', { scp: ['shop/write'] }, 200],
    ['one of them in scp, as a text', { scp: 'a shop/write' }, 200],
    ['none', {}, 403],
    ['others', { scope: 'openid' }, 403],
    ['a part of one', { scope: 'shop/rea' }, 403],
    ['one in another case', { scope: 'SHOP/READ' }, 403],
  ]
  test.each(scopes)('%s', async (_, more, status) => {
    // The first time, and kept.
    const text = token(more)
    for (let i = 0; i < 2; i++) {
      const reply = await sendToken(text, '/scoped')
      expect(reply.status).toBe(status)
      if (status === 200) continue
      expect([reply.body, reply.header('www-authenticate')]).toEqual(['{"message":"Forbidden"}', required])
    }
    expect((await sendToken(text)).status).toBe(200)
  })
})

describe('what functions are told', () => {
  const told = {
    sub: 'ada',
    aud: ['shop', 'web'],
    level: 3,
    ok: true,
    gone: null,
    realm: { roles: ['a', 'b'] },
  }
  const shown = (): object => ({
    sub: 'ada',
    iss: issuer.url,
    aud: '[shop web]',
    exp: String(nowMs / 1000 + 7200),
    iat: String(nowMs / 1000),
    level: '3',
    ok: 'true',
    realm: 'map[roles:[a b]]',
  })
  async function authorizer(target: string, text: string): Promise<unknown> {
    const { body } = await sendToken(text, target)
    return (JSON.parse(body) as { requestContext: { authorizer?: unknown } }).requestContext.authorizer
  }

  test('2.0', async () => {
    expect(await authorizer('/x', token(told))).toEqual({ jwt: { claims: shown(), scopes: null } })
  })
  test('1.0', async () => {
    expect(await authorizer('/v1', token(told))).toEqual({ claims: shown(), scopes: null })
  })
  test('which of its scopes the route asked for', async () => {
    const scope = 'openid shop/read'
    const expected = { jwt: { claims: { ...shown(), scope }, scopes: ['shop/read'] } }
    expect(await authorizer('/scoped', token({ ...told, scope }))).toEqual(expected)
  })
  test('nothing where the route is open', async () => {
    expect(await authorizer('/open', token(told))).toBeUndefined()
  })
})

describe('tokens that are kept', () => {
  test('are verified once, and never past their end', async () => {
    const text = token({ exp: nowMs / 1000 + 60, jti: 'kept' })
    expect((await sendToken(text)).status).toBe(200)
    nowMs += 59_000
    expect((await sendToken(text)).status).toBe(200)
    nowMs += 1000
    expect((await sendToken(text)).header('www-authenticate')).toBe(invalid('the token has expired'))
  })

  test('a flush has them verified again', async () => {
    await sendToken(token({ jti: 'flushed' }))
    house.verifiedTokens.flush('guarded/$default')
    expect((await sendToken(token({ jti: 'flushed' }))).status).toBe(200)
  })
})

test('a preflight is answered before the authorizer', async () => {
  const headers = [
    'Origin: https://a.example',
    'Access-Control-Request-Method: GET',
    'Access-Control-Request-Headers: authorization',
  ]
  expect((await send({ method: 'OPTIONS', headers })).status).toBe(204)
  const refused = await send({ headers: headers.slice(0, 1) })
  expect([refused.status, refused.header('access-control-allow-origin')]).toEqual([401, 'https://a.example'])
})

describe('an authorizer that cannot work lets nobody in', () => {
  const broken: readonly (readonly [name: string, authorizer: Partial<ApiAuthorizer>, told: string])[] = [
    ['without audiences', { jwtConfiguration: { issuer: 'https://a.example' } }, 'needs an audience'],
    ['without an issuer', { jwtConfiguration: { audience: ['shop'] } }, 'https URL of an issuer'],
    [
      'an issuer that is no URL',
      { jwtConfiguration: { audience: ['a'], issuer: 'a' } },
      'https URL of an issuer',
    ],
    ['a wrong identity source', { identitySource: ['$request.body'] }, 'request.body'],
    ['of another type', { authorizerType: 'REQUEST' }, 'is of type REQUEST, expected JWT'],
    ['of another id', { authorizerId: 'other' }, 'there is no authorizer auth'],
  ]
  test.each(broken)('%s', async (_, authorizer, told) => {
    const diagnostics = deploy(authorizer)
    expect(diagnostics.map(({ message }) => message).join('\n')).toContain(told)
    const { status, body } = await sendToken(token())
    expect([status, body]).toEqual([500, '{"message":"Internal Server Error"}'])
    deploy()
  })
})
