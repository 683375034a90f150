import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import type { Authorizer } from '#model/rest-api.ts'
import type { ApiDefinition, MethodDefinition } from './support/definition.ts'
import { lambdaProxy, mock } from './support/definition.ts'
import { LocalFunctions } from './support/functions.ts'
import { startHouse, type House } from './support/house.ts'
import {
  ecKey,
  encode,
  hmacToken,
  jwkOf,
  rsaKey,
  startIssuer,
  tokenOf,
  type TestIssuer,
} from './support/token-issuer.ts'

// Tokens of user pools: who comes in, with what claims, and everything that strangers try.

const POOL = 'arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Pool00001'
const STAND_IN = 'arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_StandIn01'
const PICKY = 'arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Picky0001'
const POOL_ISSUER = 'http://localhost:4566/us-east-1_Pool00001'

const key = rsaKey('key 1')
const stranger = rsaKey('key 1')
const weak = rsaKey('weak', 1024)
const p256 = ecKey('p256', 'P-256')
const p384 = ecKey('p384', 'P-384')
const second = rsaKey('key 2')

let issuer: TestIssuer
let house: House
let nowMs: number
let count = 0
let apiId: string

beforeAll(async () => {
  issuer = startIssuer()
  issuer.keys = [jwkOf(key)]
  house = await startHouse({
    clock: { now: () => nowMs },
    standIns: new Map([
      ['us-east-1_StandIn01', { issuer: issuer.url }],
      [PICKY, { issuer: issuer.url, audiences: ['orders', 'shop'] }],
    ]),
    userPools: {
      async find(poolId) {
        if (poolId !== 'us-east-1_Pool00001') return undefined
        const keys = [jwkOf(key), jwkOf(weak), jwkOf(p256), jwkOf(p384), jwkOf(second)]
        keys.push(
          { kty: 'oct', kid: 'shared', k: encode('secret') },
          jwkOf(rsaKey('sealing'), { use: 'enc' }),
        )
        return { issuer: POOL_ISSUER, keys: JSON.stringify({ keys }) }
      },
    },
  })
})
afterAll(async () => {
  await house.stop()
  await issuer.stop()
})
beforeEach(() => {
  nowMs = 1_700_000_000_000
  apiId = `pool${++count}`
})

const seconds = (): number => nowMs / 1000

const idClaims = (): Record<string, unknown> => ({
  sub: 'b7d1-42',
  'cognito:groups': ['admins', 'owners'],
  email_verified: true,
  iss: POOL_ISSUER,
  'cognito:username': 'ada',
  aud: 'client1',
  token_use: 'id',
  auth_time: seconds(),
  exp: seconds() + 3600,
  iat: seconds(),
})

const accessClaims = (scope: string): Record<string, unknown> => ({
  sub: 'b7d1-42',
  iss: POOL_ISSUER,
  client_id: 'client1',
  token_use: 'access',
  scope,
  exp: seconds() + 3600,
  iat: seconds(),
})

function api({
  authorizer = {},
  method = {},
  policy,
}: {
  readonly authorizer?: Partial<Authorizer>
  readonly method?: MethodDefinition
  readonly policy?: object | undefined
} = {}): ApiDefinition {
  const guard = {
    authorizationType: 'COGNITO_USER_POOLS',
    authorizerId: 'auth',
    integration: mock('$context.authorizer.claims.sub'),
  }
  return {
    paths: { '/x': { ANY: { ...guard, ...method } }, '/y': { ANY: guard } },
    authorizers: [{ id: 'auth', type: 'COGNITO_USER_POOLS', providerARNs: [POOL], ...authorizer }],
    api: policy === undefined ? {} : { policy: JSON.stringify(policy) },
  }
}

async function ask(token: string | readonly string[], target: string = '/x'): Promise<string> {
  const headers = (typeof token === 'string' ? [token] : token).map((one) => `Authorization: ${one}`)
  const { status, body } = await house.send(apiId, { target, headers })
  return status === 200 ? body : `${status} ${body}`
}

