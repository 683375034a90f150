import { afterAll, beforeAll, expect, test } from 'bun:test'
import { generateKeyPairSync } from 'node:crypto'
import { silentLog } from '#base/log.ts'
import { oidcProviderKind, ownedBy } from '#companions/iam/records.ts'
import { audiencesOf } from '#languages/jwt/audience.ts'
import { signToken } from '#languages/jwt/sign.ts'
import { readToken } from '#languages/jwt/token.ts'
import { openSqliteStore } from '#store/sqlite.ts'
import { principalTags, providerIdentities } from './provider-identities.ts'
import type { WebIdentities } from './web-identities.ts'

const ACCOUNT = '111122223333'
const URL = 'https://oidc.example.com/id/1'
const arn = `arn:aws:iam::${ACCOUNT}:oidc-provider/oidc.example.com/id/1`
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const store = openSqliteStore({ path: ':memory:', log: silentLog })
let identities: WebIdentities

beforeAll(async () => {
  const record = { url: URL, clientIds: ['app', 'builds'], thumbprints: [], createdMs: 0, tags: {} }
  await store.transact(async (tx) => tx.write(oidcProviderKind, { ...ownedBy(ACCOUNT), id: arn }, record))
  identities = providerIdentities({
    store,
    verifier: {
      verify: async (provider, text) => {
        const claims = readToken(text)?.claims ?? {}
        return claims['iss'] === provider ? { claims, audiences: audiencesOf(claims) } : 'foreign'
      },
    },
    known: { issuer: 'https://known.example.com', verify: async () => 'expired' },
  })
})
afterAll(() => store.close())

const asked = (claims: object, account: string = ACCOUNT) =>
  identities.verify(signToken({ iss: URL, sub: 'ada', ...claims }, { id: 'k', key: privateKey }), account)

const ada = { provider: arn, issuer: 'oidc.example.com/id/1', subject: 'ada', claims: {}, tags: {} }

test.each<[claims: object, found: unknown]>([
  [{ aud: 'app' }, { ...ada, audience: 'app' }],
  [{ aud: ['else', 'builds'] }, { ...ada, audience: 'builds' }],
  [
    { aud: 'app', amr: ['mfa'] },
    { ...ada, audience: 'app', claims: { amr: ['mfa'] } },
  ],
  [
    { aud: 'server', azp: 'app' },
    { ...ada, audience: 'app', claims: { oaud: 'server' } },
  ],
  [{ aud: 'app', azp: 'other' }, 'audience'],
  [{ aud: 'other' }, 'audience'],
  [{}, 'audience'],
  [{ aud: 'app', sub: '' }, 'invalid'],
  [{ aud: 'app', sub: 7 }, 'invalid'],
  [{ aud: 'app', iss: 'https://elsewhere.example.com' }, 'stranger'],
  [{ aud: 'app', iss: 7 }, 'invalid'],
  [{ iss: 'https://known.example.com' }, 'expired'],
])('a token of %j', async (claims, found) => {
  expect(await asked(claims)).toEqual(found as never)
})

test('providers are of one account', async () => {
  expect(await asked({ aud: 'app' }, '999999999999')).toBe('stranger')
  expect(await identities.verify('no token', ACCOUNT)).toBe('invalid')
})

test.each<[given: unknown, tags: object]>([
  [{ principal_tags: { team: ['pets'], cost: 'low' } }, { team: 'pets', cost: 'low' }],
  [{ principal_tags: { none: [], odd: [7], worse: {} } }, {}],
  [{ principal_tags: null }, {}],
  [{ principal_tags: 'text' }, {}],
  ['text', {}],
  [null, {}],
  [undefined, {}],
])('tags of %j', (given, tags) => {
  expect(principalTags({ 'https://aws.amazon.com/tags': given })).toEqual(tags as never)
})
