import * as identity from '@aws-sdk/client-cognito-identity'
import * as iam from '@aws-sdk/client-iam'
import * as sts from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Caller } from '#base/caller.ts'
import { decodeJwtPayload } from '#companions/cognito-idp/claims.fixture.ts'
import { refusal } from '#companions/iam/identities.fixture.ts'
import { ACCOUNT, REGION, startIdentityPools, type TestIdentityPools } from './identity-pools.fixture.ts'

// Identity pools as AWS's own client meets them.

const USERS = `cognito-idp.${REGION}.amazonaws.com/${REGION}_Users0001`
const OIDC = 'login.example.com/realm'
const DEVELOPER = 'login.shop.example.com'
const role = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`
const oidcArn = `arn:aws:iam::${ACCOUNT}:oidc-provider/${OIDC}`

let house: TestIdentityPools
let nextPool = 1
beforeAll(async () => {
  house = startIdentityPools()
  await house.iam.send(
    new iam.CreateOpenIDConnectProviderCommand({ Url: `https://${OIDC}`, ClientIDList: ['shop'] }),
  )
  const Statement = [
    {
      Effect: 'Allow',
      Principal: { Federated: 'cognito-identity.amazonaws.com' },
      Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
    },
  ]
  for (const RoleName of ['user', 'guest', 'admin', 'reader']) {
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await house.iam.send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
  }
  const stranger = Statement.map((one) => ({ ...one, Principal: { Federated: oidcArn } }))
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: stranger })
  await house.iam.send(new iam.CreateRoleCommand({ RoleName: 'stranger', AssumeRolePolicyDocument }))
})
afterAll(() => house.stop())

type PoolInput = Partial<identity.CreateIdentityPoolCommandInput>

async function newPool(
  settings: PoolInput = {},
  roles: Partial<identity.SetIdentityPoolRolesCommandInput> = {},
): Promise<string> {
  const { IdentityPoolId = '' } = await house.sdk.send(
    new identity.CreateIdentityPoolCommand({
      IdentityPoolName: `pool ${nextPool++}`,
      AllowUnauthenticatedIdentities: true,
      CognitoIdentityProviders: [{ ProviderName: USERS, ClientId: 'web', ServerSideTokenCheck: true }],
      OpenIdConnectProviderARNs: [oidcArn],
      SupportedLoginProviders: { 'graph.facebook.com': '7346241598935555', 'accounts.google.com': 'g1,g2' },
      DeveloperProviderName: DEVELOPER,
      ...settings,
    }),
  )
  await house.sdk.send(
    new identity.SetIdentityPoolRolesCommand({
      IdentityPoolId,
      Roles: { authenticated: role('user'), unauthenticated: role('guest') },
      ...roles,
    }),
  )
  return IdentityPoolId
}

const userToken = (sub: string, more: object = {}): string =>
  house.tokenOf(`https://${USERS}`, { sub, aud: 'web', token_use: 'id', ...more })
const user = (sub: string, more: object = {}): Record<string, string> => ({ [USERS]: userToken(sub, more) })
const member = (sub: string): Record<string, string> => ({
  [OIDC]: house.tokenOf(`https://${OIDC}`, { sub, aud: 'shop' }),
})

type Logins = Record<string, string> | undefined

async function getId(IdentityPoolId: string, Logins?: Logins): Promise<string> {
  const command = new identity.GetIdCommand({ IdentityPoolId, ...(Logins && { Logins }) })
  return (await house.sdk.send(command)).IdentityId as string
}

async function credentials(
  IdentityId: string,
  Logins?: Logins,
  CustomRoleArn?: string,
): Promise<{ readonly id: string; readonly caller: Caller }> {
  const answer = await house.sdk.send(
    new identity.GetCredentialsForIdentityCommand({
      IdentityId,
      ...(Logins && { Logins }),
      ...(CustomRoleArn && { CustomRoleArn }),
    }),
  )
  const { AccessKeyId = '', SessionToken } = answer.Credentials ?? {}
  const found = await house.callers.find(AccessKeyId, SessionToken)
  if (typeof found === 'string') throw new Error(found)
  return { id: answer.IdentityId as string, caller: found.caller }
}

const describeIdentity = (IdentityId: string) =>
  house.sdk.send(new identity.DescribeIdentityCommand({ IdentityId }))

