import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { CallToAuthorize } from '#aws/call.ts'
import type { Caller, CallerPolicies } from '#base/caller.ts'
import { createCallAuthorizer } from './authorize-call.ts'
import { rootCaller } from './callers.ts'
import { neededPermissions } from './needed-permissions.ts'
import { nameKey, userKind } from './records.ts'
import { ACCOUNT, startIdentities, type TestIdentities } from './identities.fixture.ts'

const ann = `arn:aws:iam::${ACCOUNT}:user/staff/ann`
let house: TestIdentities
beforeAll(async () => {
  house = await startIdentities()
  const none = { attached: [], inline: {}, tags: {}, groups: [], accessKeyIds: [] }
  const user = { name: 'ann', path: '/staff/', id: 'AIDAANN', createdMs: 0, ...none }
  await house.store.transact(async (tx) => tx.create(userKind, nameKey(ACCOUNT, 'ann'), user))
})
afterAll(() => house.stop())

function call([signingName, operation, method, path, input]: Asked, caller?: Caller): CallToAuthorize {
  return {
    service: signingName,
    signingName,
    operation,
    account: ACCOUNT,
    region: 'eu-west-1',
    principal: { account: ACCOUNT, accessKeyId: 'K', arn: ann, userId: 'U', caller },
    requestId: 'r',
    method,
    path,
    input,
    client: { address: '192.0.2.1', secure: false, userAgent: undefined },
  }
}

type Asked = readonly [
  service: string,
  operation: string,
  method: string,
  path: string,
  input: object & Record<string, unknown>,
]