const UNAUTHORIZED = '401 {"message":"Unauthorized"}'
const EXPIRED = '401 {"message":"The incoming token has expired"}'
const IN = 'b7d1-42'

describe('a token', () => {
  const good = (): string => tokenOf(idClaims(), key)
  const [header, claims, signature] = [0, 1, 2].map((at) => () => good().split('.')[at] as string) as [
    () => string,
    () => string,
    () => string,
  ]
  /** With the last character changed in bits that no byte takes: 256 bytes of signature leave four. */
  const uncanonical = (): string => {
    const text = good()
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    return text.slice(0, -1) + (alphabet[alphabet.indexOf(text.at(-1) as string) ^ 1] as string)
  }
  const cases: readonly (readonly [string, () => string | readonly string[], string])[] = [
    ['as it should be', good, IN],
    ['after Bearer', () => `Bearer ${good()}`, IN],
    ['after bearer, in any case', () => `bearer ${good()}`, IN],
    [
      'that was issued a little later by the issuer’s clock',
      () => tokenOf({ ...idClaims(), iat: seconds() + 59, nbf: seconds() + 59 }, key),
      IN,
    ],
    ['of no type', () => tokenOf(idClaims(), key, { header: { alg: 'RS256', kid: 'key 1' } }), IN],
    ...['RS384', 'RS512', 'PS256', 'PS384', 'PS512'].map(
      (alg) => [`signed by ${alg}`, () => tokenOf(idClaims(), key, { alg }), IN] as const,
    ),
    ['signed by ES256', () => tokenOf(idClaims(), p256, { alg: 'ES256' }), IN],
    ['signed by ES384', () => tokenOf(idClaims(), p384, { alg: 'ES384' }), IN],

    ['that is not there', () => [], UNAUTHORIZED],
    ['that is empty', () => '', UNAUTHORIZED],
    ['that is Bearer alone', () => 'Bearer', UNAUTHORIZED],
    ['after Basic', () => `Basic ${good()}`, UNAUTHORIZED],
    ['sent twice', () => [good(), good()], UNAUTHORIZED],
    ['after another', () => ['x', good()], UNAUTHORIZED],
    ['that is a word', () => 'letmein', UNAUTHORIZED],
    ['of alg none', () => `${encode({ alg: 'none', kid: 'key 1' })}.${claims()}.`, UNAUTHORIZED],
    [
      'of alg none with a signature',
      () => `${encode({ alg: 'none', kid: 'key 1' })}.${claims()}.${signature()}`,
      UNAUTHORIZED,
    ],
    ['of alg nOnE', () => `${encode({ alg: 'nOnE', kid: 'key 1' })}.${claims()}.`, UNAUTHORIZED],
    ['without alg', () => `${encode({ kid: 'key 1' })}.${claims()}.${signature()}`, UNAUTHORIZED],
    ['with HS256 by the public key', () => hmacToken(idClaims(), key), UNAUTHORIZED],
    [
      'with a key of another algorithm',
      () => tokenOf(idClaims(), p256, { alg: 'ES256', header: { alg: 'ES256', kid: 'p384' } }),
      UNAUTHORIZED,
    ],
    [
      'with an RSA key for ES256',
      () => tokenOf(idClaims(), key, { header: { alg: 'ES256', kid: 'key 1' } }),
      UNAUTHORIZED,
    ],
    [
      'whose header says another RSA',
      () => tokenOf(idClaims(), key, { header: { alg: 'RS512', kid: 'key 1' } }),
      UNAUTHORIZED,
    ],
    ['with a key of a stranger', () => tokenOf(idClaims(), stranger), UNAUTHORIZED],
    [
      'that brings its key along',
      () => tokenOf(idClaims(), stranger, { header: { alg: 'RS256', kid: 'key 1', jwk: jwkOf(stranger) } }),
      UNAUTHORIZED,
    ],
    [
      'that says where its key is',
      () => tokenOf(idClaims(), stranger, { header: { alg: 'RS256', kid: 'x', jku: `${issuer.url}/keys` } }),
      UNAUTHORIZED,
    ],
    [
      'with a key that is not there',
      () => tokenOf(idClaims(), stranger, { header: { alg: 'RS256', kid: 'key 9' } }),
      UNAUTHORIZED,
    ],
    [
      'with a path for a key',
      () => tokenOf(idClaims(), stranger, { header: { alg: 'RS256', kid: '../../dev/null' } }),
      UNAUTHORIZED,
    ],
    [
      'with a statement for a key',
      () => tokenOf(idClaims(), stranger, { header: { alg: 'RS256', kid: "' OR 1=1 --" } }),
      UNAUTHORIZED,
    ],
    [
      'with __proto__ for a key',
      () => tokenOf(idClaims(), stranger, { header: { alg: 'RS256', kid: '__proto__' } }),
      UNAUTHORIZED,
    ],
    [
      'with a number for a key',
      () => tokenOf(idClaims(), key, { header: { alg: 'RS256', kid: 1 } }),
      UNAUTHORIZED,
    ],
    [
      'without a key where there are several',
      () => tokenOf(idClaims(), key, { header: { alg: 'RS256' } }),
      UNAUTHORIZED,
    ],
    ['with a key that is too short', () => tokenOf(idClaims(), weak), UNAUTHORIZED],
    [
      'with extensions that must be understood',
      () => tokenOf(idClaims(), key, { header: { alg: 'RS256', kid: 'key 1', crit: ['b64'], b64: false } }),
      UNAUTHORIZED,
    ],
    ['without its signature', () => `${header()}.${claims()}.`, UNAUTHORIZED],
    ['in two parts', () => `${header()}.${claims()}`, UNAUTHORIZED],
    ['in four parts', () => `${good()}.`, UNAUTHORIZED],
    ['in five parts', () => `${good()}.x.y`, UNAUTHORIZED],
    [
      'with other claims',
      () => `${header()}.${encode({ ...idClaims(), sub: 'root' })}.${signature()}`,
      UNAUTHORIZED,
    ],
    [
      'with another header',
      () => `${encode({ alg: 'RS256', kid: 'key 1', x: 1 })}.${claims()}.${signature()}`,
      UNAUTHORIZED,
    ],
    ['with padding', () => `${good()}==`, UNAUTHORIZED],
    ['in plain Base64', () => good().replace(/_/g, '/').replace(/-/g, '+').replace(/$/, '+'), UNAUTHORIZED],
    ['whose last bits are others', uncanonical, UNAUTHORIZED],
    ['with a blank in it', () => `${header()}. ${claims()}.${signature()}`, UNAUTHORIZED],
    [
      'with a claim twice',
      () => tokenOf(JSON.stringify({ ...idClaims(), sub: 'a' }).replace('{', '{"sub":"root",'), key),
      UNAUTHORIZED,
    ],
    [
      'with a claim twice, escaped',
      () => tokenOf(JSON.stringify({ ...idClaims(), sub: 'a' }).replace('{', '{"s\\u0075b":"root",'), key),
      UNAUTHORIZED,
    ],
    [
      'with alg twice',
      () => tokenOf(idClaims(), key, { header: '{"alg":"none","alg":"RS256","kid":"key 1"}' }),
      UNAUTHORIZED,
    ],
    ['with claims that are a list', () => tokenOf('[]', key), UNAUTHORIZED],
    ['with claims that are no JSON', () => tokenOf('{sub:1}', key), UNAUTHORIZED],

    ['that is over', () => tokenOf({ ...idClaims(), exp: seconds() - 1 }, key), EXPIRED],
    ['that ends now', () => tokenOf({ ...idClaims(), exp: seconds() }, key), EXPIRED],
    ['that is over and forged', () => tokenOf({ ...idClaims(), exp: seconds() - 1 }, stranger), UNAUTHORIZED],
    ['that never ends', () => tokenOf({ ...idClaims(), exp: undefined }, key), UNAUTHORIZED],
    ['whose end is a text', () => tokenOf({ ...idClaims(), exp: '9999999999' }, key), UNAUTHORIZED],
    ['that does not begin yet', () => tokenOf({ ...idClaims(), nbf: seconds() + 61 }, key), UNAUTHORIZED],
    ['that is of tomorrow', () => tokenOf({ ...idClaims(), iat: seconds() + 86_400 }, key), UNAUTHORIZED],
    [
      'of another issuer',
      () => tokenOf({ ...idClaims(), iss: 'http://localhost:4566/us-east-1_Pool00002' }, key),
      UNAUTHORIZED,
    ],
    [
      'of an issuer with a slash',
      () => tokenOf({ ...idClaims(), iss: `${POOL_ISSUER}/` }, key),
      UNAUTHORIZED,
    ],
    ['of no issuer', () => tokenOf({ ...idClaims(), iss: undefined }, key), UNAUTHORIZED],
    ['for access', () => tokenOf(accessClaims('read'), key), UNAUTHORIZED],
    ['for refreshing', () => tokenOf({ ...idClaims(), token_use: 'refresh' }, key), UNAUTHORIZED],
    ['for nothing', () => tokenOf({ ...idClaims(), token_use: undefined }, key), UNAUTHORIZED],
  ]
  for (const [name, make, expected] of cases) {
    test(`${name}: ${expected === IN ? 'comes in' : expected}`, async () => {
      house.deploy(apiId, api())
      expect(await ask(make())).toBe(expected)
      // Kept or not, the answer is the same.
      expect(await ask(make())).toBe(expected)
    })
  }

  test('a refusal is a gateway response', async () => {
    house.deploy(apiId, {
      ...api(),
      gatewayResponses: [
        {
          responseType: 'UNAUTHORIZED',
          responseTemplates: { 'application/json': '{"why":$context.error.messageString}' },
          statusCode: '418',
        },
      ],
    })
    expect(await ask(tokenOf({ ...idClaims(), exp: 1 }, key))).toBe(
      '418 {"why":"The incoming token has expired"}',
    )
  })
})

