import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createAwsCaller, type AwsCaller } from '#aws/client.ts'
import { sign, type SigningKeys } from '#aws/sigv4.ts'
import { zipOf } from '#companions/lambda/zip.fixture.ts'
import { Headers as HttpHeaders } from '#http/headers.ts'
import type { Verdict } from '#server/who-can/verdict.ts'
import {
  endGateways,
  runGatehouse,
  startGatewayProcess,
  type GatewayProcess,
} from '../support/gateway-process.ts'

// Who may enter an HTTP API, over the wire, with two workers: a pool's tokens, a function, signatures; and who-can.

const region = 'us-east-1'
const ACCOUNT = '000000000000'
const AUTHORIZER = `let asked = 0
exports.handler = async ({ identitySource: [token] }) => ({ isAuthorized: token !== 'enemy', context: { asked: ++asked } })`
const ECHO = 'exports.handler = async ({ requestContext }) => requestContext.authorizer ?? {}'

let gateway: GatewayProcess
let caller: AwsCaller
let apiId: string
let base: string
let token: string
let ann: SigningKeys

beforeAll(async () => {
  gateway = await startGatewayProcess({ arguments: ['--workers', '2', '--lambda-permissions', 'ignore'] })
  const client = {
    endpoint: gateway.url,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }
  caller = createAwsCaller(client)
  const lambda = new LambdaClient(client)
  for (const [FunctionName, text] of Object.entries({ auth: AUTHORIZER, echo: ECHO })) {
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Runtime: 'nodejs20.x',
        Handler: 'index.handler',
        Role: `arn:aws:iam::${ACCOUNT}:role/r`,
        Code: { ZipFile: zipOf({ 'index.js': text }) },
      }),
    )
  }
  const pool = await signIn(new CognitoIdentityProviderClient(client))
  token = pool.token
  ann = await newUser(new IAMClient(client))

  const made = await call('POST', '/v2/apis', { name: 'guarded', protocolType: 'HTTP' })
  apiId = made['apiId'] as string
  base = `${gateway.url}/_aws/execute-api/${apiId}`
  const api = `/v2/apis/${apiId}`
  const arn = (name: string): string => `arn:aws:lambda:${region}:${ACCOUNT}:function:${name}`
  const { integrationId } = await call('POST', `${api}/integrations`, {
    integrationType: 'AWS_PROXY',
    integrationUri: arn('echo'),
    payloadFormatVersion: '2.0',
  })
  const identitySource = ['$request.header.Authorization']
  const { authorizerId: jwt } = await call('POST', `${api}/authorizers`, {
    name: 'jwt',
    authorizerType: 'JWT',
    identitySource,
    // As it would be on AWS: the pool is one of this gateway.
    jwtConfiguration: {
      audience: [pool.clientId],
      issuer: `https://cognito-idp.${region}.amazonaws.com/${pool.id}`,
    },
  })
  const { authorizerId: asked } = await call('POST', `${api}/authorizers`, {
    name: 'asked',
    authorizerType: 'REQUEST',
    identitySource,
    authorizerUri: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${arn('auth')}/invocations`,
    authorizerPayloadFormatVersion: '2.0',
    enableSimpleResponses: true,
  })
  const target = `integrations/${integrationId as string}`
  for (const route of [
    { routeKey: 'GET /jwt', authorizationType: 'JWT', authorizerId: jwt },
    { routeKey: 'GET /asked', authorizationType: 'CUSTOM', authorizerId: asked },
    { routeKey: 'GET /signed', authorizationType: 'AWS_IAM' },
    { routeKey: 'GET /open' },
  ]) {
    await call('POST', `${api}/routes`, { target, ...route })
  }
  await call('POST', `${api}/stages`, { stageName: '$default', autoDeploy: true })
}, 60_000)
afterAll(endGateways)

async function call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  return (await caller.call('apigateway', method, path, body)) as Record<string, unknown>
}

async function signIn(cognito: CognitoIdentityProviderClient) {
  const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: 'users' }))
  const UserPoolId = UserPool?.Id ?? ''
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'web',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    }),
  )
  const ClientId = UserPoolClient?.ClientId ?? ''
  const user = { UserPoolId, Username: 'ada' }
  const Password = 'Correct-horse-1'
  await cognito.send(new AdminCreateUserCommand(user))
  await cognito.send(new AdminSetUserPasswordCommand({ ...user, Password, Permanent: true }))
  const { AuthenticationResult } = await cognito.send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ada', PASSWORD: Password },
    }),
  )
  return { id: UserPoolId, clientId: ClientId, token: AuthenticationResult?.IdToken ?? '' }
}

async function newUser(users: IAMClient): Promise<SigningKeys> {
  await users.send(new CreateUserCommand({ UserName: 'ann' }))
  const Statement = { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*/$default/GET/signed' }
  await users.send(
    new PutUserPolicyCommand({
      UserName: 'ann',
      PolicyName: 'call',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: {
          ...Statement,
          Resource: `arn:aws:execute-api:${region}:${ACCOUNT}:${Statement.Resource}`,
        },
      }),
    }),
  )
  const { AccessKey } = await users.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}

/** Connections spread over the workers. */
async function send(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(base + path, { keepalive: false, headers: { Connection: 'close', ...headers } })
}

test("a pool's tokens, in every worker", async () => {
  for (let count = 0; count < 6; count++) {
    const reply = await send('/jwt', { Authorization: `Bearer ${token}` })
    expect(reply.status).toBe(200)
    expect(await reply.json()).toMatchObject({ jwt: { claims: { 'cognito:username': 'ada' }, scopes: null } })
    const refused = await send('/jwt', { Authorization: `${token}x` })
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('error="invalid_token"'),
    ])
  }
})

test('a function decides, and is asked again once its answers are forgotten', async () => {
  const asked = async (): Promise<number> => {
    const reply = await send('/asked', { Authorization: 'friend' })
    return ((await reply.json()) as { lambda: { asked: number } }).lambda.asked
  }
  const counts = new Set<number>()
  for (let count = 0; count < 12; count++) counts.add(await asked())
  // One worker asked, for all.
  expect([...counts]).toEqual([1])
  await call('DELETE', `/v2/apis/${apiId}/stages/$default/cache/authorizers`)
  for (let count = 0; count < 6; count++) expect(await asked()).toBeGreaterThan(Math.max(...counts))
  expect((await send('/asked', { Authorization: 'enemy' })).status).toBe(403)
  expect((await send('/asked')).status).toBe(401)
})

test('signatures', async () => {
  const { host, pathname } = new URL(`${base}/signed`)
  const headers = new HttpHeaders(['Host', host])
  const body = new Uint8Array(0)
  sign(
    { method: 'GET', target: pathname, headers, body },
    ann,
    { region, service: 'execute-api' },
    Date.now(),
  )
  const sent = Object.fromEntries([...headers].filter(([name]) => name !== 'Host'))
  for (let count = 0; count < 4; count++) {
    const reply = await send('/signed', sent)
    expect(reply.status).toBe(200)
    expect(await reply.json()).toMatchObject({
      iam: { accessKey: ann.accessKeyId, userArn: `arn:aws:iam::${ACCOUNT}:user/ann` },
    })
  }
  expect((await send('/signed')).status).toBe(403)
})

const questions: readonly (readonly [name: string, path: string, question: () => object, verdict: object])[] =
  [
    ['open', '/open', () => ({}), { decision: 'allow', caller: 'anonymous' }],
    [
      'nothing',
      '/none',
      () => ({}),
      { decision: 'deny', answer: { status: 404, type: 'RESOURCE_NOT_FOUND', message: 'Not Found' } },
    ],
    [
      'a token that nobody named',
      '/jwt',
      () => ({}),
      { decision: 'depends', needs: [expect.stringContaining('a token of https://cognito-idp')] },
    ],
    ['a token', '/jwt', () => ({ token }), { decision: 'allow', reason: 'the authorizer let it in' }],
    [
      'a wrong token',
      '/jwt',
      () => ({ token: 'x' }),
      {
        decision: 'deny',
        reason: 'invalid_token: token contains an invalid number of segments',
        answer: { status: 401, type: 'UNAUTHORIZED', message: 'Unauthorized' },
      },
    ],
    [
      'a function that was not asked',
      '/asked',
      () => ({}),
      { decision: 'depends', needs: [expect.stringContaining(':function:auth to let it in')] },
    ],
    ['a function that lets in', '/asked', () => ({ token: 'friend' }), { decision: 'allow' }],
    [
      'a function that does not',
      '/asked',
      () => ({ token: 'enemy' }),
      { decision: 'deny', answer: { status: 403, type: 'ACCESS_DENIED', message: 'Forbidden' } },
    ],
    [
      'somebody who signs',
      '/signed',
      () => ({ as: 'ann' }),
      {
        decision: 'allow',
        statement: { policy: 'user_ann_call', index: 0, effect: 'Allow' },
        method: {
          httpMethod: 'GET',
          resourcePath: '/signed',
          authorizationType: 'AWS_IAM',
          stage: '$default',
        },
      },
    ],
    [
      'everybody who signs',
      '/signed',
      () => ({}),
      { principals: [{ arn: `arn:aws:iam::${ACCOUNT}:user/ann`, decision: 'allow' }] },
    ],
  ]

test.each(questions)('who can: %s', async (_, path, question, expected) => {
  const asked = { method: 'GET', url: base + path, ...question() }
  expect((await call('POST', '/_gatehouse/who-can', asked)) as unknown as Verdict).toMatchObject(expected)
})

test('who can, by the command', async () => {
  const command = runGatehouse(['who-can', 'GET', `${base}/signed`, '--as', 'ann'])
  expect(await command.ended()).toBe(0)
  expect(command.output()).toStartWith(
    `ALLOWED  arn:aws:iam::${ACCOUNT}:user/ann: statement 0 of user_ann_call allows it`,
  )
  expect(command.output()).toContain(
    `resource  arn:aws:execute-api:${region}:${ACCOUNT}:${apiId}/$default/GET/signed`,
  )
})
