import * as iam from '@aws-sdk/client-iam'
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createAwsCaller, type AwsCaller } from '#aws/client.ts'
import { zipOf } from '#companions/lambda/zip.fixture.ts'
import type { Verdict } from '#server/who-can/verdict.ts'
import {
  endGateways,
  runGatehouse,
  startGatewayProcess,
  type GatewayProcess,
} from '../support/gateway-process.ts'

// Who may call what, asked of a gateway with credentials; no backend is there to be called.

const region = 'us-east-1'
const account = '111122223333'
const OWNER = { accessKeyId: 'OWNER', secretAccessKey: 'a-secret-of-the-owner' }
const AWAY = '999999999999'

const AUTHORIZER = `exports.handler = async ({ authorizationToken: token, methodArn }) => ({
  principalId: token,
  policyDocument: {
    Version: '2012-10-17',
    Statement: [{ Action: 'execute-api:Invoke', Effect: token === 'friend' ? 'Allow' : 'Deny', Resource: methodArn }],
  },
})`

const POOL = `arn:aws:cognito-idp:${region}:${account}:userpool/${region}_Pool00001`
const nowhere = {
  'x-amazon-apigateway-integration': { type: 'http_proxy', httpMethod: 'GET', uri: 'http://127.0.0.1:9/' },
}
const bySigning = {
  security: [{ sigv4: [] }],
  ...nowhere,
}
const statement = (Sid: string | undefined, Resource: string, more: object = {}): object => ({
  Sid,
  Effect: 'Allow',
  Principal: '*',
  Action: 'execute-api:Invoke',
  Resource: `execute-api:/dev/GET/${Resource}`,
  ...more,
})
const document = {
  openapi: '3.0.1',
  info: { title: 'asked', version: '1' },
  paths: {
    '/open': { get: nowhere },
    '/closed': { get: nowhere },
    '/here': { get: nowhere },
    '/keyed': { get: { security: [{ key: [] }], ...nowhere } },
    '/signed': { get: bySigning },
    '/shared': { get: bySigning },
    '/pooled': { get: { security: [{ pool: [] }], ...nowhere } },
    '/barred': { get: { security: [{ pool: [] }], ...nowhere } },
    '/asked': { get: { security: [{ auth: [] }], ...nowhere } },
  },
  components: {
    securitySchemes: {
      sigv4: {
        type: 'apiKey',
        name: 'Authorization',
        in: 'header',
        'x-amazon-apigateway-authtype': 'awsSigv4',
      },
      key: { type: 'apiKey', name: 'x-api-key', in: 'header' },
      pool: {
        type: 'apiKey',
        name: 'Authorization',
        in: 'header',
        'x-amazon-apigateway-authtype': 'cognito_user_pools',
        'x-amazon-apigateway-authorizer': { type: 'cognito_user_pools', providerARNs: [POOL] },
      },
      auth: {
        type: 'apiKey',
        name: 'Authorization',
        in: 'header',
        'x-amazon-apigateway-authtype': 'custom',
        'x-amazon-apigateway-authorizer': {
          type: 'token',
          authorizerUri: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/arn:aws:lambda:${region}:${account}:function:auth/invocations`,
        },
      },
    },
  },
  'x-amazon-apigateway-policy': {
    Version: '2012-10-17',
    Statement: [
      statement('Open', 'open'),
      statement('Keyed', 'keyed'),
      statement('Here', 'here', { Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }),
      statement(undefined, 'closed', { Effect: 'Deny' }),
      statement('Pooled', 'pooled'),
      statement('Partner', 'shared', { Principal: { AWS: `arn:aws:iam::${AWAY}:root` } }),
    ],
  },
}

let gateway: GatewayProcess
let caller: AwsCaller
let base: string
let keyId: string

beforeAll(async () => {
  const words = ['--credentials', `${OWNER.accessKeyId}:${OWNER.secretAccessKey}`, '--account-id', account]
  gateway = await startGatewayProcess({
    arguments: [...words, '--workers', '2', '--lambda-permissions', 'ignore'],
  })
  const client = { endpoint: gateway.url, region, credentials: OWNER }
  caller = createAwsCaller(client)
  await new LambdaClient(client).send(
    new CreateFunctionCommand({
      FunctionName: 'auth',
      Runtime: 'nodejs20.x',
      Handler: 'index.handler',
      Role: `arn:aws:iam::${account}:role/r`,
      Code: { ZipFile: zipOf({ 'index.js': AUTHORIZER }) },
    }),
  )
  const body = Buffer.from(JSON.stringify(document))
  const { id } = (await caller.call('apigateway', 'POST', '/restapis?mode=import', body)) as { id: string }
  await caller.call('apigateway', 'POST', `/restapis/${id}/deployments`, { stageName: 'dev' })
  base = `${gateway.url}/_aws/execute-api/${id}/dev`
  const users = new iam.IAMClient(client)
  const policy = (Effect: string, path: string): string =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect,
        Action: 'execute-api:Invoke',
        Resource: `arn:aws:execute-api:${region}:${account}:${id}/dev/GET/${path}`,
      },
    })
  await users.send(new iam.CreateUserCommand({ UserName: 'ann' }))
  await users.send(
    new iam.PutUserPolicyCommand({
      UserName: 'ann',
      PolicyName: 'call',
      PolicyDocument: policy('Allow', '*'),
    }),
  )
  const { AccessKey } = await users.send(new iam.CreateAccessKeyCommand({ UserName: 'ann' }))
  keyId = AccessKey?.AccessKeyId ?? ''
  await users.send(
    new iam.CreateRoleCommand({
      RoleName: 'reader',
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
          Action: 'sts:AssumeRole',
        },
      }),
    }),
  )
  await users.send(
    new iam.PutRolePolicyCommand({
      RoleName: 'reader',
      PolicyName: 'no',
      PolicyDocument: policy('Deny', 'signed'),
    }),
  )
})
afterAll(endGateways)

const ask = async (path: string, more: object = {}): Promise<Verdict> =>
  (await caller.call('apigateway', 'POST', '/_gatehouse/who-can', {
    method: 'GET',
    url: base + path,
    ...more,
  })) as Verdict

const OWN = "the API's resource policy"
const FUNCTION = `arn:aws:lambda:${region}:${account}:function:auth`

const cases: readonly (readonly [name: string, path: string, question: object, verdict: object])[] = [
  [
    'a user pool',
    '/pooled',
    {},
    { decision: 'depends', needs: [`a token of ${POOL}: --token looks at one`] },
  ],
  ['a token that is none', '/pooled', { token: 'none' }, { decision: 'deny', answer: { status: 401 } }],
  [
    'a user pool whose policy is silent',
    '/barred',
    {},
    { decision: 'deny', reason: 'no statement of the resource policy allows it' },
  ],
  [
    'an open method',
    '/open',
    {},
    { decision: 'allow', caller: 'anonymous', statement: { policy: OWN, index: 0, sid: 'Open' } },
  ],
  [
    'a denial',
    '/closed',
    {},
    {
      decision: 'deny',
      answer: { status: 403, type: 'ACCESS_DENIED' },
      statement: { policy: OWN, index: 3, effect: 'Deny' },
    },
  ],
  [
    'the wrong address',
    '/here',
    {},
    { decision: 'deny', reason: 'no statement of the resource policy allows it' },
  ],
  ['the right address', '/here', { from: '192.0.2.9' }, { decision: 'allow', statement: { sid: 'Here' } }],
  ['an API key', '/keyed', {}, { decision: 'allow', needs: ['an API key'] }],
  [
    'no method',
    '/nothing',
    {},
    { decision: 'deny', answer: { type: 'MISSING_AUTHENTICATION_TOKEN' }, policies: [] },
  ],
  [
    'a user by name',
    '/signed',
    { as: 'ann' },
    {
      decision: 'allow',
      caller: `arn:aws:iam::${account}:user/ann`,
      statement: { policy: 'user_ann_call', index: 0 },
    },
  ],
  [
    'a role by its ARN',
    '/signed',
    { as: `arn:aws:iam::${account}:role/reader` },
    { decision: 'deny', statement: { policy: 'role_reader_no', effect: 'Deny' } },
  ],
  ['a role without a say', '/shared', { as: 'reader' }, { decision: 'deny' }],
  ['the account itself', '/signed', { as: 'root' }, { decision: 'allow' }],
  [
    'the other account that is let in',
    '/shared',
    { as: `arn:aws:iam::${AWAY}:user/x` },
    { decision: 'allow', notes: ['its own policies are not known here, and taken to allow it'] },
  ],
  ['another account', '/signed', { as: `arn:aws:iam::${AWAY}:user/x` }, { decision: 'deny' }],
  [
    'who signs where nobody looks',
    '/open',
    { as: 'ann' },
    { decision: 'allow', notes: ["the method's authorization is NONE: who signs makes no difference"] },
  ],
  [
    'an authorizer',
    '/asked',
    {},
    { decision: 'depends', needs: [`the function ${FUNCTION} to let it in: --token or --header asks it`] },
  ],
  [
    'an authorizer that allows',
    '/asked',
    { token: 'friend' },
    { decision: 'allow', reason: 'the authorizer let it in' },
  ],
  [
    'an authorizer that denies',
    '/asked',
    { headers: ['Authorization', 'enemy'] },
    { decision: 'deny', reason: 'the policy of the authorizer denies it' },
  ],
]

describe('who-can', () => {
  for (const [name, path, question, verdict] of cases) {
    test(name, async () => expect(await ask(path, question)).toMatchObject(verdict))
  }

  test('an access key', async () => {
    expect(await ask('/signed', { as: keyId })).toMatchObject({
      decision: 'allow',
      caller: `arn:aws:iam::${account}:user/ann`,
    })
  })

  test('everybody, where nobody is named', async () => {
    const { decision, principals } = await ask('/signed')
    expect(decision).toBe('deny')
    expect(principals).toMatchObject([
      { arn: `arn:aws:iam::${account}:user/ann`, decision: 'allow' },
      { arn: `arn:aws:iam::${account}:role/reader`, decision: 'deny' },
    ])
  })

  test('each statement says why it is not about the call', async () => {
    const { policies, resource } = await ask('/here')
    expect(policies[0]?.statements?.map(({ because }) => because)).toEqual([
      ...['open', 'keyed'].map((path) =>
        expect.stringMatching(new RegExp(`^Resource is not about ${resource}: .*/dev/GET/${path}$`)),
      ),
      'condition IpAddress of aws:sourceip: found 127.0.0.1, the policy has 192.0.2.0/24',
      ...['closed', 'pooled', 'shared'].map((path) => expect.stringMatching(new RegExp(`/dev/GET/${path}$`))),
    ])
    expect((await ask('/shared', { as: 'ann' })).policies[0]?.statements?.at(-1)?.because).toBe(
      `Principal does not name arn:aws:iam::${account}:user/ann`,
    )
  })

  for (const [name, question, message] of [
    ['nobody of the name', { as: 'bob' }, 'there is no access key, user or role bob'],
    ['a method that is none', { method: 'get it' }, 'method: expected a method such as GET'],
    ['a URL that is none', { url: 'pets' }, 'url: expected a URL'],
    ['an address that is none', { from: 'here' }, 'from: expected an address'],
    ['headers that are none', { headers: ['A', 'b\nc'] }, 'headers: expected a list'],
  ] as const) {
    test(`a question about ${name}`, () => expect(ask('/signed', question)).rejects.toThrow(message))
  }

  test('by a custom domain name', async () => {
    const post = (path: string, body: object): Promise<unknown> =>
      caller.call('apigateway', 'POST', path, body)
    const certificateArn = `arn:aws:acm:${region}:${account}:certificate/c`
    await post('/domainnames', { domainName: 'asked.test', certificateArn })
    const [, restApiId] = /execute-api\/(\w+)/.exec(base) ?? []
    await post('/domainnames/asked.test/basepathmappings', { basePath: 'v1', restApiId, stage: 'dev' })
    const at = (url: string): Promise<Verdict> => ask('', { url })
    expect(await at('https://asked.test/v1/open')).toMatchObject({
      decision: 'allow',
      statement: { sid: 'Open' },
    })
    expect(await at('https://asked.test/v2/open')).toMatchObject({
      decision: 'deny',
      reason: 'nothing is mapped there',
    })
    expect((await at('https://other.test/open')).reason).toStartWith('the URL is that of no API')
  })

  test('it is for the owner', async () => {
    const body = JSON.stringify({ method: 'GET', url: `${base}/open` })
    const unsigned = await fetch(`${gateway.url}/_gatehouse/who-can`, { method: 'POST', body })
    expect([unsigned.status, await unsigned.text()]).toEqual([
      403,
      expect.stringContaining('This is for the owner'),
    ])
    const stranger = { accessKeyId: OWNER.accessKeyId, secretAccessKey: 'guessed' }
    const other = createAwsCaller({ endpoint: gateway.url, region, credentials: stranger })
    expect(other.call('apigateway', 'POST', '/_gatehouse/who-can', {})).rejects.toThrow('signature')
  })

  test('the command', async () => {
    const environment = { AWS_ACCESS_KEY_ID: OWNER.accessKeyId, AWS_SECRET_ACCESS_KEY: OWNER.secretAccessKey }
    const run = async (...words: string[]): Promise<[number, string]> => {
      const command = runGatehouse(['who-can', 'get', ...words, '--endpoint', gateway.url], { environment })
      return [await command.ended(), command.output() + command.errors()]
    }
    const [[allowed, text], [denied, closed]] = await Promise.all([
      run(`${base}/signed`, '--as', 'ann'),
      run(`${base}/closed`),
    ])
    expect(text).toContain(
      `ALLOWED  arn:aws:iam::${account}:user/ann: statement 0 of user_ann_call allows it`,
    )
    expect(text).toContain('  statement 0 of user_ann_call: Allow, line 1\n')
    expect(text).toContain('  - 0 (Open) Allow')
    expect(text).toContain('  + 0 Allow, line 1: is about this call')
    expect(closed).toMatch(
      /^DENIED {2}anonymous: statement 3 of the resource policy denies it\n {2}statement 3 of/,
    )
    expect([allowed, denied]).toEqual([0, 1])
  })
})
