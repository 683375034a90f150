import * as iam from '@aws-sdk/client-iam'
import * as sts from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { ACCOUNT, refusal, startIdentities, type TestIdentities } from '#companions/iam/identities.fixture.ts'
import type { WebIdentity } from './web-identities.ts'

const ann = `arn:aws:iam::${ACCOUNT}:user/ann`
const role = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`
const ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
const INVALID = 'InvalidClientTokenId: The security token included in the request is invalid.'

function trust(principal: object, condition?: object, action: string | string[] = 'sts:AssumeRole'): string {
  const statement = { Effect: 'Allow', Principal: principal, Action: action }
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [condition === undefined ? statement : { ...statement, Condition: condition }],
  })
}

/** Tokens of the test's own provider: JSON as it is. */
const webIdentities = {
  verify: async (token: string): Promise<WebIdentity | 'invalid' | 'expired'> =>
    token === 'expired' || token === 'invalid' ? token : (JSON.parse(token) as WebIdentity),
}

let house: TestIdentities
let keys: { accessKeyId: string; secretAccessKey: string }
beforeAll(async () => {
  house = await startIdentities(webIdentities)
  const root = house.iam()
  await root.send(new iam.CreateUserCommand({ UserName: 'ann' }))
  const { AccessKey } = await root.send(new iam.CreateAccessKeyCommand({ UserName: 'ann' }))
  keys = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  const roles: Record<string, string> = {
    named: trust({ AWS: ann }),
    account: trust({ AWS: ACCOUNT }),
    stranger: trust({ AWS: '999999999999' }),
    external: trust({ AWS: ann }, { StringEquals: { 'sts:ExternalId': 'a-secret-word' } }),
    tagged: trust({ AWS: ann }, undefined, ['sts:AssumeRole', 'sts:TagSession']),
    chained: trust({ AWS: role('named') }),
    known: trust({ AWS: [ann, role('known')] }, undefined, ['sts:AssumeRole', 'sts:SetSourceIdentity']),
    unknowing: trust({ AWS: role('known') }),
    web: trust(
      { Federated: 'login.example.com' },
      { StringEquals: { 'login.example.com:sub': 'someone' } },
      'sts:AssumeRoleWithWebIdentity',
    ),
  }
  for (const [RoleName, AssumeRolePolicyDocument] of Object.entries(roles)) {
    await root.send(
      new iam.CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument,
        MaxSessionDuration: RoleName === 'named' ? 7200 : 3600,
      }),
    )
  }
})
afterAll(() => house.stop())

function assume(
  name: string,
  more: Partial<sts.AssumeRoleCommandInput> = {},
): Promise<sts.AssumeRoleCommandOutput> {
  const input = { RoleArn: role(name), RoleSessionName: 'session', ...more }
  return house.sts(keys).send(new sts.AssumeRoleCommand(input))
}

function keysOf({ Credentials }: sts.AssumeRoleCommandOutput) {
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
}

const whoAmI = (client: sts.STSClient) => client.send(new sts.GetCallerIdentityCommand({}))

test('GetCallerIdentity tells callers who they are', async () => {
  expect(await whoAmI(house.sts())).toMatchObject({
    UserId: ACCOUNT,
    Account: ACCOUNT,
    Arn: `arn:aws:iam::${ACCOUNT}:root`,
  })
  expect(await whoAmI(house.sts(keys))).toMatchObject({ Account: ACCOUNT, Arn: ann })
  const wrong = house.sts({ ...keys, secretAccessKey: 'wrong' })
  expect(await refusal(whoAmI(wrong))).toContain('SignatureDoesNotMatch: ')
})

test('GetAccessKeyInfo reads the account of a key, of whoever it is', async () => {
  const info = (AccessKeyId: string) => house.sts().send(new sts.GetAccessKeyInfoCommand({ AccessKeyId }))
  expect((await info(keys.accessKeyId)).Account).toBe(ACCOUNT)
  expect(await refusal(info('AKIA0000000000000000'))).toContain('is not a valid access key id')
})

describe('AssumeRole', () => {
  test('gives credentials of a session that expire', async () => {
    const assumed = await assume('named')
    expect(assumed.Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/)
    expect(assumed.Credentials?.Expiration?.getTime()).toBe(
      Math.floor(house.clock.nowMs / 1000 + 3600) * 1000,
    )
    const Arn = `arn:aws:sts::${ACCOUNT}:assumed-role/named/session`
    expect(assumed.AssumedRoleUser?.Arn).toBe(Arn)
    const session = keysOf(assumed)
    expect(await whoAmI(house.sts(session))).toMatchObject({
      Arn,
      UserId: assumed.AssumedRoleUser?.AssumedRoleId,
    })
    const { sessionToken, ...withoutToken } = session
    expect(await refusal(whoAmI(house.sts(withoutToken)))).toBe(INVALID)
    const other = keysOf(await assume('named')).sessionToken
    expect(other).not.toBe(sessionToken)
    expect(await refusal(whoAmI(house.sts({ ...session, sessionToken: other })))).toBe(INVALID)
    const plain = JSON.stringify({ accessKeyId: 'x', secret: 'y', account: ACCOUNT, of: { kind: 'root' } })
    const forged = { accessKeyId: 'x', secretAccessKey: 'y', sessionToken: plain }
    expect(await refusal(whoAmI(house.sts(forged)))).toContain('InvalidClientTokenId')
    const client = house.sts(session)
    house.clock.nowMs += 3600_000
    try {
      const found = await house.callers.find(session.accessKeyId, session.sessionToken)
      expect(found).toBe('expired')
      expect(await refusal(whoAmI(client))).toBe(
        'ExpiredToken: The security token included in the request is expired',
      )
    } finally {
      house.clock.nowMs -= 3600_000
    }
  })

  test('of a role that trusts the account needs a policy of the user', async () => {
    const denied = `AccessDenied: User: ${ann} is not authorized to perform: sts:AssumeRole on resource: ${role('account')}`
    expect(await refusal(assume('account'))).toBe(denied)
    const put = new iam.PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'all', PolicyDocument: ALL })
    await house.iam().send(put)
    await assume('account')
    await house.iam().send(new iam.DeleteUserPolicyCommand({ UserName: 'ann', PolicyName: 'all' }))
    expect(await refusal(assume('account'))).toBe(denied)
  })

  const refused: readonly (readonly [
    name: string,
    role: string,
    more: Partial<sts.AssumeRoleCommandInput>,
    told: string,
  ])[] = [
    ['a role that trusts others', 'stranger', {}, 'AccessDenied'],
    ['a role that is not there', 'nothing', {}, 'AccessDenied'],
    ['another path', 'path/named', {}, 'AccessDenied'],
    ['no external id', 'external', {}, 'AccessDenied'],
    ['another external id', 'external', { ExternalId: 'a-word' }, 'AccessDenied'],
    ['tags that the role does not take', 'named', { Tags: [{ Key: 'a', Value: 'b' }] }, 'sts:TagSession'],
    ['a source identity likewise', 'named', { SourceIdentity: 'ann' }, 'sts:SetSourceIdentity'],
    [
      'longer than the role grants',
      'named',
      { DurationSeconds: 7201 },
      'ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration',
    ],
    ['a policy with a mistake', 'named', { Policy: '{}' }, 'MalformedPolicyDocument'],
    [
      'a session name with a blank',
      'named',
      { RoleSessionName: 'a b' },
      'ValidationError: 1 validation error detected',
    ],
  ]
  test.each(refused)('refuses %s', async (_, name, more, told) => {
    expect(await refusal(assume(name, more))).toContain(told)
  })

  test('takes an external id, tags and policies', async () => {
    await assume('external', { ExternalId: 'a-secret-word' })
    const session = keysOf(
      await assume('tagged', {
        Tags: [{ Key: 'team', Value: 'pets' }],
        Policy: ALL,
        PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' }],
      }),
    )
    const found = await house.callers.find(session.accessKeyId, session.sessionToken)
    if (typeof found === 'string') throw new Error(found)
    expect(found.caller.tags).toEqual({ team: 'pets' })
    expect(found.caller.policies.session).toHaveLength(2)
  })

  test('by a session of another role lasts an hour at most', async () => {
    const client = house.sts(keysOf(await assume('named', { DurationSeconds: 7200 })))
    const chain = (DurationSeconds: number) =>
      client.send(
        new sts.AssumeRoleCommand({ RoleArn: role('chained'), RoleSessionName: 'second', DurationSeconds }),
      )
    expect((await chain(3600)).AssumedRoleUser?.Arn).toContain('assumed-role/chained/second')
    expect(await refusal(chain(3601))).toContain('ValidationError')
  })

  test('by the root is refused', async () => {
    const input = { RoleArn: role('account'), RoleSessionName: 'session' }
    expect(await refusal(house.sts().send(new sts.AssumeRoleCommand(input)))).toContain(
      'roles may not be assumed by root accounts',
    )
  })

  test('ends with its role, even if another of the same name is made', async () => {
    const RoleName = 'short-lived'
    const make = new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust({ AWS: ann }) })
    await house.iam().send(make)
    const client = house.sts(keysOf(await assume(RoleName)))
    await whoAmI(client)
    await house.iam().send(new iam.DeleteRoleCommand({ RoleName }))
    await house.iam().send(make)
    expect(await refusal(whoAmI(client))).toBe(INVALID)
  })
})

describe('AssumeRoleWithWebIdentity', () => {
  const identity: WebIdentity = {
    provider: 'login.example.com',
    issuer: 'login.example.com',
    subject: 'someone',
    audience: 'app',
    claims: {},
  }
  const assumeWith = (token: string) =>
    house.sts().send(
      new sts.AssumeRoleWithWebIdentityCommand({
        RoleArn: role('web'),
        RoleSessionName: 'session',
        WebIdentityToken: token,
      }),
    )

  test('gives credentials to whom the role trusts', async () => {
    const assumed = await assumeWith(JSON.stringify(identity))
    expect(assumed).toMatchObject({ SubjectFromWebIdentityToken: 'someone', Audience: 'app' })
    expect((await whoAmI(house.sts(keysOf(assumed)))).Arn).toContain('assumed-role/web/session')
  })

  test.each([
    ['another subject', JSON.stringify({ ...identity, subject: 'nobody' }), 'AccessDenied'],
    ['another provider', JSON.stringify({ ...identity, provider: 'elsewhere' }), 'AccessDenied'],
    ['a bad token', 'invalid', 'InvalidIdentityToken'],
    ['an old token', 'expired', 'ExpiredToken'],
  ])('refuses %s', async (_, token, told) => {
    expect(await refusal(assumeWith(token))).toContain(told)
  })
})

test('GetSessionToken gives the user credentials that expire, and they give no others', async () => {
  const taken = await house.sts(keys).send(new sts.GetSessionTokenCommand({ DurationSeconds: 900 }))
  const client = house.sts(keysOf(taken as sts.AssumeRoleCommandOutput))
  expect((await whoAmI(client)).Arn).toBe(ann)
  expect(await refusal(client.send(new sts.GetSessionTokenCommand({})))).toContain('AccessDenied')
})

test('who somebody is at the source stays through all sessions', async () => {
  const first = keysOf(await assume('known', { SourceIdentity: 'ann' }))
  const chain = (name: string, SourceIdentity?: string): Promise<unknown> =>
    house
      .sts(first)
      .send(new sts.AssumeRoleCommand({ RoleArn: role(name), RoleSessionName: 'second', SourceIdentity }))
  expect(await chain('known')).toMatchObject({ SourceIdentity: 'ann' })
  expect(await chain('known', 'ann')).toMatchObject({ SourceIdentity: 'ann' })
  expect(await refusal(chain('known', 'bob'))).toContain('sts:SetSourceIdentity')
  // A role that does not want to be told is not taken.
  expect(await refusal(chain('unknowing'))).toContain('sts:SetSourceIdentity')
})