describe('scopes', () => {
  const method = { authorizationScopes: ['shop/read', 'shop/write'] }
  const cases: readonly (readonly [string, () => unknown, string])[] = [
    ['one of them', () => accessClaims('shop/write'), IN],
    ['one among others', () => accessClaims('openid shop/read email'), IN],
    ['as a list', () => ({ ...accessClaims(''), scope: undefined, scp: ['shop/read'] }), IN],
    ['others', () => accessClaims('shop/delete openid'), UNAUTHORIZED],
    ['a part of one', () => accessClaims('shop/rea'), UNAUTHORIZED],
    ['one in another case', () => accessClaims('Shop/Read'), UNAUTHORIZED],
    ['both as one', () => accessClaims('shop/read,shop/write'), UNAUTHORIZED],
    ['none', () => accessClaims(''), UNAUTHORIZED],
    ['in an identity token', () => ({ ...idClaims(), scope: 'shop/read' }), UNAUTHORIZED],
  ]
  for (const [name, claims, expected] of cases) {
    test(`${name}: ${expected}`, async () => {
      house.deploy(apiId, api({ method }))
      expect(await ask(tokenOf(claims(), key))).toBe(expected)
    })
  }

  test('each method asks for its own, whatever is kept', async () => {
    house.deploy(apiId, api({ method }))
    const access = tokenOf(accessClaims('shop/read'), key)
    const id = tokenOf(idClaims(), key)
    expect([await ask(access), await ask(access, '/y'), await ask(access)]).toEqual([IN, UNAUTHORIZED, IN])
    expect([await ask(id, '/y'), await ask(id), await ask(id, '/y')]).toEqual([IN, UNAUTHORIZED, IN])
  })
})

