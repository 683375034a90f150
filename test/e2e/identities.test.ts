import {
  APIGatewayClient,
  CreateDeploymentCommand,
  CreateRestApiCommand,
  GetAuthorizersCommand,
  GetResourcesCommand,
  GetRestApisCommand,
  ImportRestApiCommand,
  PutRestApiCommand,
  TestInvokeMethodCommand,
  UpdateAuthorizerCommand,
  UpdateIntegrationCommand,
  UpdateStageCommand,
} from '@aws-sdk/client-api-gateway'
import { ApiGatewayV2Client, ImportApiCommand, ReimportApiCommand } from '@aws-sdk/client-apigatewayv2'
import * as iam from '@aws-sdk/client-iam'
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterAll, afterEach, expect, test } from 'bun:test'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endGateways, runGatehouse, startGatewayProcess } from '../support/gateway-process.ts'

// Who may use the control plane of a gateway with credentials, and what is kept of them.

const ROOT = { accessKeyId: 'OWNER', secretAccessKey: 'a secret of the owner'.replaceAll(' ', '-') }
const ACCOUNT = '111122223333'
const LAMBDA = `arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:${ACCOUNT}:function:f/invocations`
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-identities-'))

afterEach(endGateways)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Keys = typeof ROOT

function settings(endpoint: string, credentials: Keys) {
  return { endpoint, region: 'us-east-1', credentials, maxAttempts: 1 }
}

async function newUser(root: iam.IAMClient, UserName: string, PolicyArn: string): Promise<Keys> {
  await root.send(new iam.CreateUserCommand({ UserName }))
  await root.send(new iam.AttachUserPolicyCommand({ UserName, PolicyArn }))
  const { AccessKey } = await root.send(new iam.CreateAccessKeyCommand({ UserName }))
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
}

async function refusal(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    () => 'answered',
    (error: Error) => `${error.name}: ${error.message}`,
  )
}

test('users may use the control plane as their policies say, also after a restart', async () => {
  const dataDir = join(folder, 'data')
  const words = [
    '--data-dir',
    dataDir,
    '--account-id',
    ACCOUNT,
    '--credentials',
    `${ROOT.accessKeyId}:${ROOT.secretAccessKey}`,
  ]
  let gateway = await startGatewayProcess({ arguments: words })
  const root = new iam.IAMClient(settings(gateway.url, ROOT))
  const keys = await newUser(root, 'dev', 'arn:aws:iam::aws:policy/AmazonAPIGatewayAdministrator')
  const dev = settings(gateway.url, keys)
  await new APIGatewayClient(dev).send(new CreateRestApiCommand({ name: 'pets' }))
  const user = `arn:aws:iam::${ACCOUNT}:user/dev`
  expect(await refusal(new LambdaClient(dev).send(new ListFunctionsCommand({})))).toBe(
    `AccessDeniedException: User: ${user} is not authorized to perform: lambda:ListFunctions on resource: * because no identity-based policy allows the lambda:ListFunctions action`,
  )
  expect(await refusal(new iam.IAMClient(dev).send(new iam.CreateUserCommand({ UserName: 'x' })))).toBe(
    `AccessDenied: User: ${user} is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::${ACCOUNT}:user/x because no identity-based policy allows the iam:CreateUser action`,
  )
  await gateway.stop()

  expect(statSync(join(dataDir, 'secret.key')).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(dataDir, 'gatehouse.db')).includes(keys.secretAccessKey)).toBe(false)
  gateway = await startGatewayProcess({ arguments: words })
  const again = settings(gateway.url, keys)
  expect((await new STSClient(again).send(new GetCallerIdentityCommand({}))).Arn).toBe(user)
  const { items } = await new APIGatewayClient(again).send(new GetRestApisCommand({}))
  expect(items?.map(({ name }) => name)).toEqual(['pets'])
  await gateway.stop()

  // Another key opens none of it: those access keys are nobody's.
  const keyFile = join(folder, 'other.key')
  writeFileSync(keyFile, `${'ab'.repeat(32)}\n`)
  chmodSync(keyFile, 0o600)
  gateway = await startGatewayProcess({ arguments: [...words, '--secret-key-file', keyFile] })
  const lost = new STSClient(settings(gateway.url, keys))
  expect(await refusal(lost.send(new GetCallerIdentityCommand({})))).toContain('InvalidClientTokenId')
  await gateway.stop()
  await gateway.ended()
  expect(gateway.errors() + gateway.output()).toContain('make another one')
}, 60_000)

