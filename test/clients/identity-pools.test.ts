import * as identity from '@aws-sdk/client-cognito-identity'
import * as idp from '@aws-sdk/client-cognito-identity-provider'
import * as iam from '@aws-sdk/client-iam'
import * as lambda from '@aws-sdk/client-lambda'
import { fromCognitoIdentityPool, fromWebToken } from '@aws-sdk/credential-providers'
import { SignatureV4 } from '@smithy/signature-v4'
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from 'amazon-cognito-identity-js'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createHash, createHmac } from 'node:crypto'
import { zipOf } from '#companions/lambda/zip.fixture.ts'
import {
  jwkOf,
  rsaKey,
  startIssuer,
  tokenOf,
  type TestIssuer,
} from '../conformance/rest/support/token-issuer.ts'
import { endGateways } from '../support/gateway-process.ts'
import { askAnew, mock, startWorkerGateway, type WorkerGateway } from '../support/worker-gateway.ts'

// Users sign in as browsers do, get credentials as applications do, and call methods that ask for a signature.

const REGION = 'us-east-1'
const ACCOUNT = '000000000000'
const PASSWORD = 'Correct-horse-1'
const TEST_KEYS = { accessKeyId: 'test', secretAccessKey: 'test' }
const SHOWN = [
  'cognitoIdentityId',
  'cognitoIdentityPoolId',
  'cognitoAuthenticationType',
  'cognitoAuthenticationProvider',
  'userArn',
]
const CODE = `exports.handler = async ({ requestContext: { identity } }) =>
  ({ statusCode: 200, body: JSON.stringify(identity) })`
const key = rsaKey('key 1')
let gateway: WorkerGateway
let issuer: TestIssuer
let roots: iam.IAMClient
let pools: identity.CognitoIdentityClient
let users: idp.CognitoIdentityProviderClient
let functions: lambda.LambdaClient
let userPoolId: string
let clientId: string
let poolId: string
let apiId: string
let providerArn: string