describe('pools', () => {
  test('are made, described, changed, listed, tagged and deleted', async () => {
    const id = await newPool({ IdentityPoolTags: { team: 'pets' } })
    expect(id).toMatch(/^us-east-1:[\da-f-]{36}$/)
    const shown = await house.sdk.send(new identity.DescribeIdentityPoolCommand({ IdentityPoolId: id }))
    expect(shown).toMatchObject({
      AllowUnauthenticatedIdentities: true,
      DeveloperProviderName: DEVELOPER,
      IdentityPoolTags: { team: 'pets' },
    })
    const changed = await house.sdk.send(
      new identity.UpdateIdentityPoolCommand({
        IdentityPoolId: id,
        IdentityPoolName: 'renamed',
        AllowUnauthenticatedIdentities: false,
      }),
    )
    expect(changed).toMatchObject({ IdentityPoolName: 'renamed', DeveloperProviderName: DEVELOPER })
    expect(changed.CognitoIdentityProviders).toBeUndefined()
    const list = await house.sdk.send(new identity.ListIdentityPoolsCommand({ MaxResults: 60 }))
    expect(list.IdentityPools).toContainEqual({ IdentityPoolId: id, IdentityPoolName: 'renamed' })

    const ResourceArn = `arn:aws:cognito-identity:${REGION}:${ACCOUNT}:identitypool/${id}`
    await house.sdk.send(new identity.TagResourceCommand({ ResourceArn, Tags: { a: 'b' } }))
    await house.sdk.send(new identity.UntagResourceCommand({ ResourceArn, TagKeys: ['team'] }))
    const { Tags } = await house.sdk.send(new identity.ListTagsForResourceCommand({ ResourceArn }))
    expect(Tags).toEqual({ a: 'b' })

    const guest = await getId(await newPool())
    await house.sdk.send(new identity.DeleteIdentityPoolCommand({ IdentityPoolId: id }))
    expect(await refusal(getId(id))).toBe(`ResourceNotFoundException: IdentityPool '${id}' not found.`)
    expect((await describeIdentity(guest)).IdentityId).toBe(guest)
  })

  test.each([
    ['a name with a slash', { IdentityPoolName: 'a/b' }, 'IdentityPoolName'],
    ['SAML', { SamlProviderARNs: [`arn:aws:iam::${ACCOUNT}:saml-provider/x`] }, 'SAML is not supported'],
    ['reserved tags', { IdentityPoolTags: { 'aws:x': 'y' } }, 'aws:x'],
  ])('are not made with %s', async (_, settings, told) => {
    expect(await refusal(newPool(settings))).toContain(told)
  })

  test('keep roles and their mappings', async () => {
    const RoleMappings = {
      [`${USERS}:web`]: { Type: 'Token', AmbiguousRoleResolution: 'Deny' },
    } as const
    const IdentityPoolId = await newPool({}, { RoleMappings })
    const found = await house.sdk.send(new identity.GetIdentityPoolRolesCommand({ IdentityPoolId }))
    expect(found).toMatchObject({ Roles: { authenticated: role('user') }, RoleMappings })
    const set = (more: object) =>
      house.sdk.send(new identity.SetIdentityPoolRolesCommand({ IdentityPoolId, Roles: {}, ...more }))
    expect(await refusal(set({ Roles: { everybody: role('user') } }))).toContain('found everybody')
    expect(await refusal(set({ Roles: { authenticated: 'user-whose-arn-is-none' } }))).toContain(
      'ARN of a role',
    )
    const RulesOnly = { x: { Type: 'Rules', AmbiguousRoleResolution: 'Deny' } }
    expect(await refusal(set({ RoleMappings: RulesOnly }))).toContain('has rules')
  })
})