describe('claims', () => {
  test('are texts in templates; all of them are none', async () => {
    const template = [
      'sub',
      'cognito:username',
      'cognito:groups',
      'email_verified',
      'auth_time',
      'exp',
      'nope',
    ]
      .map((name) => `$context.authorizer.claims['${name}']`)
      .join('|')
    house.deploy(apiId, api({ method: { integration: mock(`${template}|$context.authorizer.claims`) } }))
    const [sub, name, groups, verified, time, exp] = (await ask(tokenOf(idClaims(), key))).split('|')
    expect([sub, name, groups, verified, time]).toEqual([
      'b7d1-42',
      'ada',
      'admins,owners',
      'true',
      '1700000000',
    ])
    expect(exp).toBe('Tue Nov 14 23:13:20 UTC 2023')
  })

  test('are in the event of a function', async () => {
    const local = new LocalFunctions({
      f: async () => ({ payload: Buffer.from('{"statusCode":200,"body":"done"}') }),
    })
    house.functions = local
    house.deploy(apiId, api({ method: { integration: lambdaProxy('f') } }))
    const identities = [{ userId: '1', primary: true }]
    expect(await ask(tokenOf({ ...idClaims(), identities }, key))).toBe('done')
    const event = JSON.parse(Buffer.from(local.calls[0]?.payload ?? '').toString('utf8')) as {
      readonly requestContext: { readonly authorizer: unknown }
    }
    expect(event.requestContext.authorizer).toEqual({
      claims: {
        sub: 'b7d1-42',
        'cognito:groups': 'admins,owners',
        email_verified: 'true',
        iss: POOL_ISSUER,
        'cognito:username': 'ada',
        aud: 'client1',
        token_use: 'id',
        auth_time: '1700000000',
        exp: 'Tue Nov 14 23:13:20 UTC 2023',
        iat: 'Tue Nov 14 22:13:20 UTC 2023',
        identities: '{"userId":"1","primary":true}',
      },
    })
  })
})