const role = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`
const provider = (): string => `cognito-idp.${REGION}.amazonaws.com/${userPoolId}`

beforeAll(async () => {
  gateway = await startWorkerGateway(2)
  issuer = startIssuer()
  issuer.keys = [jwkOf(key)]
  const settings = { endpoint: gateway.url, region: REGION, credentials: TEST_KEYS, maxAttempts: 1 }
  roots = new iam.IAMClient(settings)
  pools = new identity.CognitoIdentityClient(settings)
  functions = new lambda.LambdaClient(settings)
  users = new idp.CognitoIdentityProviderClient(settings)
  await makeUserPool()
  const { OpenIDConnectProviderArn } = await roots.send(
    new iam.CreateOpenIDConnectProviderCommand({ Url: issuer.url, ClientIDList: ['builds'] }),
  )
  providerArn = OpenIDConnectProviderArn as string
  const { IdentityPoolId } = await pools.send(
    new identity.CreateIdentityPoolCommand({
      IdentityPoolName: 'people',
      AllowUnauthenticatedIdentities: true,
      AllowClassicFlow: true,
      CognitoIdentityProviders: [
        { ProviderName: provider(), ClientId: clientId, ServerSideTokenCheck: true },
      ],
      OpenIdConnectProviderARNs: [providerArn],
      DeveloperProviderName: 'login.example.com',
    }),
  )
  poolId = IdentityPoolId as string
  apiId = await deployGuarded()
  const here = `arn:aws:execute-api:${REGION}:${ACCOUNT}:${apiId}/dev/GET`
  const sub = '${cognito-identity.amazonaws.com:sub}'
  await newRole('user', cognitoTrust('authenticated'), [`${here}/own/${sub}`, `${here}/me`, `${here}/event`])
  await newRole('guest', cognitoTrust('unauthenticated'), [`${here}/me`])
  await newRole('builder', webTrust(), [`${here}/own/\${${issuerName()}:sub}`])
  await pools.send(
    new identity.SetIdentityPoolRolesCommand({
      IdentityPoolId: poolId,
      Roles: { authenticated: role('user'), unauthenticated: role('guest') },
    }),
  )
}, 60_000)

afterAll(async () => {
  for (const client of [roots, pools, users, functions]) client.destroy()
  try {
    expect(await gateway.stop()).toBe(0)
  } finally {
    await issuer.stop()
    await endGateways()
  }
})

async function makeUserPool(): Promise<void> {
  const { UserPool } = await users.send(new idp.CreateUserPoolCommand({ PoolName: 'users' }))
  userPoolId = UserPool?.Id as string
  const { UserPoolClient } = await users.send(
    new idp.CreateUserPoolClientCommand({
      UserPoolId: userPoolId,
      ClientName: 'web',
      ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    }),
  )
  clientId = UserPoolClient?.ClientId as string
  const user = { UserPoolId: userPoolId, Username: 'ada' }
  await users.send(new idp.AdminCreateUserCommand(user))
  await users.send(new idp.AdminSetUserPasswordCommand({ ...user, Password: PASSWORD, Permanent: true }))
}

const issuerName = (): string => issuer.url.replace('http://', '')

function trust(Federated: string, Condition: object): string {
  const Action = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession']
  const Statement = [{ Effect: 'Allow', Principal: { Federated }, Action, Condition }]
  return JSON.stringify({ Version: '2012-10-17', Statement })
}

const cognitoTrust = (amr: string): string =>
  trust('cognito-identity.amazonaws.com', {
    StringEquals: { 'cognito-identity.amazonaws.com:aud': poolId },
    'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': amr },
  })

const webTrust = (): string =>
  trust(providerArn, {
    StringEquals: { [`${issuerName()}:aud`]: 'builds' },
    StringLike: { [`${issuerName()}:sub`]: 'repo-*' },
  })

async function newRole(RoleName: string, AssumeRolePolicyDocument: string, Resource: string[]) {
  await roots.send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }))
  const Statement = [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource }]
  await roots.send(
    new iam.PutRolePolicyCommand({
      RoleName,
      PolicyName: 'invoke',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
    }),
  )
}

async function deployGuarded(): Promise<string> {
  const shown = SHOWN.map((name) => `"${name}":"$context.identity.${name}"`).join(',')
  const operation = {
    'x-amazon-apigateway-auth': { type: 'AWS_IAM' },
    responses: { 200: { description: 'ok' } },
    'x-amazon-apigateway-integration': mock(`{${shown}}`),
  }
  const { FunctionArn } = await functions.send(
    new lambda.CreateFunctionCommand({
      FunctionName: 'event',
      Runtime: 'nodejs20.x',
      Handler: 'index.handler',
      Role: role('event'),
      Code: { ZipFile: zipOf({ 'index.js': CODE }) },
    }),
  )
  const event = {
    ...operation,
    'x-amazon-apigateway-integration': {
      type: 'aws_proxy',
      httpMethod: 'POST',
      uri: `arn:aws:apigateway:${REGION}:lambda:path/2015-03-31/functions/${FunctionArn}/invocations`,
    },
  }
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } }
  const document = {
    openapi: '3.0.1',
    info: { title: 'guarded', version: '1' },
    paths: {
      '/me': { get: operation },
      '/event': { get: event },
      '/own/{id}': { get: { ...operation, parameters: [id] } },
    },
  }
  const imported = await gateway.caller.call('apigateway', 'POST', '/restapis?mode=import', document)
  const { id: api } = imported as { id: string }
  await gateway.caller.call('apigateway', 'POST', `/restapis/${api}/deployments`, { stageName: 'dev' })
  return api
}

/** By SRP, as in a browser. */
function signIn(): Promise<string> {
  const Pool = new CognitoUserPool({ UserPoolId: userPoolId, ClientId: clientId, endpoint: gateway.url })
  const user = new CognitoUser({ Username: 'ada', Pool })
  return new Promise((resolve, reject) => {
    user.authenticateUser(new AuthenticationDetails({ Username: 'ada', Password: PASSWORD }), {
      onSuccess: (session) => resolve(session.getIdToken().getJwtToken()),
      onFailure: reject,
    })
  })
}

const clientConfig = () => ({ endpoint: gateway.url, region: REGION, maxAttempts: 1 })

class Sha256 {
  readonly #hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined ? createHash('sha256') : createHmac('sha256', secret as NodeJS.ArrayBufferView)
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(data as string)
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }
}

type Credentials = ConstructorParameters<typeof SignatureV4>[0]['credentials']

async function call(credentials: Credentials, path: string): Promise<[status: number, body: unknown]> {
  const url = new URL(`${gateway.urlOf(apiId)}${path}`)
  const signer = new SignatureV4({ service: 'execute-api', region: REGION, credentials, sha256: Sha256 })
  const { headers } = await signer.sign({
    method: 'GET',
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: {},
    headers: { host: url.host },
  })
  const response = await askAnew(url.href, headers)
  return [response.status, await response.json()]
}

const refusal = (answer: Promise<unknown>): Promise<string> =>
  answer.then(
    (given) => `answered ${JSON.stringify(given)}`,
    (error: Error) => `${error.name}: ${error.message}`,
  )

test('a user who signed in to a user pool calls what is theirs by credentials of the identity pool', async () => {
  const token = await signIn()
  const { sub } = JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString()) as {
    sub: string
  }
  const logins = { [provider()]: token }
  const credentials = await fromCognitoIdentityPool({
    identityPoolId: poolId,
    logins,
    clientConfig: clientConfig(),
  })()
  const { identityId } = credentials as { identityId?: string }
  const shown = {
    cognitoIdentityId: identityId,
    cognitoIdentityPoolId: poolId,
    cognitoAuthenticationType: 'authenticated',
    cognitoAuthenticationProvider: `${provider()},${provider()}:CognitoSignIn:${sub}`,
    userArn: `arn:aws:sts::${ACCOUNT}:assumed-role/user/CognitoIdentityCredentials`,
  }
  expect(await call(credentials, 'me')).toEqual([200, shown])
  const [status, event] = await call(credentials, 'event')
  expect(status).toBe(200)
  expect(event).toMatchObject(shown)
  expect((await call(credentials, `own/${identityId}`))[0]).toBe(200)
  expect((await call(credentials, `own/${REGION}:somebody-else`))[0]).toBe(403)

  await users.send(new idp.AdminUserGlobalSignOutCommand({ UserPoolId: userPoolId, Username: 'ada' }))
  const again = fromCognitoIdentityPool({ identityPoolId: poolId, logins, clientConfig: clientConfig() })
  expect(await refusal(again())).toContain('Token is revoked')
})

test('a guest is one', async () => {
  const credentials = await fromCognitoIdentityPool({
    identityPoolId: poolId,
    clientConfig: clientConfig(),
    userIdentifier: 'guest',
  })()
  const { identityId } = credentials as { identityId?: string }
  expect(await call(credentials, 'me')).toEqual([
    200,
    {
      cognitoIdentityId: identityId,
      cognitoIdentityPoolId: poolId,
      cognitoAuthenticationType: 'unauthenticated',
      cognitoAuthenticationProvider: '',
      userArn: `arn:aws:sts::${ACCOUNT}:assumed-role/guest/CognitoIdentityCredentials`,
    },
  ])
  expect((await call(credentials, `own/${identityId}`))[0]).toBe(403)
})

const claims = () => ({
  iss: issuer.url,
  aud: 'builds',
  sub: 'repo-pets',
  exp: Math.floor(Date.now() / 1000) + 60,
})

const webSession = (webIdentityToken: string, roleArn = role('builder')) =>
  fromWebToken({ roleArn, webIdentityToken, clientConfig: clientConfig() })()

test('whoever has a token of an OpenID Connect provider takes the role that trusts it', async () => {
  const credentials = await webSession(tokenOf(claims(), key))
  expect((await call(credentials, 'own/repo-pets'))[0]).toBe(200)
  expect((await call(credentials, 'own/repo-cars'))[0]).toBe(403)
})

test.each([
  ['another subject', { sub: 'person' }, 'AccessDenied'],
  ['another audience', { aud: 'tests' }, 'InvalidIdentityTokenException: Incorrect token audience'],
  [
    'an issuer that nobody registered',
    { iss: 'https://login.example.com' },
    'No OpenIDConnect provider found',
  ],
  ['a token that is over', { exp: 1 }, 'ExpiredTokenException'],
])('but not with %s', async (_, change, told) => {
  expect(await refusal(webSession(tokenOf({ ...claims(), ...change }, key)))).toContain(told)
})

test('nor with a token that somebody else signed', async () => {
  expect(await refusal(webSession(tokenOf(claims(), rsaKey('key 1'))))).toContain('InvalidIdentityToken')
})

test('nor while the keys of the issuer cannot be had', async () => {
  const silent = startIssuer()
  await roots.send(new iam.CreateOpenIDConnectProviderCommand({ Url: silent.url, ClientIDList: ['builds'] }))
  await silent.stop()
  expect(await refusal(webSession(tokenOf({ ...claims(), iss: silent.url }, key)))).toContain(
    "IDPCommunicationErrorException: Couldn't retrieve verification key",
  )
})

test('a token of a user pool that is a provider is a web identity, too', async () => {
  const { OpenIDConnectProviderArn: arn = '' } = await roots.send(
    new iam.CreateOpenIDConnectProviderCommand({ Url: `https://${provider()}`, ClientIDList: [clientId] }),
  )
  const here = `arn:aws:execute-api:${REGION}:${ACCOUNT}:${apiId}/dev/GET/me`
  await newRole('direct', trust(arn, { StringEquals: { [`${provider()}:aud`]: clientId } }), [here])
  const credentials = await webSession(await signIn(), role('direct'))
  const [status, body] = await call(credentials, 'me')
  expect([status, (body as Record<string, string>)['cognitoIdentityId']]).toEqual([200, ''])
})

test('the basic flow: a token of the pool, then a role of STS', async () => {
  const { IdentityId = '', Token = '' } = await pools.send(
    new identity.GetOpenIdTokenForDeveloperIdentityCommand({
      IdentityPoolId: poolId,
      Logins: { 'login.example.com': 'grace' },
    }),
  )
  const credentials = await webSession(Token, role('user'))
  const [status, body] = await call(credentials, `own/${IdentityId}`)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    cognitoIdentityId: IdentityId,
    cognitoAuthenticationProvider: `login.example.com,login.example.com:${poolId}:grace`,
  })
  expect(await refusal(webSession(Token, role('guest')))).toContain('AccessDenied')
})