describe('identities', () => {
  test('are the same for the same login, and another for each guest', async () => {
    const pool = await newPool()
    const ada = await getId(pool, user('ada'))
    expect(ada).toMatch(/^us-east-1:[\da-f-]{36}$/)
    expect(await getId(pool, user('ada'))).toBe(ada)
    expect(await getId(pool, user('grace'))).not.toBe(ada)
    expect(await getId(pool, member('ada'))).not.toBe(ada)
    expect(await getId(await newPool(), user('ada'))).not.toBe(ada)
    expect(await getId(pool)).not.toBe(await getId(pool))
    expect((await describeIdentity(ada)).Logins).toEqual([USERS])
  })

  test('take further logins, and let go of them', async () => {
    const pool = await newPool()
    const ada = await getId(pool, user('ada'))
    expect(await getId(pool, { ...user('ada'), ...member('ada') })).toBe(ada)
    expect(await getId(pool, member('ada'))).toBe(ada)
    expect((await describeIdentity(ada)).Logins).toEqual([USERS, OIDC])
    const unlink = (Logins: Record<string, string>) =>
      house.sdk.send(new identity.UnlinkIdentityCommand({ IdentityId: ada, Logins, LoginsToRemove: [OIDC] }))
    expect(await refusal(unlink(user('grace')))).toContain('is forbidden')
    await unlink(user('ada'))
    expect((await describeIdentity(ada)).Logins).toEqual([USERS])
    expect(await getId(pool, member('ada'))).not.toBe(ada)
    const last = new identity.UnlinkIdentityCommand({
      IdentityId: await getId(pool, user('once')),
      Logins: user('once'),
      LoginsToRemove: [USERS],
    })
    await house.sdk.send(last)
    const closed = last.input.IdentityId as string
    expect(await refusal(credentials(closed))).toContain('is forbidden')
    expect(await refusal(credentials(closed, user('once')))).toContain("Logins don't match")
    const open = new identity.ListIdentitiesCommand({
      IdentityPoolId: pool,
      MaxResults: 60,
      HideDisabled: true,
    })
    const ids = (await house.sdk.send(open)).Identities?.map((one) => one.IdentityId)
    expect(ids).toContain(ada)
    expect(ids).not.toContain(closed)
    const both = getId(pool, { ...user('ada'), ...member('ada') })
    expect(await refusal(both)).toContain('ResourceConflictException')
  })

  test('are listed and deleted', async () => {
    const IdentityPoolId = await newPool()
    const ids = [await getId(IdentityPoolId), await getId(IdentityPoolId, user('ada'))]
    const list = () => house.sdk.send(new identity.ListIdentitiesCommand({ IdentityPoolId, MaxResults: 10 }))
    expect((await list()).Identities?.map((one) => one.IdentityId).toSorted()).toEqual(ids.toSorted())
    const unknown = `${REGION}:00000000-0000-0000-0000-000000000000`
    const { UnprocessedIdentityIds } = await house.sdk.send(
      new identity.DeleteIdentitiesCommand({ IdentityIdsToDelete: [...ids, unknown] }),
    )
    expect(UnprocessedIdentityIds).toEqual([{ IdentityId: unknown, ErrorCode: 'AccessDenied' }])
    expect((await list()).Identities).toEqual([])
    expect(await getId(IdentityPoolId, user('ada'))).not.toBe(ids[1])
  })

  const INVALID = 'NotAuthorizedException: Invalid login token.'
  test.each<[what: string, logins: () => Record<string, string>, told: string]>([
    ['another client', () => user('ada', { aud: 'other' }), `${INVALID} Incorrect token audience.`],
    ['an access token', () => user('ada', { token_use: 'access' }), `${INVALID} Not a valid`],
    ['a token that is over', () => user('ada', { exp: 1 }), `${INVALID} Token expired: `],
    ['a forged token', () => user('ada', { fault: 'invalid' }), `${INVALID} Token signature invalid.`],
    ['no subject', () => user(''), `${INVALID} Missing subject.`],
    ['keys that are not to be had', () => user('ada', { fault: 'unavailable' }), 'ExternalServiceException'],
    ['the token of another', () => ({ [USERS]: member('ada')[OIDC] as string }), "Issuer doesn't match"],
    [
      'a provider that the pool does not name',
      () => ({ 'login.elsewhere.example': userToken('ada') }),
      'Token is not from a supported provider',
    ],
    [
      'another user pool',
      () => ({ [`${USERS}2`]: userToken('ada') }),
      'Token is not from a supported provider',
    ],
    [
      'a provider that only its owner can ask',
      () => ({ 'graph.facebook.com': 'EAAB' }),
      'can be verified by graph.facebook.com alone',
    ],
  ])('are nobody with %s', async (_, logins, told) => {
    expect(await refusal(getId(await newPool(), logins()))).toContain(told)
  })

  test('may be those of Google, for the clients of the pool', async () => {
    const pool = await newPool()
    const google = (aud: string) => ({
      'accounts.google.com': house.tokenOf('https://accounts.google.com', { sub: 'ada', aud }),
    })
    expect(await getId(pool, google('g1'))).toBe(await getId(pool, google('g2')))
    expect(await refusal(getId(pool, google('g3')))).toContain('Incorrect token audience')
  })

  test('are not of guests where the pool takes none', async () => {
    const pool = await newPool({ AllowUnauthenticatedIdentities: false })
    expect(await refusal(getId(pool))).toBe(
      'NotAuthorizedException: Unauthenticated access is not supported for this identity pool.',
    )
  })
})