describe('an authorizer', () => {
  test('may ask another header', async () => {
    house.deploy(apiId, api({ authorizer: { identitySource: 'method.request.header.X-Token' } }))
    const { body } = await house.send(apiId, {
      target: '/x',
      headers: [`X-Token: ${tokenOf(idClaims(), key)}`],
    })
    expect(body).toBe(IN)
    expect(await ask(tokenOf(idClaims(), key))).toBe(UNAUTHORIZED)
  })

  test('validates the audience by its expression', async () => {
    house.deploy(apiId, api({ authorizer: { identityValidationExpression: 'client[0-9]' } }))
    expect(await ask(tokenOf(idClaims(), key))).toBe(IN)
    expect(await ask(tokenOf({ ...idClaims(), aud: 'client10' }, key))).toBe(UNAUTHORIZED)
    expect(await ask(tokenOf({ ...idClaims(), aud: undefined }, key))).toBe(UNAUTHORIZED)
  })

  test('takes tokens of each of its pools, by their own keys alone', async () => {
    house.deploy(apiId, api({ authorizer: { providerARNs: [STAND_IN, POOL] } }))
    const standIn = { ...idClaims(), iss: issuer.url }
    expect(await ask(tokenOf(idClaims(), second))).toBe(IN)
    expect(await ask(tokenOf(standIn, key))).toBe(IN)
    expect(await ask(tokenOf(standIn, second))).toBe(UNAUTHORIZED)
  })

  test('takes what a stand-in issues, that need not say what it is for', async () => {
    house.deploy(
      apiId,
      api({ authorizer: { providerARNs: [STAND_IN] }, method: { authorizationScopes: ['a'] } }),
    )
    const claims = { sub: IN, iss: issuer.url, exp: seconds() + 60 }
    expect(await ask(tokenOf(claims, key), '/y')).toBe(IN)
    expect(await ask(tokenOf(claims, key))).toBe(UNAUTHORIZED)
    expect(await ask(tokenOf({ ...claims, scope: 'a b' }, key))).toBe(IN)
    expect(await ask(tokenOf({ ...claims, scope: 'a b' }, key, { header: { alg: 'RS256' } }))).toBe(IN)
  })

  test('takes only what is for the audiences of a stand-in, where they are given', async () => {
    house.deploy(apiId, api({ authorizer: { providerARNs: [PICKY] } }))
    const claims = { sub: IN, iss: issuer.url, exp: seconds() + 60 }
    const audiences: readonly (readonly [object, string])[] = [
      [{ aud: 'shop' }, IN],
      [{ aud: ['else', 'orders'] }, IN],
      [{ client_id: 'orders' }, IN],
      [{ aud: 'else', client_id: 'orders' }, UNAUTHORIZED],
      [{ aud: ['else'] }, UNAUTHORIZED],
      [{ aud: 7 }, UNAUTHORIZED],
      [{}, UNAUTHORIZED],
    ]
    for (const [audience, expected] of audiences) {
      expect([audience, await ask(tokenOf({ ...claims, ...audience }, key))]).toEqual([audience, expected])
    }
  })

  test.each([
    ['without pools', { providerARNs: [] }],
    ['of what is no pool', { providerARNs: ['arn:aws:cognito-idp:us-east-1:123456789012:userpool/../../x'] }],
    ['with an expression that is none', { identityValidationExpression: '(' }],
    ['of another type', { type: 'TOKEN' as const }],
  ])('%s lets nobody in', async (_, authorizer) => {
    const diagnostics = house.deploy(apiId, api({ authorizer }))
    expect(diagnostics.length).toBeGreaterThan(0)
    expect(await ask(tokenOf(idClaims(), key))).toBe('500 {"message":null}')
  })
})