test('whoever gives a role must be allowed to, also by a document or a stage variable', async () => {
  const credentials = `${ROOT.accessKeyId}:${ROOT.secretAccessKey}`
  const gateway = await startGatewayProcess({
    arguments: ['--account-id', ACCOUNT, '--credentials', credentials],
  })
  const root = new iam.IAMClient(settings(gateway.url, ROOT))
  const keys = await newUser(root, 'dev', 'arn:aws:iam::aws:policy/AmazonAPIGatewayAdministrator')
  const role = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'iam:PassRole', Resource: role('*') },
      { Effect: 'Deny', Action: 'iam:PassRole', Resource: role('admin') },
    ],
  })
  await root.send(new iam.PutUserPolicyCommand({ UserName: 'dev', PolicyName: 'pass', PolicyDocument }))
  const dev = new APIGatewayClient(settings(gateway.url, keys))
  const body = (given: string, authorizer?: string): Uint8Array =>
    Buffer.from(
      JSON.stringify({
        openapi: '3.0.1',
        info: { title: 'roles', version: '1' },
        paths: {
          '/': {
            get: {
              responses: {},
              'x-amazon-apigateway-integration': {
                type: 'aws',
                httpMethod: 'POST',
                uri: 'arn:aws:apigateway:us-east-1:sqs:path/q',
                credentials: given,
              },
            },
          },
        },
        components: {
          securitySchemes: {
            guard: {
              type: 'apiKey',
              name: 'Authorization',
              in: 'header',
              'x-amazon-apigateway-authtype': 'custom',
              'x-amazon-apigateway-authorizer': {
                type: 'token',
                authorizerUri: LAMBDA,
                authorizerCredentials: authorizer,
              },
            },
          },
        },
      }),
    )
  const { id: restApiId } = await dev.send(
    new ImportRestApiCommand({ body: body(role('${stageVariables.role}')) }),
  )
  const deployed = (name: string): Promise<unknown> =>
    dev.send(new CreateDeploymentCommand({ restApiId, stageName: 'dev', variables: { role: name } }))
  await deployed('right')
  const attempts: [name: string, attempt: () => Promise<unknown>][] = [
    ['a document', () => dev.send(new ImportRestApiCommand({ body: body(role('admin')) }))],
    [
      'variables of AWS',
      () => dev.send(new ImportRestApiCommand({ body: body('arn:aws:iam::${AWS::AccountId}:role/admin') })),
    ],
    ['an authorizer', () => dev.send(new ImportRestApiCommand({ body: body(role('right'), role('admin')) }))],
    [
      'a new document',
      () => dev.send(new PutRestApiCommand({ restApiId, mode: 'merge', body: body(role('admin')) })),
    ],
    ['a deployment', () => deployed('admin')],
    [
      'a stage',
      () =>
        dev.send(
          new UpdateStageCommand({
            restApiId,
            stageName: 'dev',
            patchOperations: [{ op: 'replace', path: '/variables/role', value: 'admin' }],
          }),
        ),
    ],
  ]
  const setUp = new APIGatewayClient(settings(gateway.url, ROOT))
  const given = await setUp.send(new ImportRestApiCommand({ body: body(role('admin'), role('admin')) }))
  const ofAdmin = { restApiId: given.id }
  const { items } = await setUp.send(new GetResourcesCommand(ofAdmin))
  const method = { ...ofAdmin, resourceId: items?.[0]?.id, httpMethod: 'GET' }
  const authorizers = await setUp.send(new GetAuthorizersCommand(ofAdmin))
  const open = await setUp.send(new GetResourcesCommand({ restApiId }))
  setUp.destroy()
  const to = (path: string, value: string) => ({ patchOperations: [{ op: 'replace' as const, path, value }] })
  const elsewhere = 'arn:aws:apigateway:us-east-1:iam:action/CreateUser'
  attempts.push(
    [
      'another address',
      () => dev.send(new UpdateIntegrationCommand({ ...method, ...to('/uri', elsewhere) })),
    ],
    [
      'another function of an authorizer',
      () =>
        dev.send(
          new UpdateAuthorizerCommand({
            ...ofAdmin,
            authorizerId: authorizers.items?.[0]?.id,
            ...to('/authorizerUri', LAMBDA.replace(':f/', ':g/')),
          }),
        ),
    ],
    ['a copy', () => dev.send(new CreateRestApiCommand({ name: 'copy', cloneFrom: given.id }))],
    [
      'a test',
      () =>
        dev.send(
          new TestInvokeMethodCommand({
            restApiId,
            resourceId: open.items?.[0]?.id,
            httpMethod: 'GET',
            stageVariables: { role: 'admin' },
          }),
        ),
    ],
  )
  const v2 = new ApiGatewayV2Client(settings(gateway.url, keys))
  const { ApiId } = await v2.send(new ImportApiCommand({ Body: httpBody(role('right'), role('other')) }))
  attempts.push(
    [
      'a document of an HTTP API',
      () => v2.send(new ImportApiCommand({ Body: httpBody(role('admin'), role('other')) })),
    ],
    [
      'an authorizer of an HTTP API',
      () => v2.send(new ReimportApiCommand({ ApiId, Body: httpBody(role('right'), role('admin')) })),
    ],
  )
  for (const [name, attempt] of attempts) {
    expect(`${name}: ${await refusal(attempt())}`).toBe(
      `${name}: AccessDeniedException: User: arn:aws:iam::${ACCOUNT}:user/dev is not authorized to perform: iam:PassRole on resource: ${role('admin')} with an explicit deny in an identity-based policy`,
    )
  }
  await deployed('other')
  dev.destroy()
  v2.destroy()
  await gateway.stop()
})