describe('what a call needs', () => {
  const FUNCTION = `arn:aws:lambda:eu-west-1:${ACCOUNT}:function:hello`
  const ROLE = `arn:aws:iam::${ACCOUNT}:role/r`
  const rows: readonly (readonly [asked: Asked, needed: readonly string[]])[] = [
    [
      ['apigateway', 'CreateRestApi', 'POST', '/restapis', {}],
      ['apigateway:POST arn:aws:apigateway:eu-west-1::/restapis'],
    ],
    [
      ['apigateway', 'GetStage', 'GET', '//restapis/%61bc/stages/prod/', {}],
      ['apigateway:GET arn:aws:apigateway:eu-west-1::/restapis/abc/stages/prod'],
    ],
    [
      ['apigateway', 'CreateIntegration', 'POST', '/v2/apis/a1/integrations', { CredentialsArn: ROLE }],
      ['apigateway:POST arn:aws:apigateway:eu-west-1::/apis/a1/integrations', `iam:PassRole ${ROLE}`],
    ],
    [
      ['apigateway', 'TagResource', 'PUT', '/tags/arn:aws:apigateway:x', {}],
      ['apigateway:PUT arn:aws:apigateway:eu-west-1::/tags/arn%3Aaws%3Aapigateway%3Ax'],
    ],
    [
      [
        'apigateway',
        'PutIntegration',
        'PUT',
        '/restapis/a/resources/b/methods/GET/integration',
        { credentials: ROLE },
      ],
      [
        'apigateway:PUT arn:aws:apigateway:eu-west-1::/restapis/a/resources/b/methods/GET/integration',
        `iam:PassRole ${ROLE}`,
      ],
    ],
    [
      [
        'apigateway',
        'UpdateIntegration',
        'PATCH',
        '/x',
        { patchOperations: [{ op: 'replace', path: '/credentials', value: ROLE }] },
      ],
      ['apigateway:PATCH arn:aws:apigateway:eu-west-1::/x', `iam:PassRole ${ROLE}`],
    ],
    [
      ['apigateway', 'PutIntegration', 'PUT', '/x', { credentials: 'arn:aws:iam::${stageVariables.role}' }],
      ['apigateway:PUT arn:aws:apigateway:eu-west-1::/x', 'iam:PassRole arn:aws:iam::${stageVariables.role}'],
    ],
    ...[
      'x',
      { path: '/credentials', value: ROLE },
      [null, 'x', { path: 1, value: ROLE }, { path: '/credentials' }],
    ].map((patchOperations): [Asked, string[]] => [
      ['apigateway', 'UpdateIntegration', 'PATCH', '/x', { patchOperations }],
      ['apigateway:PATCH arn:aws:apigateway:eu-west-1::/x'],
    ]),
    [
      ['apigateway', 'PutIntegration', 'PUT', '/x', { credentials: 'arn:aws:iam::*:user/*' }],
      ['apigateway:PUT arn:aws:apigateway:eu-west-1::/x'],
    ],
    [
      [
        'apigateway',
        'UpdateAccount',
        'PATCH',
        '/account',
        { patchOperations: [{ op: 'replace', path: '/cloudwatchRoleArn', value: ROLE }] },
      ],
      ['apigateway:PATCH arn:aws:apigateway:eu-west-1::/account', `iam:PassRole ${ROLE}`],
    ],
    [
      ['apigateway', 'CreateAuthorizer', 'POST', '/x', { authorizerCredentials: ROLE }],
      ['apigateway:POST arn:aws:apigateway:eu-west-1::/x', `iam:PassRole ${ROLE}`],
    ],
    [
      ['cognito-idp', 'CreateGroup', 'POST', '/', { RoleArn: ROLE }],
      ['cognito-idp:CreateGroup *', `iam:PassRole ${ROLE}`],
    ],
    [
      ['lambda', 'Invoke', 'POST', '/', { FunctionName: 'hello:live' }],
      [`lambda:InvokeFunction ${FUNCTION}`],
    ],
    [['lambda', 'GetFunction', 'GET', '/', { FunctionName: FUNCTION }], [`lambda:GetFunction ${FUNCTION}`]],
    [['lambda', 'ListFunctions', 'GET', '/', {}], ['lambda:ListFunctions *']],
    [
      ['lambda', 'CreateFunction', 'POST', '/', { FunctionName: 'hello', Role: ROLE }],
      [`lambda:CreateFunction ${FUNCTION}`, `iam:PassRole ${ROLE}`],
    ],
    [['iam', 'GetUser', 'POST', '/', { UserName: 'ann' }], [`iam:GetUser ${ann}`]],
    [['iam', 'GetUser', 'POST', '/', {}], [`iam:GetUser ${ann}`]],
    [['iam', 'CreateAccessKey', 'POST', '/', {}], [`iam:CreateAccessKey ${ann}`]],
    [
      ['iam', 'UpdateUser', 'POST', '/', { UserName: 'ann', NewUserName: 'admin' }],
      [`iam:UpdateUser ${ann}`, `iam:UpdateUser arn:aws:iam::${ACCOUNT}:user/staff/admin`],
    ],
    [
      ['iam', 'CreateUser', 'POST', '/', { UserName: 'bob', Path: '/x/' }],
      [`iam:CreateUser arn:aws:iam::${ACCOUNT}:user/x/bob`],
    ],
    [['iam', 'ListUsers', 'POST', '/', {}], [`iam:ListUsers arn:aws:iam::${ACCOUNT}:user/`]],
    [
      ['iam', 'AddUserToGroup', 'POST', '/', { UserName: 'ann', GroupName: 'g' }],
      [`iam:AddUserToGroup arn:aws:iam::${ACCOUNT}:group/g`],
    ],
    [
      ['iam', 'CreatePolicy', 'POST', '/', { PolicyName: 'P' }],
      [`iam:CreatePolicy arn:aws:iam::${ACCOUNT}:policy/P`],
    ],
    [['iam', 'GetPolicy', 'POST', '/', { PolicyArn: 'arn:x' }], ['iam:GetPolicy arn:x']],
    [['iam', 'GetAccountSummary', 'POST', '/', {}], ['iam:GetAccountSummary *']],
    [['sts', 'GetCallerIdentity', 'POST', '/', {}], []],
    [['sts', 'GetAccessKeyInfo', 'POST', '/', {}], ['sts:GetAccessKeyInfo *']],
    [['sqs', 'SendMessage', 'POST', '/', {}], ['sqs:SendMessage *']],
    [
      [
        'cognito-identity',
        'SetIdentityPoolRoles',
        'POST',
        '/',
        {
          IdentityPoolId: 'eu-west-1:p',
          Roles: { authenticated: ROLE },
          RoleMappings: { x: { Type: 'Rules', RulesConfiguration: { Rules: [{ RoleARN: `${ROLE}2` }] } } },
        },
      ],
      [
        `cognito-identity:SetIdentityPoolRoles arn:aws:cognito-identity:eu-west-1:${ACCOUNT}:identitypool/eu-west-1:p`,
        `iam:PassRole ${ROLE}`,
        `iam:PassRole ${ROLE}2`,
      ],
    ],
    [['cognito-identity', 'ListIdentityPools', 'POST', '/', {}], ['cognito-identity:ListIdentityPools *']],
    [['cognito-identity', 'GetId', 'POST', '/', { IdentityPoolId: 'eu-west-1:p' }], []],
    [
      ['cognito-idp', 'CreateGroup', 'POST', '/', { UserPoolId: 'eu-west-1_p', RoleArn: ROLE }],
      [
        `cognito-idp:CreateGroup arn:aws:cognito-idp:eu-west-1:${ACCOUNT}:userpool/eu-west-1_p`,
        `iam:PassRole ${ROLE}`,
      ],
    ],
    [
      ['iam', 'GetOpenIDConnectProvider', 'POST', '/', { OpenIDConnectProviderArn: `${ROLE}x` }],
      [`iam:GetOpenIDConnectProvider ${ROLE}x`],
    ],
  ]
  test.each(rows)('%j', async (asked, expected) => {
    const needed = await neededPermissions(call(asked), house.store)
    expect(needed.map(({ action, resource }) => `${action} ${resource}`)).toEqual([...expected])
  })
})