describe('with a resource policy, which has to allow by itself', () => {
  const statement = (Effect: string, Resource: string = 'execute-api:/*') => ({
    Version: '2012-10-17',
    Statement: { Effect, Principal: '*', Action: 'execute-api:Invoke', Resource },
  })
  const refused = (more: string = ''): string =>
    `403 {"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********9012:${apiId}/prod/GET/x${more}"}`
  test('allow, silence and denial, for who is known and for who is not', async () => {
    const none = tokenOf(idClaims(), stranger)
    const token = tokenOf(idClaims(), key)
    const answers = async (policy: object): Promise<readonly string[]> => {
      house.deploy(apiId, api({ policy }))
      return [await ask(token), await ask(none)]
    }
    expect(await answers(statement('Allow'))).toEqual([IN, UNAUTHORIZED])
    expect(await answers(statement('Allow', 'execute-api:/*/GET/y'))).toEqual([refused(), UNAUTHORIZED])
    expect(await answers(statement('Deny'))).toEqual([refused(' with an explicit deny'), UNAUTHORIZED])
  })
})

describe('a verified token is kept', () => {
  test('until it is over, and as long as the authorizer says', async () => {
    house.deploy(apiId, api())
    const token = tokenOf({ ...idClaims(), exp: seconds() + 100 }, key)
    expect(await ask(token)).toBe(IN)
    nowMs += 99_999
    expect(await ask(token)).toBe(IN)
    nowMs += 1
    expect(await ask(token)).toBe(EXPIRED)
  })

  test('no longer than to the next flush, deployment or change of keys within that time', async () => {
    house.deploy(apiId, api({ authorizer: { providerARNs: [STAND_IN], authorizerResultTtlInSeconds: 3600 } }))
    const claims = { sub: IN, iss: issuer.url, exp: seconds() + 86_400 }
    const token = tokenOf(claims, key)
    expect(await ask(token)).toBe(IN)
    issuer.keys = [jwkOf(second)]
    nowMs += 3_599_999
    expect(await ask(tokenOf(claims, second))).toBe(IN)
    expect(await ask(token)).toBe(IN)
    house.verifiedTokens.flush(`${apiId}/prod`)
    expect(await ask(token)).toBe(UNAUTHORIZED)
    issuer.keys = [jwkOf(key)]
  })
})