/** A document of an HTTP API with a role to send with and one to ask an authorizer with. */
function httpBody(credentials: string, authorizerCredentials: string): string {
  return JSON.stringify({
    openapi: '3.0.1',
    info: { title: 'roles', version: '1' },
    paths: {
      '/': {
        post: {
          'x-amazon-apigateway-integration': {
            type: 'aws_proxy',
            integrationSubtype: 'SQS-SendMessage',
            payloadFormatVersion: '1.0',
            credentials,
            requestParameters: { QueueUrl: 'https://sqs.test/q', MessageBody: '$request.body' },
          },
        },
      },
    },
    components: {
      securitySchemes: {
        guard: {
          type: 'apiKey',
          name: 'Authorization',
          in: 'header',
          'x-amazon-apigateway-authorizer': {
            type: 'request',
            identitySource: '$request.header.Authorization',
            authorizerUri: LAMBDA,
            authorizerPayloadFormatVersion: '2.0',
            authorizerCredentials,
          },
        },
      },
    },
  })
}

test('without credentials users are who they are, and nobody is refused', async () => {
  const gateway = await startGatewayProcess()
  const anybody = settings(gateway.url, { accessKeyId: 'test', secretAccessKey: 'test' })
  const keys = await newUser(new iam.IAMClient(anybody), 'dev', 'arn:aws:iam::aws:policy/IAMReadOnlyAccess')
  const dev = settings(gateway.url, keys)
  const { Arn } = await new STSClient(dev).send(new GetCallerIdentityCommand({}))
  expect(Arn).toBe('arn:aws:iam::000000000000:user/dev')
  await new LambdaClient(dev).send(new ListFunctionsCommand({}))
  const forged = settings(gateway.url, { ...keys, secretAccessKey: 'guessed' })
  expect(await refusal(new STSClient(forged).send(new GetCallerIdentityCommand({})))).toContain(
    'SignatureDoesNotMatch',
  )
  await gateway.stop()
}, 60_000)

test('a key file that holds none is told by its name alone', async () => {
  const file = join(folder, 'short.key')
  writeFileSync(file, 'c2VjcmV0')
  const start = runGatehouse(['start', '--port', '0', '--data-dir', ':memory:', '--secret-key-file', file])
  expect(await start.ended()).not.toBe(0)
  const told = start.errors() + start.output()
  expect(told).toContain('expected 32 bytes in Base64 or hexadecimal')
  expect(told).not.toContain('c2VjcmV0')
}, 60_000)
