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
  UpdateAuthorizerCommand,
} from '@aws-sdk/client-api-gateway'
import { AddPermissionCommand, CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { zipOf } from '#companions/lambda/zip.fixture.ts'
import { endGateways } from '../support/gateway-process.ts'
import { askAnew, startWorkerGateway, type WorkerGateway } from '../support/worker-gateway.ts'

// Functions in processes of their own decide who comes in, at two workers that keep together what they were told.

/** Each answer has a name of its own, so that one that was kept is known again. */
const CODE = `
const { randomUUID } = require('node:crypto')
exports.handler = async ({ authorizationToken: token, methodArn }) => {
  if (token === 'stranger') throw new Error('Unauthorized')
  if (token === 'crash') process.exit(7)
  if (token === 'slow') await new Promise((resolve) => setTimeout(resolve, 60_000))
  if (token === 'garbage') return 'allow'
  return {
    principalId: token,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: token === 'enemy' ? 'Deny' : 'Allow', Resource: methodArn }],
    },
    context: { answer: randomUUID() },
  }
}`

const region = 'us-east-1'
const account = '000000000000'
let gateway: WorkerGateway
let apiGateway: APIGatewayClient
let lambda: LambdaClient
let restApiId: string
let authorizerId: string

beforeAll(async () => {
  const words = ['--lambda-permissions', 'enforce', '--integration-timeout', '2000']
  gateway = await startWorkerGateway(2, words)
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  apiGateway = new APIGatewayClient({ endpoint: gateway.url, region, credentials })
  lambda = new LambdaClient({ endpoint: gateway.url, region, credentials })
  const { FunctionArn } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'auth',
      Runtime: 'nodejs20.x',
      Handler: 'index.handler',
      Role: `arn:aws:iam::${account}:role/r`,
      Timeout: 30,
      Code: { ZipFile: zipOf({ 'index.js': CODE }) },
    }),
  )
  restApiId = (await apiGateway.send(new CreateRestApiCommand({ name: 'guarded' }))).id as string
  const { id } = await apiGateway.send(
    new CreateAuthorizerCommand({
      restApiId,
      name: 'auth',
      type: 'TOKEN',
      identitySource: 'method.request.header.Authorization',
      authorizerUri: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${FunctionArn}/invocations`,
    }),
  )
  authorizerId = id as string
  const { items } = await apiGateway.send(new GetResourcesCommand({ restApiId }))
  const method = { restApiId, resourceId: items?.[0]?.id as string, httpMethod: 'GET' }
  await apiGateway.send(new PutMethodCommand({ ...method, authorizationType: 'CUSTOM', authorizerId }))
  await apiGateway.send(new PutMethodResponseCommand({ ...method, statusCode: '200' }))
  await apiGateway.send(
    new PutIntegrationCommand({
      ...method,
      type: 'MOCK',
      requestTemplates: { 'application/json': '{"statusCode": 200}' },
    }),
  )
  await apiGateway.send(
    new PutIntegrationResponseCommand({
      ...method,
      statusCode: '200',
      responseTemplates: { 'application/json': '$context.authorizer.answer' },
    }),
  )
  await deploy()
}, 60_000)

afterAll(async () => {
  apiGateway.destroy()
  lambda.destroy()
  try {
    expect(await gateway.stop()).toBe(0)
  } finally {
    await endGateways()
  }
})

async function deploy(): Promise<void> {
  await apiGateway.send(new CreateDeploymentCommand({ restApiId, stageName: 'dev' }))
}

const ask = (token: string): Promise<Response> =>
  askAnew(gateway.urlOf(restApiId), token === '' ? {} : { Authorization: token })

async function statusOf(token: string): Promise<string> {
  const response = await ask(token)
  return `${response.status} ${await response.text()}`
}

/** The answers that both workers give: connections are shared out among them at random. */
async function answersFor(token: string): Promise<Set<string>> {
  const responses = await Promise.all(Array.from({ length: 40 }, () => ask(token)))
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]))
  return new Set(await Promise.all(responses.map((response) => response.text())))
}

test('a function without the permission for this authorizer lets nobody in; with it, it decides', async () => {
  expect(await statusOf('friend')).toBe('500 {"message":null}')
  await lambda.send(
    new AddPermissionCommand({
      FunctionName: 'auth',
      StatementId: 'gateway',
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
      SourceArn: `arn:aws:execute-api:${region}:${account}:${restApiId}/authorizers/${authorizerId}`,
    }),
  )
  expect(await statusOf('friend')).toMatch(/^200 [-0-9a-f]{36}$/)
  expect(await statusOf('')).toBe('401 {"message":"Unauthorized"}')
  expect(await statusOf('stranger')).toBe('401 {"message":"Unauthorized"}')
  expect(await statusOf('enemy')).toBe(
    '403 {"Message":"User is not authorized to access this resource with an explicit deny"}',
  )
  expect(await statusOf('garbage')).toBe('500 {"message":null}')
})

test('one worker asks, for all, until the stage’s cache is flushed: then none has an older answer', async () => {
  const first = await answersFor('kept')
  expect(first.size).toBe(1)
  expect(await answersFor('kept')).toEqual(first)
  await apiGateway.send(new FlushStageAuthorizersCacheCommand({ restApiId, stageName: 'dev' }))
  const second = await answersFor('kept')
  expect(second.intersection(first).size).toBe(0)
  await deploy()
  expect((await answersFor('kept')).intersection(second).size).toBe(0)
})

test('where nothing is kept, each request asks', async () => {
  const patchOperations = [{ op: 'replace' as const, path: '/authorizerResultTtlInSeconds', value: '0' }]
  await apiGateway.send(new UpdateAuthorizerCommand({ restApiId, authorizerId, patchOperations }))
  // As any change, it counts once it is deployed.
  expect((await answersFor('deployed')).size).toBe(1)
  await deploy()
  expect((await answersFor('deployed')).size).toBe(40)
})

test('a function that ends in the middle, or takes too long, lets nobody in, and the next caller is heard', async () => {
  const [crashed, slow, friend] = await Promise.all([statusOf('crash'), statusOf('slow'), statusOf('friend')])
  expect([crashed, slow]).toEqual(['500 {"message":null}', '500 {"message":null}'])
  expect(friend).toStartWith('200')
  expect(await statusOf('friend')).toStartWith('200')
}, 60_000)