describe('credentials', () => {
  test('are those of the role for who signed in, and say who that is', async () => {
    const pool = await newPool()
    const ada = await getId(pool, user('ada'))
    const { caller } = await credentials(ada, user('ada'))
    expect(caller).toMatchObject({
      arn: `arn:aws:sts::${ACCOUNT}:assumed-role/user/CognitoIdentityCredentials`,
      federated: 'cognito-identity.amazonaws.com',
      federatedKeys: {
        'cognito-identity.amazonaws.com:sub': ada,
        'cognito-identity.amazonaws.com:aud': pool,
        'cognito-identity.amazonaws.com:amr': ['authenticated', USERS, `${USERS}:CognitoSignIn:ada`],
      },
    })
    expect((caller.expiresMs ?? 0) - (caller.issuedMs ?? 0)).toBeGreaterThan(3_599_000)
    expect(caller.policies.session).toBeUndefined()
  })

  test('of a guest are within what guests may', async () => {
    const guest = await getId(await newPool())
    const { caller } = await credentials(guest)
    expect(caller.roleArn).toBe(role('guest'))
    expect(caller.federatedKeys?.['cognito-identity.amazonaws.com:amr']).toEqual(['unauthenticated'])
    expect(caller.policies.session?.[0]).toContain('execute-api:*')
    expect(caller.policies.session?.[0]).not.toContain('iam:')
  })

  test('need proof of who has signed in', async () => {
    const pool = await newPool()
    const ada = await getId(pool, user('ada'))
    expect(await refusal(credentials(ada))).toBe(
      `NotAuthorizedException: Access to Identity '${ada}' is forbidden.`,
    )
    expect(await refusal(credentials(ada, user('grace')))).toContain("Logins don't match")
    await getId(pool, user('grace'))
    expect(await refusal(credentials(ada, user('grace')))).toContain('ResourceConflictException')
    house.signedOut.add(`${REGION}_Users0001 ada`)
    try {
      expect(await refusal(credentials(ada, user('ada')))).toContain('Token is revoked')
    } finally {
      house.signedOut.clear()
    }
  })

  test('a guest who signs in stays the same, unless known already', async () => {
    const pool = await newPool()
    const first = await getId(pool)
    expect((await credentials(first, user('ada'))).id).toBe(first)
    expect(await refusal(credentials(first))).toContain('is forbidden')
    const second = await getId(pool)
    expect((await credentials(second, user('ada'))).id).toBe(first)
    expect(await refusal(credentials(second))).toContain(`Identity '${second}' not found.`)
  })

  test('are not given by roles that do not trust the pool, or are missing', async () => {
    const BAD =
      'InvalidIdentityPoolConfigurationException: Invalid identity pool configuration. Check assigned IAM roles for this pool.'
    for (const Roles of [{}, { authenticated: role('stranger') }, { authenticated: role('nobody') }]) {
      const pool = await newPool({}, { Roles })
      expect(await refusal(credentials(await getId(pool, user('ada')), user('ada')))).toBe(BAD)
    }
  })

  test('carry tags of claims', async () => {
    const IdentityPoolId = await newPool()
    const set = (more: object) =>
      house.sdk.send(
        new identity.SetPrincipalTagAttributeMapCommand({
          IdentityPoolId,
          IdentityProviderName: USERS,
          ...more,
        }),
      )
    const logins = user('ada', { 'custom:team': 'pets', odd: 'a\tb' })
    const ada = await getId(IdentityPoolId, logins)
    await set({ PrincipalTags: { team: 'custom:team', odd: 'odd', none: 'missing' } })
    expect((await credentials(ada, logins)).caller.tags).toEqual({ team: 'pets' })
    expect((await set({ UseDefaults: true })).PrincipalTags).toEqual({ username: 'sub', client: 'aud' })
    expect((await credentials(ada, logins)).caller.tags).toEqual({ username: 'ada', client: 'web' })
    const found = await house.sdk.send(
      new identity.GetPrincipalTagAttributeMapCommand({ IdentityPoolId, IdentityProviderName: OIDC }),
    )
    expect(found).toMatchObject({ UseDefaults: false, PrincipalTags: {} })
  })
})

