import { afterAll, beforeAll, expect, test } from 'bun:test'
import {
  APIGatewayClient,
  CreateAuthorizerCommand,
  CreateDeploymentCommand,
  CreateRestApiCommand,
  FlushStageAuthorizersCacheCommand,
  GetResourcesCommand,
  PutIntegrationCommand,
  PutIntegrationResponseCommand,
  PutMethodCommand,
  PutMethodResponseCommand,
  TestInvokeAuthorizerCommand,
} from '@aws-sdk/client-api-gateway'
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  DeleteUserPoolCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import {
  jwkOf,
  rsaKey,
  startIssuer,
  tokenOf,
  type TestIssuer,
} from '../conformance/rest/support/token-issuer.ts'
import { endGateways } from '../support/gateway-process.ts'
import { askAnew, startWorkerGateway, type WorkerGateway } from '../support/worker-gateway.ts'

// A user signs in to a pool of the house, and an API lets in who has its tokens, at two workers.

const region = 'us-east-1'
const STAND_IN = `arn:aws:cognito-idp:${region}:000000000000:userpool/${region}_StandIn01`
const key = rsaKey('key 1')
let issuer: TestIssuer
let gateway: WorkerGateway
let apiGateway: APIGatewayClient
let cognito: CognitoIdentityProviderClient
let restApiId: string
let authorizerId: string
let poolId: string
let clientId: string

beforeAll(async () => {
  issuer = startIssuer()
  issuer.keys = [jwkOf(key)]
  gateway = await startWorkerGateway(2, ['--user-pool', `${region}_StandIn01=${issuer.url};orders`])
  const options = {
    endpoint: gateway.url,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }
  apiGateway = new APIGatewayClient(options)
  cognito = new CognitoIdentityProviderClient(options)
  const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: 'users' }))
  poolId = UserPool?.Id as string
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId: poolId,
      ClientName: 'web',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    }),
  )
  clientId = UserPoolClient?.ClientId as string
  const user = { UserPoolId: poolId, Username: 'ada' }
  await cognito.send(new AdminCreateUserCommand(user))
  await cognito.send(
    new AdminSetUserPasswordCommand({ ...user, Password: 'Correct-horse-1', Permanent: true }),
  )

  restApiId = (await apiGateway.send(new CreateRestApiCommand({ name: 'guarded' }))).id as string
  const authorizer = await apiGateway.send(
    new CreateAuthorizerCommand({
      restApiId,
      name: 'users',
      type: 'COGNITO_USER_POOLS',
      identitySource: 'method.request.header.Authorization',
      providerARNs: [UserPool?.Arn as string, STAND_IN],
    }),
  )
  authorizerId = authorizer.id as string
  const { items } = await apiGateway.send(new GetResourcesCommand({ restApiId }))
  const method = { restApiId, resourceId: items?.[0]?.id as string, httpMethod: 'GET' }
  await apiGateway.send(
    new PutMethodCommand({ ...method, authorizationType: 'COGNITO_USER_POOLS', authorizerId }),
  )
  await apiGateway.send(new PutMethodResponseCommand({ ...method, statusCode: '200' }))
  const requestTemplates = { 'application/json': '{"statusCode": 200}' }
  await apiGateway.send(new PutIntegrationCommand({ ...method, type: 'MOCK', requestTemplates }))
  const responseTemplates = { 'application/json': "$context.authorizer.claims['cognito:username']" }
  await apiGateway.send(
    new PutIntegrationResponseCommand({ ...method, statusCode: '200', responseTemplates }),
  )
  await apiGateway.send(new CreateDeploymentCommand({ restApiId, stageName: 'dev' }))
}, 60_000)

afterAll(async () => {
  apiGateway.destroy()
  cognito.destroy()
  try {
    expect(await gateway.stop()).toBe(0)
  } finally {
    await issuer.stop()
    await endGateways()
  }
})

async function idToken(): Promise<string> {
  const AuthParameters = { USERNAME: 'ada', PASSWORD: 'Correct-horse-1' }
  const command = new InitiateAuthCommand({
    ClientId: clientId,
    AuthFlow: 'USER_PASSWORD_AUTH',
    AuthParameters,
  })
  return (await cognito.send(command)).AuthenticationResult?.IdToken as string
}

/** What both workers answer, by now: connections are shared out among them at random. */
async function ask(token: string): Promise<Set<string>> {
  const answers = Array.from({ length: 20 }, async () => {
    const response = await askAnew(gateway.urlOf(restApiId), token === '' ? {} : { Authorization: token })
    return `${response.status} ${await response.text()}`
  })
  return new Set(await Promise.all(answers))
}

const UNAUTHORIZED = new Set(['401 {"message":"Unauthorized"}'])

test('a user of a pool of the house comes in at each worker, a stranger at none', async () => {
  const token = await idToken()
  expect(await ask(token)).toEqual(new Set(['200 ada']))
  expect(await ask(`Bearer ${token}`)).toEqual(new Set(['200 ada']))
  expect(await ask(`${token.slice(0, -8)}AAAAAAAA`)).toEqual(UNAUTHORIZED)
  expect(await ask('')).toEqual(UNAUTHORIZED)
})

test('so does whoever has a token of the issuer that stands in for a pool, for its audience', async () => {
  const claims = { iss: issuer.url, 'cognito:username': 'grace', exp: Math.floor(Date.now() / 1000) + 60 }
  expect(await ask(tokenOf({ ...claims, aud: 'orders' }, key))).toEqual(new Set(['200 grace']))
  expect(await ask(tokenOf({ ...claims, aud: 'shop' }, key))).toEqual(UNAUTHORIZED)
})

test('the owner may try a token', async () => {
  const headers = { Authorization: await idToken() }
  const command = new TestInvokeAuthorizerCommand({ restApiId, authorizerId, headers })
  const { clientStatus, claims } = await apiGateway.send(command)
  expect(clientStatus).toBe(0)
  expect(claims).toMatchObject({ 'cognito:username': 'ada', token_use: 'id', aud: clientId })
  const refused = await apiGateway.send(
    new TestInvokeAuthorizerCommand({ restApiId, authorizerId, headers: { Authorization: 'x' } }),
  )
  expect([refused.clientStatus, refused.claims]).toEqual([401, undefined])
  expect(refused.log).toContain('Unauthorized')
})

test('tokens of a pool that was deleted, flushed, are of nobody', async () => {
  const token = await idToken()
  expect(await ask(token)).toEqual(new Set(['200 ada']))
  await cognito.send(new DeleteUserPoolCommand({ UserPoolId: poolId }))
  await apiGateway.send(new FlushStageAuthorizersCacheCommand({ restApiId, stageName: 'dev' }))
  const endMs = performance.now() + 25_000
  while (!(await ask(token)).isSubsetOf(UNAUTHORIZED) && performance.now() < endMs) {
    await apiGateway.send(new FlushStageAuthorizersCacheCommand({ restApiId, stageName: 'dev' }))
    await Bun.sleep(100)
  }
  expect(await ask(token)).toEqual(UNAUTHORIZED)
}, 60_000)
