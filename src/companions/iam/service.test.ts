import * as iam from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { accessKeyKey, accessKeyKind } from './records.ts'
import { ACCOUNT, refusal, startIdentities, type TestIdentities } from './identities.fixture.ts'

const READ =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"}]}'
const TRUST = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"${ACCOUNT}"},"Action":"sts:AssumeRole"}]}`
const MANAGED = 'arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess'
const own = (name: string): string => `arn:aws:iam::${ACCOUNT}:policy/${name}`

let house: TestIdentities
let client: iam.IAMClient
beforeAll(async () => {
  house = await startIdentities()
  client = house.iam()
})
afterAll(() => house.stop())

describe('users', () => {
  test('are made with a path, tags and an id, read, listed by path and renamed', async () => {
    const { User } = await client.send(
      new iam.CreateUserCommand({ UserName: 'Ann', Path: '/staff/', Tags: [{ Key: 'team', Value: 'a b' }] }),
    )
    expect(User).toMatchObject({ UserName: 'Ann', Path: '/staff/', Tags: [{ Key: 'team', Value: 'a b' }] })
    expect(User?.Arn).toBe(`arn:aws:iam::${ACCOUNT}:user/staff/Ann`)
    expect(User?.UserId).toMatch(/^AIDA[A-Z2-7]{17}$/)
    expect(User?.CreateDate?.getTime()).toBe(Math.floor(house.clock.nowMs / 1000) * 1000)
    await client.send(new iam.CreateUserCommand({ UserName: 'bert' }))
    const staff = await client.send(new iam.ListUsersCommand({ PathPrefix: '/staff/' }))
    expect(staff.Users?.map(({ UserName }) => UserName)).toEqual(['Ann'])
    await client.send(
      new iam.UpdateUserCommand({ UserName: 'bert', NewUserName: 'Bertha', NewPath: '/new/' }),
    )
    const { User: bertha } = await client.send(new iam.GetUserCommand({ UserName: 'Bertha' }))
    expect(bertha?.Arn).toBe(`arn:aws:iam::${ACCOUNT}:user/new/Bertha`)
  })

  test('are listed page by page', async () => {
    const names: (string | undefined)[] = []
    let Marker: string | undefined
    do {
      const page = await client.send(new iam.ListUsersCommand({ MaxItems: 1, Marker }))
      names.push(...(page.Users ?? []).map(({ UserName }) => UserName))
      Marker = page.Marker
      expect(page.IsTruncated).toBe(Marker !== undefined)
    } while (Marker !== undefined)
    expect(names).toEqual(['Ann', 'Bertha'])
  })

  test('have two access keys at most, whose secrets are shown once and kept sealed', async () => {
    const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand({ UserName: 'Ann' }))
    if (AccessKey?.AccessKeyId === undefined || AccessKey.SecretAccessKey === undefined)
      throw new Error('no key')
    expect(AccessKey.AccessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/)
    expect(AccessKey.SecretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/)
    const kept = await house.store.read(accessKeyKind, accessKeyKey(AccessKey.AccessKeyId))
    expect(JSON.stringify(kept)).not.toContain(AccessKey.SecretAccessKey)
    await client.send(new iam.CreateAccessKeyCommand({ UserName: 'Ann' }))
    const { AccessKeyMetadata } = await client.send(new iam.ListAccessKeysCommand({ UserName: 'Ann' }))
    expect(AccessKeyMetadata?.map(({ Status }) => Status)).toEqual(['Active', 'Active'])
    expect(await refusal(client.send(new iam.CreateAccessKeyCommand({ UserName: 'Ann' })))).toBe(
      'LimitExceededException: Cannot exceed quota for AccessKeysPerUser: 2',
    )
  })

  test('sign with them, are who they are, and are refused once a key is inactive', async () => {
    await client.send(new iam.CreateUserCommand({ UserName: 'signer' }))
    const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand({ UserName: 'signer' }))
    const keys = {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    }
    const { User } = await house.iam(keys).send(new iam.GetUserCommand({}))
    expect(User?.UserName).toBe('signer')
    const sts = house.sts(keys)
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: ACCOUNT,
      Arn: `arn:aws:iam::${ACCOUNT}:user/signer`,
      UserId: User?.UserId,
    })
    const update = (Status: 'Active' | 'Inactive') =>
      client.send(
        new iam.UpdateAccessKeyCommand({ UserName: 'signer', AccessKeyId: keys.accessKeyId, Status }),
      )
    await update('Inactive')
    const INVALID = 'InvalidClientTokenId: The security token included in the request is invalid.'
    expect(await refusal(sts.send(new GetCallerIdentityCommand({})))).toBe(INVALID)
    await update('Active')
    await sts.send(new GetCallerIdentityCommand({}))
    await client.send(new iam.DeleteAccessKeyCommand({ UserName: 'signer', AccessKeyId: keys.accessKeyId }))
    expect(await refusal(sts.send(new GetCallerIdentityCommand({})))).toBe(INVALID)
    await client.send(new iam.DeleteUserCommand({ UserName: 'signer' }))
  })
})

test('nobody changes the key of somebody else by leaving out whose it is', async () => {
  const keysOf = async (UserName: string): Promise<{ accessKeyId: string; secretAccessKey: string }> => {
    await client.send(new iam.CreateUserCommand({ UserName }))
    const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand({ UserName }))
    return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
  }
  const [mallory, victim] = [await keysOf('mallory'), await keysOf('victim')]
  const update = (AccessKeyId: string): Promise<string> =>
    refusal(house.iam(mallory).send(new iam.UpdateAccessKeyCommand({ AccessKeyId, Status: 'Inactive' })))
  expect(await update(victim.accessKeyId)).toStartWith('NoSuchEntity')
  const remove = new iam.DeleteAccessKeyCommand({ AccessKeyId: victim.accessKeyId })
  expect(await refusal(house.iam(mallory).send(remove))).toStartWith('NoSuchEntity')
  expect((await house.sts(victim).send(new GetCallerIdentityCommand({}))).Arn).toEndWith('user/victim')
  await update(mallory.accessKeyId)
  expect(await refusal(house.sts(mallory).send(new GetCallerIdentityCommand({})))).toContain('InvalidClient')
})

describe('groups', () => {
  test('hold users, and are deleted empty', async () => {
    await client.send(new iam.CreateGroupCommand({ GroupName: 'readers' }))
    await client.send(new iam.AddUserToGroupCommand({ GroupName: 'readers', UserName: 'Ann' }))
    const { Users } = await client.send(new iam.GetGroupCommand({ GroupName: 'readers' }))
    expect(Users?.map(({ UserName }) => UserName)).toEqual(['Ann'])
    await client.send(new iam.UpdateGroupCommand({ GroupName: 'readers', NewGroupName: 'lectors' }))
    const { Groups } = await client.send(new iam.ListGroupsForUserCommand({ UserName: 'Ann' }))
    expect(Groups?.map(({ GroupName }) => GroupName)).toEqual(['lectors'])
    expect(await refusal(client.send(new iam.DeleteGroupCommand({ GroupName: 'lectors' })))).toBe(
      'DeleteConflictException: Cannot delete entity, must remove users from group first.',
    )
    await client.send(new iam.RemoveUserFromGroupCommand({ GroupName: 'lectors', UserName: 'Ann' }))
    await client.send(new iam.DeleteGroupCommand({ GroupName: 'lectors' }))
  })
})

describe('policies', () => {
  test('managed ones have versions, one of them the default', async () => {
    const PolicyArn = own('staff/Read')
    const { Policy } = await client.send(
      new iam.CreatePolicyCommand({
        PolicyName: 'Read',
        Path: '/staff/',
        PolicyDocument: READ,
        Description: 'd',
      }),
    )
    expect(Policy).toMatchObject({ Arn: PolicyArn, DefaultVersionId: 'v1', AttachmentCount: 0 })
    for (let version = 2; version <= 5; version++) {
      await client.send(
        new iam.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: READ, SetAsDefault: version === 3 }),
      )
    }
    expect(
      await refusal(client.send(new iam.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: READ }))),
    ).toContain('A managed policy can have up to 5 versions.')
    const { Versions } = await client.send(new iam.ListPolicyVersionsCommand({ PolicyArn }))
    expect(Versions?.map(({ VersionId, IsDefaultVersion }) => `${VersionId} ${IsDefaultVersion}`)).toEqual([
      'v5 false',
      'v4 false',
      'v3 true',
      'v2 false',
      'v1 false',
    ])
    const { PolicyVersion } = await client.send(
      new iam.GetPolicyVersionCommand({ PolicyArn, VersionId: 'v3' }),
    )
    expect(decodeURIComponent(PolicyVersion?.Document ?? '')).toBe(READ)
    expect(
      await refusal(client.send(new iam.DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v3' }))),
    ).toBe('DeleteConflictException: Cannot delete the default version of a policy.')
    for (const VersionId of ['v1', 'v2', 'v4', 'v5']) {
      await client.send(new iam.DeletePolicyVersionCommand({ PolicyArn, VersionId }))
    }
    await client.send(new iam.DeletePolicyCommand({ PolicyArn }))
    expect(await refusal(client.send(new iam.GetPolicyCommand({ PolicyArn })))).toBe(
      `NoSuchEntityException: Policy ${PolicyArn} was not found.`,
    )
  })

  test("AWS's own are read and attached, never changed", async () => {
    const { Policy } = await client.send(new iam.GetPolicyCommand({ PolicyArn: MANAGED }))
    expect(Policy).toMatchObject({ PolicyName: 'AmazonAPIGatewayInvokeFullAccess', DefaultVersionId: 'v1' })
    const { PolicyVersion } = await client.send(
      new iam.GetPolicyVersionCommand({ PolicyArn: MANAGED, VersionId: 'v1' }),
    )
    expect(decodeURIComponent(PolicyVersion?.Document ?? '')).toContain('execute-api:ManageConnections')
    expect(await refusal(client.send(new iam.DeletePolicyCommand({ PolicyArn: MANAGED })))).toContain(
      'AccessDenied',
    )
    const { Policies } = await client.send(new iam.ListPoliciesCommand({ Scope: 'AWS' }))
    expect(Policies?.map(({ PolicyName }) => PolicyName)).toContain('AdministratorAccess')
  })

  test('attached to a user, group or role they are listed from both ends', async () => {
    await client.send(new iam.CreateUserCommand({ UserName: 'holder' }))
    await client.send(new iam.CreateGroupCommand({ GroupName: 'holder' }))
    await client.send(new iam.CreateRoleCommand({ RoleName: 'holder', AssumeRolePolicyDocument: TRUST }))
    await client.send(new iam.AttachUserPolicyCommand({ UserName: 'holder', PolicyArn: MANAGED }))
    await client.send(new iam.AttachGroupPolicyCommand({ GroupName: 'holder', PolicyArn: MANAGED }))
    await client.send(new iam.AttachRolePolicyCommand({ RoleName: 'holder', PolicyArn: MANAGED }))
    const attached = [{ PolicyName: 'AmazonAPIGatewayInvokeFullAccess', PolicyArn: MANAGED }]
    const lists = [
      await client.send(new iam.ListAttachedUserPoliciesCommand({ UserName: 'holder' })),
      await client.send(new iam.ListAttachedGroupPoliciesCommand({ GroupName: 'holder' })),
      await client.send(new iam.ListAttachedRolePoliciesCommand({ RoleName: 'holder' })),
    ]
    expect(lists.map(({ AttachedPolicies }) => AttachedPolicies)).toEqual([attached, attached, attached])
    const entities = await client.send(new iam.ListEntitiesForPolicyCommand({ PolicyArn: MANAGED }))
    expect(entities.PolicyUsers?.[0]?.UserName).toBe('holder')
    expect(entities.PolicyGroups?.[0]?.GroupName).toBe('holder')
    expect(entities.PolicyRoles?.[0]?.RoleName).toBe('holder')
    expect(
      (await client.send(new iam.GetPolicyCommand({ PolicyArn: MANAGED }))).Policy?.AttachmentCount,
    ).toBe(3)
    for (const refused of [
      client.send(new iam.DeleteUserCommand({ UserName: 'holder' })),
      client.send(new iam.DeleteGroupCommand({ GroupName: 'holder' })),
      client.send(new iam.DeleteRoleCommand({ RoleName: 'holder' })),
    ]) {
      expect(await refusal(refused)).toBe(
        'DeleteConflictException: Cannot delete entity, must detach all policies first.',
      )
    }
    await client.send(new iam.DetachGroupPolicyCommand({ GroupName: 'holder', PolicyArn: MANAGED }))
    expect(
      await refusal(
        client.send(new iam.DetachGroupPolicyCommand({ GroupName: 'holder', PolicyArn: MANAGED })),
      ),
    ).toBe(`NoSuchEntityException: Policy ${MANAGED} was not found.`)
  })

  test('inline ones are kept as put', async () => {
    const document = `  ${READ}\n`
    await client.send(
      new iam.PutUserPolicyCommand({ UserName: 'holder', PolicyName: 'mine', PolicyDocument: document }),
    )
    const { PolicyNames } = await client.send(new iam.ListUserPoliciesCommand({ UserName: 'holder' }))
    expect(PolicyNames).toEqual(['mine'])
    const { PolicyDocument } = await client.send(
      new iam.GetUserPolicyCommand({ UserName: 'holder', PolicyName: 'mine' }),
    )
    expect(decodeURIComponent(PolicyDocument ?? '')).toBe(document)
    await client.send(new iam.DeleteUserPolicyCommand({ UserName: 'holder', PolicyName: 'mine' }))
    expect(
      await refusal(client.send(new iam.GetUserPolicyCommand({ UserName: 'holder', PolicyName: 'mine' }))),
    ).toBe('NoSuchEntityException: The user policy with name mine cannot be found.')
  })
})

describe('roles', () => {
  test("answer all that Terraform's provider asks after it made one", async () => {
    const { Role } = await client.send(
      new iam.CreateRoleCommand({
        RoleName: 'lambda',
        Path: '/service/',
        AssumeRolePolicyDocument: TRUST,
        MaxSessionDuration: 7200,
        PermissionsBoundary: MANAGED,
      }),
    )
    expect(Role?.Arn).toBe(`arn:aws:iam::${ACCOUNT}:role/service/lambda`)
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')).toBe(TRUST)
    const found = await client.send(new iam.GetRoleCommand({ RoleName: 'lambda' }))
    expect(found.Role).toMatchObject({
      MaxSessionDuration: 7200,
      PermissionsBoundary: { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: MANAGED },
    })
    const { PolicyNames } = await client.send(new iam.ListRolePoliciesCommand({ RoleName: 'lambda' }))
    expect(PolicyNames).toEqual([])
    const attached = await client.send(new iam.ListAttachedRolePoliciesCommand({ RoleName: 'lambda' }))
    expect(attached.AttachedPolicies).toEqual([])
    const profiles = await client.send(new iam.ListInstanceProfilesForRoleCommand({ RoleName: 'lambda' }))
    expect(profiles.InstanceProfiles).toEqual([])
    await client.send(new iam.TagRoleCommand({ RoleName: 'lambda', Tags: [{ Key: 'a', Value: '1' }] }))
    await client.send(new iam.UntagRoleCommand({ RoleName: 'lambda', TagKeys: ['a'] }))
    expect((await client.send(new iam.ListRoleTagsCommand({ RoleName: 'lambda' }))).Tags).toEqual([])
    await client.send(new iam.DeleteRolePermissionsBoundaryCommand({ RoleName: 'lambda' }))
    await client.send(new iam.DeleteRoleCommand({ RoleName: 'lambda' }))
  })
})

describe('refusals', () => {
  const refused: readonly (readonly [name: string, call: () => Promise<unknown>, told: string])[] = [
    [
      'a user that is not there',
      () => client.send(new iam.GetUserCommand({ UserName: 'nobody' })),
      'NoSuchEntityException: The user with name nobody cannot be found.',
    ],
    [
      'a name in another case, to be read',
      () => client.send(new iam.GetUserCommand({ UserName: 'ann' })),
      'NoSuchEntityException: The user with name ann cannot be found.',
    ],
    [
      'a name in another case, to be made',
      () => client.send(new iam.CreateUserCommand({ UserName: 'aNN' })),
      'EntityAlreadyExistsException: User with name aNN already exists.',
    ],
    [
      'a policy that is not there',
      () => client.send(new iam.AttachUserPolicyCommand({ UserName: 'Ann', PolicyArn: own('Nothing') })),
      `NoSuchEntityException: Policy ${own('Nothing')} does not exist or is not attachable.`,
    ],
    [
      'a document with a mistake',
      () =>
        client.send(new iam.CreatePolicyCommand({ PolicyName: 'P', PolicyDocument: '{"Statement":[{}]}' })),
      'MalformedPolicyDocumentException: Syntax errors in policy: Statement[0]: Effect is missing: expected "Allow" or "Deny" (line 1, column 15)',
    ],
    [
      'a trust policy with a resource',
      () =>
        client.send(
          new iam.CreateRoleCommand({
            RoleName: 'R',
            AssumeRolePolicyDocument: READ.replace('}]', ',"Principal":"*"}]'),
          }),
        ),
      'MalformedPolicyDocumentException: Syntax errors in policy: Statement[0].Resource: Resource has no place in a trust policy: remove it (line 1, column 86)',
    ],
    [
      'a document that is too long',
      () =>
        client.send(
          new iam.PutUserPolicyCommand({
            UserName: 'Ann',
            PolicyName: 'long',
            PolicyDocument: READ.replace('"*"', `"arn:aws:execute-api:*:*:${'x'.repeat(2048)}"`),
          }),
        ),
      'LimitExceededException: Maximum policy size of 2048 bytes exceeded for user Ann',
    ],
    [
      'a name with a blank',
      () => client.send(new iam.CreateUserCommand({ UserName: 'a b' })),
      "ValidationError: 1 validation error detected: Value 'a b' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+",
    ],
    [
      'a reserved tag',
      () => client.send(new iam.TagUserCommand({ UserName: 'Ann', Tags: [{ Key: 'aws:x', Value: '' }] })),
      "ValidationError: Tag keys that begin with 'aws:' are for AWS to set, found 'aws:x'.",
    ],
    [
      'a marker of nobody',
      () => client.send(new iam.ListUsersCommand({ Marker: '???' })),
      'ValidationError: Invalid Marker: ???',
    ],
  ]
  test.each(refused)('%s', async (_, call, told) => {
    expect(await refusal(call())).toBe(told)
  })
})

describe('simulations', () => {
  const deny = READ.replace('Allow', 'Deny').replace('"*"', '"arn:aws:execute-api:*:*:*/*/DELETE/*"')
  const at = (method: string): string =>
    `arn:aws:execute-api:us-east-1:${ACCOUNT}:a1b2c3d4e5/prod/${method}/pets`

  test('of policies', async () => {
    const { EvaluationResults } = await client.send(
      new iam.SimulateCustomPolicyCommand({
        PolicyInputList: [READ, deny],
        ActionNames: ['execute-api:Invoke', 'execute-api:InvalidateCache'],
        ResourceArns: [at('GET'), at('DELETE')],
      }),
    )
    expect(
      EvaluationResults?.map(({ EvalDecision, MatchedStatements }) => [
        EvalDecision,
        MatchedStatements?.map(({ SourcePolicyId }) => SourcePolicyId).join(),
      ]),
    ).toEqual([
      ['allowed', 'PolicyInputList.1'],
      ['explicitDeny', 'PolicyInputList.2'],
      ['implicitDeny', ''],
      ['implicitDeny', ''],
    ])
  })

  test("of a user, with its groups' policies and below its boundary", async () => {
    await client.send(new iam.CreateUserCommand({ UserName: 'sim' }))
    await client.send(new iam.CreateGroupCommand({ GroupName: 'sim' }))
    await client.send(
      new iam.PutGroupPolicyCommand({ GroupName: 'sim', PolicyName: 'p', PolicyDocument: READ }),
    )
    await client.send(new iam.AddUserToGroupCommand({ GroupName: 'sim', UserName: 'sim' }))
    const simulated = async (): Promise<unknown> => {
      const { EvaluationResults } = await client.send(
        new iam.SimulatePrincipalPolicyCommand({
          PolicySourceArn: `arn:aws:iam::${ACCOUNT}:user/sim`,
          ActionNames: ['execute-api:Invoke'],
          ResourceArns: [at('GET')],
        }),
      )
      const [{ EvalDecision, MatchedStatements = [] } = {}] = EvaluationResults ?? []
      return [EvalDecision, MatchedStatements[0]?.SourcePolicyId]
    }
    expect(await simulated()).toEqual(['allowed', 'group_sim_p'])
    await client.send(
      new iam.PutUserPermissionsBoundaryCommand({
        UserName: 'sim',
        PermissionsBoundary: 'arn:aws:iam::aws:policy/AmazonAPIGatewayAdministrator',
      }),
    )
    expect(await simulated()).toEqual(['implicitDeny', undefined])
  })
})