describe('the basic flow', () => {
  const getToken = (IdentityId: string, Logins?: Record<string, string>) =>
    house.sdk.send(new identity.GetOpenIdTokenCommand({ IdentityId, ...(Logins && { Logins }) }))
  const assume = (WebIdentityToken: string, name = 'user') =>
    house.sts.send(
      new sts.AssumeRoleWithWebIdentityCommand({
        RoleArn: role(name),
        RoleSessionName: 'session',
        WebIdentityToken,
      }),
    )

  test('a token of the pool takes a role', async () => {
    const pool = await newPool({ AllowClassicFlow: true })
    const ada = await getId(pool, user('ada'))
    const { Token = '' } = await getToken(ada, user('ada'))
    const { iat, exp, ...claims } = decodeJwtPayload(Token)
    expect(claims).toEqual({
      iss: 'https://cognito-identity.amazonaws.com',
      sub: ada,
      aud: pool,
      amr: ['authenticated', USERS, `${USERS}:CognitoSignIn:ada`],
    })
    expect((exp as number) - (iat as number)).toBe(600)
    const assumed = await assume(Token)
    expect(assumed).toMatchObject({
      SubjectFromWebIdentityToken: ada,
      Audience: pool,
      Provider: 'cognito-identity.amazonaws.com',
    })
    expect(await refusal(assume(Token, 'stranger'))).toContain('AccessDenied')
    house.nowMs += 601_000
    try {
      expect(await refusal(assume(Token))).toContain('ExpiredTokenException')
    } finally {
      house.nowMs -= 601_000
    }
    const [head, body, signature = ''] = Token.split('.')
    const forged = `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    expect(await refusal(assume(forged))).toContain('InvalidIdentityToken')
    await house.sdk.send(new identity.DeleteIdentityPoolCommand({ IdentityPoolId: pool }))
    expect(await refusal(assume(Token))).toContain('InvalidIdentityToken')
  })

  test('a token is for STS, and none is made longer by itself', async () => {
    const IdentityPoolId = await newPool({ AllowClassicFlow: true })
    const login = (token = '') => ({ 'cognito-identity.amazonaws.com': token })
    const guest = await getId(IdentityPoolId)
    const { Token } = await getToken(guest)
    expect(await refusal(credentials(guest, login(Token)))).toContain('Not a valid OpenId Connect')
    const without = await newPool({ AllowClassicFlow: true, DeveloperProviderName: undefined })
    const other = await getId(without)
    const asLogin = login((await getToken(other)).Token)
    expect(await refusal(credentials(other, asLogin))).toContain('Not a valid OpenId Connect')
    const ada = await getId(IdentityPoolId, user('ada'))
    const own = (await getToken(ada, user('ada'))).Token
    expect(await refusal(credentials(ada, login(own)))).toContain('Not a valid OpenId Connect')
    const developer = await house.sdk.send(
      new identity.GetOpenIdTokenForDeveloperIdentityCommand({
        IdentityPoolId,
        Logins: { [DEVELOPER]: 'grace' },
        TokenDuration: 60,
      }),
    )
    const renewed = await getToken(developer.IdentityId ?? '', login(developer.Token))
    const [exp, before] = [renewed, developer].map((one) => decodeJwtPayload(one.Token)['exp'])
    expect(exp).toBe(before as number)
    // Whose token it is links further logins.
    const { id } = await credentials(developer.IdentityId ?? '', {
      ...login(developer.Token),
      ...user('hopper'),
    })
    expect(await getId(IdentityPoolId, user('hopper'))).toBe(id)
  })

  test('is off unless the pool has it, and with role mappings', async () => {
    const off = await newPool()
    expect(await refusal(getToken(await getId(off)))).toBe(
      'InvalidParameterException: Basic (classic) flow is not enabled, please use enhanced flow.',
    )
    const RoleMappings = { [OIDC]: { Type: 'Token', AmbiguousRoleResolution: 'Deny' } } as const
    const mapped = await newPool({ AllowClassicFlow: true }, { RoleMappings })
    expect(await refusal(getToken(await getId(mapped)))).toContain('not supported with RoleMappings')
  })
})

describe('users of a developer', () => {
  const register = (IdentityPoolId: string, name: string, more: object = {}) =>
    house.sdk.send(
      new identity.GetOpenIdTokenForDeveloperIdentityCommand({
        IdentityPoolId,
        Logins: { [DEVELOPER]: name },
        ...more,
      }),
    )
  const lookup = (IdentityPoolId: string, more: object) =>
    house.sdk.send(new identity.LookupDeveloperIdentityCommand({ IdentityPoolId, ...more }))

  test('have identities and credentials by their word', async () => {
    const pool = await newPool()
    const { IdentityId: ada = '', Token = '' } = await register(pool, 'ada', {
      PrincipalTags: { team: 'pets' },
      TokenDuration: 60,
    })
    expect(decodeJwtPayload(Token)['amr']).toEqual(['authenticated', DEVELOPER, `${DEVELOPER}:${pool}:ada`])
    const own = { 'cognito-identity.amazonaws.com': Token }
    expect(await getId(pool, own)).toBe(ada)
    const { caller } = await credentials(ada, own)
    expect([caller.roleArn, caller.tags]).toEqual([role('user'), { team: 'pets' }])
    expect(await refusal(credentials(await getId(pool), own))).toContain('is forbidden')
    const elsewhere = await getId(await newPool())
    expect(await refusal(credentials(elsewhere, own))).toContain('Invalid login token')
    house.nowMs += 61_000
    try {
      expect(await refusal(credentials(ada, own))).toContain('Token expired')
    } finally {
      house.nowMs -= 61_000
    }
  })

  test('are looked up, linked, merged and let go', async () => {
    const IdentityPoolId = await newPool()
    const { IdentityId: ada } = await register(IdentityPoolId, 'ada')
    expect((await register(IdentityPoolId, 'ada')).IdentityId).toBe(ada)
    expect((await register(IdentityPoolId, 'ada2', { IdentityId: ada })).IdentityId).toBe(ada)
    const { IdentityId: grace } = await register(IdentityPoolId, 'grace')
    expect(await refusal(register(IdentityPoolId, 'ada', { IdentityId: grace }))).toContain(
      'DeveloperUserAlreadyRegisteredException',
    )
    expect(await lookup(IdentityPoolId, { IdentityId: ada })).toMatchObject({
      DeveloperUserIdentifierList: ['ada', 'ada2'],
    })
    const merge = (SourceUserIdentifier: string, DestinationUserIdentifier: string) =>
      house.sdk.send(
        new identity.MergeDeveloperIdentitiesCommand({
          IdentityPoolId,
          DeveloperProviderName: DEVELOPER,
          SourceUserIdentifier,
          DestinationUserIdentifier,
        }),
      )
    expect((await merge('ada', 'grace')).IdentityId).toBe(grace)
    expect(await refusal(merge('ada2', 'grace'))).toContain('same identity')
    expect(await refusal(merge('nobody', 'grace'))).toContain("Developer user 'nobody' not found.")
    expect((await lookup(IdentityPoolId, { DeveloperUserIdentifier: 'ada2' })).IdentityId).toBe(grace)
    const unlink = (DeveloperUserIdentifier: string) =>
      house.sdk.send(
        new identity.UnlinkDeveloperIdentityCommand({
          IdentityId: grace,
          IdentityPoolId,
          DeveloperProviderName: DEVELOPER,
          DeveloperUserIdentifier,
        }),
      )
    await unlink('ada2')
    expect(await refusal(unlink('ada2'))).toContain('ResourceNotFoundException')
    expect((await lookup(IdentityPoolId, { IdentityId: grace })).DeveloperUserIdentifierList).toEqual([
      'ada',
      'grace',
    ])
    expect(await refusal(lookup(IdentityPoolId, {}))).toContain('InvalidParameterException')
  })
})