describe('who may not is told why', () => {
  const ASKED: Asked = ['apigateway', 'CreateRestApi', 'POST', '/restapis', {}]
  const AT = `User: ${ann} is not authorized to perform: apigateway:POST on resource: arn:aws:apigateway:eu-west-1::/restapis `
  const document = (effect: string, action: string, condition?: object): string =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: effect, Action: action, Resource: '*', ...(condition && { Condition: condition }) },
      ],
    })
  const ALLOW = document('Allow', '*')
  const DENY = document('Deny', 'apigateway:POST')
  const here = (address: string): string =>
    document('Allow', 'apigateway:*', { IpAddress: { 'aws:SourceIp': address } })
  type Given = Partial<Omit<CallerPolicies, 'identity'>> & { readonly identity?: readonly string[] }
  const rows: readonly (readonly [given: Given, denial: string | undefined])[] = [
    [{ identity: [ALLOW] }, undefined],
    [{}, `${AT}because no identity-based policy allows the apigateway:POST action`],
    [{ identity: [ALLOW, DENY] }, `${AT}with an explicit deny in an identity-based policy`],
    [
      { identity: [ALLOW], boundary: document('Allow', 'lambda:*') },
      `${AT}because no permissions boundary allows the apigateway:POST action`,
    ],
    [{ identity: [ALLOW], boundary: DENY }, `${AT}with an explicit deny in a permissions boundary`],
    [
      { identity: [ALLOW], session: [document('Allow', 'lambda:*')] },
      `${AT}because no session policy allows the apigateway:POST action`,
    ],
    [{ identity: [here('192.0.2.0/24')] }, undefined],
    [
      { identity: [here('198.51.100.0/24')] },
      `${AT}because no identity-based policy allows the apigateway:POST action`,
    ],
  ]
  test.each(rows)('%j', async (given, denial) => {
    const { identity = [], ...bounds } = given
    const caller: Caller = {
      ...rootCaller(ACCOUNT, 'K'),
      type: 'User',
      arn: ann,
      policies: {
        identity: identity.map((text) => ({ id: 'p', source: 'user', document: text })),
        ...bounds,
      },
    }
    const authorizer = createCallAuthorizer(house.store, house.clock)
    expect(await authorizer(call(ASKED, caller))).toBe(denial)
  })

  test('the root may everything', async () => {
    const authorizer = createCallAuthorizer(house.store, house.clock)
    expect(await authorizer(call(ASKED, rootCaller(ACCOUNT, 'K')))).toBeUndefined()
  })
})
