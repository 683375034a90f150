import { afterAll, beforeAll, expect, test } from 'bun:test'
import {
  APIGatewayClient,
  CreateAuthorizerCommand,
  CreateRestApiCommand,
  TestInvokeAuthorizerCommand,
} from '@aws-sdk/client-api-gateway'
import { AddPermissionCommand, CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { zipOf } from '#companions/lambda/zip.fixture.ts'
import { endGateways, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'

// An authorizer that is tried with AWS's SDK: a function in a process of its own, behind its permissions.

const CODE = `exports.handler = async ({ authorizationToken, methodArn }) => {
  if (authorizationToken === 'stranger') throw new Error('Unauthorized')
  return {
    principalId: authorizationToken,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn }],
    },
  }
}`

const region = 'us-east-1'
let gateway: GatewayProcess
let apiGateway: APIGatewayClient
let lambda: LambdaClient

beforeAll(async () => {
  gateway = await startGatewayProcess({ arguments: ['--lambda-permissions', 'enforce'] })
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  apiGateway = new APIGatewayClient({ endpoint: gateway.url, region, credentials })
  lambda = new LambdaClient({ endpoint: gateway.url, region, credentials })
})
afterAll(async () => {
  apiGateway.destroy()
  lambda.destroy()
  await endGateways()
})

test('asks the function once it may be called for that authorizer', async () => {
  const { FunctionArn } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'auth',
      Runtime: 'nodejs20.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/r',
      Code: { ZipFile: zipOf({ 'index.js': CODE }) },
    }),
  )
  const { id: restApiId } = await apiGateway.send(new CreateRestApiCommand({ name: 'guarded' }))
  const { id: authorizerId } = await apiGateway.send(
    new CreateAuthorizerCommand({
      restApiId,
      name: 'auth',
      type: 'TOKEN',
      identitySource: 'method.request.header.Authorization',
      authorizerUri: `arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/${FunctionArn}/invocations`,
    }),
  )
  const tried = (Authorization: string) =>
    apiGateway.send(new TestInvokeAuthorizerCommand({ restApiId, authorizerId, headers: { Authorization } }))
  const account = (FunctionArn as string).split(':')[4]
  const permit = (StatementId: string, place: string) =>
    lambda.send(
      new AddPermissionCommand({
        FunctionName: 'auth',
        StatementId,
        Action: 'lambda:InvokeFunction',
        Principal: 'apigateway.amazonaws.com',
        SourceArn: `arn:aws:execute-api:${region}:${account}:${restApiId}/${place}`,
      }),
    )

  expect((await tried('me')).clientStatus).toBe(500)
  await permit('methods', 'dev/GET/*')
  expect((await tried('me')).clientStatus).toBe(500)
  await permit('authorizer', `authorizers/${authorizerId}`)
  const { clientStatus, principalId, policy, log } = await tried('me')
  expect([clientStatus, principalId]).toEqual([0, 'me'])
  expect(policy).toContain(`:${restApiId}/ESTestInvoke-stage/GET/`)
  expect(log).toContain('Successfully completed authorizer execution')
  expect((await tried('stranger')).clientStatus).toBe(401)
})
